//! Tasks that wait where messages are handed over, given up in every phase of their wait. For Miri, which
//! knows whether what a peer reaches is still there, and ours to give:
//!
//! `MIRIFLAGS="-Zmiri-many-seeds=0..8 -Zmiri-num-cpus=4" cargo +nightly miri test --test hand_off_tasks`

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use towpath::{Receiver, Sender};

const ROUNDS: usize = if cfg!(miri) { 4 } else { 50 };
/// Whoever waits longer hangs.
const LIMIT: Duration = Duration::from_secs(30);
const CAPACITIES: [usize; 3] = [0, 1, 2];

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a task, with another waker each time it is polled.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < LIMIT, "the task was not woken");
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park_timeout(LIMIT),
        }
    }
}

/// A message that says when it goes.
struct Counted(Arc<AtomicUsize>, Box<usize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Ledger(Arc<AtomicUsize>);

impl Ledger {
    fn message(&self, id: usize) -> Counted {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(&self.0), Box::new(id))
    }

    fn live(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Runs both at once, on threads of their own.
fn race<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let b = scope.spawn(|| {
            start.wait();
            b()
        });
        start.wait();
        let a = a();
        (a, b.join().expect("the other one's panic"))
    })
}

fn in_rounds(test: impl Fn(usize, &Ledger, Sender<Counted>, Receiver<Counted>)) {
    for capacity in CAPACITIES {
        for _ in 0..ROUNDS {
            let ledger = Ledger::default();
            let (tx, rx) = towpath::bounded(capacity);
            test(capacity, &ledger, tx, rx);
            assert_eq!(ledger.live(), 0, "capacity {capacity}");
        }
    }
}

fn poll_times<F: Future>(mut future: Pin<&mut F>, times: usize) -> Option<F::Output> {
    for _ in 0..times {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
    }
    None
}

#[test]
fn task_to_task() {
    in_rounds(|_, ledger, tx, rx| {
        let all = || (0..6).map(|id| ledger.message(id)).collect::<Vec<_>>();
        let send = || {
            for message in all() {
                assert!(run(tx.send_async(message)).is_ok());
            }
        };
        let recv = || {
            (0..6)
                .map(|_| *run(rx.recv_async()).ok().unwrap().1)
                .sum::<usize>()
        };
        assert_eq!(race(send, recv).1, 15);
    });
}

#[test]
fn task_to_thread_and_back() {
    in_rounds(|_, ledger, tx, rx| {
        let send =
            || (0..4).for_each(|id| assert!(tx.send_timeout(ledger.message(id), LIMIT).is_ok()));
        let recv = || {
            (0..4)
                .map(|_| *run(rx.recv_async()).ok().unwrap().1)
                .sum::<usize>()
        };
        assert_eq!(race(send, recv).1, 6);
        let send = || (0..4).for_each(|id| assert!(run(tx.send_async(ledger.message(id))).is_ok()));
        let recv = || {
            (0..4)
                .map(|_| *rx.recv_timeout(LIMIT).ok().unwrap().1)
                .sum::<usize>()
        };
        assert_eq!(race(send, recv).1, 6);
    });
}

#[test]
fn receive_given_up_against_a_send() {
    for polls in 1..4 {
        in_rounds(|_, ledger, tx, rx| {
            let send = || tx.try_send(ledger.message(1)).is_ok();
            let recv = || {
                let mut wait = Box::pin(rx.recv_async());
                poll_times(wait.as_mut(), polls).is_some()
            };
            let (sent, received) = race(send, recv);
            let left = rx.try_recv().is_ok();
            assert_eq!(sent, received || left);
            assert!(!(received && left));
        });
    }
}

#[test]
fn send_given_up_against_a_receive() {
    for polls in 1..4 {
        in_rounds(|capacity, ledger, tx, rx| {
            (0..capacity).for_each(|id| assert!(tx.try_send(ledger.message(id)).is_ok()));
            let recv = || rx.try_recv().is_ok();
            let send = || {
                let mut wait = Box::pin(tx.send_async(ledger.message(9)));
                poll_times(wait.as_mut(), polls).is_some()
            };
            let (received, said) = race(recv, send);
            let left = std::iter::from_fn(|| rx.try_recv().ok()).count();
            let all = left + usize::from(received);
            assert!(all == capacity + usize::from(said) || all == capacity + 1);
        });
    }
}

