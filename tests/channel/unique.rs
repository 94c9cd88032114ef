//! Channels with one sender and one receiver.

use crate::common::{
    Crew, Ledger, Me, Place, Random, Sent, Token, give_up_at_random, pause, poll_noop, settle,
    soak, soak_patience, watchdog,
};
use futures::{SinkExt, StreamExt};
use std::task::Poll;
use std::time::{Duration, Instant};
use towpath::unique::bounded;
use towpath::{RecvTimeoutError, TryRecvError, TrySendError, UniqueReceiver, UniqueSender, select};

/// Rendezvous, a place, powers of two and not, more than a batch.
const CAPACITIES: [usize; 6] = [0, 1, 2, 3, 8, 100];

/// The places of sender and receiver: threads, tasks, and both ways to mix them.
const PLACES: [[Place; 2]; 6] = [
    [Place::Thread, Place::Thread],
    [Place::TokioMulti, Place::TokioMulti],
    [Place::TokioCurrent, Place::TokioCurrent],
    [Place::Smol, Place::Smol],
    [Place::Thread, Place::TokioMulti],
    [Place::Pollster, Place::Thread],
];

/// Sends one by one and in batches, the way one does at that place.
async fn send_all(me: Me, mut tx: UniqueSender<u64>, n: u64) {
    let mut random = Random::new(n);
    let mut next = 0;
    while next < n {
        me.at("send", next);
        let batch: Vec<u64> = (next..n).take(1 + random.below(12) as usize).collect();
        next += batch.len() as u64;
        let sent = match (me.blocks(), batch.len()) {
            (true, 1) => tx.send(batch[0]).is_ok(),
            (false, 1) => tx.send_async(batch[0]).await.is_ok(),
            (true, _) => tx.send_many(batch).is_ok(),
            (false, _) => tx.send_many_async(batch).await.is_ok(),
        };
        assert!(sent, "the receiver is there");
    }
}

pub(crate) async fn recv_all(me: Me, mut rx: UniqueReceiver<u64>) -> Vec<u64> {
    let mut random = Random::new(7);
    let mut got = Vec::new();
    loop {
        me.at("receive", got.len() as u64);
        let limit = 1 + random.below(12) as usize;
        let received = match (me.blocks(), limit) {
            (true, 1) => rx.recv().map(|id| got.push(id)),
            (false, 1) => rx.recv_async().await.map(|id| got.push(id)),
            (true, _) => rx.recv_many(&mut got, limit).map(drop),
            (false, _) => rx.recv_many_async(&mut got, limit).await.map(drop),
        };
        if received.is_err() {
            return got;
        }
    }
}

#[test]
fn every_message_arrives_once_and_in_order() {
    watchdog(60, |crew| {
        for capacity in CAPACITIES {
            for [sending, receiving] in PLACES {
                let (tx, rx) = bounded(capacity);
                let n = 2000;
                crew.act(sending, "sender", move |me| send_all(me, tx, n));
                let got = crew.act(receiving, "receiver", move |me| recv_all(me, rx));
                let got = got.join();
                assert!(got.into_iter().eq(0..n), "{capacity}, {sending:?}");
            }
        }
    });
}

async fn send_at_random(
    me: Me,
    mut tx: UniqueSender<Token>,
    ledger: Ledger,
    until: Instant,
) -> Sent {
    let mut random = Random::new(1);
    let mut sent = Sent::default();
    for id in (0..).step_by(2) {
        if Instant::now() >= until {
            break;
        }
        me.at("send at random", id);
        if random.one_in(8) {
            pause().await;
        }
        let token = ledger.token(id);
        let outcome = match random.below(6) {
            0 => give_up_at_random(tx.send_async(token), &mut random)
                .await
                .map(|sent| sent.is_ok()),
            1 => give_up_at_random(tx.sink().send(token), &mut random)
                .await
                .map(|sent| sent.is_ok()),
            2 => {
                let two = [token, ledger.token(id + 1)];
                let both = give_up_at_random(tx.send_many_async(two), &mut random).await;
                match both {
                    Some(_) => sent.surely.push(id + 1),
                    None => sent.perhaps.push(id + 1),
                }
                both.map(|sent| sent.is_ok())
            }
            3 => Some(tx.try_send(token).is_ok()),
            4 if me.blocks() => {
                let patience = Duration::from_micros(random.below(100));
                Some(tx.send_timeout(token, patience).is_ok())
            }
            _ if me.blocks() => Some(tx.send(token).is_ok()),
            _ => Some(tx.send_async(token).await.is_ok()),
        };
        match outcome {
            Some(true) => sent.surely.push(id),
            Some(false) => {}
            None => sent.perhaps.push(id),
        }
    }
    sent
}

