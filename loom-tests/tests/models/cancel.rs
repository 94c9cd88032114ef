//! Futures that are dropped while somebody notifies them, and waits that run out of time.

use std::pin::pin;
use std::time::Duration;

use towpath::{Receiver, bounded, unbounded};
use towpath_loom_tests::{Alarm, Ledger, Parcel, block_on, check, spawn};

use crate::channels::{Channel, list, on_each, ring, spawn_recv};

on_each! {
    [hand_off_two ring list]
    message_is_in_time_beside_another_receiver
    message_of_a_task_is_in_time_beside_another_receiver
}

/// Two messages, and another receiver takes one: time is no reason to go without.
fn one_of_two_messages(channel: Channel, recv: fn(&Receiver<Parcel>) -> Option<Parcel>) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        for id in [1, 2] {
            tx.try_send(ledger.parcel(id)).unwrap();
        }
        let other = spawn_recv(&rx);
        let mine = recv(&rx).expect("a message was there all the time").id;
        assert_eq!(other.join().unwrap(), Ok(3 - mine));
        drop((tx, rx));
        assert_eq!(ledger.live(), 0);
    });
}

fn message_is_in_time_beside_another_receiver(channel: Channel) {
    one_of_two_messages(channel, |rx| rx.recv_timeout(Duration::from_secs(1)).ok());
}

fn message_of_a_task_is_in_time_beside_another_receiver(channel: Channel) {
    one_of_two_messages(channel, |rx| {
        block_on(rx.recv_async().timeout(Duration::ZERO)).ok()
    });
}

/// The one that was notified goes away without looking: the next in line hears of the message.
fn drop_after_notify_passes_the_baton(channel: Channel<usize>) {
    check(move || {
        let (tx, rx) = channel();
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(rx.recv_async());
        let mut next = pin!(rx.recv_async());
        assert!(first.poll(gives_up.as_mut()).is_pending());
        assert!(second.poll(next.as_mut()).is_pending());
        let sender = spawn(move || {
            tx.send(1).unwrap();
            tx
        });
        drop(gives_up);
        assert_eq!(second.finish(next), Ok(1));
        drop(sender.join().unwrap());
    });
}

#[test]
fn drop_after_notify_passes_the_baton_ring() {
    drop_after_notify_passes_the_baton(ring);
}

#[test]
fn drop_after_notify_passes_the_baton_list() {
    drop_after_notify_passes_the_baton(list);
}

/// A future that is dropped in the middle of the line leaves its neighbours in it.
#[test]
fn drop_from_the_middle_of_the_line() {
    check(|| {
        let (tx, rx) = unbounded();
        let alarms = [Alarm::new(), Alarm::new(), Alarm::new()];
        let mut first = pin!(rx.recv_async());
        let mut middle = Box::pin(rx.recv_async());
        let mut last = pin!(rx.recv_async());
        assert!(alarms[0].poll(first.as_mut()).is_pending());
        assert!(alarms[1].poll(middle.as_mut()).is_pending());
        assert!(alarms[2].poll(last.as_mut()).is_pending());
        let sender = spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
            tx
        });
        drop(middle);
        let both = [alarms[2].finish(last), alarms[0].finish(first)];
        assert!(both == [Ok(1), Ok(2)] || both == [Ok(2), Ok(1)], "{both:?}");
        drop(sender.join().unwrap());
    });
}

/// A message that is there but whose receiver goes away is there for the next receive.
#[test]
fn drop_against_notify_loses_nothing() {
    check(|| {
        let (tx, rx) = bounded(3);
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(rx.recv_async());
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let sender = spawn(move || {
            tx.send(1).unwrap();
            tx
        });
        drop(gives_up);
        assert_eq!(rx.recv(), Ok(1));
        drop(sender.join().unwrap());
    });
}

/// A handle that polls (a stream, say) goes away while it is in line.
#[test]
fn dropped_stream_passes_the_baton() {
    check(|| {
        let (tx, mut polled) = unbounded();
        let rx = polled.clone();
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut next = pin!(rx.recv_async());
        let early = polled.poll_recv(&mut std::task::Context::from_waker(&first.waker()));
        assert!(early.is_pending(), "{early:?}");
        assert!(second.poll(next.as_mut()).is_pending());
        let sender = spawn(move || {
            tx.send(1).unwrap();
            tx
        });
        drop(polled);
        assert_eq!(second.finish(next), Ok(1));
        drop(sender.join().unwrap());
    });
}
