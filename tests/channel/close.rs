//! Closing: from either end, against sends and receives under way, and waiting for it.

use crate::common::{
    Alarm, BUFFERED, Crew, FLAVOURS, Ledger, Place, channel, fill, poll, poll_noop, ready, room,
    watchdog,
};
use std::sync::Arc;
use std::task::Poll;
use towpath::{Receiver, RecvError, SendError, Sender, TryRecvError, TrySendError, bounded};

type Close = fn(&Sender<u64>, &Receiver<u64>) -> bool;

/// From the sender and from the receiver.
const ENDS: [Close; 2] = [|tx, _| tx.close(), |_, rx| rx.close()];

#[test]
fn closing_refuses_sends_and_lets_receivers_drain() {
    for close in ENDS {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let sent = room(capacity, 20) as u64;
            (0..sent).for_each(|i| tx.try_send(i).unwrap());
            assert!(!tx.is_disconnected() && !rx.is_disconnected());
            assert!(close(&tx, &rx), "this call closed it");
            assert!(!tx.close() && !rx.close(), "only the first call closes");
            assert!(tx.is_disconnected() && rx.is_disconnected());
            assert_eq!(tx.try_send(9), Err(TrySendError::Disconnected(9)));
            assert_eq!(tx.send(9), Err(SendError(9)));
            assert_eq!(ready(tx.send_async(9)), Err(SendError(9)));
            assert_eq!(rx.len() as u64, sent, "what was accepted stays");
            for i in 0..sent {
                assert_eq!(rx.recv(), Ok(i));
            }
            assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
            assert_eq!(rx.recv(), Err(RecvError));
        }
    }
}

/// A clone made after the close is as closed.
#[test]
fn a_clone_of_a_closed_handle_is_closed() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        tx.close();
        assert!(tx.clone().try_send(1).unwrap_err().is_disconnected());
        assert_eq!(rx.clone().recv(), Err(RecvError));
    }
}

/// Every waiter, not one: catches a close that wakes like a send does.
#[test]
fn closing_wakes_every_waiting_receiver() {
    for close in ENDS {
        watchdog(60, move |crew| {
            for capacity in FLAVOURS {
                let (tx, rx) = channel::<u64>(capacity);
                let pending: Vec<_> = (0..3).map(|_| Box::pin(rx.recv_async())).collect();
                let alarms = poll_all(pending, |alarms, mut pending| {
                    let threads: Vec<_> = (0..2)
                        .map(|i| {
                            let rx = rx.clone();
                            crew.thread(format!("receiver {i}, {capacity:?}"), move |_| rx.recv())
                        })
                        .collect();
                    let task = rx.clone();
                    let task = crew.act(Place::TokioMulti, "task", move |_| task.into_recv_async());
                    assert!(close(&tx, &rx));
                    threads
                        .into_iter()
                        .for_each(|t| assert_eq!(t.join(), Err(RecvError)));
                    assert_eq!(task.join(), Err(RecvError));
                    for receive in &mut pending {
                        assert_eq!(poll_noop(receive), Poll::Ready(Err(RecvError)));
                    }
                    alarms
                });
                assert!(
                    alarms.iter().all(|alarm| alarm.rings() == 1),
                    "woken once each"
                );
            }
        });
    }
}

/// Polls each future with an alarm of its own; all must be pending.
fn poll_all<F: Future, R>(
    mut futures: Vec<std::pin::Pin<Box<F>>>,
    then: impl FnOnce(Vec<Arc<Alarm>>, Vec<std::pin::Pin<Box<F>>>) -> R,
) -> R {
    let mut alarms = Vec::new();
    for future in &mut futures {
        let (alarm, waker) = Alarm::new();
        assert!(poll(future, &waker).is_pending());
        alarms.push(alarm);
    }
    then(alarms, futures)
}

