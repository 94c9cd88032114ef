//! Races that only a weakly ordered machine loses. To see them lost without one, run this under Miri:
//!
//! `MIRIFLAGS="-Zmiri-many-seeds=0..8 -Zmiri-preemption-rate=0.1" cargo +nightly miri test --test weak_memory`

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Wake, Waker};
use std::thread;

use futures::channel::oneshot;
use towpath::select_async;

const ROUNDS: usize = if cfg!(miri) { 40 } else { 200 };

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Polls `operation` while another thread does what makes it possible: it is ready, or it is woken.
fn poll_against(operation: impl Future, enable: impl FnOnce() + Send) {
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut operation = pin!(operation);
    let start = Barrier::new(2);
    let ready = thread::scope(|scope| {
        scope.spawn(|| {
            start.wait();
            enable();
        });
        start.wait();
        operation
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    });
    assert!(ready || flag.0.load(Ordering::SeqCst), "a lost wake-up");
}

#[test]
fn close_against_a_sender_that_lines_up_unique() {
    for _ in 0..ROUNDS {
        let (mut tx, rx) = towpath::unique::bounded(3);
        (0..3).for_each(|i| tx.send(i).unwrap());
        poll_against(tx.send_async(3), || assert!(rx.close()));
    }
}

#[test]
fn close_against_a_sender_that_lines_up_shared() {
    for _ in 0..ROUNDS {
        let (tx, rx) = towpath::bounded(3);
        (0..3).for_each(|i| tx.send(i).unwrap());
        poll_against(tx.send_async(3), || assert!(rx.close()));
    }
}

#[test]
fn room_against_a_sender_that_lines_up_unique() {
    for _ in 0..ROUNDS {
        let (mut tx, mut rx) = towpath::unique::bounded(3);
        (0..3).for_each(|i| tx.send(i).unwrap());
        poll_against(tx.send_async(3), || assert_eq!(rx.try_recv(), Ok(0)));
    }
}

#[test]
fn message_against_a_receiver_that_lines_up_unique() {
    for _ in 0..ROUNDS {
        let (mut tx, mut rx) = towpath::unique::bounded(3);
        poll_against(rx.recv_async(), || assert!(tx.try_send(0).is_ok()));
    }
}

#[test]
fn message_against_a_sole_receiver_that_lines_up() {
    for _ in 0..ROUNDS {
        let (tx, mut rx) = towpath::unique::unbounded();
        poll_against(rx.recv_async(), || assert!(tx.try_send(0).is_ok()));
    }
}

#[test]
fn close_against_a_sole_receiver_that_lines_up() {
    for _ in 0..ROUNDS {
        let (tx, mut rx) = towpath::unique::unbounded::<u8>();
        poll_against(rx.recv_async(), || assert!(tx.close()));
    }
}

/// Blocks are installed, read, counted, left, and used again, by three threads.
#[test]
fn blocks_of_a_sole_receiver_go_round() {
    let (tx, mut rx) = towpath::unique::unbounded::<Box<usize>>();
    let total = ROUNDS * 8;
    thread::scope(|scope| {
        for _ in 0..2 {
            let tx = tx.clone();
            scope.spawn(move || (0..total).for_each(|i| tx.send(Box::new(i)).unwrap()));
        }
        let mut next = vec![0; total];
        for received in 0..2 * total {
            next[*rx.recv().unwrap()] += 1;
            if received % 16 == 0 {
                assert!(tx.len() <= 2 * total - received);
            }
        }
        assert!(next.into_iter().all(|times| times == 2));
    });
}

/// Reserves a place; then a receiver lines up behind it while it is filled, or given up.
fn settle_against_a_receiver_that_lines_up(keeps: bool) {
    for _ in 0..ROUNDS {
        let (tx, rx) = towpath::bounded(3);
        let (value, coming) = oneshot::channel();
        let mut sending = Box::pin(async {
            select_async! { send(tx, coming.await.expect("kept")) -> sent => sent }
        });
        let mut unheard = Context::from_waker(Waker::noop());
        assert!(sending.as_mut().poll(&mut unheard).is_pending());
        // Behind the place; nobody hears of it.
        tx.try_send(2).unwrap();
        poll_against(rx.recv_async(), move || {
            if keeps {
                value.send(1).unwrap();
                let mut unheard = Context::from_waker(Waker::noop());
                assert!(sending.as_mut().poll(&mut unheard).is_ready());
            } else {
                drop(sending);
            }
        });
    }
}

#[test]
fn place_filled_against_a_receiver_that_lines_up() {
    settle_against_a_receiver_that_lines_up(true);
}

#[test]
fn place_given_up_against_a_receiver_that_lines_up() {
    settle_against_a_receiver_that_lines_up(false);
}

/// Lines up two senders at a full ring, and then makes room for each at the same time: both are woken.
fn both_senders_hear_of_room(
    tx: &towpath::Sender<u8>,
    make_room: [Box<dyn FnOnce() + Send + '_>; 2],
) {
    let flags = [(); 2].map(|()| Arc::new(Flag(AtomicBool::new(false))));
    let mut senders = [(); 2].map(|()| Box::pin(tx.send_async(3)));
    for (sender, flag) in senders.iter_mut().zip(&flags) {
        let waker = Waker::from(Arc::clone(flag));
        let polled = sender.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "the ring is full");
    }
    let start = Barrier::new(2);
    thread::scope(|scope| {
        for make_room in make_room {
            scope.spawn(|| {
                start.wait();
                make_room();
            });
        }
    });
    let woken = flags.map(|flag| flag.0.load(Ordering::SeqCst));
    assert_eq!(woken, [true; 2], "there is room for both");
}

/// Reserves a place, and holds it until it is dropped.
fn hold_place(tx: &towpath::Sender<u8>) -> impl Future + Send + '_ {
    let mut holding = Box::pin(async move {
        select_async! { send(tx, std::future::pending().await) -> sent => sent }
    });
    let mut unheard = Context::from_waker(Waker::noop());
    assert!(holding.as_mut().poll(&mut unheard).is_pending());
    holding
}

#[test]
fn place_given_up_against_the_message_before_it_taken() {
    for _ in 0..ROUNDS {
        let (tx, rx) = towpath::bounded(3);
        tx.try_send(1).unwrap();
        let place = hold_place(&tx);
        tx.try_send(2).unwrap();
        both_senders_hear_of_room(
            &tx,
            [
                Box::new(move || drop(place)),
                Box::new(|| assert_eq!(rx.try_recv(), Ok(1))),
            ],
        );
    }
}

#[test]
fn place_given_up_against_its_neighbour_given_up() {
    for _ in 0..ROUNDS {
        let (tx, _rx) = towpath::bounded(3);
        let [first, second] = [(); 2].map(|()| hold_place(&tx));
        tx.try_send(2).unwrap();
        both_senders_hear_of_room(
            &tx,
            [
                Box::new(move || drop(first)),
                Box::new(move || drop(second)),
            ],
        );
    }
}

/// A receiver frees the messages of a batch while its sender still goes on.
#[test]
fn batch_sent_against_its_messages_dropped() {
    let (mut tx, rx) = towpath::unique::bounded::<Box<usize>>(8);
    let sum = thread::spawn(move || rx.into_iter().map(|boxed| *boxed).sum::<usize>());
    for _ in 0..ROUNDS {
        tx.send_many((0..4).map(Box::new)).unwrap();
    }
    drop(tx);
    assert_eq!(sum.join().unwrap(), 6 * ROUNDS);
}
