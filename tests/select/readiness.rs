//! Waiting for readiness takes nothing, so what it is told of must reach the next in line: once, and
//! only if there is something.

use crate::common::{Alarm, poll, poll_noop, watchdog};
use crate::promise::Promise;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use towpath::time::after;
use towpath::{Receiver, Select, TryRecvError, bounded, unbounded};

/// Two wait for readiness, somebody else is faster: polls them as often as they are woken. They must
/// not go on to wake each other.
fn polls_in_vain(rx: &Receiver<Instant>, send: impl FnOnce()) -> usize {
    let mut selects = [Select::new(), Select::new()];
    for select in &mut selects {
        select.recv(rx);
    }
    let alarms = [Alarm::new(), Alarm::new()];
    let mut readies: Vec<_> = selects
        .iter_mut()
        .map(|select| Box::pin(select.ready_async()))
        .collect();
    for (ready, (_, waker)) in readies.iter_mut().zip(&alarms) {
        assert!(poll(ready, waker).is_pending());
    }
    send();
    rx.recv().unwrap();
    // The clock may be late.
    while alarms.iter().all(|(alarm, _)| alarm.rings() == 0) {
        thread::yield_now();
    }
    let mut seen = [0; 2];
    let mut polls = 0;
    loop {
        let before = polls;
        for ((ready, (alarm, waker)), seen) in readies.iter_mut().zip(&alarms).zip(&mut seen) {
            let rings = alarm.rings();
            if rings != std::mem::replace(seen, rings) {
                assert!(poll(ready, waker).is_pending(), "there is nothing");
                polls += 1;
            }
        }
        if polls == before || polls > 100 {
            return polls;
        }
    }
}

#[test]
fn those_who_found_nothing_do_not_wake_each_other() {
    watchdog(60, |_| {
        for (name, (tx, rx)) in [
            ("hand-off", bounded(1)),
            ("ring", bounded(4)),
            ("list", unbounded()),
        ] {
            let polls = polls_in_vain(&rx, || tx.send(Instant::now()).unwrap());
            assert!(polls <= 2, "{name}: polled {polls} times");
        }
        let polls = polls_in_vain(&after(Duration::from_millis(5)), || {});
        assert!(polls <= 2, "after: polled {polls} times");
    });
}

/// Where there is something, all of them get to know, as none of them takes it.
#[test]
fn those_who_found_something_tell_the_next() {
    for (tx, rx) in [bounded(1), bounded(4), unbounded()] {
        let mut selects = [Select::new(), Select::new(), Select::new()];
        for select in &mut selects {
            select.recv(&rx);
        }
        let (alarm, waker) = Alarm::new();
        let mut readies: Vec<_> = selects
            .iter_mut()
            .map(|select| Box::pin(select.ready_async()))
            .collect();
        for ready in &mut readies {
            assert!(poll(ready, &waker).is_pending());
        }
        tx.send(5).unwrap();
        for (told, ready) in (1..).zip(&mut readies) {
            assert!(alarm.rings() >= told, "the next one was not told");
            assert!(poll_noop(ready).is_ready());
        }
        assert_eq!(rx.try_recv(), Ok(5));
    }
}

/// Who is told of room finds it still there, though a message waits for room behind it: a loop of `ready` and
/// `try_send` would get nowhere.
#[test]
fn who_found_room_does_not_fill_it_with_the_next_message_in_line() {
    for capacity in [3, 8] {
        let (tx, rx) = bounded(capacity);
        (0..capacity).for_each(|i| tx.try_send(i).unwrap());
        let mut select = Select::new();
        select.send(&tx);
        let (alarm, waker) = Alarm::new();
        let (next, next_waker) = Alarm::new();
        let mut ready = Box::pin(select.ready_async());
        assert!(poll(&mut ready, &waker).is_pending());
        let mut send = Box::pin(tx.send_async(capacity));
        assert!(poll(&mut send, &next_waker).is_pending());
        rx.try_recv().unwrap();
        assert_eq!((alarm.rings(), next.rings()), (1, 0));
        assert!(poll(&mut ready, &waker).is_ready());
        assert_eq!(next.rings(), 1, "the next one was not told");
        assert_eq!(tx.try_send(100), Ok(()), "capacity {capacity}");
        assert!(poll(&mut send, &next_waker).is_pending());
        assert!(rx.try_iter().eq((1..capacity).chain([100, capacity])));
    }
}

/// What `try_recv` cannot have yet is not ready: a loop of `ready` and `try_recv` would spin, for as
/// long as user code takes to make a message.
#[test]
fn a_promised_message_is_not_ready() {
    for capacity in [0, 1, 2, 3, 8] {
        for closes in [false, true] {
            let (tx, rx) = bounded(capacity);
            let mut first = Box::pin(rx.recv_async());
            if capacity == 0 {
                assert!(poll_noop(&mut first).is_pending());
            }
            let promise = Promise::make(&tx);
            // Now a rendezvous' message is for nobody in particular.
            drop(first);
            if closes {
                tx.close();
            }
            let mut select = Select::new();
            select.recv(&rx);
            assert!(rx.try_recv().is_err_and(|error| error.is_empty()));
            assert!(select.try_ready().is_err(), "capacity {capacity}");
            let (alarm, waker) = Alarm::new();
            let mut ready = Box::pin(select.ready_async());
            assert!(poll(&mut ready, &waker).is_pending());
            assert!(poll(&mut ready, &waker).is_pending());
            assert_eq!(alarm.rings(), 0, "capacity {capacity}: it goes in circles");
            assert!(promise.keep(5).is_ready());
            assert!(alarm.rings() > 0, "capacity {capacity}: nobody was told");
            assert!(poll(&mut ready, &waker).is_ready());
            assert_eq!(rx.try_recv(), Ok(5));
        }
    }
}

/// A closed channel is not over while a promise is for nobody in particular. A receiver that joins takes it.
#[test]
fn who_watches_a_closed_channel_hears_that_its_last_promise_is_taken() {
    let (tx, rx) = bounded::<u64>(0);
    let mut first = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut first).is_pending());
    let promise = Promise::make(&tx);
    drop(first);
    rx.close();
    let mut watching = Select::new();
    watching.recv(&rx);
    let mut over = Box::pin(watching.ready_async());
    let (alarm, waker) = Alarm::new();
    assert!(poll(&mut over, &waker).is_pending(), "one may come yet");
    let mut second = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut second).is_pending(), "it is promised that");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut over, &waker).is_ready());
    drop(over);
    let _ = promise.keep(7);
    assert_eq!(poll_noop(&mut second), Poll::Ready(Ok(7)));
}