#[test]
fn bounds_against_a_peer() {
    in_rounds(|_, ledger, tx, rx| {
        let send = || {
            tx.send_timeout(ledger.message(1), Duration::from_millis(3))
                .is_ok()
        };
        let recv = || run(rx.recv_async().timeout(Duration::from_micros(1))).is_ok();
        let (sent, received) = race(send, recv);
        let left = rx.try_recv().is_ok();
        assert_eq!(sent, received != left);
        let send = || {
            run(tx
                .send_async(ledger.message(1))
                .timeout(Duration::from_micros(1)))
            .is_ok()
        };
        let recv = || rx.recv_timeout(Duration::from_millis(3)).is_ok();
        let (sent, received) = race(send, recv);
        let left = rx.try_recv().is_ok();
        assert_eq!(sent, received != left);
    });
}

#[test]
fn close_against_a_first_poll() {
    in_rounds(|capacity, ledger, tx, rx| {
        let (received, _) = race(|| run(rx.recv_async()).is_ok(), || assert!(tx.close()));
        assert!(!received);
        let (tx, rx) = towpath::bounded(capacity);
        (0..capacity).for_each(|id| assert!(tx.try_send(ledger.message(id)).is_ok()));
        let send = || run(tx.send_async(ledger.message(9))).is_err();
        let (refused, _) = race(send, || assert!(rx.close()));
        assert!(refused);
    });
}

/// The last handle of the other side goes, with the channel's messages.
#[test]
fn last_handle_against_a_first_poll() {
    in_rounds(|capacity, ledger, tx, rx| {
        let (received, ()) = race(|| run(rx.recv_async()).is_ok(), move || drop(tx));
        assert!(!received);
        let (tx, rx) = towpath::bounded(capacity);
        (0..capacity).for_each(|id| assert!(tx.try_send(ledger.message(id)).is_ok()));
        let send = || run(tx.send_async(ledger.message(9))).is_err();
        let (refused, ()) = race(send, move || drop(rx));
        assert!(refused);
    });
}

/// The message that a select has promised, or a panic.
fn promised(keeps: bool, ledger: &Ledger) -> Counted {
    if !keeps {
        panic::resume_unwind(Box::new(()));
    }
    ledger.message(1)
}

/// What the select comes to, unless its promise was broken.
fn unless_broken<R>(select: impl FnOnce() -> R) -> Option<R> {
    panic::catch_unwind(AssertUnwindSafe(select)).ok()
}

/// A select promises a message; its maker keeps it, or panics.
#[test]
fn promise_against_a_task() {
    for keeps in [true, false] {
        for polls in 1..4 {
            in_rounds(|_, ledger, tx, rx| {
                let promise = || {
                    let made = unless_broken(|| {
                        towpath::select! {
                            send(tx, promised(keeps, ledger)) -> sent => sent.is_ok(),
                            default => false,
                        }
                    });
                    made.unwrap_or(false)
                };
                let recv = || {
                    let mut wait = Box::pin(rx.recv_async());
                    poll_times(wait.as_mut(), polls).is_some()
                };
                let (sent, received) = race(promise, recv);
                let left = rx.try_recv().is_ok();
                assert_eq!(sent, received != left);
            });
        }
    }
}

/// A promising sender in line is bound by a task's first poll.
#[test]
fn promise_in_line_bound_by_a_task() {
    for keeps in [true, false] {
        in_rounds(|capacity, ledger, tx, rx| {
            (0..capacity).for_each(|id| assert!(tx.try_send(ledger.message(id)).is_ok()));
            let promise = || {
                let made = unless_broken(|| {
                    towpath::select! {
                        send(tx, promised(keeps, ledger)) -> sent => assert!(sent.is_ok()),
                    }
                });
                // So that the receiver does not wait for ever.
                if made.is_none() {
                    assert!(tx.send_timeout(ledger.message(2), LIMIT).is_ok());
                }
            };
            let recv = || {
                for _ in 0..=capacity {
                    assert!(run(rx.recv_async()).is_ok());
                }
            };
            race(promise, recv);
        });
    }
}

/// Biased selects of tasks over two channels, and two peers.
#[test]
fn biased_selects_of_tasks() {
    in_rounds(|capacity, ledger, tx, rx| {
        let (other_tx, other_rx) = towpath::bounded(capacity);
        let send = || {
            assert!(run(tx.send_async(ledger.message(1))).is_ok());
            assert!(other_tx.send_timeout(ledger.message(2), LIMIT).is_ok());
        };
        let recv = || {
            let mut got = 0;
            while got < 3 {
                got += run(async {
                    towpath::select_biased_async! {
                        recv(rx) -> message => *message.ok().unwrap().1,
                        recv(other_rx) -> message => *message.ok().unwrap().1,
                        default(Duration::from_millis(1)) => 0,
                    }
                });
            }
            got
        };
        assert_eq!(race(send, recv).1, 3);
    });
}
