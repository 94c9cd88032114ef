//! `Barrier`: generations, leaders, those who give up.

use crate::common::{Place, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use towpath::sync::{Barrier, BarrierWaitResult};

const ROUNDS: usize = 200;

struct Meeting {
    barrier: Barrier,
    parties: usize,
    arrived: Vec<AtomicUsize>,
    leaders: Vec<AtomicUsize>,
}

impl Meeting {
    fn new(parties: usize) -> Arc<Self> {
        let zeroes = || (0..ROUNDS).map(|_| AtomicUsize::new(0)).collect();
        Arc::new(Self {
            barrier: Barrier::new(parties),
            parties,
            arrived: zeroes(),
            leaders: zeroes(),
        })
    }

    fn arrive(&self, round: usize) {
        self.arrived[round].fetch_add(1, Ordering::Relaxed);
    }

    /// Whoever goes on finds everybody there.
    fn check(&self, round: usize, result: BarrierWaitResult) {
        let arrived = self.arrived[round].load(Ordering::Relaxed);
        assert_eq!(arrived, self.parties, "round {round}");
        self.leaders[round].fetch_add(result.is_leader() as usize, Ordering::Relaxed);
    }

    fn assert_one_leader_each(&self) {
        for (round, leaders) in self.leaders.iter().enumerate() {
            assert_eq!(leaders.load(Ordering::Relaxed), 1, "round {round}");
        }
    }
}

#[test]
fn threads_and_tasks_meet_again_and_again() {
    watchdog(60, |crew| {
        let places: Vec<_> = Place::TASKS.into_iter().chain([Place::Thread; 3]).collect();
        let meeting = Meeting::new(places.len());
        let actors = places.into_iter().map(|place| {
            let meeting = Arc::clone(&meeting);
            crew.act(place, "party", move |me| async move {
                for round in 0..ROUNDS {
                    me.at("meets", round as u64);
                    meeting.arrive(round);
                    let result = if me.blocks() {
                        meeting.barrier.wait()
                    } else {
                        meeting.barrier.wait_async().await
                    };
                    meeting.check(round, result);
                }
            })
        });
        let actors: Vec<_> = actors.collect();
        actors.into_iter().for_each(|actor| actor.join());
        meeting.assert_one_leader_each();
    });
}

/// Giving up takes the arrival back, coming again counts: never too many, never too few.
#[test]
fn the_impatient_come_again_until_all_are_there() {
    watchdog(60, |crew| {
        let meeting = Meeting::new(3);
        let threads = [0, 20, 50].map(|micros| {
            let meeting = Arc::clone(&meeting);
            crew.thread(format!("waits {micros} µs"), move |me| {
                for round in 0..ROUNDS {
                    me.at("meets", round as u64);
                    meeting.arrive(round);
                    let result = loop {
                        let limit = Duration::from_micros(micros);
                        if let Some(result) = meeting.barrier.wait_timeout(limit) {
                            break result;
                        }
                        std::thread::yield_now();
                    };
                    meeting.check(round, result);
                }
            })
        });
        for thread in threads {
            thread.join();
        }
        meeting.assert_one_leader_each();
    });
}

#[test]
fn nobody_waits_at_a_barrier_for_one_or_none() {
    for parties in [0, 1] {
        let barrier = Barrier::new(parties);
        for _ in 0..3 {
            assert!(barrier.wait().is_leader());
            assert!(crate::common::ready(barrier.wait_async()).is_leader());
        }
    }
}
