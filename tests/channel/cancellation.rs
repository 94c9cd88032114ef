//! The cancellation matrix: every waiting operation, dropped in every state, in
//! every flavour. No message, wake-up, slot or memory may be lost.
//!
//! Each cell runs by hand on one thread, so that it fails the same way each time.
//! `conservation` does it at random, at speed.

use crate::common::{Alarm, BOUNDED, FLAVOURS, Ledger, Token, channel, fill, poll, poll_noop};
use futures::{Sink, Stream};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, Waker};
use towpath::{Receiver, Sender, bounded};

type Waiting<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// A way to receive as a task; what it gets goes into the vector.
type Receiving = for<'a> fn(&'a Receiver<Token>, &'a mut Vec<Token>) -> Waiting<'a>;

/// A way to send some tokens as a task; true if all were sent.
type Sending = for<'a> fn(&'a Sender<Token>, Vec<Token>) -> Waiting<'a>;

const RECEIVING: [(&str, Receiving); 5] = [
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

const SENDING: [(&str, Sending); 4] = [
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
fn assert_whole(tx: &Sender<Token>, rx: &Receiver<Token>, ledger: &Ledger) {
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

fn each_receiving(mut cell: impl FnMut(&str, Receiving, Option<usize>)) {
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

fn each_sending(mut cell: impl FnMut(&str, Sending, usize)) {
    for capacity in BOUNDED {
        for (name, sending) in SENDING {
            cell(&format!("{name}, capacity {capacity}"), sending, capacity);
        }
    }
}

#[test]
fn receives_never_polled() {
    each_receiving(|_, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        drop(receiving(&rx, &mut Vec::new()));
        if capacity != Some(0) {
            assert!(tx.try_send(ledger.token(1)).is_ok());
            drop(receiving(&rx, &mut Vec::new()));
            assert_eq!(rx.try_recv().unwrap().id, 1);
        }
        assert_whole(&tx, &rx, &ledger);
    });
}

/// A pending waiter must leave the list with its future, or the next message's
/// wake-up goes to freed memory; and it must give back its waker.
#[test]
fn receives_dropped_while_pending() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let (alarm, waker) = Alarm::new();
        let mut got = Vec::new();
        let mut receive = receiving(&rx, &mut got);
        assert!(poll(&mut receive, &waker).is_pending(), "{cell}");
        drop(receive);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "{cell} keeps its waker");
        assert_whole(&tx, &rx, &ledger);
        assert_eq!(alarm.rings(), 0, "{cell}: woken after it was dropped");
    });
}

