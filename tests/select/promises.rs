//! What a hand-off channel (capacities 0 to 2) owes to a select that has promised a message, and to
//! the receivers that wait for it.

use crate::PLACES;
use crate::common::{Alarm, Scripted, poll, poll_noop, soak, soak_patience, watchdog};
use crate::promise::{Promise, with_scripted_clone};
use std::cell::{Cell, OnceCell};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Instant;
use towpath::{
    Receiver, Sender, TryRecvError, bounded, select_async, select_biased_async, unbounded,
};

/// Sends `count` numbers by a select each, all in line on a rendezvous channel.
fn selects_in_line(
    tx: &Sender<u64>,
    count: u64,
) -> Vec<Pin<Box<dyn Future<Output = bool> + Send + '_>>> {
    let mut sends: Vec<Pin<Box<dyn Future<Output = bool> + Send + '_>>> = Vec::new();
    for i in 0..count {
        sends.push(Box::pin(async move {
            select_async! { send(tx, i) -> sent => sent.is_ok() }
        }));
    }
    for send in &mut sends {
        assert!(poll_noop(send).is_pending(), "nobody receives");
    }
    sends
}

/// How many of `sends` are through by now.
fn through<F: Future<Output = bool> + ?Sized>(sends: &mut Vec<Pin<Box<F>>>) -> usize {
    let before = sends.len();
    sends.retain_mut(|send| match poll_noop(send) {
        Poll::Ready(sent) => {
            assert!(sent);
            false
        }
        Poll::Pending => true,
    });
    before - sends.len()
}

/// A receive that has bound a select must not bind another one each time that it looks: those would
/// succeed although nobody receives their messages.
#[test]
fn one_receive_binds_one_select() {
    let (tx, rx) = bounded(0);
    let mut sends = selects_in_line(&tx, 4);
    let mut receive = Box::pin(rx.recv_async());
    for _ in 0..3 {
        assert!(poll_noop(&mut receive).is_pending(), "it is promised one");
    }
    assert_eq!(through(&mut sends), 1);
    assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(0)));
    assert_eq!((through(&mut sends), rx.len()), (0, 0));
}

/// The same for a receive of many.
#[test]
fn one_receive_of_many_binds_one_select() {
    let (tx, rx) = bounded(0);
    let mut sends = selects_in_line(&tx, 4);
    let mut got = Vec::new();
    let mut receive = Box::pin(rx.recv_many_async(&mut got, 16));
    for _ in 0..3 {
        assert!(poll_noop(&mut receive).is_pending(), "it is promised one");
    }
    assert_eq!(through(&mut sends), 1);
    assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(1)));
    drop(receive);
    assert_eq!((got, through(&mut sends), rx.len()), (vec![0], 0, 0));
}

/// The same for one that does not wait: it looks several times, while the select does not stir.
#[test]
fn one_try_recv_binds_one_select() {
    let (tx, rx) = bounded(0);
    let mut sends = selects_in_line(&tx, 40);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(through(&mut sends), 1);
    // Its receiver has given up, and the next one gets the message.
    assert_eq!((rx.len(), rx.try_recv()), (1, Ok(0)));
    assert_eq!((through(&mut sends), rx.len()), (0, 0));
}

/// A receiver that was bound, and another one that finds an ordinary sender behind: each gets the
/// message of its own, and no promise is left for nobody.
#[test]
fn the_next_receive_binds_the_next_in_line() {
    let (tx, rx) = bounded(0);
    let mut select = selects_in_line(&tx, 1);
    let mut send = Box::pin(tx.send_async(9));
    assert!(poll_noop(&mut send).is_pending());
    let mut first = Box::pin(rx.recv_async());
    assert!(
        poll_noop(&mut first).is_pending(),
        "a select is bound to it"
    );
    assert_eq!(rx.try_recv(), Ok(9));
    assert!(poll_noop(&mut send).is_ready());
    assert_eq!(through(&mut select), 1);
    assert_eq!(poll_noop(&mut first), Poll::Ready(Ok(0)));
    assert_eq!(rx.len(), 0);
}

