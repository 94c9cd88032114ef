//! Looks after those who wait behind a future that nobody polls.
//!
//! A task that is notified, or handed a lock, may never come: its future may be put aside, neither
//! polled nor dropped, while its task does something else. Whoever is in line behind it would wait as
//! long. So a lock with somebody in line, of which a task is to come, is watched: on the second round
//! after the task was meant to come the next in line is told instead. The one that comes late finds
//! that out, and waits on.
//!
//! The rounds are made by the thread of the timers, only while there is something to watch, and a lock
//! is watched only while a task is to come to it: one that is held for long costs nothing. In a
//! program without tasks there are none.
//!
//! # Invariants
//!
//! 1. A lock is watched while it is GUARDED, but for the moment that it takes to say so, in which the
//!    line's lock is held. It is GUARDED only while a blocked thread, or a future that owns a share of
//!    the mutex, is among the first in line: so it is alive while the list of the watched is locked. (A
//!    future that borrows the mutex may be forgotten in line, and the mutex may go then.)
//! 2. The line's lock may be held when the list is locked. The other way round it is only tried.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Wake;

use super::raw::RawMutex;
use crate::sys::{Duration, PlainArc, ShortLock, time};
use crate::time::Alarm;
use crate::wait::{Patience, WakeBatch};

/// From round to round.
const PERIOD: Duration = Duration::from_millis(4);

global! {
    static LIFEGUARD: Lifeguard = Lifeguard::new();
}

struct Lifeguard {
    watched: ShortLock<BTreeSet<Watched>>,
    alarm: ShortLock<Option<PlainArc<Round>>>,
}

/// A lock that is watched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Watched(*const RawMutex);

// SAFETY: a lock may be used from any thread.
unsafe impl Send for Watched {}

/// What the timers wake.
struct Round(Alarm);

impl Lifeguard {
    constant! {
        fn new() -> Self {
            Self {
                watched: ShortLock::new(BTreeSet::new()),
                alarm: ShortLock::new(None),
            }
        }
    }
}

/// Watches `lock`, which is GUARDED from now on. The line's lock is held.
pub(super) fn watch(lock: &RawMutex) {
    LIFEGUARD.watched.lock().insert(Watched(lock));
}

/// Does not watch `lock` any more. The line's lock is held.
pub(super) fn forget(lock: &RawMutex) {
    LIFEGUARD.watched.lock().remove(&Watched(lock));
}

/// Makes sure that there will be a round.
#[cold]
pub(super) fn set_alarm() {
    if cfg!(towpath_loom) {
        return;
    }
    let new = || PlainArc::new(Round(Alarm::new()));
    let round = PlainArc::clone(LIFEGUARD.alarm.lock().get_or_insert_with(new));
    let Some(due) = time::after(PERIOD) else {
        return;
    };
    // Without a timer thread, because the system refuses one, there are no rounds: that is no reason
    // for an unlock to fail.
    let set = AssertUnwindSafe(|| round.0.set(due, PlainArc::clone(&round), Patience::Block));
    let _ = catch_unwind(set);
}

/// Looks at everything that is watched. False: nothing is, any more.
pub(super) fn round() -> bool {
    let mut last = Bound::Unbounded;
    loop {
        // Woken when it is dropped, after the lock.
        let mut batch = WakeBatch::new();
        let mut watched = LIFEGUARD.watched.lock();
        while batch.has_room() {
            let Some(next) = watched.range((last, Bound::Unbounded)).next().copied() else {
                return !watched.is_empty();
            };
            last = Bound::Excluded(next);
            // SAFETY: invariant 1: it is watched, and the list is locked.
            if !unsafe { &*next.0 }.rescue(&mut batch) {
                watched.remove(&next);
            }
        }
    }
}

impl Wake for Round {
    fn wake(self: PlainArc<Self>) {
        self.0.rings();
        if round() {
            set_alarm();
        }
    }
}

/// How many locks are watched.
#[cfg(towpath_loom)]
pub(super) fn watched() -> usize {
    LIFEGUARD.watched.lock().len()
}
