//! Taking a lock, as an operation.

use std::cell::Cell;
use std::fmt;

use super::raw::{Asks, RawMutex};
use crate::sys::{ASIDE, Duration, Instant, time};
use crate::wait::sealed::{OURS, OneLine, Ours};
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// Whoever has waited for this long and loses again has the lock handed over.
const STARVES_AFTER: Duration = Duration::from_millis(1);

/// What one holds on to while waiting, and makes a guard of. Internal: to `&Mutex<T>`,
/// `Arc<Mutex<T>>`, or a key.
pub trait Hold: Sized {
    /// What holding the lock is shown by.
    type Guard;

    /// The lock.
    #[doc(hidden)]
    fn raw(&self) -> &RawMutex;

    /// Its guard. The lock was taken on its behalf.
    #[doc(hidden)]
    fn locked(self, _: Ours) -> Self::Guard;
}

/// Taking a lock. Internal: it is named through [`MutexFut`](crate::sync::MutexFut) and its like.
//
// A signal tells it to try (*Notified*), that the lock was handed to it (*Handed*), or to look whether
// somebody else who was told ever came (*Closed*: it was rung, see `line`).
pub struct LockOp<H> {
    /// Empty once the guard was given out.
    hold: Cell<Option<H>>,
    /// Since when it waits: `None` before it got in line.
    since: Cell<Option<Instant>>,
    /// It was told, and has not got in line again since.
    told: Cell<bool>,
    /// It has asked to have the lock handed over, and the word may still say so.
    starving: Cell<bool>,
    /// It was rung, and found the lock held as it should be.
    well: Cell<bool>,
}

impl<H: Hold> LockOp<H> {
    #[inline]
    pub(crate) fn new(hold: H) -> Self {
        Self {
            hold: Cell::new(Some(hold)),
            since: Cell::new(None),
            told: Cell::new(false),
            starving: Cell::new(false),
            well: Cell::new(false),
        }
    }

    fn raw(&self) -> &RawMutex {
        // SAFETY: the cell is written by `locked` alone, after which nobody asks any more: a shared
        // reference made of the cell's content does not outlive the content.
        let hold = unsafe { &*self.hold.as_ptr() };
        hold.as_ref().expect("it waits no more").raw()
    }

    /// The guard; the lock was just taken.
    fn locked(&self) -> Attempt<H::Guard> {
        let hold = self.hold.take().expect("it is locked once");
        Attempt::Ready(hold.locked(OURS))
    }

    /// It was rung, to look whether the lock is held as it should be. True: it is ours now.
    fn look(&self, starved: bool) -> bool {
        if starved {
            self.raw().fed();
        }
        let outcome = self.raw().lock_rung();
        self.well.set(outcome == Err(true));
        outcome.is_ok()
    }

    /// True if it has waited for too long. Asked when it gets in line: so it is running, and if it was
    /// told it has lost.
    fn is_starving(&self, now: Instant) -> bool {
        // The model has no clock: whoever loses starves.
        let long =
            |since| cfg!(towpath_loom) || now.saturating_duration_since(since) >= STARVES_AFTER;
        self.told.get() && self.since.get().is_some_and(long)
    }
}

impl<H> OneLine for LockOp<H> {}

// SAFETY: nodes are used under the line's lock only, and `withdraw` takes them out under it.
unsafe impl<H: Hold> Operation for LockOp<H> {
    type Output = H::Guard;
    type Done = Self::Output;
    /// `None`: time ran out.
    type Bounded = Option<H::Guard>;

    fn watches_resource(&self) -> bool {
        true
    }

    fn pauses(&self, patience: Patience) -> u32 {
        match patience {
            Patience::Block => ASIDE,
            Patience::Poll => 0,
        }
    }

    #[inline]
    fn looks_ready(&self) -> bool {
        !self.raw().is_locked()
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<H::Guard> {
        if self.raw().try_lock() {
            self.locked()
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        // Whoever was told was at the front.
        let place = if self.told.get() { Place::Front } else { place };
        // Patience is no matter of a test's clock.
        let now = time::real_now();
        let starving = self.is_starving(now);
        let well = self.well.get();
        let asks = Asks { starving, well };
        // SAFETY: the caller's promise.
        let outcome = unsafe { self.raw().line_up(node, place, patience, asks) };
        let in_line = outcome == Attempt::Blocked;
        self.told.set(self.told.get() && !in_line);
        self.starving.set(starving && in_line);
        self.well.set(well && !in_line);
        if in_line && self.since.get().is_none() {
            self.since.set(Some(now));
        }
        outcome
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<H::Guard> {
        self.told.set(true);
        let starved = self.starving.take();
        let taken = match signal {
            Signal::Handed if self.raw().claim() => true,
            Signal::Handed => return self.attempt(patience),
            Signal::Notified => self.raw().lock_notified(),
            Signal::Closed => self.look(starved),
        };
        if taken {
            self.locked()
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.raw().withdraw(node, self.starving.take());
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Handed => {
                if self.raw().claim() {
                    self.raw().unlock();
                }
            }
            Signal::Notified | Signal::Closed => self.raw().pass_on(),
        }
    }

    fn output<R>(&self, guard: H::Guard, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(guard)
    }

    fn bounded(outcome: Result<H::Guard, Self>) -> Option<H::Guard> {
        outcome.ok()
    }
}

impl<H> fmt::Debug for LockOp<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockOp").finish_non_exhaustive()
    }
}
