//! How to wait a moment for a peer that is between two instructions.

use super::{Duration, hint, thread};

/// Pauses before the first yield. (None in a model: there a pause lasts until the peer is done, and what becomes of an
/// operation whose peer takes longer would never be tried.)
const PAUSES: u32 = if cfg!(towpath_loom) { 0 } else { 6 };
/// Yields before the first nap.
const YIELDS: u32 = if cfg!(towpath_loom) { 1 } else { 8 };
/// The first nap; each further one is twice as long, up to [`LONGEST_NAP`].
const FIRST_NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(1);
/// How many naps [`Backoff::linger`] takes: 20 milliseconds, several time slices of a busy machine.
const LINGER_NAPS: u32 = 24;
/// How long that is, for a task, which is polled meanwhile.
pub(crate) const LINGER: Duration = Duration::from_millis(20);

/// How long [`step_aside`] takes: one or two microseconds.
pub(crate) const ASIDE: u32 = 100;

/// Leaves the field to whoever won a race for a cache line, for some dozens of its operations.
///
/// Two processors that take turns at a line move it between their caches at each turn, which takes
/// longer than the operations themselves: it is faster if each works alone for a while.
#[cold]
#[inline(never)]
pub(crate) fn step_aside() {
    step_aside_for(ASIDE);
}

/// As [`step_aside`], for so many pauses.
#[inline(never)]
pub(crate) fn step_aside_for(pauses: u32) {
    if !cfg!(towpath_loom) {
        (0..pauses).for_each(|_| hint::spin_loop());
    }
}

/// Growing waits for a peer that holds a claim: pauses, then yields, then timed naps.
///
/// The peer is a few instructions from done, unless it was preempted; then only giving up the
/// processor helps. Nothing here waits without bound on one step, and nothing spins for long.
#[derive(Debug)]
pub(crate) struct Backoff {
    step: u32,
    nap: Duration,
}

impl Backoff {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            step: 0,
            nap: FIRST_NAP,
        }
    }

    /// Waits a little without giving up the processor. False: that no longer makes sense.
    #[inline]
    pub(crate) fn pause(&mut self) -> bool {
        if self.step >= PAUSES {
            return false;
        }
        for _ in 0..1_u32 << self.step {
            hint::spin_loop();
        }
        self.step += 1;
        true
    }

    /// Waits a little, giving up the processor if need be. False: only sleeping is left.
    pub(crate) fn pause_or_yield(&mut self) -> bool {
        if self.pause() {
            return true;
        }
        if self.step >= PAUSES + YIELDS {
            return false;
        }
        thread::yield_now();
        self.step += 1;
        true
    }

    /// As [`pause_or_yield`](Backoff::pause_or_yield), and then some naps: for a call that should not
    /// wait, but must not be wrong about a peer that was preempted either. False: it has to be.
    pub(crate) fn linger(&mut self) -> bool {
        if self.pause_or_yield() {
            return true;
        }
        let may_nap = self.step < PAUSES + YIELDS + LINGER_NAPS;
        if may_nap {
            self.step += 1;
            self.take_nap();
        }
        may_nap
    }

    fn take_nap(&mut self) {
        thread::nap(self.nap);
        self.nap = (self.nap * 2).min(LONGEST_NAP);
    }

    /// Waits, sleeping a growing while once pauses and yields are used up.
    pub(crate) fn snooze(&mut self) {
        if !self.pause_or_yield() {
            self.take_nap();
        }
    }
}