/// On threads and executors: as many sends have succeeded as there were receives, at any time.
#[test]
fn no_select_sends_without_a_receive() {
    const SENDS: u64 = 3;
    for place in PLACES {
        watchdog(60, move |crew| {
            for round in 0..50 {
                let (tx, rx) = bounded(0);
                let sent = Arc::new(AtomicU64::new(0));
                for i in 0..SENDS {
                    let (tx, sent) = (tx.clone(), Arc::clone(&sent));
                    crew.act(place, format!("sender {i}"), move |me| async move {
                        me.at("send", round);
                        let result = select_at!(me; send(tx, i) -> result => result);
                        result.expect("somebody receives");
                        sent.fetch_add(1, Ordering::SeqCst);
                    });
                }
                for received in 1..=SENDS {
                    rx.recv().unwrap();
                    assert!(sent.load(Ordering::SeqCst) <= received);
                    assert_eq!(rx.len(), 0);
                }
            }
        });
    }
}

/// What a receiver says that waited while a channel was closed: not the end, as long as a message
/// is promised that may be for it.
fn waits_for_the_promise(rx: &Receiver<u64>, waits: impl FnOnce(), settle: impl FnOnce() -> bool) {
    let (alarm, waker) = Alarm::new();
    let mut receive = Box::pin(rx.recv_async());
    assert!(poll(&mut receive, &waker).is_pending());
    waits();
    assert!(poll(&mut receive, &waker).is_pending(), "told too soon");
    let rings = alarm.rings();
    // Whether it was promised to this receiver or may be anybody's: it is not there yet.
    assert!(rx.try_recv().is_err());
    assert!(poll(&mut receive, &waker).is_pending());
    assert_eq!(alarm.rings(), rings, "it is polled for nothing");

    let comes = settle();
    assert!(alarm.rings() > rings, "nobody told it");
    let told = poll(&mut receive, &waker);
    let told = told.map(|message| message.is_ok());
    assert_eq!(told, Poll::Ready(comes));
}

/// A place was reserved, a receiver waits, the channel is closed: whether this is the end is known
/// when the promise is settled. Rings as well.
#[test]
fn closing_while_room_is_promised_is_not_the_end_yet() {
    for capacity in [1, 2, 3, 8] {
        for keeps in [true, false] {
            let (tx, rx) = bounded(capacity);
            let promise = Promise::make(&tx);
            let close = || assert!(rx.close());
            waits_for_the_promise(&rx, close, || settle(promise, keeps));
        }
    }
}

/// A receiver was promised a message and has given up when the channel is closed: the message is
/// for the other one that waits.
#[test]
fn closing_while_a_promise_is_nobodys_is_not_the_end_yet() {
    for keeps in [true, false] {
        let (tx, rx) = bounded(0);
        let mut first = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut first).is_pending());
        let promise = Cell::new(None);
        let close = || {
            promise.set(Some(Promise::make(&tx)));
            drop(first);
            assert!(rx.close());
        };
        waits_for_the_promise(&rx, close, || settle(promise.take().unwrap(), keeps));
    }
}

fn settle(promise: Promise<'_, u64>, keeps: bool) -> bool {
    if keeps {
        assert_eq!(promise.keep(5), Poll::Ready(Ok(())));
    } else {
        drop(promise);
    }
    keeps
}

/// The closer wakes senders group by group; the last receiver goes in between and takes the buffer
/// along; then a promise of room is broken. The room must not go to a sender that is still in line.
#[test]
fn room_that_is_given_up_between_close_and_the_end_goes_to_nobody() {
    watchdog(60, |crew| {
        let (tx, rx) = bounded(1);
        let promise = Promise::make(&tx);
        let (at, arrived) = mpsc::channel();
        let (go, goes) = mpsc::channel();
        let stop = Mutex::new(Some((at, goes)));
        let waker = Scripted::waker(move || {
            let first = stop.lock().unwrap().take();
            if let Some((at, goes)) = first {
                at.send(()).unwrap();
                goes.recv().unwrap();
            }
        });
        // More than are woken at once.
        let mut sends: Vec<_> = (0..40).map(|i| Box::pin(tx.send_async(i))).collect();
        for send in &mut sends {
            assert!(poll(send, &waker).is_pending());
        }
        let closer = tx.clone();
        let closer = crew.thread("closer", move |me| {
            me.at("close", 0);
            closer.close()
        });
        arrived.recv().unwrap();
        drop(rx);
        drop(promise);
        go.send(()).unwrap();
        assert!(closer.join());
        for (i, send) in (0..).zip(&mut sends) {
            let Poll::Ready(Err(back)) = poll_noop(send) else {
                panic!("send {i} was not told");
            };
            assert_eq!(back.into_inner(), i);
        }
    });
}

