//! Notify and retry: the wait queues of the ring and of the list.

use std::pin::pin;
use std::time::Duration;

use towpath::{Receiver, Sender, bounded, unbounded};
use towpath_loom_tests::{Alarm, block_on, check, poll_once, spawn};

use crate::channels::{Channel, list, ring, waker_changes};

fn full_ring() -> (Sender<usize>, Receiver<usize>) {
    let (tx, rx) = bounded(3);
    (0..3).for_each(|value| tx.try_send(value).unwrap());
    (tx, rx)
}

fn park_against_notify(channel: Channel<usize>) {
    check(move || {
        let (tx, rx) = channel();
        let receiver = spawn(move || rx.recv());
        tx.send(1).unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(1));
    });
}

#[test]
fn park_against_notify_ring() {
    park_against_notify(ring);
}

#[test]
fn park_against_notify_list() {
    park_against_notify(list);
}

fn pend_against_notify(channel: Channel<usize>) {
    check(move || {
        let (tx, rx) = channel();
        let receiver = spawn(move || block_on(rx.recv_async()));
        tx.send(1).unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(1));
    });
}

#[test]
fn pend_against_notify_ring() {
    pend_against_notify(ring);
}

#[test]
fn pend_against_notify_list() {
    pend_against_notify(list);
}

#[test]
fn two_waiters_two_notifications() {
    check(|| {
        let (tx, rx) = bounded(3);
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut first = pin!(rx.recv_async());
        let mut second = pin!(rx.recv_async());
        assert!(one.poll(first.as_mut()).is_pending());
        assert!(other.poll(second.as_mut()).is_pending());
        let sender = spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
            // Neither may need the close to get on.
            tx
        });
        let both = [other.finish(second), one.finish(first)];
        assert!(both == [Ok(1), Ok(2)] || both == [Ok(2), Ok(1)], "{both:?}");
        drop(sender.join().unwrap());
    });
}

/// One message for two waiters: whoever does not get it gets back in line, and hears of the next.
#[test]
fn two_waiters_one_notification() {
    check(|| {
        let (tx, rx) = bounded(3);
        let parked = {
            let rx = rx.clone();
            spawn(move || rx.recv())
        };
        tx.send(1).unwrap();
        let mine = rx.try_recv().ok();
        if mine.is_some() {
            tx.send(2).unwrap();
        }
        let theirs = parked.join().unwrap();
        assert_eq!(theirs, Ok(if mine == Some(1) { 2 } else { 1 }));
    });
}

/// A task is polled again by another executor's waker while the old waker is being rung: it is done,
/// or the new waker will ring.
#[test]
fn waker_changes_while_notified() {
    check(|| waker_changes(ring()));
}

#[test]
fn timeout_against_notify() {
    check(|| {
        let (tx, rx) = bounded(3);
        let receiver = spawn(move || {
            let first = rx.recv_timeout(Duration::from_secs(1));
            (first, rx)
        });
        tx.send(1).unwrap();
        let (first, rx) = receiver.join().unwrap();
        let rest = rx.try_recv();
        assert!(first.is_ok() != rest.is_ok(), "{first:?}, {rest:?}");
    });
}

/// A waiter that was notified and gives up at the same time passes the notification on.
#[test]
fn timeout_after_notify_passes_the_baton() {
    check(|| {
        let (tx, rx) = bounded(3);
        let hasty = {
            let rx = rx.clone();
            spawn(move || rx.recv_timeout(Duration::from_secs(1)))
        };
        let mut patient = pin!(rx.recv_async());
        let alarm = Alarm::new();
        let early = alarm.poll(patient.as_mut());
        assert!(early.is_pending(), "nothing was sent: {early:?}");
        tx.send(1).unwrap();
        match hasty.join().unwrap() {
            Ok(message) => assert_eq!(message, 1),
            Err(_) => assert_eq!(alarm.finish(patient), Ok(1)),
        }
    });
}

#[test]
fn full_ring_frees_a_place_for_a_parked_sender() {
    check(|| {
        let (tx, rx) = full_ring();
        let sender = spawn(move || {
            tx.send(3).unwrap();
            tx
        });
        assert_eq!(rx.recv(), Ok(0));
        drop(sender.join().unwrap());
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    });
}

#[test]
fn batch_frees_places_for_two_parked_senders() {
    check(|| {
        let (tx, rx) = full_ring();
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut first = pin!(tx.send_async(3));
        let mut second = pin!(tx.send_async(4));
        assert!(one.poll(first.as_mut()).is_pending());
        assert!(other.poll(second.as_mut()).is_pending());
        let receiver = spawn(move || {
            let mut out = Vec::new();
            rx.recv_many(&mut out, 2).unwrap();
            (out, rx)
        });
        // The second is not polled before its own alarm, so it needs a notification of its own.
        let second = other.finish(second);
        assert!(second.is_ok() && one.finish(first).is_ok());
        let (mut out, rx) = receiver.join().unwrap();
        out.extend(rx.try_iter());
        out.sort_unstable();
        assert_eq!(out, [0, 1, 2, 3, 4]);
    });
}

/// A notifier finds the lock of the line taken by somebody who comes or goes; the one who has it
/// delivers the notification.
#[test]
fn lock_contended_notification_is_delivered_by_the_holder() {
    check(|| {
        let (tx, rx) = unbounded();
        let mut waiting = pin!(rx.recv_async());
        let alarm = Alarm::new();
        assert!(alarm.poll(waiting.as_mut()).is_pending());
        let passer_by = {
            let rx = rx.clone();
            spawn(move || poll_once(pin!(rx.recv_async())).is_ready())
        };
        let sender = spawn(move || {
            tx.send(1).unwrap();
            tx
        });
        if !passer_by.join().unwrap() {
            assert_eq!(alarm.finish(waiting), Ok(1));
        }
        drop(sender.join().unwrap());
    });
}
