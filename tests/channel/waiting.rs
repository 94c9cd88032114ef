//! Every way to wait for a message or for room as a task, as a table, and what a channel must be
//! like after any of them.

use crate::common::{Alarm, BOUNDED, FLAVOURS, Ledger, Token, fill, poll};
use futures::{Sink, Stream};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use towpath::{Receiver, Sender};

pub(crate) type Waiting<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// A way to receive as a task; what it gets goes into the vector.
pub(crate) type Receiving = for<'a> fn(&'a Receiver<Token>, &'a mut Vec<Token>) -> Waiting<'a>;

/// A way to send some tokens as a task; true if all were sent.
pub(crate) type Sending = for<'a> fn(&'a Sender<Token>, Vec<Token>) -> Waiting<'a>;

pub(crate) const RECEIVING: [(&str, Receiving); 5] = [
    ("recv_async", |rx, got| {
        let mut receive = Box::pin(rx.recv_async());
        Box::pin(poll_fn(move |cx| {
            receive
                .as_mut()
                .poll(cx)
                .map(|r| r.map(|token| got.push(token)).is_ok())
        }))
    }),
    ("into_recv_async", |rx, got| {
        let mut receive = Box::pin(rx.clone().into_recv_async());
        Box::pin(poll_fn(move |cx| {
            receive
                .as_mut()
                .poll(cx)
                .map(|r| r.map(|token| got.push(token)).is_ok())
        }))
    }),
    ("recv_many_async", |rx, got| {
        let mut receive = Box::pin(rx.recv_many_async(got, 2));
        Box::pin(poll_fn(move |cx| {
            receive.as_mut().poll(cx).map(|r| r.is_ok())
        }))
    }),
    ("stream", |rx, got| {
        let mut stream = rx.stream();
        Box::pin(poll_fn(move |cx| {
            let next = Pin::new(&mut stream).poll_next(cx);
            next.map(|item| item.map(|token| got.push(token)).is_some())
        }))
    }),
    ("poll_recv", |rx, got| {
        let mut rx = rx.clone();
        Box::pin(poll_fn(move |cx| {
            rx.poll_recv(cx)
                .map(|r| r.map(|token| got.push(token)).is_ok())
        }))
    }),
];

pub(crate) const SENDING: [(&str, Sending); 4] = [
    ("send_async", |tx, mut tokens| {
        let mut send = Box::pin(tx.send_async(tokens.pop().expect("one token")));
        Box::pin(poll_fn(move |cx| send.as_mut().poll(cx).map(|r| r.is_ok())))
    }),
    ("into_send_async", |tx, mut tokens| {
        let mut send = Box::pin(tx.clone().into_send_async(tokens.pop().expect("one token")));
        Box::pin(poll_fn(move |cx| send.as_mut().poll(cx).map(|r| r.is_ok())))
    }),
    ("send_many_async", |tx, tokens| {
        let mut send = Box::pin(tx.send_many_async(tokens));
        Box::pin(poll_fn(move |cx| send.as_mut().poll(cx).map(|r| r.is_ok())))
    }),
    ("sink", |tx, mut tokens| {
        let mut sink = tx.sink();
        let mut token = tokens.pop();
        Box::pin(poll_fn(move |cx| {
            let mut sink = pin!(&mut sink);
            if token.is_some() {
                match sink.as_mut().poll_ready(cx) {
                    Poll::Ready(Ok(())) => {
                        let token = token.take().expect("just seen");
                        if sink.as_mut().start_send(token).is_err() {
                            return Poll::Ready(false);
                        }
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(false),
                    Poll::Pending => return Poll::Pending,
                }
            }
            sink.poll_flush(cx).map(|r| r.is_ok())
        }))
    }),
];

/// A channel is whole if it is empty, holds exactly its capacity, in order, and
/// wakes a waiter on each side.
#[track_caller]
pub(crate) fn assert_whole(tx: &Sender<Token>, rx: &Receiver<Token>, ledger: &Ledger) {
    assert!(rx.try_recv().is_err(), "a message is left over");
    ledger.assert_live(0);
    for _ in 0..2 {
        let held = match tx.capacity() {
            Some(_) => fill(tx, |i| ledger.token(i)),
            None => (0..5)
                .map(|i| assert!(tx.try_send(ledger.token(i)).is_ok()))
                .count(),
        };
        assert!(
            rx.try_iter().map(|token| token.id).eq(0..held as u64),
            "order or slots"
        );
    }
    let (alarm, waker) = Alarm::new();
    let mut receive = Box::pin(rx.recv_async());
    assert!(poll(&mut receive, &waker).is_pending());
    assert!(tx.try_send(ledger.token(1)).is_ok());
    assert_eq!(alarm.rings(), 1, "a receiver is not woken any more");
    assert!(matches!(poll(&mut receive, &waker), Poll::Ready(Ok(_))));
    if tx.capacity().is_some() {
        fill(tx, |i| ledger.token(i));
        let (alarm, waker) = Alarm::new();
        let mut send = Box::pin(tx.send_async(ledger.token(100)));
        assert!(poll(&mut send, &waker).is_pending());
        drop(rx.try_recv().expect("full, or a sender waits"));
        assert_eq!(alarm.rings(), 1, "a sender is not woken any more");
        assert!(matches!(poll(&mut send, &waker), Poll::Ready(Ok(()))));
        rx.try_iter().for_each(drop);
    }
    ledger.assert_live(0);
}

pub(crate) fn each_receiving(mut cell: impl FnMut(&str, Receiving, Option<usize>)) {
    for capacity in FLAVOURS {
        for (name, receiving) in RECEIVING {
            cell(
                &format!("{name}, capacity {capacity:?}"),
                receiving,
                capacity,
            );
        }
    }
}

pub(crate) fn each_sending(mut cell: impl FnMut(&str, Sending, usize)) {
    for capacity in BOUNDED {
        for (name, sending) in SENDING {
            cell(&format!("{name}, capacity {capacity}"), sending, capacity);
        }
    }
}
