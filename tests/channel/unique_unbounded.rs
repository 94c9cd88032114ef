//! Unbounded channels with one receiver.

use crate::common::{
    Crew, Ledger, Me, Place, Random, Sent, Token, pause, poll_noop, settle, soak, soak_patience,
    watchdog,
};
use crate::unique::{recv_all, recv_at_random};
use std::task::Poll;
use std::time::{Duration, Instant};
use towpath::unique::unbounded;
use towpath::{RecvTimeoutError, Sender, TryRecvError};

/// Where senders and the receiver are: alike, and mixed.
const PLACES: [([Place; 3], Place); 5] = [
    ([Place::Thread; 3], Place::Thread),
    ([Place::TokioMulti; 3], Place::TokioMulti),
    ([Place::TokioCurrent; 3], Place::TokioCurrent),
    ([Place::Smol; 3], Place::Smol),
    (
        [Place::Thread, Place::TokioMulti, Place::Smol],
        Place::Pollster,
    ),
];

/// More than a block of each sender.
const EACH: u64 = 700;

async fn send_all(me: Me, tx: Sender<u64>, first: u64) {
    let mut random = Random::new(first);
    let mut next = first;
    while next < first + EACH {
        me.at("send", next);
        let most = 1 + random.below(9) as usize;
        let batch: Vec<u64> = (next..first + EACH).take(most).collect();
        next += batch.len() as u64;
        let sent = match batch.len() {
            1 => me.send(&tx, batch[0]).await.is_ok(),
            _ => me.send_many(&tx, batch).await.is_ok(),
        };
        assert!(sent, "the receiver is there");
    }
}

#[test]
fn every_message_arrives_once_and_in_the_order_of_its_sender() {
    watchdog(60, |crew| {
        for (sending, receiving) in PLACES {
            let (tx, rx) = unbounded();
            for (sender, place) in (0..).zip(sending) {
                let tx = tx.clone();
                crew.act(place, format!("sender {sender}"), move |me| {
                    send_all(me, tx, sender * EACH)
                });
            }
            drop(tx);
            let got = crew.act(receiving, "receiver", move |me| recv_all(me, rx));
            let got = got.join();
            for sender in 0..3 {
                let own = sender * EACH..(sender + 1) * EACH;
                let of_one = got.iter().copied().filter(|id| own.contains(id));
                assert!(of_one.eq(own.clone()), "of sender {sender}, {receiving:?}");
            }
            assert_eq!(got.len() as u64, 3 * EACH);
        }
    });
}

async fn send_until(me: Me, tx: Sender<Token>, ledger: Ledger, until: Instant, first: u64) -> Sent {
    let mut random = Random::new(first);
    let mut sent = Sent::default();
    for id in (first..).step_by(2) {
        if Instant::now() >= until {
            break;
        }
        me.at("send until", id);
        let accepted = match random.below(3) {
            0 => tx.try_send(ledger.token(id)).is_ok(),
            1 => tx.force_send(ledger.token(id)).is_ok(),
            _ => me.send(&tx, ledger.token(id)).await.is_ok(),
        };
        assert!(accepted, "the receiver is there");
        sent.surely.push(id);
        if random.one_in(16) {
            pause().await;
        }
        if random.one_in(64) {
            // Walks what the receiver leaves meanwhile.
            assert!(tx.is_empty() || tx.len() < usize::MAX / 2);
        }
    }
    sent
}

fn conserve(crew: &Crew, sending: [Place; 2], receiving: Place) {
    let until = Instant::now() + soak() / 8;
    let ledger = Ledger::new();
    let (tx, rx) = unbounded();
    let senders: Vec<_> = (0..)
        .zip(sending)
        .map(|(first, place)| {
            let (tx, ledger) = (tx.clone(), ledger.clone());
            crew.act(place, format!("sender {first}"), move |me| {
                send_until(me, tx, ledger, until, first)
            })
        })
        .collect();
    drop(tx);
    let receiver = crew.act(receiving, "receiver", move |me| recv_at_random(me, rx));
    let mut all = Sent::default();
    for sender in senders {
        all.surely.extend(sender.join().surely);
    }
    settle(receiver.join(), all.surely, all.perhaps);
    ledger.assert_live(0);
}

#[test]
fn nothing_is_lost_when_receives_are_given_up() {
    watchdog(soak_patience(4), |crew| {
        for ([one, other, _], receiving) in PLACES {
            conserve(crew, [one, other], receiving);
        }
    });
}