/// Waiting senders get their own message back.
#[test]
fn closing_wakes_every_waiting_sender_with_its_message() {
    for close in ENDS {
        watchdog(60, move |crew| {
            for capacity in [0, 1, 2, 3, 8] {
                let (tx, rx) = bounded(capacity);
                let filled = fill(&tx, |i| i);
                let pending = (0..3).map(|i| Box::pin(tx.send_async(100 + i))).collect();
                poll_all(pending, |alarms, mut pending| {
                    let (thread, task) = (tx.clone(), tx.clone());
                    let thread =
                        crew.thread(format!("sender, {capacity}"), move |_| thread.send(200));
                    let task = crew.act(Place::Smol, "task", move |_| task.into_send_async(201));
                    assert!(close(&tx, &rx));
                    assert_eq!(thread.join(), Err(SendError(200)));
                    assert_eq!(task.join(), Err(SendError(201)));
                    for (i, send) in (100..).zip(&mut pending) {
                        assert_eq!(poll_noop(send), Poll::Ready(Err(SendError(i))));
                    }
                    assert!(alarms.iter().all(|alarm| alarm.rings() == 1));
                });
                assert_eq!(rx.iter().count(), filled);
            }
        });
    }
}

/// The last receiver's drop wakes senders just as a close does.
#[test]
fn dropping_the_last_receiver_wakes_every_waiting_sender() {
    watchdog(60, |crew| {
        for capacity in [0, 1, 2, 3, 8] {
            let (tx, rx) = bounded(capacity);
            fill(&tx, |i| i);
            let waiting: Vec<_> = [Place::Thread, Place::TokioMulti, Place::Thread, Place::Smol]
                .into_iter()
                .map(|place| {
                    let tx = tx.clone();
                    crew.act(place, format!("sender, {capacity}"), move |me| async move {
                        me.send(&tx, 7).await
                    })
                })
                .collect();
            drop(rx);
            waiting
                .into_iter()
                .for_each(|w| assert_eq!(w.join(), Err(SendError(7))));
        }
    });
}

/// The race the disconnect mark exists for: senders at full speed against a
/// close. Each send that said Ok is received exactly once, none that said Err is;
/// catches a mark that is set beside, not in, the word that claims a slot.
#[test]
fn what_was_accepted_before_a_close_is_received_exactly_once() {
    watchdog(100, |crew| {
        for capacity in FLAVOURS {
            for round in 0..100 {
                close_race(crew, capacity, round);
            }
        }
    });
}

fn close_race(crew: &Crew, capacity: Option<usize>, round: usize) {
    let (tx, rx) = channel::<u64>(capacity);
    let places = [Place::Thread, Place::TokioMulti, Place::Thread];
    let senders: Vec<_> = (0..)
        .zip(places)
        .map(|(s, place)| {
            let tx = tx.clone();
            crew.act(
                place,
                format!("sender {s}, {capacity:?}"),
                move |me| async move {
                    let mut accepted = Vec::new();
                    for value in s * 1_000_000.. {
                        me.at("send", value);
                        match me.send(&tx, value).await {
                            Ok(()) => accepted.push(value),
                            Err(SendError(back)) => {
                                assert_eq!(back, value);
                                break;
                            }
                        }
                    }
                    accepted
                },
            )
        })
        .collect();
    let other = rx.clone();
    let other = crew.thread(format!("receiver, {capacity:?}"), move |_| {
        other.iter().collect::<Vec<_>>()
    });
    // Close after a varying number of messages, not after a time.
    let mut got: Vec<_> = rx.iter().take(round % 11).collect();
    assert!(if round % 2 == 0 {
        tx.close()
    } else {
        rx.close()
    });
    got.extend(rx.iter());
    got.extend(other.join());
    let mut accepted: Vec<_> = senders
        .into_iter()
        .flat_map(|sender| sender.join())
        .collect();
    assert_eq!(
        rx.try_recv(),
        Err(TryRecvError::Disconnected),
        "nothing comes after the end"
    );
    got.sort_unstable();
    accepted.sort_unstable();
    assert_eq!(got, accepted, "capacity {capacity:?}");
}