pub(crate) async fn recv_at_random(me: Me, mut rx: UniqueReceiver<Token>) -> Vec<u64> {
    let mut random = Random::new(2);
    let (mut got, mut tokens) = (Vec::new(), Vec::new());
    loop {
        me.at("receive at random", got.len() as u64);
        match random.below(5) {
            0 => {
                let received = give_up_at_random(rx.recv_async(), &mut random).await;
                tokens.extend(received.and_then(Result::ok));
            }
            1 => {
                let received = give_up_at_random(rx.stream().next(), &mut random).await;
                tokens.extend(received.flatten());
            }
            2 => drop(give_up_at_random(rx.recv_many_async(&mut tokens, 3), &mut random).await),
            3 if me.blocks() => {
                let patience = Duration::from_micros(random.below(100));
                tokens.extend(rx.recv_timeout(patience));
            }
            _ => {
                let received = match me.blocks() {
                    true => rx.recv(),
                    false => rx.recv_async().await,
                };
                match received {
                    Ok(token) => tokens.push(token),
                    Err(_) => return got,
                }
            }
        }
        got.extend(tokens.drain(..).map(|token| token.id));
    }
}

fn conserve(crew: &Crew, capacity: usize, [sending, receiving]: [Place; 2]) {
    let until = Instant::now() + soak() / 10;
    let ledger = Ledger::new();
    let (tx, rx) = bounded(capacity);
    let sender = {
        let ledger = ledger.clone();
        crew.act(sending, "sender", move |me| {
            send_at_random(me, tx, ledger, until)
        })
    };
    let receiver = crew.act(receiving, "receiver", move |me| recv_at_random(me, rx));
    let (sent, got) = (sender.join(), receiver.join());
    assert!(got.is_sorted(), "out of order");
    settle(got, sent.surely, sent.perhaps);
    ledger.assert_live(0);
}

#[test]
fn nothing_is_lost_when_futures_are_given_up() {
    watchdog(soak_patience(4), |crew| {
        for capacity in [0, 1, 3, 8] {
            for places in PLACES {
                conserve(crew, capacity, places);
            }
        }
    });
}

#[test]
fn a_ring_goes_round_many_times() {
    for capacity in 1..20 {
        let (mut tx, mut rx) = bounded(capacity);
        let mut next = 0;
        for step in 0..200 {
            let count = 1 + step % capacity;
            (next..next + count).for_each(|i| assert_eq!(tx.try_send(i), Ok(())));
            assert_eq!((rx.len(), tx.is_full()), (count, count == capacity));
            let mut out = Vec::new();
            assert_eq!(rx.try_recv_many(&mut out, usize::MAX), Ok(count));
            assert!(out.into_iter().eq(next..next + count) && rx.is_empty());
            next += count;
        }
    }
}

#[test]
fn full_and_empty_say_so_and_give_the_message_back() {
    for capacity in [1, 2, 3, 8] {
        let (mut tx, mut rx) = bounded(capacity);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(rx.capacity(), Some(capacity));
        (0..capacity).for_each(|i| tx.try_send(i).unwrap());
        assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)));
        let late = tx.send_timeout(9, Duration::from_millis(1)).unwrap_err();
        assert!(late.is_timeout() && late.into_inner() == 9);
        assert!(rx.drain().eq(0..capacity));
        let nothing = rx.recv_timeout(Duration::from_millis(1));
        assert_eq!(nothing, Err(RecvTimeoutError::Timeout));
    }
}

#[test]
fn what_is_left_is_dropped_once() {
    for capacity in CAPACITIES {
        for receiver_first in [false, true] {
            let ledger = Ledger::new();
            let (mut tx, mut rx) = bounded(capacity);
            let fitting = (0..).take_while(|id| tx.try_send(ledger.token(*id)).is_ok());
            assert_eq!(fitting.count(), capacity);
            drop(rx.try_recv());
            ledger.assert_live(capacity.saturating_sub(1) as isize);
            if receiver_first {
                drop(rx);
                ledger.assert_live(0);
                assert!(tx.send(ledger.token(0)).is_err());
            } else {
                drop(tx);
                assert_eq!(rx.iter().count(), capacity.saturating_sub(1));
            }
            ledger.assert_live(0);
        }
    }
}

