//! One measured run: the clock, the CPU time, the context switches, and proof of delivery.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

/// What arrived: how many messages, and the sum of their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    pub sum: u64,
}

impl Tally {
    /// The tally of the ids `0..n`, each exactly once.
    pub fn expected(n: u64) -> Self {
        let sum = (u128::from(n) * u128::from(n.saturating_sub(1)) / 2) as u64;
        Tally { count: n, sum }
    }

    #[inline]
    pub fn add(&mut self, id: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(id);
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(tallies: I) -> Self {
        tallies.fold(Tally::default(), |all, one| Tally {
            count: all.count + one.count,
            sum: all.sum.wrapping_add(one.sum),
        })
    }
}

/// What one run cost the whole process, and what arrived.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub wall: Duration,
    pub usage: Usage,
    pub received: Tally,
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system time of all threads.
    pub cpu: Duration,
    /// Voluntary context switches of all threads: how often somebody went to sleep.
    pub switches: u64,
    /// Involuntary ones: how often a time slice ended, or somebody yielded to another.
    pub preemptions: u64,
}

impl Usage {
    /// This process until now.
    pub fn now() -> Self {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("getrusage works for the process");
        Usage {
            cpu: duration(usage.user_time()) + duration(usage.system_time()),
            switches: usage.voluntary_context_switches() as u64,
            preemptions: usage.involuntary_context_switches() as u64,
        }
    }
}

impl std::ops::Sub for Usage {
    type Output = Usage;

    fn sub(self, earlier: Usage) -> Usage {
        Usage {
            cpu: self.cpu - earlier.cpu,
            switches: self.switches - earlier.switches,
            preemptions: self.preemptions - earlier.preemptions,
        }
    }
}

pub fn measure(work: impl FnOnce() -> Tally) -> Run {
    let before = Usage::now();
    let start = Instant::now();
    let received = work();
    let wall = start.elapsed();
    Run {
        wall,
        usage: Usage::now() - before,
        received,
    }
}

fn duration(time: TimeVal) -> Duration {
    Duration::from_micros(time.num_microseconds() as u64)
}
