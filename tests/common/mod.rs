//! What every test needs: a crew of named actors under a watchdog, the places
//! they can run at, a small random generator, messages that keep accounts,
//! wakers that count, wakers that panic, and futures that are given up at random.

mod crew;
mod faults;
mod flavours;
mod giving_up;
mod ledger;
mod places;
mod random;
mod wakers;

pub(crate) use crew::{Crew, Join, Me, watchdog};
pub(crate) use faults::{Fault, Faulty, panics_as_planned, reported};
pub(crate) use flavours::{BOUNDED, BUFFERED, FLAVOURS, channel, fill, room};
pub(crate) use giving_up::{Sent, give_up_at_random, pause, settle};
pub(crate) use ledger::{Ledger, Token};
pub(crate) use places::Place;
pub(crate) use random::Random;
pub(crate) use wakers::{Alarm, Scripted, poll, poll_noop, ready};

use std::time::Duration;

/// How long each soak runs: `TOWPATH_SOAK_SECONDS` lengthens a deep run.
pub(crate) fn soak() -> Duration {
    let seconds = std::env::var("TOWPATH_SOAK_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(2.0);
    Duration::from_secs_f64(seconds)
}

/// The watchdog's patience for a test that soaks `times` times.
pub(crate) fn soak_patience(times: u32) -> u64 {
    60 + 2 * (soak() * times).as_secs()
}
