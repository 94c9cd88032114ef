//! A receiver that has a place in line of its own, from `poll_recv`, and is then used in
//! another way. The abandoned place must not swallow what comes next.

use crate::common::{Alarm, FLAVOURS, channel, poll, poll_noop, watchdog};
use futures::{FutureExt, StreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use towpath::{Receiver, Sender};

/// The handle as a future of its next message.
type Next = Pin<Box<dyn Future<Output = Option<u64>> + Send>>;

type IntoNext = fn(Receiver<u64>) -> Next;

/// What a handle can be turned into, as tasks use it.
const FORMS: [(&str, IntoNext); 2] = [
    ("into_stream", |rx| {
        let mut stream = rx.into_stream();
        Box::pin(async move { stream.next().await })
    }),
    ("into_recv_async", |rx| {
        Box::pin(rx.into_recv_async().map(Result::ok))
    }),
];

/// A channel whose receiver has a place in line.
fn in_line(capacity: Option<usize>, waker: &Waker) -> (Sender<u64>, Receiver<u64>) {
    let (tx, mut rx) = channel(capacity);
    let received = rx.poll_recv(&mut Context::from_waker(waker));
    assert!(received.is_pending());
    (tx, rx)
}

#[test]
fn a_message_arrives_through_what_the_handle_became() {
    for capacity in FLAVOURS {
        for (name, form) in FORMS {
            let (old, old_waker) = Alarm::new();
            let (tx, rx) = in_line(capacity, &old_waker);
            let mut next = form(rx);
            drop(old_waker);
            assert_eq!(Arc::strong_count(&old), 1, "{name} keeps the old waker");
            let (new, new_waker) = Alarm::new();
            assert!(poll(&mut next, &new_waker).is_pending());
            tx.try_send(1).expect("a receiver waits");
            assert_eq!((old.rings(), new.rings()), (0, 1), "{name}, {capacity:?}");
            assert_eq!(poll_noop(&mut next), Poll::Ready(Some(1)));
        }
    }
}

/// The message came while the old place was in line still.
#[test]
fn a_message_that_came_to_the_old_place_is_passed_on() {
    for capacity in FLAVOURS {
        for (name, form) in FORMS {
            let (tx, rx) = in_line(capacity, Waker::noop());
            tx.try_send(1).expect("a receiver waits");
            let mut next = form(rx);
            let received = poll_noop(&mut next);
            assert_eq!(received, Poll::Ready(Some(1)), "{name}, {capacity:?}");
        }
    }
}

#[test]
fn the_end_arrives_through_what_the_handle_became() {
    for capacity in FLAVOURS {
        for (name, form) in FORMS {
            let (tx, rx) = in_line(capacity, Waker::noop());
            let mut next = form(rx);
            let (alarm, waker) = Alarm::new();
            assert!(poll(&mut next, &waker).is_pending());
            drop(tx);
            assert_eq!(alarm.rings(), 1, "{name}, {capacity:?}");
            assert_eq!(poll_noop(&mut next), Poll::Ready(None));
        }
    }
}

/// The blocking forms, on a thread of their own; a swallowed message hangs here.
#[test]
fn a_thread_receives_through_what_the_handle_became() {
    type Blocking = fn(Receiver<u64>) -> Option<u64>;
    const FORMS: [(&str, Blocking); 2] = [
        ("into_iter", |rx| rx.into_iter().next()),
        ("into_recv_async().wait()", |rx| {
            rx.into_recv_async().wait().ok()
        }),
    ];
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            for sent_before in [false, true] {
                for (name, form) in FORMS {
                    let (tx, rx) = in_line(capacity, Waker::noop());
                    if sent_before {
                        tx.try_send(1).expect("a receiver waits");
                    }
                    let label = format!("{name}, {capacity:?}, sent before: {sent_before}");
                    let got = crew.thread(label, move |me| {
                        me.at(name, 1);
                        form(rx)
                    });
                    if !sent_before {
                        tx.send(1).expect("the receiver is there");
                    }
                    assert_eq!(got.join(), Some(1));
                }
            }
        }
    });
}

/// A clone is a handle of its own: it stands behind, and gets the second message.
#[test]
fn a_clone_has_no_place_in_line() {
    for capacity in FLAVOURS {
        let (tx, mut rx) = in_line(capacity, Waker::noop());
        let mut clone = rx.clone();
        let (alarm, waker) = Alarm::new();
        let mut cx = Context::from_waker(&waker);
        assert!(clone.poll_recv(&mut cx).is_pending());
        tx.try_send(1).expect("two receivers wait");
        assert_eq!(alarm.rings(), 0, "capacity {capacity:?}");
        assert_eq!(rx.poll_recv(&mut cx), Poll::Ready(Ok(1)));
        tx.try_send(2).expect("a receiver waits");
        assert_eq!(alarm.rings(), 1, "capacity {capacity:?}");
        assert_eq!(clone.poll_recv(&mut cx), Poll::Ready(Ok(2)));
    }
}

/// Dropped instead: the message goes to whoever waits behind it.
#[test]
fn a_dropped_handle_passes_on_what_came_to_its_place() {
    for capacity in FLAVOURS {
        for sent_before in [false, true] {
            let (tx, rx) = in_line(capacity, Waker::noop());
            let behind = rx.clone();
            let (alarm, waker) = Alarm::new();
            let mut receive = Box::pin(behind.recv_async());
            assert!(poll(&mut receive, &waker).is_pending());
            if sent_before {
                tx.try_send(1).expect("two receivers wait");
            }
            drop(rx);
            if !sent_before {
                tx.try_send(1).expect("a receiver waits");
            }
            assert_eq!(alarm.rings(), 1, "{capacity:?}, before: {sent_before}");
            assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(1)));
        }
    }
}
