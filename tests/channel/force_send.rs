//! `force_send`: never waits, evicts the oldest, loses nothing silently.

use crate::common::{BUFFERED, FLAVOURS, Ledger, Place, channel, poll_noop, watchdog};
use std::task::Poll;
use towpath::{SendError, bounded, unbounded};

#[test]
fn a_full_channel_gives_up_its_oldest_message() {
    for capacity in [1, 2, 3, 8, 100] {
        let (tx, rx) = bounded(capacity);
        for i in 0..3 * capacity {
            let evicted = tx.force_send(i).unwrap();
            assert_eq!(evicted, i.checked_sub(capacity));
        }
        let left: Vec<_> = rx.try_iter().collect();
        assert_eq!(left, (2 * capacity..3 * capacity).collect::<Vec<_>>());
    }
}

#[test]
fn an_unbounded_channel_never_evicts() {
    let (tx, rx) = unbounded();
    for i in 0..1000 {
        assert_eq!(tx.force_send(i), Ok(None));
    }
    assert!(rx.try_iter().eq(0..1000));
}

#[test]
fn a_rendezvous_with_nobody_receiving_returns_the_message_itself() {
    let (tx, rx) = bounded(0);
    assert_eq!(tx.force_send(1), Ok(Some(1)));
    let mut receive = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut receive).is_pending());
    assert_eq!(tx.force_send(2), Ok(None));
    assert_eq!(tx.force_send(3), Ok(Some(3)), "the one receiver is served");
    assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(2)));
}

#[test]
fn a_closed_channel_takes_nothing_by_force() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        tx.try_send(1).unwrap();
        rx.close();
        assert_eq!(tx.force_send(2), Err(SendError(2)));
        assert_eq!(rx.recv(), Ok(1));
    }
}

/// Eviction makes no room: a sender that waits must neither be woken in vain for
/// ever nor get lost.
#[test]
fn a_waiting_sender_survives_evictions() {
    for capacity in [1, 2, 3, 8] {
        let (tx, rx) = bounded(capacity);
        (0..capacity).for_each(|i| tx.try_send(i).unwrap());
        let mut send = Box::pin(tx.send_async(1000));
        assert!(poll_noop(&mut send).is_pending());
        let mut evicted = Vec::new();
        for i in 0..capacity {
            evicted.extend(tx.force_send(100 + i).unwrap());
        }
        let mut got = Vec::new();
        let mut done = false;
        for _ in 0..3 * capacity {
            got.extend(rx.try_iter());
            done = done || poll_noop(&mut send) == Poll::Ready(Ok(()));
            if done {
                break;
            }
        }
        got.extend(rx.try_iter());
        assert!(done, "the waiting sender found no room");
        got.extend(evicted);
        got.sort_unstable();
        let expected = (0..capacity).chain(100..100 + capacity).chain([1000]);
        assert_eq!(got, expected.collect::<Vec<_>>());
    }
}

/// Conservation under contention: sent = received + evicted, each exactly once.
#[test]
fn sent_equals_received_plus_evicted() {
    const EACH: u64 = 2000;
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let senders: Vec<_> = (0..3u64)
                .map(|s| {
                    let (tx, ledger) = (tx.clone(), ledger.clone());
                    crew.thread(format!("sender {s}, {capacity:?}"), move |me| {
                        let mut evicted = Vec::new();
                        for i in 0..EACH {
                            me.at("force_send", i);
                            let token = ledger.token(s * EACH + i);
                            evicted.extend(tx.force_send(token).unwrap().map(|token| token.id));
                        }
                        evicted
                    })
                })
                .collect();
            drop(tx);
            let receivers: Vec<_> = [Place::Thread, Place::TokioMulti]
                .into_iter()
                .map(|place| {
                    let rx = rx.clone();
                    crew.act(
                        place,
                        format!("receiver, {capacity:?}"),
                        move |me| async move {
                            let mut got = Vec::new();
                            while let Ok(token) = me.recv(&rx).await {
                                got.push(token.id);
                            }
                            got
                        },
                    )
                })
                .collect();
            let mut all: Vec<_> = senders.into_iter().flat_map(|s| s.join()).collect();
            all.extend(receivers.into_iter().flat_map(|r| r.join()));
            all.sort_unstable();
            assert!(all.into_iter().eq(0..3 * EACH), "capacity {capacity:?}");
            ledger.assert_live(0);
        }
    });
}

/// What receives that gave up had been handed stays, in order, whenever they give up.
#[test]
fn messages_that_came_back_stay_in_order() {
    for capacity in [1, 2] {
        for early in [1, 2] {
            let (tx, rx) = bounded(capacity);
            let mut receives: Vec<_> = (0..2).map(|_| Box::pin(rx.recv_async())).collect();
            for receive in &mut receives {
                assert!(poll_noop(receive).is_pending());
            }
            let sent = 2 + capacity as u64;
            (0..sent).for_each(|i| tx.try_send(i).unwrap());
            receives.drain(..early);
            let evicted: Vec<_> = (10..15)
                .map(|i| tx.force_send(i).unwrap().unwrap())
                .collect();
            drop(receives);
            assert!(
                evicted
                    .into_iter()
                    .eq((2..sent).chain(10..15 - capacity as u64))
            );
            let left = (0..2).chain(15 - capacity as u64..15);
            assert!(rx.try_iter().eq(left), "capacity {capacity}, {early}");
        }
    }
}
