//! Conservation under random cancellation: threads and tasks send and receive,
//! giving up at random; at the end every message was received exactly once or
//! came back to its sender, and nothing is left alive.
//!
//! `TOWPATH_SOAK_SECONDS` sets how long each kind runs (2 by default).

use crate::common::{
    Crew, FLAVOURS, Join, Ledger, Me, Place, Random, Sent, Token, channel, give_up_at_random,
    pause, settle, soak, soak_patience, watchdog,
};
use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, Instant};
use towpath::{Receiver, Sender};

/// Two futures of one kind against each other; the loser is dropped.
async fn race<A: Future, B: Future<Output = A::Output>>(a: A, b: B) -> A::Output {
    match select(pin!(a), pin!(b)).await {
        Either::Left((output, _)) | Either::Right((output, _)) => output,
    }
}

async fn send_at_random(
    me: Me,
    tx: Sender<Token>,
    ledger: Ledger,
    ids: std::ops::RangeFrom<u64>,
    until: Instant,
) -> Sent {
    let mut random = Random::new(ids.start + 1);
    let mut sent = Sent::default();
    let mut ids = ids;
    while Instant::now() < until {
        let id = ids.next().expect("endless");
        let token = ledger.token(id);
        me.at("send at random", id);
        if random.one_in(8) {
            pause().await;
        }
        match random.below(6) {
            0 => match give_up_at_random(tx.send_async(token), &mut random).await {
                Some(result) => sent.surely.extend(result.is_ok().then_some(id)),
                None => sent.perhaps.push(id),
            },
            1 => match give_up_at_random(tx.sink().send(token), &mut random).await {
                Some(result) => sent.surely.extend(result.is_ok().then_some(id)),
                None => sent.perhaps.push(id),
            },
            2 => {
                let batch = [id, ids.next().unwrap(), ids.next().unwrap()];
                let tokens = [token, ledger.token(batch[1]), ledger.token(batch[2])];
                match give_up_at_random(tx.send_many_async(tokens), &mut random).await {
                    Some(result) => assert!(result.is_ok()),
                    None => {
                        sent.perhaps.extend(batch);
                        continue;
                    }
                }
                sent.surely.extend(batch);
            }
            3 => match tx.try_send(token) {
                Ok(()) => sent.surely.push(id),
                Err(error) => assert_eq!(error.into_inner().id, id),
            },
            4 if me.blocks() => {
                let patience = Duration::from_micros(random.below(100));
                match tx.send_timeout(token, patience) {
                    Ok(()) => sent.surely.push(id),
                    Err(error) => assert_eq!(error.into_inner().id, id),
                }
            }
            _ => {
                assert!(me.send(&tx, token).await.is_ok());
                sent.surely.push(id);
            }
        }
    }
    sent
}

async fn recv_at_random(me: Me, rx: Receiver<Token>, seed: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    let mut tokens = Vec::new();
    let mut got = Vec::new();
    loop {
        me.at("receive at random", got.len() as u64);
        match random.below(7) {
            0 => {
                let result = give_up_at_random(rx.recv_async(), &mut random).await;
                tokens.extend(result.and_then(Result::ok));
            }
            1 => {
                let result = give_up_at_random(rx.stream().next(), &mut random).await;
                tokens.extend(result.flatten());
            }
            2 => drop(give_up_at_random(rx.recv_many_async(&mut tokens, 3), &mut random).await),
            3 => {
                // A clone: what a receiver polled for is its own until it goes.
                let mut rx = rx.clone();
                let polling = poll_fn(|cx| rx.poll_recv(cx));
                let result = give_up_at_random(polling, &mut random).await;
                tokens.extend(result.and_then(Result::ok));
            }
            4 => {
                if let Ok(token) = race(rx.recv_async(), rx.recv_async()).await {
                    tokens.push(token);
                }
            }
            5 if me.blocks() => {
                let patience = Duration::from_micros(random.below(100));
                tokens.extend(rx.recv_timeout(patience));
            }
            _ => match me.recv(&rx).await {
                Ok(token) => tokens.push(token),
                Err(_) => return got,
            },
        }
        got.extend(tokens.drain(..).map(|token| token.id));
    }
}

