//! One channel several times in a select, also as send and receive at once.

use crate::PLACES;
use crate::common::{Me, poll_noop, ready, watchdog};
use std::time::Duration;
use towpath::{Receiver, Sender, bounded, select, select_async};

const ROUNDS: u64 = 2000;

/// Alone with a rendezvous channel, a select that sends and receives on it waits: it must not
/// take its own message.
#[test]
fn a_select_does_not_meet_itself() {
    let (tx, rx) = bounded::<u32>(0);
    for _ in 0..10 {
        let alone = select! {
            send(tx, 1) -> _ => false,
            recv(rx) -> _ => false,
            send(tx, 2) -> _ => false,
            recv(rx) -> _ => false,
            default(Duration::from_millis(2)) => true,
        };
        assert!(alone);
    }
    let mut waiting = Box::pin(async {
        select_async! {
            send(tx, 1) -> _ => 0,
            recv(rx) -> message => message.unwrap(),
        }
    });
    assert!(poll_noop(&mut waiting).is_pending());
    assert!(poll_noop(&mut waiting).is_pending());
    // A peer is met at once.
    assert_eq!(tx.try_send(5), Ok(()));
    assert_eq!(ready(&mut waiting), 5);
    assert!(
        tx.try_send(6).is_err() && rx.try_recv().is_err(),
        "nothing stays behind"
    );
}

/// Sends its own number or receives somebody else's, whatever comes first.
async fn trade(me: Me, tx: Sender<u64>, rx: Receiver<u64>, own: u64) -> (u64, u64) {
    let (mut sent, mut received) = (0, 0);
    while sent + received < ROUNDS {
        me.at("trade", sent + received);
        select_at!(me;
            send(tx, own) -> result => {
                result.unwrap();
                sent += 1;
            }
            recv(rx) -> message => {
                assert_ne!(message, Ok(own), "received its own message");
                received += 1;
            }
        );
    }
    (sent, received)
}

/// Two that both send and receive on one rendezvous channel: each round is a meeting of both.
#[test]
fn two_traders_meet_each_other_and_not_themselves() {
    for place in PLACES {
        watchdog(60, move |crew| {
            let (tx, rx) = bounded(0);
            let traders = [1, 2].map(|own| {
                let (tx, rx) = (tx.clone(), rx.clone());
                crew.act(place, format!("trader {own}"), move |me| {
                    trade(me, tx, rx, own)
                })
            });
            let [(sent_1, received_1), (sent_2, received_2)] = traders.map(|trader| trader.join());
            assert_eq!((sent_1, received_1), (received_2, sent_2));
            let fair = ROUNDS / 20;
            assert!(
                sent_1 > fair && sent_2 > fair,
                "{sent_1} and {sent_2} sends"
            );
        });
    }
}

/// With a buffer a select may well receive what it sent; only the sums must be right.
#[test]
fn traders_with_a_buffer_lose_nothing() {
    for place in PLACES {
        for capacity in [1, 2, 3, 10] {
            watchdog(60, move |crew| {
                let (tx, rx) = bounded(capacity);
                let traders: Vec<_> = (0..4)
                    .map(|i| {
                        let (tx, rx) = (tx.clone(), rx.clone());
                        crew.act(place, format!("trader {i}, {capacity}"), move |me| async move {
                            let mut balance = 0;
                            for round in 0..ROUNDS {
                                me.at("trade", round);
                                select_at!(me;
                                    send(tx, round) -> sent => balance += sent.map_or(0, |()| 1),
                                    recv(rx) -> message => balance -= message.map_or(0, |_| 1),
                                );
                            }
                            balance
                        })
                    })
                    .collect();
                let balance: i64 = traders.into_iter().map(|trader| trader.join()).sum();
                assert_eq!(balance, rx.len() as i64);
            });
        }
    }
}

/// The same receiver in many arms: each message is received once, by any of them.
#[test]
fn the_same_channel_in_many_arms() {
    let (tx, rx) = bounded(100);
    (0..100).for_each(|i| tx.send(i).unwrap());
    let mut arms = [0; 3];
    for i in 0..100 {
        let (arm, message) = select! {
            recv(rx) -> message => (0, message),
            recv(rx) -> message => (1, message),
            recv(rx) -> message => (2, message),
        };
        assert_eq!(message, Ok(i));
        arms[arm] += 1;
    }
    assert!(arms.iter().all(|&count| count > 5), "{arms:?}");
}
