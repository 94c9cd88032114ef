//! Futures that are dropped while somebody notifies them.

use std::pin::pin;

use towpath::{bounded, unbounded};
use towpath_loom_tests::{Alarm, check, spawn};

use crate::channels::{Channel, list, ring};

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

#[test]
fn dropped_send_passes_the_room_on() {
    check(|| {
        let (tx, rx) = bounded(3);
        (0..3).for_each(|value| tx.try_send(value).unwrap());
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(tx.send_async(8));
        let mut next = pin!(tx.send_async(9));
        assert!(first.poll(gives_up.as_mut()).is_pending());
        assert!(second.poll(next.as_mut()).is_pending());
        let receiver = spawn(move || (rx.recv(), rx));
        drop(gives_up);
        assert_eq!(second.finish(next), Ok(()));
        let (received, rx) = receiver.join().unwrap();
        assert_eq!(received, Ok(0));
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 9]);
    });
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
