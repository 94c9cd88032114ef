//! Waiting for an instant.

use std::cell::Cell;

use super::timers::{Busy, Unset, timers};
use super::wheel::Entry;
use crate::sys::{Duration, Instant, time};
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Wait};

/// The wait for an instant; see [`Sleep`].
#[derive(Debug)]
pub struct SleepOp {
    /// `None` is never.
    deadline: Option<Instant>,
    /// Where a task that waits is in the timers.
    entry: Entry,
    /// A task has waited. A thread needs no timers, and does not touch them: it may be in a forked child, where
    /// nobody will let go of their lock.
    was_set: Cell<bool>,
}

/// The wait for an instant, as a value: what [`sleep`] and [`sleep_until`] return.
///
/// It is an operation like any other: `.await` it, [`wait`](Wait::wait) for it on a thread, bound it.
/// A task's place in the timers is a part of it, so waiting allocates nothing.
///
/// # Cancel safety
///
/// Dropping it takes it out of the timers at once.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::time::{Sleep, sleep};
///
/// let nap: Sleep = sleep(Duration::from_millis(1));
/// pollster::block_on(nap);
/// ```
pub type Sleep = Wait<SleepOp>;

/// Waits for `span`, counted from this call. A span that is too large for the clock never ends.
///
/// It is never over early. How late it may be is in [the module's documentation](super).
///
/// # Panics
///
/// The first poll that has to wait panics if the timer thread cannot be started.
///
/// # Cancel safety
///
/// Dropping it takes it out of the timers at once.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use towpath::time::sleep;
///
/// let start = Instant::now();
/// pollster::block_on(sleep(Duration::from_millis(2)));
/// sleep(Duration::from_millis(2)).wait();
/// assert!(start.elapsed() >= Duration::from_millis(4));
/// ```
#[doc(alias = "time.Sleep")]
pub fn sleep(span: Duration) -> Sleep {
    Wait::new(SleepOp::new(time::after(span)))
}

/// Waits until `deadline`. Otherwise as [`sleep`].
///
/// # Panics
///
/// As [`sleep`].
///
/// # Cancel safety
///
/// As [`sleep`].
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use towpath::time::sleep_until;
///
/// let deadline = Instant::now() + Duration::from_millis(2);
/// pollster::block_on(sleep_until(deadline));
/// assert!(Instant::now() >= deadline);
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    Wait::new(SleepOp::new(Some(deadline)))
}

impl SleepOp {
    pub(super) fn new(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            entry: Entry::new(),
            was_set: Cell::new(false),
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

impl OneLine for SleepOp {}

// SAFETY: the node is in the timers at most, which signal it under their lock; `withdraw` takes it
// out under that lock, and so does `set` when it is put in.
unsafe impl Operation for SleepOp {
    type Output = ();
    type Done = Self::Output;
    /// True if it is over, false if the bound was earlier.
    type Bounded = bool;

    fn watches_resource(&self) -> bool {
        true
    }

    fn looks_ready(&self) -> bool {
        false
    }

    fn attempt(&self, _: Patience) -> Attempt<()> {
        match self.deadline {
            Some(deadline) if deadline <= time::now() => Attempt::Ready(()),
            _ => Attempt::Blocked,
        }
    }

    unsafe fn line_up(&self, node: &Node, _: Place, patience: Patience) -> Attempt<()> {
        // A thread sleeps until it is due, and needs no timer.
        let (Some(deadline), Patience::Poll) = (self.deadline, patience) else {
            return Attempt::Blocked;
        };
        self.was_set.set(true);
        let set = timers().with_thread(patience, || {
            // SAFETY: the caller's promise: bound, in no line, and the entry is beside it.
            unsafe { timers().set(node, &self.entry, deadline, patience, || {}) }
        });
        match set.map_err(Unset::busy_or_panic) {
            Ok(()) => Attempt::Blocked,
            Err(Busy) => Attempt::Lagging,
        }
    }

    fn due(&self, _: Patience) -> Attempt<Option<Instant>> {
        Attempt::Ready(self.deadline)
    }

    fn finish(&self, _: Signal, patience: Patience) -> Attempt<()> {
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        if self.was_set.get() {
            timers().unset(node, &self.entry);
        }
    }

    fn abandon(&self, _: Signal) {
        // It was for this one alone.
    }

    fn output<R>(&self, (): (), wrap: impl FnOnce(()) -> R) -> R {
        wrap(())
    }

    fn bounded(outcome: Result<(), Self>) -> bool {
        outcome.is_ok()
    }
}