/// Runs `senders` and `receivers` at `place`s until the time is up, then settles accounts.
fn soak_flavour(crew: &Crew, capacity: Option<usize>, places: &[Place], time: Duration) {
    let ledger = Ledger::new();
    let until = Instant::now() + time;
    let (tx, rx) = channel(capacity);
    let receivers: Vec<Join<Vec<u64>>> = (0..)
        .zip(places)
        .map(|(i, &place)| {
            let rx = rx.clone();
            let name = format!("receiver {i}, capacity {capacity:?}");
            crew.act(place, name, move |me| recv_at_random(me, rx, i))
        })
        .collect();
    drop(rx);
    let senders: Vec<Join<Sent>> = (0..)
        .zip(places)
        .map(|(i, &place)| {
            let (tx, ledger) = (tx.clone(), ledger.clone());
            let name = format!("sender {i}, capacity {capacity:?}");
            crew.act(place, name, move |me| {
                send_at_random(me, tx, ledger, i * 1_000_000_000.., until)
            })
        })
        .collect();
    drop(tx);
    let mut surely = Vec::new();
    let mut perhaps = Vec::new();
    for sender in senders {
        let sent = sender.join();
        surely.extend(sent.surely);
        perhaps.extend(sent.perhaps);
    }
    let got: Vec<_> = receivers
        .into_iter()
        .flat_map(|receiver| receiver.join())
        .collect();
    settle(got, surely, perhaps);
    ledger.assert_live(0);
}

fn soak_all(places: &'static [Place]) {
    let each = soak() / FLAVOURS.len() as u32;
    watchdog(soak_patience(1), move |crew| {
        for capacity in FLAVOURS {
            soak_flavour(crew, capacity, places, each);
        }
    });
}

// A task that spins on "not yet" in give_up_at_random always yields to its
// executor, so single-threaded ones make progress.

#[test]
fn threads_giving_up_at_random_lose_nothing() {
    soak_all(&[Place::Thread; 3]);
}

#[test]
fn tasks_giving_up_at_random_lose_nothing_on_tokio_multi_thread() {
    soak_all(&[Place::TokioMulti; 4]);
}

#[test]
fn tasks_giving_up_at_random_lose_nothing_on_one_thread() {
    soak_all(&[
        Place::TokioCurrent,
        Place::TokioCurrent,
        Place::TokioCurrent,
    ]);
}

#[test]
fn tasks_giving_up_at_random_lose_nothing_on_smol_and_a_local_pool() {
    soak_all(&[
        Place::Smol,
        Place::FuturesLocal,
        Place::Smol,
        Place::FuturesLocal,
    ]);
}

#[test]
fn threads_and_tasks_giving_up_at_random_lose_nothing() {
    soak_all(&[
        Place::Thread,
        Place::TokioMulti,
        Place::Pollster,
        Place::TokioCurrent,
    ]);
}

#[test]
fn settling_finds_what_is_lost_doubled_or_invented() {
    let settles = |got: &[u64], surely: &[u64], perhaps: &[u64]| {
        let (got, surely, perhaps) = (got.to_vec(), surely.to_vec(), perhaps.to_vec());
        std::panic::catch_unwind(move || settle(got, surely, perhaps)).is_ok()
    };
    assert!(settles(&[3, 1, 2], &[1, 2], &[3, 4]));
    assert!(!settles(&[1], &[1, 2], &[]), "lost");
    assert!(!settles(&[1, 2, 1], &[1, 2], &[]), "doubled");
    assert!(!settles(&[1, 9], &[1], &[2]), "invented");
}
