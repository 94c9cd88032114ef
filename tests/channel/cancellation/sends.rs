//! Sends.

use crate::common::{Alarm, BOUNDED, Ledger, fill, poll, poll_noop};
use crate::waiting::{SENDING, assert_whole, each_sending};
use std::sync::Arc;
use std::task::Poll;
use towpath::bounded;

#[test]
fn sends_never_polled_send_nothing() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        drop(sending(&tx, vec![ledger.token(1)]));
        assert!(rx.is_empty(), "{cell}");
        assert_whole(&tx, &rx, &ledger);
    });
}

#[test]
fn sends_dropped_while_pending_drop_their_message_once() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let held = fill(&tx, |i| ledger.token(i));
        let (alarm, waker) = Alarm::new();
        let mut send = sending(&tx, vec![ledger.token(100)]);
        assert!(poll(&mut send, &waker).is_pending(), "{cell}");
        drop(send);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "{cell} keeps its waker");
        ledger.assert_live(held as isize);
        assert!(
            rx.try_iter().map(|token| token.id).eq(0..held as u64),
            "{cell}"
        );
        assert_whole(&tx, &rx, &ledger);
        assert_eq!(alarm.rings(), 0, "{cell}: woken after it was dropped");
    });
}

/// One slot comes free, the first in line is notified and dropped: the slot is
/// the next one's, who must be woken for it; or the first had been sent already.
#[test]
fn sends_dropped_after_the_notification_pass_the_slot_on() {
    each_sending(|cell, sending, capacity| {
        for (_, next) in SENDING {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            fill(&tx, |i| ledger.token(i));
            let (alarm, waker) = Alarm::new();
            let mut first = sending(&tx, vec![ledger.token(100)]);
            let mut second = next(&tx, vec![ledger.token(200)]);
            assert!(poll_noop(&mut first).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            let mut got = vec![rx.try_recv().expect("full, or a sender waits").id];
            drop(first);
            // Either the first message took the slot (it was handed over), or the
            // slot is free and the second knows.
            assert!(
                tx.is_full() || alarm.rings() >= 1,
                "{cell}: a free slot, nobody woken"
            );
            let mut sent = false;
            while !sent {
                let rings = alarm.rings();
                sent = poll(&mut second, &waker) == Poll::Ready(true);
                if !sent {
                    got.push(rx.try_recv().expect("the second still waits for room").id);
                    assert!(alarm.rings() > rings || !sent, "{cell}");
                }
            }
            got.extend(rx.try_iter().map(|token| token.id));
            let held = capacity as u64;
            let without: Vec<_> = (0..held).chain([200]).collect();
            let with: Vec<_> = (0..held).chain([100, 200]).collect();
            assert!(
                got == with || (got == without && capacity > 0),
                "{cell}: {got:?}"
            );
            drop(second);
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

#[test]
fn sends_polled_with_two_wakers_wake_the_latest() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| ledger.token(i));
        let (old, old_waker) = Alarm::new();
        let (new, new_waker) = Alarm::new();
        let mut send = sending(&tx, vec![ledger.token(100)]);
        assert!(poll(&mut send, &old_waker).is_pending());
        assert!(poll(&mut send, &new_waker).is_pending());
        drop(rx.try_recv().expect("full, or a sender waits"));
        assert_eq!((old.rings(), new.rings()), (0, 1), "{cell}");
        assert_eq!(poll(&mut send, &new_waker), Poll::Ready(true), "{cell}");
        drop(send);
        drop((old_waker, new_waker));
        assert_eq!(
            (Arc::strong_count(&old), Arc::strong_count(&new)),
            (1, 1),
            "{cell}"
        );
        assert_eq!(rx.try_iter().count(), capacity);
        assert_whole(&tx, &rx, &ledger);
    });
}

/// As for receives: a forgotten sender may absorb one notification.
#[test]
fn sends_forgotten_while_pending_break_nothing() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| ledger.token(i));
        let forgotten = Box::leak(Box::new(tx.clone()));
        let mut send = sending(forgotten, vec![ledger.token(1000)]);
        assert!(poll_noop(&mut send).is_pending());
        std::mem::forget(send);
        let mut got: Vec<_> = rx.try_iter().map(|token| token.id).collect();
        for i in capacity as u64..20 {
            if tx.try_send(ledger.token(i)).is_ok() {
                got.push(rx.try_recv().expect("just sent").id);
            }
        }
        got.retain(|&id| id != 1000);
        assert!(got.is_sorted() && got.len() >= capacity, "{cell}: {got:?}");
        assert!(tx.close());
        drop(rx);
        assert!(
            tx.try_send(ledger.token(0))
                .is_err_and(|error| error.is_disconnected())
        );
    });
}

/// A batch dropped half way, notified: what is in is in, the rest is dropped once.
#[test]
fn a_half_sent_batch_dropped_after_the_notification() {
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let batch: Vec<_> = (0..capacity as u64 + 5).map(|i| ledger.token(i)).collect();
        let mut send = Box::pin(tx.send_many_async(batch));
        assert!(poll_noop(&mut send).is_pending());
        let mut got: Vec<_> = rx.try_recv().into_iter().map(|token| token.id).collect();
        drop(send);
        got.extend(rx.try_iter().map(|token| token.id));
        assert!(got.iter().copied().eq(0..got.len() as u64), "{got:?}");
        assert!(
            got.len() == capacity.max(1) || got.len() == capacity + 1,
            "{got:?}"
        );
        assert_whole(&tx, &rx, &ledger);
    }
}