/// Either side closes; what was accepted comes out, the rest comes back.
#[test]
fn closing_ends_both_sides() {
    watchdog(30, |crew| {
        for capacity in CAPACITIES {
            for receiver_closes in [false, true] {
                let (mut tx, mut rx) = bounded(capacity);
                (0..capacity).for_each(|i| tx.send(i).unwrap());
                if receiver_closes {
                    let waiting = crew.thread("sender", move |me| {
                        me.at("send into a full channel", 0);
                        tx.send(capacity)
                    });
                    assert!(rx.close() && !rx.close());
                    // Whoever waited before the close may still have met the first receive.
                    let got = rx.iter().count();
                    assert_eq!(waiting.join().is_ok(), got > capacity);
                } else {
                    assert!(tx.close() && rx.is_disconnected());
                    assert_eq!(tx.send_many([7, 8]).unwrap_err().into_inner(), [7, 8]);
                    assert!(rx.iter().eq(0..capacity));
                }
                assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
            }
        }
    });
}

#[test]
fn a_waiting_side_learns_that_the_other_is_gone() {
    watchdog(30, |crew| {
        for capacity in CAPACITIES {
            let (tx, mut rx) = bounded::<u8>(capacity);
            let receiver = crew.thread("receiver", move |me| {
                me.at("receive", 0);
                rx.recv()
            });
            drop(tx);
            assert!(receiver.join().is_err());

            let (mut tx, rx) = bounded::<usize>(capacity);
            let sender = crew.thread("sender", move |me| {
                me.at("send until nobody receives", 0);
                (0..=capacity).find(|i| tx.send(*i).is_err())
            });
            drop(rx);
            assert!(sender.join().is_some());
        }
    });
}

#[test]
fn a_dropped_future_is_out_of_the_way() {
    for capacity in [1, 3] {
        let (mut tx, mut rx) = bounded(capacity);
        {
            let mut receive = Box::pin(rx.recv_async());
            assert!(poll_noop(&mut receive).is_pending());
            tx.send(0).unwrap();
        }
        let mut receive = Box::pin(rx.recv_async());
        assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(0)));
        drop(receive);
        (0..capacity).for_each(|i| tx.send(i).unwrap());
        {
            let mut send = Box::pin(tx.send_async(9));
            assert!(poll_noop(&mut send).is_pending());
        }
        assert_eq!(rx.try_iter().count(), capacity);
    }
}

/// A select takes them as operations.
#[test]
fn operations_stand_in_a_select() {
    watchdog(30, |crew| {
        let (mut tx, mut rx) = bounded(1);
        let (mut stop, mut stopped) = bounded::<()>(1);
        let summing = crew.thread("receiver", move |me| {
            let mut sum = 0;
            loop {
                me.at("select", sum);
                select! {
                    wait(rx.recv_async()) -> message => match message {
                        Ok(message) => sum += message,
                        Err(_) => return sum,
                    },
                    wait(stopped.recv_async()) -> _ => unreachable!("nobody says stop"),
                }
            }
        });
        for message in 1..=100 {
            select! {
                wait(tx.send_async(message)) -> sent => assert!(sent.is_ok()),
                default(Duration::from_secs(20)) => panic!("nobody receives"),
            }
        }
        drop(tx);
        assert_eq!(summing.join(), 5050);
        assert!(stop.send(()).is_err());
    });
}

#[test]
fn a_capacity_without_end_is_refused() {
    let refused = std::panic::catch_unwind(|| bounded::<u64>(usize::MAX));
    let message = refused.expect_err("it does not fit in memory");
    assert_eq!(message.downcast_ref::<&str>(), Some(&"capacity overflow"));
}

#[test]
fn messages_of_no_size_are_counted() {
    let (mut tx, mut rx) = bounded(3);
    (0..3).for_each(|_| tx.send(()).unwrap());
    assert!(tx.try_send(()).is_err());
    assert_eq!((rx.len(), rx.try_iter().count()), (3, 3));
}