/// Notified, not polled, dropped: the baton. The message must reach whoever
/// waits behind, who must be woken; catches a dropped notification.
#[test]
fn receives_dropped_after_the_notification_pass_it_on() {
    each_receiving(|cell, receiving, capacity| {
        for (_, next) in RECEIVING {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let (mut lost, mut got) = (Vec::new(), Vec::new());
            let (alarm, waker) = Alarm::new();
            let mut first = receiving(&rx, &mut lost);
            let mut second = next(&rx, &mut got);
            assert!(poll_noop(&mut first).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            assert!(tx.try_send(ledger.token(7)).is_ok());
            drop(first);
            assert!(
                alarm.rings() >= 1,
                "{cell}: nobody is woken for the message"
            );
            assert_eq!(poll(&mut second, &waker), Poll::Ready(true), "{cell}");
            drop(second);
            assert_eq!(got.pop().expect("one message").id, 7);
            assert!(lost.is_empty() && got.is_empty());
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

/// Nobody waits behind: the message stays in the channel.
#[test]
fn receives_dropped_after_the_notification_leave_the_message() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let mut lost = Vec::new();
        let mut receive = receiving(&rx, &mut lost);
        assert!(poll_noop(&mut receive).is_pending());
        assert!(tx.try_send(ledger.token(7)).is_ok());
        drop(receive);
        assert!(lost.is_empty(), "{cell}");
        let next = rx.try_recv();
        assert_eq!(next.map(|token| token.id), Ok(7), "{cell}");
        assert_whole(&tx, &rx, &ledger);
    });
}

#[test]
fn receives_polled_with_two_wakers_wake_the_latest() {
    each_receiving(|cell, receiving, capacity| {
        for finish in [true, false] {
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let (old, old_waker) = Alarm::new();
            let (new, new_waker) = Alarm::new();
            let mut got = Vec::new();
            let mut receive = receiving(&rx, &mut got);
            assert!(poll(&mut receive, &old_waker).is_pending());
            assert!(poll(&mut receive, &new_waker).is_pending());
            assert!(tx.try_send(ledger.token(7)).is_ok());
            assert_eq!((old.rings(), new.rings()), (0, 1), "{cell}");
            if finish {
                assert_eq!(poll(&mut receive, &new_waker), Poll::Ready(true), "{cell}");
            }
            drop(receive);
            drop((old_waker, new_waker));
            assert_eq!(
                (Arc::strong_count(&old), Arc::strong_count(&new)),
                (1, 1),
                "{cell}"
            );
            assert_eq!(got.len(), finish as usize);
            drop(got);
            if !finish {
                assert_eq!(rx.try_recv().map(|token| token.id), Ok(7), "{cell}");
            }
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

/// A forgotten box is never freed and never dropped: its waiter stays listed for
/// ever. It may absorb what a very slow task would (one message or one
/// notification), but must not break the channel, its end, or its memory.
#[test]
fn receives_forgotten_while_pending_absorb_at_most_one_message() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let forgotten = Box::leak(Box::new((rx.clone(), Vec::new())));
        let mut receive = receiving(&forgotten.0, &mut forgotten.1);
        assert!(poll_noop(&mut receive).is_pending());
        std::mem::forget(receive);
        let mut sent = 0;
        let mut got = Vec::new();
        for i in 0..10 {
            sent += tx.try_send(ledger.token(i)).is_ok() as usize;
            got.extend(rx.try_recv().map(|token| token.id));
        }
        assert!(
            sent - got.len() <= 1,
            "{cell}: {} of {sent} are gone",
            sent - got.len()
        );
        assert!(got.is_sorted(), "{cell}: {got:?}");
        tx.close();
        assert!(
            rx.try_recv().is_err_and(|error| error.is_disconnected()),
            "{cell}"
        );
    });
}

/// Borrowed futures that are forgotten outlive every handle: the channel is freed
/// with the waiter still listed.
#[test]
fn a_channel_may_end_with_forgotten_waiters_in_its_lists() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u64>(capacity);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        std::mem::forget(receive);
        drop(tx);
        drop(rx);

        let (tx, rx) = channel::<u64>(capacity);
        if capacity.is_some() {
            fill(&tx, |i| i);
            let mut send = Box::pin(tx.send_async(9));
            assert!(poll_noop(&mut send).is_pending());
            std::mem::forget(send);
        }
        drop(rx);
        assert!(tx.try_send(1).is_err_and(|error| error.is_disconnected()));
        drop(tx);
    }
}

#[test]
fn sends_never_polled_send_nothing() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        drop(sending(&tx, vec![ledger.token(1)]));
        assert!(rx.is_empty(), "{cell}");
        assert_whole(&tx, &rx, &ledger);
    });
}

#[test]
fn sends_dropped_while_pending_drop_their_message_once() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let held = fill(&tx, |i| ledger.token(i));
        let (alarm, waker) = Alarm::new();
        let mut send = sending(&tx, vec![ledger.token(100)]);
        assert!(poll(&mut send, &waker).is_pending(), "{cell}");
        drop(send);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "{cell} keeps its waker");
        ledger.assert_live(held as isize);
        assert!(
            rx.try_iter().map(|token| token.id).eq(0..held as u64),
            "{cell}"
        );
        assert_whole(&tx, &rx, &ledger);
        assert_eq!(alarm.rings(), 0, "{cell}: woken after it was dropped");
    });
}

