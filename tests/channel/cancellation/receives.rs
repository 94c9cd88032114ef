//! Receives.

use crate::common::{Alarm, Ledger, channel, poll, poll_noop};
use crate::waiting::{RECEIVING, assert_whole, each_receiving};
use std::sync::Arc;
use std::task::Poll;

#[test]
fn receives_never_polled() {
    each_receiving(|_, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        drop(receiving(&rx, &mut Vec::new()));
        if capacity != Some(0) {
            assert!(tx.try_send(ledger.token(1)).is_ok());
            drop(receiving(&rx, &mut Vec::new()));
            assert_eq!(rx.try_recv().unwrap().id, 1);
        }
        assert_whole(&tx, &rx, &ledger);
    });
}

/// A pending waiter must leave the list with its future, or the next message's
/// wake-up goes to freed memory; and it must give back its waker.
#[test]
fn receives_dropped_while_pending() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let (alarm, waker) = Alarm::new();
        let mut got = Vec::new();
        let mut receive = receiving(&rx, &mut got);
        assert!(poll(&mut receive, &waker).is_pending(), "{cell}");
        drop(receive);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "{cell} keeps its waker");
        assert_whole(&tx, &rx, &ledger);
        assert_eq!(alarm.rings(), 0, "{cell}: woken after it was dropped");
    });
}

/// Notified, not polled, dropped: the baton. The message must reach whoever
/// waits behind, who must be woken; catches a dropped notification.
#[test]
fn receives_dropped_after_the_notification_pass_it_on() {
    each_receiving(|cell, receiving, capacity| {
        for (_, next) in RECEIVING {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let (mut lost, mut got) = (Vec::new(), Vec::new());
            let (alarm, waker) = Alarm::new();
            let mut first = receiving(&rx, &mut lost);
            let mut second = next(&rx, &mut got);
            assert!(poll_noop(&mut first).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            assert!(tx.try_send(ledger.token(7)).is_ok());
            drop(first);
            assert!(
                alarm.rings() >= 1,
                "{cell}: nobody is woken for the message"
            );
            assert_eq!(poll(&mut second, &waker), Poll::Ready(true), "{cell}");
            drop(second);
            assert_eq!(got.pop().expect("one message").id, 7);
            assert!(lost.is_empty() && got.is_empty());
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

/// Nobody waits behind: the message stays in the channel.
#[test]
fn receives_dropped_after_the_notification_leave_the_message() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let mut lost = Vec::new();
        let mut receive = receiving(&rx, &mut lost);
        assert!(poll_noop(&mut receive).is_pending());
        assert!(tx.try_send(ledger.token(7)).is_ok());
        drop(receive);
        assert!(lost.is_empty(), "{cell}");
        let next = rx.try_recv();
        assert_eq!(next.map(|token| token.id), Ok(7), "{cell}");
        assert_whole(&tx, &rx, &ledger);
    });
}

#[test]
fn receives_polled_with_two_wakers_wake_the_latest() {
    each_receiving(|cell, receiving, capacity| {
        for finish in [true, false] {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let (old, old_waker) = Alarm::new();
            let (new, new_waker) = Alarm::new();
            let mut got = Vec::new();
            let mut receive = receiving(&rx, &mut got);
            assert!(poll(&mut receive, &old_waker).is_pending());
            assert!(poll(&mut receive, &new_waker).is_pending());
            assert!(tx.try_send(ledger.token(7)).is_ok());
            assert_eq!((old.rings(), new.rings()), (0, 1), "{cell}");
            if finish {
                assert_eq!(poll(&mut receive, &new_waker), Poll::Ready(true), "{cell}");
            }
            drop(receive);
            drop((old_waker, new_waker));
            assert_eq!(
                (Arc::strong_count(&old), Arc::strong_count(&new)),
                (1, 1),
                "{cell}"
            );
            assert_eq!(got.len(), finish as usize);
            drop(got);
            if !finish {
                assert_eq!(rx.try_recv().map(|token| token.id), Ok(7), "{cell}");
            }
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

/// A forgotten box is never freed and never dropped: its waiter stays listed for
/// ever. It may absorb what a very slow task would (one message or one
/// notification), but must not break the channel, its end, or its memory.
#[test]
fn receives_forgotten_while_pending_absorb_at_most_one_message() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let forgotten = Box::leak(Box::new((rx.clone(), Vec::new())));
        let mut receive = receiving(&forgotten.0, &mut forgotten.1);
        assert!(poll_noop(&mut receive).is_pending());
        std::mem::forget(receive);
        let mut sent = 0;
        let mut got = Vec::new();
        for i in 0..10 {
            sent += tx.try_send(ledger.token(i)).is_ok() as usize;
            got.extend(rx.try_recv().map(|token| token.id));
        }
        assert!(
            sent - got.len() <= 1,
            "{cell}: {} of {sent} are gone",
            sent - got.len()
        );
        assert!(got.is_sorted(), "{cell}: {got:?}");
        tx.close();
        assert!(
            rx.try_recv().is_err_and(|error| error.is_disconnected()),
            "{cell}"
        );
    });
}
