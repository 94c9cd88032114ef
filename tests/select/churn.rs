//! Conservation where places are reserved, given up, evicted and taken by many: nothing is lost or
//! doubled, and what one sender sends arrives in its order.
//!
//! `TOWPATH_SOAK_SECONDS` sets how long all of it runs (2 by default).

use crate::common::{Ledger, Me, Random, Token, soak, soak_patience, watchdog};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use towpath::{Receiver, Sender, bounded, select};

const SENDERS: u64 = 3;
/// Each sender numbers its messages from a multiple of this.
const SPAN: u64 = 1_000_000_000;

struct Churner {
    tx: Sender<Token>,
    ledger: Ledger,
    random: Random,
    evicts: bool,
    /// The numbers that it took out itself.
    evicted: Vec<u64>,
}

impl Churner {
    /// A select whose value may turn out not to be there: then the place is given up.
    fn give(&self, token: Option<Token>) -> Option<bool> {
        select! {
            send(self.tx, token?) -> sent => Some(sent.is_ok()),
            default(Duration::from_micros(50)) => Some(false),
        }
    }

    /// Sends in some way. True: it went in.
    fn send(&mut self, token: Token) -> bool {
        match self.random.below(8) {
            0 | 1 => self.give(None) == Some(true),
            2..=4 => self.give(Some(token)) == Some(true),
            5 if self.evicts => self.force(token),
            6 => self.tx.try_send(token).is_ok(),
            _ => {
                let patience = Duration::from_micros(100);
                self.tx.send_timeout(token, patience).is_ok()
            }
        }
    }

    fn force(&mut self, token: Token) -> bool {
        let id = token.id;
        let evicted = self.tx.force_send(token).expect("the channel is open");
        let evicted = evicted.map(|token| token.id);
        self.evicted
            .extend(evicted.filter(|&evicted| evicted != id));
        evicted != Some(id)
    }

    /// The numbers that went in, and those that it took out.
    fn run(mut self, me: &Me, first: u64, end: Instant) -> (Vec<u64>, Vec<u64>) {
        let mut sent = Vec::new();
        let mut id = first;
        while Instant::now() < end {
            me.at("send", id - first);
            let token = self.ledger.token(id);
            if self.send(token) {
                sent.push(id);
                id += 1;
            }
        }
        (sent, self.evicted)
    }
}

/// Receives in some way.
fn receive(rx: &Receiver<Token>, random: &mut Random, into: &mut Vec<Token>) -> ControlFlow<()> {
    match random.below(4) {
        0 => match rx.recv() {
            Ok(token) => into.push(token),
            Err(_) => return ControlFlow::Break(()),
        },
        1 => {
            let _ = rx.try_recv_many(into, 3);
        }
        2 => into.extend(rx.recv_timeout(Duration::from_micros(30))),
        _ => select! {
            recv(rx) -> token => into.extend(token),
            default(Duration::from_micros(100)) => {}
        },
    }
    ControlFlow::Continue(())
}

/// Receives to the end: all numbers, each sender's in order.
fn receive_all(me: &Me, rx: &Receiver<Token>) -> Vec<u64> {
    let mut random = Random::new(100);
    let mut last = [None; SENDERS as usize];
    let (mut got, mut tokens) = (Vec::new(), Vec::new());
    loop {
        me.at("receive", got.len() as u64);
        let flow = receive(rx, &mut random, &mut tokens);
        for Token { id, .. } in tokens.drain(..).as_slice() {
            let last = &mut last[(id / SPAN) as usize];
            assert!(*last < Some(*id), "{id} after {last:?}");
            *last = Some(*id);
            got.push(*id);
        }
        if flow.is_break() {
            return got;
        }
    }
}

fn churn(capacity: usize) {
    watchdog(soak_patience(1), move |crew| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let end = Instant::now() + soak() / 5;
        let receiver = crew.thread("receiver", move |me| receive_all(&me, &rx));
        let churners: Vec<_> = (0..SENDERS)
            .map(|i| {
                let churner = Churner {
                    tx: tx.clone(),
                    ledger: ledger.clone(),
                    random: Random::new(i),
                    evicts: capacity >= 2,
                    evicted: Vec::new(),
                };
                crew.thread(format!("sender {i}"), move |me| {
                    churner.run(&me, i * SPAN, end)
                })
            })
            .collect();
        drop(tx);
        let (mut sent, mut arrived) = (Vec::new(), Vec::new());
        for churner in churners {
            let (surely, evicted) = churner.join();
            sent.extend(surely);
            arrived.extend(evicted);
        }
        arrived.extend(receiver.join());
        arrived.sort_unstable();
        assert!(!sent.is_empty());
        assert_eq!(arrived.len(), sent.len());
        assert!(arrived == sent, "other messages than those that were sent");
        ledger.assert_live(0);
    });
}

#[test]
fn rendezvous_with_promises_lose_nothing() {
    churn(0);
}

#[test]
fn small_channels_with_promises_lose_nothing() {
    churn(1);
    churn(2);
}

#[test]
fn rings_with_reserved_places_lose_nothing() {
    churn(3);
    churn(4);
}