/// One slot comes free, the first in line is notified and dropped: the slot is
/// the next one's, who must be woken for it; or the first had been sent already.
#[test]
fn sends_dropped_after_the_notification_pass_the_slot_on() {
    each_sending(|cell, sending, capacity| {
        for (_, next) in SENDING {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            fill(&tx, |i| ledger.token(i));
            let (alarm, waker) = Alarm::new();
            let mut first = sending(&tx, vec![ledger.token(100)]);
            let mut second = next(&tx, vec![ledger.token(200)]);
            assert!(poll_noop(&mut first).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            let mut got = vec![rx.try_recv().expect("full, or a sender waits").id];
            drop(first);
            // Either the first message took the slot (it was handed over), or the
            // slot is free and the second knows.
            assert!(
                tx.is_full() || alarm.rings() >= 1,
                "{cell}: a free slot, nobody woken"
            );
            let mut sent = false;
            while !sent {
                let rings = alarm.rings();
                sent = poll(&mut second, &waker) == Poll::Ready(true);
                if !sent {
                    got.push(rx.try_recv().expect("the second still waits for room").id);
                    assert!(alarm.rings() > rings || !sent, "{cell}");
                }
            }
            got.extend(rx.try_iter().map(|token| token.id));
            let held = capacity as u64;
            let without: Vec<_> = (0..held).chain([200]).collect();
            let with: Vec<_> = (0..held).chain([100, 200]).collect();
            assert!(
                got == with || (got == without && capacity > 0),
                "{cell}: {got:?}"
            );
            drop(second);
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

#[test]
fn sends_polled_with_two_wakers_wake_the_latest() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| ledger.token(i));
        let (old, old_waker) = Alarm::new();
        let (new, new_waker) = Alarm::new();
        let mut send = sending(&tx, vec![ledger.token(100)]);
        assert!(poll(&mut send, &old_waker).is_pending());
        assert!(poll(&mut send, &new_waker).is_pending());
        drop(rx.try_recv().expect("full, or a sender waits"));
        assert_eq!((old.rings(), new.rings()), (0, 1), "{cell}");
        assert_eq!(poll(&mut send, &new_waker), Poll::Ready(true), "{cell}");
        drop(send);
        drop((old_waker, new_waker));
        assert_eq!(
            (Arc::strong_count(&old), Arc::strong_count(&new)),
            (1, 1),
            "{cell}"
        );
        assert_eq!(rx.try_iter().count(), capacity);
        assert_whole(&tx, &rx, &ledger);
    });
}

/// As for receives: a forgotten sender may absorb one notification.
#[test]
fn sends_forgotten_while_pending_break_nothing() {
    each_sending(|cell, sending, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| ledger.token(i));
        let forgotten = Box::leak(Box::new(tx.clone()));
        let mut send = sending(forgotten, vec![ledger.token(1000)]);
        assert!(poll_noop(&mut send).is_pending());
        std::mem::forget(send);
        let mut got: Vec<_> = rx.try_iter().map(|token| token.id).collect();
        for i in capacity as u64..20 {
            if tx.try_send(ledger.token(i)).is_ok() {
                got.push(rx.try_recv().expect("just sent").id);
            }
        }
        got.retain(|&id| id != 1000);
        assert!(got.is_sorted() && got.len() >= capacity, "{cell}: {got:?}");
        assert!(tx.close());
        drop(rx);
        assert!(
            tx.try_send(ledger.token(0))
                .is_err_and(|error| error.is_disconnected())
        );
    });
}

/// A batch dropped half way, notified: what is in is in, the rest is dropped once.
#[test]
fn a_half_sent_batch_dropped_after_the_notification() {
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let batch: Vec<_> = (0..capacity as u64 + 5).map(|i| ledger.token(i)).collect();
        let mut send = Box::pin(tx.send_many_async(batch));
        assert!(poll_noop(&mut send).is_pending());
        let mut got: Vec<_> = rx.try_recv().into_iter().map(|token| token.id).collect();
        drop(send);
        got.extend(rx.try_iter().map(|token| token.id));
        assert!(got.iter().copied().eq(0..got.len() as u64), "{got:?}");
        assert!(
            got.len() == capacity.max(1) || got.len() == capacity + 1,
            "{got:?}"
        );
        assert_whole(&tx, &rx, &ledger);
    }
}

/// After a blocking wait timed out, the list is as before.
#[test]
fn waits_that_timed_out_leave_the_channel_whole() {
    let moment = std::time::Duration::from_millis(1);
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        assert!(rx.recv_timeout(moment).is_err());
        assert!(rx.recv_async().wait_timeout(moment).is_err());
        fill(&tx, |i| ledger.token(i));
        let back = tx.send_timeout(ledger.token(100), moment).unwrap_err();
        assert!(back.is_timeout() && back.into_inner().id == 100);
        let back = tx
            .send_async(ledger.token(101))
            .wait_timeout(moment)
            .unwrap_err();
        assert!(back.is_timeout() && back.into_inner().id == 101);
        assert_eq!(rx.try_iter().count(), capacity);
        assert_whole(&tx, &rx, &ledger);
    }
}

/// A wait that began as a poll and ends as another task's: futures move.
#[test]
fn a_pending_future_may_move_to_another_thread_and_be_dropped_there() {
    for capacity in FLAVOURS {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        for notified in [false, true] {
            let mut receive = Box::pin(rx.clone().into_recv_async());
            assert!(poll(&mut receive, Waker::noop()).is_pending());
            if notified {
                assert!(tx.try_send(ledger.token(3)).is_ok());
            }
            std::thread::spawn(move || drop(receive)).join().unwrap();
            assert_eq!(
                rx.try_recv().map(|token| token.id).ok(),
                notified.then_some(3)
            );
        }
        assert_whole(&tx, &rx, &ledger);
    }
}
