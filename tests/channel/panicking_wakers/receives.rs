//! Receives that wake a sender whose waker panics.

use crate::common::{BOUNDED, Faulty, Ledger, Token, fill, poll, poll_noop, ready};
use crate::waiting::{SENDING, assert_whole, each_sending};
use futures::StreamExt;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use towpath::{Receiver, bounded};

type Receive = fn(&Receiver<Token>) -> Option<Token>;

/// Every way to receive, where nothing has to be waited for.
const RECEIVES: [(&str, Receive); 11] = [
    ("try_recv", |rx| rx.try_recv().ok()),
    ("recv", |rx| rx.recv().ok()),
    ("recv_timeout", |rx| {
        rx.recv_timeout(Duration::from_secs(5)).ok()
    }),
    ("recv_async", |rx| ready(rx.recv_async()).ok()),
    ("into_recv_async", |rx| {
        ready(rx.clone().into_recv_async()).ok()
    }),
    ("recv_many", |rx| {
        let mut out = Vec::new();
        rx.recv_many(&mut out, 1).ok()?;
        out.pop()
    }),
    ("try_recv_many", |rx| {
        let mut out = Vec::new();
        rx.try_recv_many(&mut out, 1).ok()?;
        out.pop()
    }),
    ("try_iter", |rx| rx.try_iter().next()),
    ("iter", |rx| rx.iter().next()),
    ("stream", |rx| ready(rx.stream().next())),
    ("poll_recv", |rx| {
        let mut rx = rx.clone();
        match rx.poll_recv(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(received) => received.ok(),
            Poll::Pending => None,
        }
    }),
];

/// Catches a message that is lost on its way out, and a sender that is forgotten.
#[test]
fn receives_return_their_message() {
    each_sending(|cell, sending, capacity| {
        for (name, receive) in RECEIVES {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            let held = fill(&tx, |i| ledger.token(i)) as u64;
            let (bomb, waker) = Faulty::bomb();
            let mut send = sending(&tx, vec![ledger.token(held)]);
            assert!(poll(&mut send, &waker).is_pending());
            let first = receive(&rx).map(|token| token.id);
            assert_eq!(first, Some(0), "{name}, {cell}");
            assert_eq!(bomb.wakes(), 1, "{name}, {cell}");
            assert_eq!(poll_noop(&mut send), Poll::Ready(true), "{name}, {cell}");
            drop(send);
            assert!(rx.try_iter().map(|token| token.id).eq(1..=held), "{cell}");
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

/// Several senders in line, and all that is there taken at once.
#[test]
fn a_batch_of_receives_wakes_all_its_senders() {
    for capacity in BOUNDED {
        let count = capacity.clamp(2, 16);
        for bomb_at in 0..count {
            let cell = format!("capacity {capacity}, {bomb_at} of {count}");
            let (tx, rx) = bounded(capacity);
            let held = fill(&tx, |i| i);
            let line = super::Line::new(count, bomb_at);
            let sends = super::enlist(&line, |i| tx.send_async((held + i) as u64));
            let mut got = Vec::new();
            while got.len() < count {
                rx.recv_many(&mut got, count).expect("senders wait");
            }
            line.assert_all_woken(&cell);
            for send in sends {
                assert_eq!(ready(send), Ok(()), "{cell}");
            }
            got.extend(rx.try_iter());
            assert!(got.into_iter().eq(0..(held + count) as u64), "{cell}");
        }
    }
}

/// A send that was notified of a free place is dropped, and passes it on.
#[test]
fn a_dropped_send_passes_its_place_on() {
    each_sending(|cell, sending, capacity| {
        for (next_name, next) in SENDING {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            fill(&tx, |i| ledger.token(i));
            let (bomb, waker) = Faulty::bomb();
            let mut first = sending(&tx, vec![ledger.token(100)]);
            let mut second = next(&tx, vec![ledger.token(200)]);
            assert!(poll_noop(&mut first).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            drop(rx.try_recv().expect("full, or a sender waits"));
            drop(first);
            if bomb.wakes() == 0 {
                // The first message took the place, as it was handed over.
                drop(rx.try_recv().expect("full, or a sender waits"));
            }
            assert_eq!(bomb.wakes(), 1, "{cell}, then {next_name}");
            assert_eq!(poll_noop(&mut second), Poll::Ready(true), "{cell}");
            drop(second);
            assert_eq!(
                rx.try_iter().last().map(|token| token.id).unwrap_or(200),
                200
            );
            assert_whole(&tx, &rx, &ledger);
        }
    });
}