#[test]
fn an_empty_channel_says_so() {
    let (tx, mut rx) = unbounded();
    assert_eq!((rx.capacity(), tx.capacity()), (None, None));
    assert!(rx.is_empty() && tx.is_empty() && !rx.is_full());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    let nothing = rx.recv_timeout(Duration::from_millis(1));
    assert_eq!(nothing, Err(RecvTimeoutError::Timeout));
    tx.send(1).unwrap();
    assert_eq!((tx.len(), rx.len()), (1, 1));
    assert_eq!(rx.recv(), Ok(1));
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

/// As many as several blocks hold, some of them received: the others are dropped with the last handle, or the
/// receiver.
#[test]
fn what_is_left_is_dropped_once() {
    for count in [0, 1, 63, 64, 65, 200] {
        for receiver_first in [false, true] {
            let ledger = Ledger::new();
            let (tx, mut rx) = unbounded();
            (0..count).for_each(|id| assert!(tx.send(ledger.token(id)).is_ok()));
            assert_eq!(
                rx.try_iter().take(count as usize / 3).count() as u64,
                count / 3
            );
            ledger.assert_live((count - count / 3) as isize);
            if receiver_first {
                drop(rx);
                ledger.assert_live(0);
                assert!(tx.send(ledger.token(0)).is_err());
            } else {
                drop(tx);
                assert_eq!(rx.len() as u64, count - count / 3);
                drop(rx);
            }
            ledger.assert_live(0);
        }
    }
}

/// Either side closes; what was accepted comes out, the rest comes back.
#[test]
fn closing_ends_both_sides() {
    for receiver_closes in [false, true] {
        let (tx, mut rx) = unbounded();
        (0..100).for_each(|i| tx.send(i).unwrap());
        assert!(if receiver_closes {
            rx.close()
        } else {
            tx.close()
        });
        assert!(!rx.close() && tx.is_disconnected());
        assert_eq!(tx.send(7).unwrap_err().into_inner(), 7);
        assert_eq!(tx.send_many([7, 8]).unwrap_err().into_inner(), [7, 8]);
        assert!(rx.iter().eq(0..100));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    }
}

#[test]
fn a_receiver_that_waits_learns_of_the_end() {
    watchdog(60, |crew| {
        for closes in [false, true] {
            let (tx, mut rx) = unbounded::<u8>();
            let receiver = crew.thread("receiver", move |me| {
                me.at("receive", 0);
                rx.recv()
            });
            if closes {
                tx.close();
            }
            drop(tx);
            assert!(receiver.join().is_err());
        }
    });
}

#[test]
fn a_dropped_future_is_out_of_the_way() {
    let (tx, mut rx) = unbounded();
    {
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        tx.send(0).unwrap();
    }
    let mut receive = Box::pin(rx.recv_async());
    assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(0)));
}

/// A sender counts while the receiver leaves block after block.
#[test]
fn len_counts_what_is_there() {
    const TOTAL: usize = 20_000;
    watchdog(60, |crew| {
        let (tx, mut rx) = unbounded();
        (0..TOTAL).for_each(|i| tx.send(i).unwrap());
        let receiver = crew.thread("receiver", move |me| {
            for expected in 0..TOTAL {
                me.at("receive", expected as u64);
                assert_eq!(rx.recv(), Ok(expected));
            }
            rx
        });
        let mut before = TOTAL;
        while before > 0 {
            let now = tx.len();
            assert!(now <= before, "{now} after {before}, and nobody sends");
            before = now;
        }
        assert!(receiver.join().is_empty() && tx.is_empty());
    });
}

/// The first block is installed while somebody counts.
#[test]
fn len_beside_the_first_send() {
    const CHANNELS: usize = if cfg!(miri) { 50 } else { 100_000 };
    watchdog(60, |crew| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..CHANNELS).map(|_| unbounded()).unzip();
        let sender = crew.thread("sender", move |me| {
            for (id, tx) in senders.iter().enumerate() {
                me.at("send", id as u64);
                tx.send(id).expect("the receiver is there");
            }
            senders
        });
        for rx in &receivers {
            let mut counted = 0;
            while counted == 0 {
                counted = rx.len();
            }
            assert_eq!((counted, rx.len()), (1, 1));
        }
        drop(sender.join());
    });
}
