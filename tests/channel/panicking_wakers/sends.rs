//! Sends that wake a receiver whose waker panics.

use super::{Line, enlist};
use crate::common::{
    BOUNDED, FLAVOURS, Faulty, Ledger, Token, channel, fill, poll, poll_noop, ready,
};
use crate::waiting::{RECEIVING, assert_whole, each_receiving};
use futures::{Sink, SinkExt};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use towpath::{Sender, bounded};

type Send = fn(&Sender<Token>, Token) -> bool;

/// Every way to send, where nothing has to be waited for; true if it was sent.
const SENDS: [(&str, Send); 9] = [
    ("try_send", |tx, token| tx.try_send(token).is_ok()),
    ("send", |tx, token| tx.send(token).is_ok()),
    ("send_timeout", |tx, token| {
        tx.send_timeout(token, Duration::from_secs(5)).is_ok()
    }),
    ("send_async", |tx, token| {
        ready(tx.send_async(token)).is_ok()
    }),
    ("into_send_async", |tx, token| {
        ready(tx.clone().into_send_async(token)).is_ok()
    }),
    ("send_many", |tx, token| tx.send_many([token]).is_ok()),
    ("send_many_async", |tx, token| {
        ready(tx.send_many_async([token])).is_ok()
    }),
    ("force_send", |tx, token| {
        matches!(tx.force_send(token), Ok(None))
    }),
    ("sink", |tx, token| ready(tx.sink().send(token)).is_ok()),
];

/// Catches a message that is handed over twice, lost, or given back though it arrived, and a
/// claimed place that is never filled.
#[test]
fn sends_hand_their_message_over_once() {
    each_receiving(|cell, receiving, capacity| {
        for (send_name, send) in SENDS {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let (mut got, mut none) = (Vec::new(), Vec::new());
            let (bomb, waker) = Faulty::bomb();
            let mut first = receiving(&rx, &mut got);
            let mut second = receiving(&rx, &mut none);
            assert!(poll(&mut first, &waker).is_pending());
            assert!(poll_noop(&mut second).is_pending());
            assert!(send(&tx, ledger.token(7)), "{send_name}, {cell}");
            assert_eq!(bomb.wakes(), 1, "{send_name}, {cell}");
            assert_eq!(poll_noop(&mut first), Poll::Ready(true));
            assert!(poll_noop(&mut second).is_pending(), "{send_name}, {cell}");
            drop((first, second));
            assert_eq!(got.pop().map(|token| token.id), Some(7));
            assert!(got.is_empty() && none.is_empty());
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

/// A message that waits in the sink is flushed to a receiver that came meanwhile; a second
/// flush has nothing to do.
#[test]
fn a_flush_sends_what_the_sink_kept_once() {
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let mut sink = tx.sink();
        let cx = &mut Context::from_waker(Waker::noop());
        fill(&tx, |i| ledger.token(i));
        assert!(Pin::new(&mut sink).start_send(ledger.token(7)).is_ok());
        assert_eq!(rx.try_iter().count(), capacity);

        let (bomb, waker) = Faulty::bomb();
        let (mut first, mut second) = (Box::pin(rx.recv_async()), Box::pin(rx.recv_async()));
        assert!(poll(&mut first, &waker).is_pending());
        assert!(poll_noop(&mut second).is_pending());
        for _ in 0..2 {
            let flushed = Pin::new(&mut sink).poll_flush(cx);
            assert!(matches!(flushed, Poll::Ready(Ok(()))), "{capacity}");
        }
        assert_eq!(bomb.wakes(), 1);
        let Poll::Ready(Ok(token)) = poll_noop(&mut first) else {
            panic!("capacity {capacity}: the message is gone");
        };
        assert_eq!(token.id, 7);
        assert!(poll_noop(&mut second).is_pending(), "capacity {capacity}");
        drop((token, first, second, sink));
        assert_whole(&tx, &rx, &ledger);
    }
}

/// One after the other and in batches; the last batch is not full.
#[test]
fn a_batch_wakes_all_its_receivers() {
    for capacity in FLAVOURS {
        for wanted in [4, 20] {
            let count = match capacity {
                Some(3..) => wanted.min(capacity.unwrap_or(wanted)),
                _ => wanted,
            };
            for bomb_at in 0..count {
                for blocking in [true, false] {
                    let cell = format!("capacity {capacity:?}, {bomb_at} of {count}");
                    let ledger = Ledger::new();
                    let (tx, rx) = channel(capacity);
                    let line = Line::new(count, bomb_at);
                    let receives = enlist(&line, |_| rx.recv_async());
                    let batch: Vec<_> = (0..count as u64).map(|i| ledger.token(i)).collect();
                    let sent = if blocking {
                        tx.send_many(batch)
                    } else {
                        ready(tx.send_many_async(batch))
                    };
                    assert!(sent.is_ok(), "{cell}");
                    line.assert_all_woken(&cell);
                    for (i, receive) in receives.into_iter().enumerate() {
                        assert_eq!(ready(receive).unwrap().id, i as u64, "{cell}");
                    }
                    ledger.assert_live(0);
                }
            }
        }
    }
}

/// A receive that was handed a message, or notified of it, is dropped: what it passes the
/// message on to panics.
#[test]
fn a_dropped_receive_passes_its_message_on() {
    each_receiving(|cell, receiving, capacity| {
        for (next_name, next) in RECEIVING {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let (mut lost, mut got) = (Vec::new(), Vec::new());
            let (bomb, waker) = Faulty::bomb();
            let mut first = receiving(&rx, &mut lost);
            let mut second = next(&rx, &mut got);
            assert!(poll_noop(&mut first).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            assert!(tx.try_send(ledger.token(7)).is_ok());
            drop(first);
            assert_eq!(bomb.wakes(), 1, "{cell}, then {next_name}");
            assert_eq!(poll_noop(&mut second), Poll::Ready(true), "{cell}");
            drop(second);
            assert_eq!(got.pop().map(|token| token.id), Some(7));
            assert!(lost.is_empty() && got.is_empty());
            assert_eq!((tx.receiver_count(), tx.sender_count()), (1, 1), "{cell}");
            assert_whole(&tx, &rx, &ledger);
        }
    });
}
