//! The end of a channel, told to many, one of whose wakers panics.

use super::{Line, enlist};
use crate::common::{
    Alarm, BOUNDED, FLAVOURS, Faulty, Ledger, channel, fill, poll, poll_noop, ready, watchdog,
};
use std::task::{Context, Poll, Waker};
use towpath::{Receiver, RecvError, SendError, Sender, bounded};

/// More than are woken in one go, twice over.
const MANY: usize = 40;

/// First, in the first batch, on either side of its end, last.
const BOMBS: [usize; 5] = [0, 3, 15, 16, MANY - 1];

/// Ways for a channel to end; the handles that are left come back.
type End<T> = fn(Sender<T>, Receiver<T>) -> (Option<Sender<T>>, Option<Receiver<T>>);

fn ends<T>() -> [(&'static str, End<T>); 4] {
    [
        ("Sender::close", |tx, rx| {
            assert!(tx.close(), "this call closed it");
            (Some(tx), Some(rx))
        }),
        ("Receiver::close", |tx, rx| {
            assert!(rx.close(), "this call closed it");
            (Some(tx), Some(rx))
        }),
        ("the last sender", |_, rx| (None, Some(rx))),
        ("the last receiver", |tx, _| (Some(tx), None)),
    ]
}

#[test]
fn every_waiting_receiver_is_told() {
    for capacity in FLAVOURS {
        // The last receiver cannot go while receivers wait.
        for (name, end) in &ends::<u64>()[..3] {
            for bomb_at in BOMBS {
                let cell = format!("{name}, capacity {capacity:?}, bomb at {bomb_at}");
                let (tx, rx) = channel(capacity);
                let line = Line::new(MANY, bomb_at);
                let receives = enlist(&line, |_| rx.clone().into_recv_async());
                let _left = end(tx, rx);
                line.assert_all_woken(&cell);
                for receive in receives {
                    assert_eq!(ready(receive), Err(RecvError), "{cell}");
                }
            }
        }
    }
}

#[test]
fn every_waiting_sender_is_told_and_gets_its_message_back() {
    for capacity in BOUNDED {
        for (name, end) in ends() {
            if name == "the last sender" {
                continue; // it cannot go while senders wait
            }
            for bomb_at in BOMBS {
                let cell = format!("{name}, capacity {capacity}, bomb at {bomb_at}");
                let ledger = Ledger::new();
                let (tx, rx) = bounded(capacity);
                let held = fill(&tx, |i| ledger.token(i));
                let line = Line::new(MANY, bomb_at);
                let sends = enlist(&line, |i| {
                    tx.clone().into_send_async(ledger.token(i as u64))
                });
                let (_tx, rx) = end(tx, rx);
                line.assert_all_woken(&cell);
                for (i, send) in sends.into_iter().enumerate() {
                    let SendError(token) = ready(send).expect_err("closed");
                    assert_eq!(token.id, i as u64, "{cell}");
                }
                let kept = rx.map_or(0, |rx| rx.try_iter().count());
                assert_eq!(kept, if name == "the last receiver" { 0 } else { held });
                ledger.assert_live(0);
            }
        }
    }
}

/// Receivers that were notified and not polled leave others in line beside senders: the
/// senders are told though a receiver's waker panics first.
#[test]
fn senders_are_told_after_a_receivers_waker_panicked() {
    for capacity in [3, 8, 100] {
        let (tx, rx) = bounded(capacity);
        let line = Line::new(capacity + 1, capacity);
        let receives = enlist(&line, |_| rx.recv_async());
        fill(&tx, |i| i);
        assert_eq!((line.alarm.rings(), line.bomb.wakes()), (capacity, 0));
        let (alarm, waker) = Alarm::new();
        let mut send = Box::pin(tx.send_async(9));
        assert!(poll(&mut send, &waker).is_pending());
        assert!(tx.close());
        assert_eq!((line.bomb.wakes(), alarm.rings()), (1, 1));
        assert_eq!(poll_noop(&mut send), Poll::Ready(Err(SendError(9))));
        drop(receives);
        assert!(rx.try_iter().eq(0..capacity as u64));
    }
}

/// The last receiver tells all who wait for that, disconnects, and drops what is buffered.
#[test]
fn whoever_waits_for_the_last_receiver_is_told() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            for bomb_at in BOMBS {
                let cell = format!("capacity {capacity:?}, bomb at {bomb_at}");
                let ledger = Ledger::new();
                let (tx, rx) = channel(capacity);
                let held = capacity.unwrap_or(5) as u64;
                (0..held).for_each(|i| assert!(tx.try_send(ledger.token(i)).is_ok()));
                let (ours, token) = (tx.clone(), ledger.token(100));
                let blocked = capacity.map(|_| {
                    crew.thread(format!("sender, {cell}"), move |_| {
                        ours.send(token).is_err()
                    })
                });
                let line = Line::new(MANY, bomb_at);
                let waits = enlist(&line, |_| tx.closed_async());
                drop(rx);
                line.assert_all_woken(&cell);
                waits.into_iter().for_each(ready);
                assert_eq!((tx.receiver_count(), tx.is_disconnected()), (0, true));
                if let Some(blocked) = blocked {
                    assert!(blocked.join(), "{cell}: sent to nobody");
                } else {
                    assert!(tx.try_send(ledger.token(100)).is_err());
                }
                assert_eq!(tx.len(), 0, "{cell}");
                ledger.assert_live(0);
            }
        }
    });
}

/// A handle that leaves its own place in line first, and passes on what came there.
#[test]
fn a_receiver_counts_itself_out_whoever_it_wakes() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let mut polled = rx.clone();
        let received = polled.poll_recv(&mut Context::from_waker(Waker::noop()));
        assert!(received.is_pending());
        let (bomb, waker) = Faulty::bomb();
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll(&mut receive, &waker).is_pending());
        tx.try_send(1).expect("receivers wait");
        drop(polled);
        assert_eq!((bomb.wakes(), tx.receiver_count()), (1, 1), "{capacity:?}");
        assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(1)));
        drop(receive);
        drop(rx);
        assert_eq!((tx.receiver_count(), tx.is_disconnected()), (0, true));
    }
}
