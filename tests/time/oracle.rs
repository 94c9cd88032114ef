//! Random sleeps and steps of the clock, against the plain list of who must have been woken.

use crate::common::{Alarm, Random, poll_noop};
use crate::{clocked, pend};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use towpath::time::{Sleep, TestClock, sleep_until};

struct Nap {
    deadline: Instant,
    sleep: Pin<Box<Sleep>>,
    alarm: Arc<Alarm>,
}

/// A span of a random order of magnitude, from nanoseconds to years: every level of the wheel.
fn span(random: &mut Random, magnitudes: u64) -> Duration {
    let most = 1_u64 << random.below(magnitudes);
    Duration::from_nanos(random.below(most) + 1)
}

fn begin(random: &mut Random, now: Instant) -> Nap {
    let deadline = now + span(random, 57);
    let mut sleep = Box::pin(sleep_until(deadline));
    let alarm = pend(&mut sleep);
    Nap {
        deadline,
        sleep,
        alarm,
    }
}

/// Everybody who is due was woken, once, and nobody else.
fn check(naps: &mut Vec<Nap>, now: Instant) {
    naps.retain_mut(|nap| {
        let due = nap.deadline <= now;
        assert_eq!(nap.alarm.rings(), usize::from(due), "due: {due}");
        if due {
            assert!(poll_noop(&mut nap.sleep).is_ready());
        }
        !due
    });
}

fn run(clock: &TestClock, seed: u64, rounds: u32) {
    let mut random = Random::new(seed);
    let mut naps: Vec<Nap> = Vec::new();
    for _ in 0..rounds {
        match random.below(8) {
            0..=3 => naps.push(begin(&mut random, clock.now())),
            4 if !naps.is_empty() => {
                let victim = random.below(naps.len() as u64) as usize;
                drop(naps.swap_remove(victim));
            }
            5 if !naps.is_empty() => {
                // Another waker, which has to be the one that rings.
                let nap = random.below(naps.len() as u64) as usize;
                naps[nap].alarm = pend(&mut naps[nap].sleep);
            }
            _ => clock.advance(span(&mut random, 52)),
        }
        check(&mut naps, clock.now());
    }
}

#[test]
fn everybody_is_woken_in_time_and_nobody_early() {
    clocked(|_, clock| {
        for seed in 0..20 {
            run(clock, seed, 3_000);
        }
    });
}
