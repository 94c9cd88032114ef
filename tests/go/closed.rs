//! Closed channels in selects: always ready, drained first, and whoever waits is told.

use crate::PLACES;
use crate::common::{FLAVOURS, Me, channel, room, watchdog};
use towpath::{Receiver, Sender, bounded, select, select_biased};

/// What was accepted before the close is received by selects, in order; then every one of them
/// fails at once, as often as it is asked.
#[test]
fn selects_drain_a_closed_channel_and_then_fail() {
    for place in PLACES {
        watchdog(60, move |crew| {
            for capacity in FLAVOURS {
                let actor = move |me: Me| async move {
                    let (tx, rx) = channel(capacity);
                    let (_open, never_sent) = bounded::<u64>(1);
                    let held = room(capacity, 20) as u64;
                    (0..held).for_each(|i| tx.try_send(i).unwrap());
                    assert!(tx.close());
                    for i in 0..held {
                        let message = select_at!(me;
                            recv(rx) -> message => message,
                            recv(never_sent) -> message => message,
                        );
                        assert_eq!(message, Ok(i), "capacity {capacity:?}");
                    }
                    for _ in 0..3 {
                        let message = select_at!(me;
                            recv(never_sent) -> message => message,
                            recv(rx) -> message => message,
                        );
                        assert!(message.is_err(), "capacity {capacity:?}");
                    }
                };
                crew.act(place, format!("drain, {capacity:?}"), actor)
                    .join();
            }
        });
    }
}

/// A send on a closed channel is chosen like any other, and gives the message back.
#[test]
fn a_send_on_a_closed_channel_is_ready_and_gives_the_message_back() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        rx.close();
        let sent = select! {
            send(tx, Box::new(5)) -> sent => sent,
        };
        assert_eq!(*sent.unwrap_err().into_inner(), 5);
        // It takes precedence over nothing: the biased order decides.
        let (ready_tx, ready) = bounded(1);
        ready_tx.send(1).unwrap();
        let first = select_biased! {
            recv(ready) -> message => message == Ok(1),
            send(tx, Box::new(6)) -> _ => false,
        };
        assert!(first, "capacity {capacity:?}");
    }
}

/// Closing twice is no panic here, and only the first call closed it.
#[test]
fn closing_again_says_so() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<()>(capacity);
        assert_eq!((tx.close(), rx.close(), tx.close()), (true, false, false));
        let closed = select! {
            recv(rx) -> message => message.is_err(),
            default => false,
        };
        assert!(closed, "capacity {capacity:?}");
    }
}

/// How the channel ends while selects wait on it.
type End = fn(Vec<Sender<u64>>, Vec<Receiver<u64>>);

const ENDS: [(&str, End); 2] = [
    ("close", |tx, _| assert!(tx[0].close())),
    ("drop", |tx, rx| drop((tx, rx))),
];

/// Selects that wait, receiving, are all told of the end, even if each waits on several channels.
#[test]
fn the_end_reaches_every_select_that_receives() {
    for place in PLACES {
        watchdog(60, move |crew| {
            for capacity in FLAVOURS {
                for (how, end) in ENDS {
                    let (tx, rx) = channel::<u64>(capacity);
                    let (ready_tx, ready) = bounded(8);
                    let waiters: Vec<_> = (0..8)
                        .map(|i| {
                            let (rx, ready) = (rx.clone(), ready_tx.clone());
                            let name = format!("receiver {i}, {how}, {capacity:?}");
                            crew.act(place, name, move |me| async move {
                                let (_open, other) = bounded::<u64>(0);
                                ready.try_send(()).expect("room for all");
                                select_at!(me;
                                    recv(other) -> message => message,
                                    recv(rx) -> message => message,
                                    recv(rx) -> message => message,
                                )
                            })
                        })
                        .collect();
                    // They are about to wait, or do so already: both must be told.
                    (0..8).for_each(|_| ready.recv().unwrap());
                    end(vec![tx], vec![rx]);
                    for waiter in waiters {
                        assert!(waiter.join().is_err(), "{how}, capacity {capacity:?}");
                    }
                }
            }
        });
    }
}

/// Selects that wait, sending, get their messages back.
#[test]
fn the_end_reaches_every_select_that_sends() {
    for place in PLACES {
        watchdog(60, move |crew| {
            for capacity in [0, 1, 2, 3, 8] {
                for (how, end) in ENDS {
                    let (tx, rx) = bounded::<u64>(capacity);
                    (0..capacity as u64).for_each(|i| tx.send(i).unwrap());
                    let (ready_tx, ready) = bounded(8);
                    let waiters: Vec<_> = (0..8)
                        .map(|i| {
                            let (tx, ready) = (tx.clone(), ready_tx.clone());
                            let name = format!("sender {i}, {how}, capacity {capacity}");
                            crew.act(place, name, move |me| async move {
                                let (_open, other) = bounded::<u64>(0);
                                ready.try_send(()).expect("room for all");
                                select_at!(me;
                                    recv(other) -> _ => None,
                                    send(tx, i) -> sent => sent.err(),
                                )
                            })
                        })
                        .collect();
                    (0..8).for_each(|_| ready.recv().unwrap());
                    end(vec![tx], vec![rx]);
                    for (i, waiter) in (0..).zip(waiters) {
                        let back = waiter.join().map(|error| error.into_inner());
                        assert_eq!(back, Some(i), "{how}, capacity {capacity}");
                    }
                }
            }
        });
    }
}
