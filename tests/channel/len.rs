//! How many messages a channel says it has.

use crate::common::{BOUNDED, FLAVOURS, Random, channel, fill, poll_noop, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use towpath::{TryRecvError, bounded};

#[track_caller]
fn assert_within(capacity: usize, len: usize) {
    assert!(len <= capacity, "{len} messages in capacity {capacity}");
}

/// Any sequence of calls, with pending futures beside them that run to their end.
#[test]
fn a_channel_never_holds_more_than_its_capacity() {
    for capacity in BOUNDED {
        let (tx, rx) = bounded(capacity);
        let mut random = Random::new(capacity as u64);
        for i in 0..2000 {
            match random.below(6) {
                0 => assert!(tx.try_send(i).is_ok() || tx.is_full()),
                1 => assert!(tx.force_send(i).is_ok()),
                2 => assert!(rx.try_recv().is_ok() || rx.is_empty()),
                3 => {
                    // A sender in line, whose message follows into the room.
                    let mut send = Box::pin(tx.send_async(i));
                    while poll_noop(&mut send).is_pending() {
                        assert_within(capacity, tx.len());
                        rx.try_recv().expect("full, or a sender waits");
                    }
                }
                4 => {
                    // A receiver in line, which is handed a message or notified of it.
                    let mut receive = Box::pin(rx.recv_async());
                    while poll_noop(&mut receive).is_pending() {
                        tx.try_send(i).expect("empty, and a receiver waits");
                        assert_within(capacity, tx.len());
                    }
                }
                _ => drop(poll_noop(&mut Box::pin(tx.send_many_async([i, i])))),
            }
            assert_within(capacity, tx.len());
            let len = tx.len();
            assert_eq!(tx.is_empty(), len == 0);
            assert_eq!(tx.is_full(), tx.len() == capacity);
        }
    }
}

/// Looked at from beside, at speed.
#[test]
fn a_channel_in_use_never_says_it_holds_more_than_its_capacity() {
    watchdog(60, |crew| {
        for capacity in BOUNDED {
            let (tx, rx) = bounded(capacity);
            let over = Arc::new(AtomicBool::new(false));
            let (watched, done) = (rx.clone(), Arc::clone(&over));
            let observer = crew.thread(format!("observer, {capacity}"), move |_| {
                while !done.load(Ordering::SeqCst) {
                    assert_within(capacity, watched.len());
                    std::thread::yield_now();
                }
            });
            let evicting = tx.clone();
            crew.thread(format!("force_send, {capacity}"), move |_| {
                for i in 0..1000 {
                    assert!(evicting.force_send(i).is_ok(), "the receiver is there");
                }
            });
            crew.thread(format!("send, {capacity}"), move |_| {
                (0..1000).for_each(|i| tx.send(i).expect("the receiver is there"));
            });
            let receiver = crew.thread(format!("recv, {capacity}"), move |_| {
                rx.iter().for_each(drop);
                over.store(true, Ordering::SeqCst);
            });
            observer.join();
            receiver.join();
        }
    });
}

/// A message that was handed to a future which gave up counts beside the capacity, and is
/// the next to be received.
#[test]
fn a_reclaimed_message_counts_beside_the_capacity() {
    for capacity in [0, 1, 2] {
        let (tx, rx) = bounded(capacity);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        tx.try_send(1000).expect("a receiver waits");
        assert_eq!(tx.len(), 0, "it was handed over");
        fill(&tx, |i| i);
        drop(receive);
        assert_eq!((tx.len(), rx.len()), (capacity + 1, capacity + 1));
        assert!(!tx.is_empty() && tx.is_full());
        assert!(tx.try_send(2000).is_err_and(|error| error.is_full()));
        assert_eq!(rx.drain().len(), capacity + 1);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "drained");
        assert_within(capacity, tx.len());
    }
}

#[test]
fn a_reclaimed_message_comes_first() {
    for capacity in [0, 1, 2] {
        let (tx, rx) = bounded(capacity);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        tx.try_send(1000).expect("a receiver waits");
        fill(&tx, |i| i);
        drop(receive);
        assert_eq!(rx.try_recv(), Ok(1000));
        assert!(rx.try_iter().eq(0..capacity as u64));
        assert!(rx.is_empty());
    }
}

/// The ring and the list hand nothing over: the message stays where it was.
#[test]
fn a_cancelled_receive_of_a_lock_free_channel_adds_nothing() {
    for capacity in [Some(3), Some(8), None] {
        let (tx, rx) = channel(capacity);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        let held = capacity.unwrap_or(5) as u64;
        (0..held).for_each(|i| tx.try_send(i).expect("there is room"));
        drop(receive);
        assert_eq!(tx.len() as u64, held);
        assert!(rx.drain().eq(0..held));
    }
}

/// A message that its future has not looked at yet, when the channel ends: no receiver may
/// wait for it, and whoever comes later still gets it.
#[test]
fn a_reclaimed_message_may_follow_a_disconnect() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let mut first = Box::pin(rx.recv_async());
        let mut second = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut first).is_pending());
        assert!(poll_noop(&mut second).is_pending());
        tx.try_send(1).expect("a receiver waits");
        drop(tx);
        let handed = capacity.is_some_and(|capacity| capacity <= 2);
        let Poll::Ready(second) = poll_noop(&mut second) else {
            panic!("capacity {capacity:?}: it waits for a message that is another's");
        };
        assert_eq!(second.is_err(), handed, "capacity {capacity:?}");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
        drop(first);
        assert_eq!(rx.len(), handed as usize);
        assert_eq!(rx.try_recv().ok(), handed.then_some(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    }
}
