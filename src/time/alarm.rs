//! A timer that rings for something in an `Arc`, and can be set again and again.
//!
//! # Invariants
//!
//! 1. The bell and the entry are touched under the alarm's lock, or by the timers under theirs.
//! 2. While it is set the bell's waiter holds an `Arc` of what it is a part of, so it stays alive and
//!    where it is.

use std::task::Wake;

use super::timers::{Busy, Refused, Sleeper, Unset, timers};
use super::wheel::Entry;
use crate::sys::{Instant, PlainArc, ShortLock};
use crate::wait::{Bell, Patience};

#[derive(Debug)]
pub(crate) struct Alarm {
    state: ShortLock<State>,
    bell: Bell,
    entry: Entry,
}

#[derive(Debug)]
struct State {
    /// When it will ring. It may have been signalled already, and be about to.
    at: Option<Instant>,
    /// It was set before. (It may be even though `at` does not say so: a ring that was long on its way
    /// says that it is not.)
    used: bool,
    /// It will not be set any more.
    over: bool,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            state: ShortLock::new(State {
                at: None,
                used: false,
                over: false,
            }),
            bell: Bell::new(),
            entry: Entry::new(),
        }
    }

    /// Has `whom`, which this is a part of, woken at `due`, or at the earlier instant for which it is
    /// set. When it is woken it calls [`rings`](Alarm::rings).
    ///
    /// # Panics
    ///
    /// Panics if there is no timer thread and none can be started. Then it is not set.
    pub(crate) fn set<W: Wake + Send + Sync + 'static>(
        &self,
        due: Instant,
        whom: PlainArc<W>,
        patience: Patience,
    ) -> Result<(), Busy> {
        let set = timers().with_thread(patience, || self.put(due, &whom, patience));
        set.map_err(Unset::busy_or_panic)
    }

    /// As [`set`](Alarm::set), waiting for all locks. False: there is no timer thread and none can be
    /// started, so it is not set.
    pub(crate) fn set_if_possible<W: Wake + Send + Sync + 'static>(
        &self,
        due: Instant,
        whom: PlainArc<W>,
    ) -> bool {
        let patience = Patience::Block;
        let set = timers().with_thread(patience, || self.put(due, &whom, patience));
        set.is_ok()
    }

    /// Puts it into the wheel. The thread is started or unparked by the caller, after the lock.
    fn put<W: Wake + Send + Sync + 'static>(
        &self,
        due: Instant,
        whom: &PlainArc<W>,
        patience: Patience,
    ) -> Result<Sleeper, Refused> {
        let mut state = match patience {
            Patience::Block => self.state.lock(),
            Patience::Poll => self.state.lock_soon().ok_or(Refused::Busy)?,
        };
        if state.over || state.at.is_some_and(|at| at <= due) {
            return Ok(Sleeper::NOBODY);
        }
        state.used = true;
        // SAFETY: invariant 1: we hold the lock, and the timers took the node out of line.
        let bind = || unsafe { self.bell.set(PlainArc::clone(whom)) };
        // SAFETY: invariants 1 and 2.
        let sleeper = unsafe { timers().set(self.bell.node(), &self.entry, due, patience, bind) }?;
        state.at = Some(due);
        Ok(sleeper)
    }

    /// It rings: whoever sets it after this sets it anew, and whoever found it set before this is seen
    /// by what the caller does next.
    pub(crate) fn rings(&self) {
        self.state.lock().at = None;
    }

    /// It will not ring any more, but for a ring that is on its way, and is not set any more.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.over = true;
        if state.used {
            timers().unset(self.bell.node(), &self.entry);
            // SAFETY: invariant 1: we hold the lock, and the node is out of line.
            unsafe { self.bell.unset() };
        }
    }
}