/// Room that a select gave up is for the sender in line; see `reserved_places` for rings.
#[test]
fn room_that_is_given_up_goes_to_the_sender_in_line() {
    for capacity in [1, 2] {
        let (tx, rx) = bounded(capacity);
        let promise = Promise::make(&tx);
        (1..capacity).for_each(|i| tx.try_send(i as u64).unwrap());
        let (alarm, waker) = Alarm::new();
        let mut send = Box::pin(tx.send_async(100));
        assert!(poll(&mut send, &waker).is_pending());
        drop(promise);
        assert_eq!(alarm.rings(), 1);
        assert!(poll_noop(&mut send).is_ready());
        assert_eq!(rx.len(), capacity);
    }
}

/// A select that was notified finds a promise, binds itself, and meets a busy lock: that leaves no
/// trace by which its drop would take it for signalled.
#[test]
fn a_bound_select_that_met_a_busy_lock_can_be_dropped() {
    watchdog(soak_patience(1), |_| {
        let (tx, rx) = bounded::<u64>(0);
        let stop = AtomicBool::new(false);
        let end = Instant::now() + soak() / 4;
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(Ordering::SeqCst) {
                        std::hint::black_box(tx.len());
                    }
                });
            }
            let mut rounds = 0;
            while rounds == 0 || Instant::now() < end {
                rounds += 1;
                let mut receive = Box::pin(async {
                    select_async! { recv(rx) -> got => got }
                });
                let _ = poll_noop(&mut receive);
                let first = Promise::make(&tx);
                let second = Promise::make(&tx);
                // If all went well, the receive was notified, and the other promise is in line.
                drop(first);
                assert!(poll_noop(&mut receive).is_pending());
                drop(receive);
                drop(second);
                assert_eq!(rx.len(), 0);
            }
            stop.store(true, Ordering::SeqCst);
        });
    });
}

/// A promise is broken, and the next one stands in line; but another case has had a message in the meantime.
#[test]
fn what_is_ready_comes_before_the_next_promise() {
    let (promising, promised) = bounded::<u8>(0);
    let (tx, ready) = unbounded::<u8>();
    let mut first = Box::pin(async {
        select_async! { send(promising, 2) -> sent => sent.is_ok() }
    });
    assert!(poll_noop(&mut first).is_pending(), "it promises");
    let mut select = Box::pin(async {
        select_async! {
            recv(promised) -> message => message.unwrap(),
            recv(ready) -> message => message.unwrap(),
        }
    });
    assert!(poll_noop(&mut select).is_pending(), "bound to the promise");
    assert!(tx.send(1).is_ok());
    let mut second = Box::pin(async {
        select_async! { send(promising, 3) -> sent => sent.is_ok() }
    });
    assert!(poll_noop(&mut second).is_pending(), "it promises, too");
    drop(first);
    let outcome = (0..5).find_map(|_| match poll_noop(&mut select) {
        Poll::Ready(message) => Some(message),
        Poll::Pending => None,
    });
    assert_eq!(outcome, Some(1), "a message has been there all the time");
}

/// A promise is broken, and nothing else is there; before the select has got in line again, there are a message
/// elsewhere and another promise.
#[test]
fn what_is_ready_comes_before_a_promise_that_came_with_it() {
    let (promising, promised) = bounded::<u8>(0);
    let (tx, ready) = unbounded::<u8>();
    let first = Promise::make(&promising);
    let mut select = Box::pin(async {
        select_biased_async! {
            recv(promised) -> message => message.unwrap(),
            recv(ready) -> message => message.unwrap(),
        }
    });
    assert!(poll_noop(&mut select).is_pending(), "bound to the promise");
    drop(first);
    let second = OnceCell::new();
    let script = || {
        second.get_or_init(|| {
            assert!(tx.send(1).is_ok());
            Promise::make(&promising)
        });
    };
    let mut outcome = with_scripted_clone(&script, |waker| poll(&mut select, waker));
    assert!(second.get().is_some(), "the waker was cloned");
    for _ in 0..5 {
        if outcome.is_pending() {
            outcome = poll_noop(&mut select);
        }
    }
    assert_eq!(outcome, Poll::Ready(1), "a message is there");
}
