//! Handles: clones, counts, weak handles, and what they show of the channel.

use crate::common::{BUFFERED, FLAVOURS, channel, fill, room, watchdog};
use std::sync::{Arc, Barrier};
use towpath::{RecvError, TryRecvError, bounded, oneshot, unbounded};

/// No `Debug`: handles must not need it.
struct Opaque;

#[test]
fn counts_follow_clones_and_drops() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        let txs = [tx.clone(), tx.clone()];
        let more = rx.clone();
        assert_eq!((tx.sender_count(), tx.receiver_count()), (3, 2));
        assert_eq!((rx.sender_count(), rx.receiver_count()), (3, 2));
        drop(txs);
        drop(more);
        assert_eq!((tx.sender_count(), rx.receiver_count()), (1, 1));
        drop(rx);
        assert_eq!(tx.receiver_count(), 0);
    }
}

#[test]
fn a_clone_keeps_the_channel_open() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let (tx2, rx2) = (tx.clone(), rx.clone());
        drop((tx, rx));
        assert!(!tx2.is_disconnected() && !rx2.is_disconnected());
        tx2.try_send(1).unwrap();
        assert_eq!(rx2.try_recv(), Ok(1));
    }
}

#[test]
fn same_channel_tells_channels_apart() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        let (other_tx, other_rx) = channel::<u8>(capacity);
        assert!(tx.same_channel(&tx.clone()) && rx.same_channel(&rx.clone()));
        assert!(!tx.same_channel(&other_tx) && !rx.same_channel(&other_rx));
    }
}

#[test]
fn length_and_fullness_are_exact_when_nobody_else_is_about() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        assert_eq!((tx.capacity(), rx.capacity()), (capacity, capacity));
        for i in 0..room(capacity, 70) {
            assert_eq!((tx.len(), rx.len()), (i, i));
            assert_eq!((tx.is_empty(), rx.is_empty()), (i == 0, i == 0));
            assert!(!tx.is_full() && !rx.is_full());
            tx.try_send(i).unwrap();
        }
        let held = room(capacity, 70);
        assert_eq!((tx.len(), tx.is_empty()), (held, held == 0));
        assert_eq!(
            (tx.is_full(), rx.is_full()),
            (capacity == Some(held), capacity == Some(held))
        );
        for i in 0..held {
            assert_eq!(rx.try_recv(), Ok(i));
            assert_eq!(rx.len(), held - i - 1);
        }
    }
}

#[test]
fn weak_handles_upgrade_while_their_side_lives() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
        assert_eq!((tx.sender_count(), tx.receiver_count()), (1, 1));
        let again = weak_tx.upgrade().expect("a sender lives");
        assert!(again.same_channel(&tx));
        assert_eq!(tx.sender_count(), 2);
        drop((tx, again));
        assert!(weak_tx.upgrade().is_none(), "the last sender is gone");
        assert!(weak_tx.clone().upgrade().is_none());
        let again = weak_rx.clone().upgrade().expect("a receiver lives");
        assert!(again.same_channel(&rx));
        drop((rx, again));
        assert!(weak_rx.upgrade().is_none(), "the last receiver is gone");
    }
}

/// A weak sender must not keep receivers waiting, nor a weak receiver keep messages.
#[test]
fn weak_handles_keep_no_side_open() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        let weak = tx.downgrade();
        drop(tx);
        assert_eq!(rx.recv(), Err(RecvError));
        drop(weak);
        let (tx, rx) = channel::<u8>(capacity);
        let weak = rx.downgrade();
        drop(rx);
        assert!(tx.try_send(1).unwrap_err().is_disconnected());
        drop(weak);
    }
}

#[test]
fn weak_handles_outlive_the_channel() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<String>(capacity);
        let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
        drop((tx, rx));
        assert!(weak_tx.upgrade().is_none() && weak_rx.upgrade().is_none());
    }
}

/// Closing ends the channel, not the handles.
#[test]
fn a_weak_handle_of_a_closed_channel_still_upgrades() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        tx.close();
        let again = tx.downgrade().upgrade().expect("the sender lives");
        assert!(again.try_send(1).unwrap_err().is_disconnected());
        let again = rx.downgrade().upgrade().expect("the receiver lives");
        assert_eq!(again.try_recv(), Err(TryRecvError::Disconnected));
    }
}

/// An upgrade against the last drop: either it yields a working handle or
/// nothing. Catches a count that goes 0 → 1 after the disconnect has been decided.
#[test]
fn an_upgrade_racing_the_last_drop_is_all_or_nothing() {
    watchdog(60, |crew| {
        for round in 0..300 {
            let (tx, rx) = bounded(3);
            let weak = tx.downgrade();
            let start = Arc::new(Barrier::new(2));
            let started = Arc::clone(&start);
            let upgrader = crew.thread("upgrader", move |me| {
                me.at("upgrade", round);
                started.wait();
                weak.upgrade().map(|tx| tx.try_send(round))
            });
            start.wait();
            drop(tx);
            let sent = upgrader.join();
            let expected = match sent {
                Some(result) => {
                    assert_eq!(result, Ok(()), "an upgraded sender must work");
                    Ok(round)
                }
                None => Err(RecvError),
            };
            assert_eq!(rx.recv(), expected);
        }
    });
}

#[test]
fn handles_show_themselves_for_any_message() {
    let (tx, rx) = bounded::<Opaque>(1);
    assert!(format!("{tx:?}").contains("Sender"));
    assert!(format!("{rx:?}").contains("Receiver"));
    assert!(format!("{:?}", tx.downgrade()).contains("WeakSender"));
    assert!(format!("{:?}", rx.downgrade()).contains("WeakReceiver"));
    let (tx, rx) = oneshot::<Opaque>();
    assert!(format!("{tx:?}").contains("OneshotSender"));
    assert!(format!("{rx:?}").contains("OneshotReceiver"));
    let (tx, _rx) = unbounded::<Opaque>();
    assert!(tx.try_send(Opaque).is_ok());
}

#[test]
fn a_full_channel_shows_the_same_from_every_handle() {
    for capacity in [1, 2, 3, 8, 100] {
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| i);
        let (tx2, rx2) = (tx.clone(), rx.clone());
        assert_eq!([tx.len(), tx2.len(), rx.len(), rx2.len()], [capacity; 4]);
        assert!(tx2.is_full() && rx2.is_full() && !rx2.is_empty());
        assert!(!tx2.is_disconnected() && !rx2.is_disconnected());
    }
}

#[test]
fn the_items_are_at_the_root_and_in_the_channel_module() {
    let (tx, rx): (towpath::channel::Sender<u8>, towpath::channel::Receiver<u8>) =
        towpath::channel::bounded(1);
    let _: (towpath::Sender<u8>, towpath::Receiver<u8>) = (tx, rx);
    let _ = towpath::channel::unbounded::<u8>();
}
