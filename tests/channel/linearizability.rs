//! `try_send`, `try_recv`, `len`, `is_empty` and `close` are linearizable:
//! small random programs on two and three threads, each history checked. (But for a refusal, or a count,
//! beside a preempted peer: see `without_lagging`.)

use super::history::{Answer, Call, Event, linearizable, without_lagging};
use crate::common::{Random, channel, soak, soak_patience, watchdog};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;
use towpath::{Receiver, Sender, TryRecvError, TrySendError};

const CAPACITIES: [Option<usize>; 5] = [Some(0), Some(1), Some(2), Some(3), None];

/// Rounds per capacity and number of threads, at the least.
const ROUNDS: u64 = 1500;

/// The clock and the starting line of one round.
struct Round {
    tx: Sender<u8>,
    rx: Receiver<u8>,
    clock: AtomicU64,
    waiting: AtomicUsize,
}

impl Round {
    /// Holds the threads until all are here, so that they overlap.
    fn line_up(&self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let mut spins = 0;
        while self.waiting.load(Ordering::SeqCst) > 0 {
            spins += 1;
            if spins % 200 == 0 {
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }

    fn perform(&self, call: Call) -> Event {
        let called = self.clock.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer(call);
        let returned = self.clock.fetch_add(1, Ordering::SeqCst);
        Event {
            called,
            returned,
            call,
            answer,
        }
    }

    fn answer(&self, call: Call) -> Answer {
        match call {
            Call::TrySend(value) => match self.tx.try_send(value) {
                Ok(()) => Answer::Sent,
                Err(TrySendError::Full(_)) => Answer::Full,
                Err(TrySendError::Disconnected(_)) => Answer::Disconnected,
            },
            Call::TryRecv => match self.rx.try_recv() {
                Ok(value) => Answer::Received(value),
                Err(TryRecvError::Empty) => Answer::Empty,
                Err(TryRecvError::Disconnected) => Answer::Disconnected,
            },
            Call::Len => Answer::Length(self.rx.len()),
            Call::IsEmpty => Answer::Flag(self.rx.is_empty()),
            Call::Close => Answer::Flag(self.tx.close()),
        }
    }
}

/// Three or four calls; `first` makes the values unique.
fn program(random: &mut Random, first: u8) -> Vec<Call> {
    let mut values = first..;
    let length = 3 + random.below(2);
    let calls = (0..length).map(|_| match random.below(12) {
        0..=4 => Call::TrySend(values.next().expect("a few")),
        5..=8 => Call::TryRecv,
        9 => Call::Len,
        10 => Call::IsEmpty,
        _ => Call::Close,
    });
    calls.collect()
}

type Job = (Arc<Round>, Vec<Call>);

/// Workers live as long as the soak; each round sends them a program apiece.
fn check(threads: usize, seed: u64) {
    let each = soak() / CAPACITIES.len() as u32 / 2;
    watchdog(soak_patience(1), move |crew| {
        let (histories, results) = mpsc::channel::<Vec<Event>>();
        let workers: Vec<_> = (0..threads)
            .map(|i| {
                let (jobs, inbox) = mpsc::channel::<Job>();
                let histories = histories.clone();
                crew.thread(format!("worker {i}"), move |_| {
                    for (round, calls) in inbox {
                        round.line_up();
                        let events = calls.into_iter().map(|call| round.perform(call));
                        histories.send(events.collect()).expect("the judge waits");
                    }
                });
                jobs
            })
            .collect();
        let mut random = Random::new(seed);
        for capacity in CAPACITIES {
            let start = Instant::now();
            let (mut rounds, mut lagging) = (0, 0);
            while rounds < ROUNDS || start.elapsed() < each {
                let strict = one_round(&workers, &results, capacity, &mut random);
                lagging += !strict as u64;
                rounds += 1;
            }
            // It takes a peer that is preempted for long in the middle of an operation.
            assert!(
                lagging <= 2 + rounds / 500,
                "capacity {capacity:?}: {lagging} refusals in {rounds} rounds"
            );
        }
    });
}

/// True if the history is linearizable; the lock-free flavours may refuse beside a peer.
fn one_round(
    workers: &[mpsc::Sender<Job>],
    results: &mpsc::Receiver<Vec<Event>>,
    capacity: Option<usize>,
    random: &mut Random,
) -> bool {
    let (tx, rx) = channel(capacity);
    let round = Arc::new(Round {
        tx,
        rx,
        clock: AtomicU64::new(0),
        waiting: AtomicUsize::new(workers.len()),
    });
    // Start from a channel that holds something, half of the time.
    let mut history: Vec<_> = (0..random.below(3) as u8)
        .map(|value| round.perform(Call::TrySend(value)))
        .collect();
    for (i, worker) in workers.iter().enumerate() {
        let calls = program(random, 10 * (i as u8 + 1));
        worker
            .send((Arc::clone(&round), calls))
            .expect("the worker is there");
    }
    for _ in workers {
        history.extend(results.recv().expect("every worker answers"));
    }
    history.sort_by_key(|event| event.called);
    let lines = || {
        history
            .iter()
            .map(|event| format!("{event:?}\n"))
            .collect::<String>()
    };
    let strict = linearizable(&history, capacity);
    let lock_free = capacity.is_none_or(|capacity| capacity > 2);
    assert!(
        strict || (lock_free && linearizable(&without_lagging(&history, capacity), capacity)),
        "no order explains this, capacity {capacity:?}:\n{}",
        lines()
    );
    strict
}

#[test]
fn histories_of_two_threads_are_linearizable() {
    check(2, 1);
}

#[test]
fn histories_of_three_threads_are_linearizable() {
    check(3, 2);
}