/// The last receiver goes while senders send: what they slip in is dropped then
/// and there, though sender handles live on. Catches a message accepted after the
/// final sweep, which would linger until the channel goes.
#[test]
fn nothing_lingers_after_the_last_receiver_goes_under_load() {
    watchdog(100, |crew| {
        for capacity in FLAVOURS {
            for round in 0..80 {
                let ledger = Ledger::new();
                let (tx, rx) = channel(capacity);
                let senders: Vec<_> = [Place::Thread, Place::TokioMulti]
                    .into_iter()
                    .map(|place| {
                        let (tx, ledger) = (tx.clone(), ledger.clone());
                        crew.act(
                            place,
                            format!("sender, {capacity:?}"),
                            move |me| async move {
                                while me.send(&tx, ledger.token(1)).await.is_ok() {}
                            },
                        )
                    })
                    .collect();
                rx.iter().take(round % 5).for_each(drop);
                drop(rx);
                senders.into_iter().for_each(|sender| sender.join());
                ledger.assert_live(0);
                drop(tx);
            }
        }
    });
}

/// Senders leave while receivers wait: exactly the messages, then the end.
#[test]
fn the_last_sender_leaving_under_load_ends_every_receiver() {
    watchdog(100, |crew| {
        for capacity in FLAVOURS {
            for _ in 0..40 {
                let (tx, rx) = channel(capacity);
                let receivers: Vec<_> = [Place::Thread, Place::TokioMulti, Place::Thread]
                    .into_iter()
                    .map(|place| {
                        let rx = rx.clone();
                        crew.act(
                            place,
                            format!("receiver, {capacity:?}"),
                            move |me| async move {
                                let mut sum = 0;
                                while let Ok(value) = me.recv(&rx).await {
                                    sum += value;
                                }
                                sum
                            },
                        )
                    })
                    .collect();
                for s in 0..3 {
                    let tx = tx.clone();
                    crew.thread(format!("sender {s}"), move |_| {
                        (0..5u64).for_each(|i| tx.send(i).unwrap());
                    });
                }
                drop(tx);
                assert_eq!(receivers.into_iter().map(|r| r.join()).sum::<u64>(), 30);
            }
        }
    });
}

#[test]
fn two_closes_at_once_have_one_winner() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            for _ in 0..40 {
                let (tx, rx) = channel::<u8>(capacity);
                let closer = crew.thread("closer", move |_| tx.close() as u8);
                let here = rx.close() as u8;
                assert_eq!(closer.join() + here, 1, "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn closed_waits_for_the_last_receiver_not_for_close() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel::<u8>(capacity);
            let (alarm, waker) = Alarm::new();
            let mut closed = Box::pin(tx.closed_async());
            assert!(poll(&mut closed, &waker).is_pending());
            let more = rx.clone();
            drop(rx);
            assert!(
                poll(&mut closed, &waker).is_pending(),
                "one receiver is left"
            );
            let waiting: Vec<_> = [Place::Thread, Place::TokioMulti, Place::FuturesBlockOn]
                .into_iter()
                .map(|place| {
                    let tx = tx.clone();
                    crew.act(
                        place,
                        format!("closed(), {capacity:?}"),
                        move |_| async move {
                            if place == Place::Thread {
                                tx.closed()
                            } else {
                                tx.closed_async().await
                            }
                        },
                    )
                })
                .collect();
            more.close();
            assert!(
                poll(&mut closed, &waker).is_pending(),
                "a receiver may still drain"
            );
            drop(more);
            // One of the others may be getting in line, and then tells us once it is.
            while alarm.rings() == 0 {
                std::thread::yield_now();
            }
            assert!(poll(&mut closed, &waker).is_ready());
            waiting.into_iter().for_each(|waiter| waiter.join());
            tx.closed();
            ready(tx.closed_async());
        }
    });
}

/// Dropping a pending `closed_async` removes its waiter.
#[test]
fn a_dropped_closed_future_is_forgotten() {
    for capacity in BUFFERED {
        let (tx, rx) = channel::<u8>(capacity);
        let (alarm, waker) = Alarm::new();
        let mut closed = Box::pin(tx.closed_async());
        assert!(poll(&mut closed, &waker).is_pending());
        drop(closed);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "its waker is gone too");
        drop(rx);
        assert_eq!(alarm.rings(), 0);
    }
}
