//! Waiting for a condition variable: in its line first, then for the lock.
//!
//! # Invariants
//!
//! 1. `Holding`: the guard is here. `Waiting`: it was let go after the node got in the condition's
//!    line. `Locking`: the node left that line, and is or was in the lock's.
//! 2. `owes`: a notification to one was taken and not used yet. It is used when the lock is ours, or
//!    passed on when the operation goes.

use std::cell::{Cell, RefCell};
use std::fmt;

use super::{Condvar, Lockable, TimedOut};
use crate::wait::sealed::Sealed;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// When a wait is over. Internal.
pub trait Until<G: Lockable> {
    /// True if it is, now that the lock is ours; `told` if this is after a wake-up.
    #[doc(hidden)]
    fn is_over(&mut self, guard: &mut G, told: bool) -> bool;
}

/// Over at the first wake-up.
#[derive(Debug)]
pub struct Told;

impl<G: Lockable> Until<G> for Told {
    fn is_over(&mut self, _: &mut G, told: bool) -> bool {
        told
    }
}

/// Over when a condition does not hold any more.
pub struct While<F>(pub(super) F);

impl<G: Lockable, F: FnMut(&mut G::Target) -> bool> Until<G> for While<F> {
    fn is_over(&mut self, guard: &mut G, _: bool) -> bool {
        !self.0(guard)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Holding,
    Waiting,
    Locking,
}

/// Waiting for a [`Condvar`]. Internal: it is named through [`CondvarFut`](super::CondvarFut).
pub struct WaitOp<'a, G: Lockable, U> {
    condvar: &'a Condvar,
    stage: Cell<Stage>,
    owes: Cell<bool>,
    /// It took the lock again, and found that it is not over. (Before that the guard is the caller's.)
    looked: Cell<bool>,
    /// It was in the lock's line: what it is told then is the lock's to say.
    in_lock_line: Cell<bool>,
    /// A guard that it has when time runs out stays in the [`TimedOut`].
    keeps_lock: bool,
    guard: Cell<Option<G>>,
    /// Empty only when time ran out.
    relock: RefCell<Option<G::Relock>>,
    until: RefCell<U>,
}

impl<'a, G: Lockable, U: Until<G>> WaitOp<'a, G, U> {
    pub(super) fn new(condvar: &'a Condvar, guard: G, until: U) -> Self {
        Self {
            condvar,
            stage: Cell::new(Stage::Holding),
            owes: Cell::new(false),
            looked: Cell::new(false),
            in_lock_line: Cell::new(false),
            keeps_lock: false,
            relock: RefCell::new(Some(guard.relock())),
            guard: Cell::new(Some(guard)),
            until: RefCell::new(until),
        }
    }

    /// For whoever takes the lock again at once when time runs out, and need not let it go for that.
    pub(super) fn keeping_the_lock(mut self) -> Self {
        self.keeps_lock = true;
        self
    }

    /// The lock is ours: is that all?
    fn look(&self, mut guard: G, told: bool) -> Attempt<G> {
        self.stage.set(Stage::Holding);
        self.in_lock_line.set(false);
        // Foreign code; should it panic, the guard lets the lock go, and what it owes is passed on.
        let is_over = self.until.borrow_mut().is_over(&mut guard, told);
        self.owes.set(false);
        if is_over {
            return Attempt::Ready(guard);
        }
        if told {
            self.looked.set(true);
            self.relock.replace(Some(guard.relock()));
        }
        self.guard.set(Some(guard));
        Attempt::Blocked
    }

    fn with_relock<R>(&self, run: impl FnOnce(&G::Relock) -> R) -> R {
        run(self.relock.borrow().as_ref().expect("time ran out"))
    }

    fn relocked(&self, outcome: Attempt<G>) -> Attempt<G> {
        match outcome {
            Attempt::Ready(guard) => self.look(guard, true),
            outcome => outcome,
        }
    }

    fn try_relock(&self, patience: Patience) -> Attempt<G> {
        self.stage.set(Stage::Locking);
        let outcome = self.with_relock(|relock| relock.attempt(patience));
        self.relocked(outcome)
    }

    /// It could not get in line yet. A lock that it took itself, to look at the condition, is not held
    /// until the next poll: it looks again then.
    fn let_go_meanwhile(&self) {
        if self.looked.get() {
            drop(self.guard.take());
            self.stage.set(Stage::Locking);
        }
    }

    /// Time ran out. The last look may have left the lock to us.
    fn into_timed_out(self) -> TimedOut<G> {
        match self.guard.take().filter(|_| self.keeps_lock) {
            Some(guard) => TimedOut::new(Ok(guard)),
            // Dropping the rest passes on what it owes.
            None => TimedOut::new(Err(self.relock.take().expect("time runs out once"))),
        }
    }
}

impl<G: Lockable, U> Sealed for WaitOp<'_, G, U> {}

// SAFETY: the condition's line and the lock's keep to the contract, and by invariant 1 the stage tells
// in which of them the node is.
unsafe impl<G: Lockable, U: Until<G>> Operation for WaitOp<'_, G, U> {
    type Output = G;
    type Done = Self::Output;
    type Bounded = Result<G, TimedOut<G>>;

    fn watches_resource(&self) -> bool {
        false
    }

    fn attempt(&self, patience: Patience) -> Attempt<G> {
        match self.stage.get() {
            Stage::Holding => {
                let guard = self.guard.take().expect("it is over");
                self.look(guard, false)
            }
            // Out of line it may have missed something.
            Stage::Waiting | Stage::Locking => self.try_relock(patience),
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        match self.stage.get() {
            Stage::Holding => {
                // SAFETY: the caller's promise.
                if !unsafe { self.condvar.line_up(node, patience) } {
                    self.let_go_meanwhile();
                    return Attempt::Lagging;
                }
                self.stage.set(Stage::Waiting);
                // Only now: whoever takes the lock and then notifies finds the node.
                drop(self.guard.take());
                Attempt::Blocked
            }
            Stage::Waiting => Attempt::Ready(()),
            Stage::Locking => {
                // It has no place in that line yet, whatever it had in the other.
                let place = if self.in_lock_line.get() {
                    place
                } else {
                    Place::Back
                };
                // SAFETY: the caller's promise.
                let outcome =
                    self.with_relock(|relock| unsafe { relock.line_up(node, place, patience) });
                self.in_lock_line
                    .set(self.in_lock_line.get() || outcome.is_in_line());
                outcome
            }
        }
    }

    unsafe fn enlist(&self, node: &Node, place: Place, patience: Patience) -> Attempt<G> {
        loop {
            // SAFETY: the caller's promise.
            let outcome = match unsafe { self.line_up(node, place, patience) } {
                Attempt::Ready(()) => self.attempt(patience),
                outcome => return outcome.map(|()| unreachable!("ready was met")),
            };
            match outcome {
                // The lock was ours, and the condition holds on: back in line, and let it go.
                Attempt::Blocked if self.stage.get() == Stage::Holding => {}
                Attempt::Blocked | Attempt::Promised => return Attempt::Lagging,
                outcome => return outcome,
            }
        }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<G> {
        if self.stage.get() == Stage::Locking {
            let outcome = self.with_relock(|relock| relock.finish(signal, patience));
            return self.relocked(outcome);
        }
        self.owes.set(signal == Signal::Notified);
        self.try_relock(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        match self.stage.get() {
            Stage::Holding => {}
            Stage::Waiting => self.condvar.withdraw(node),
            Stage::Locking => {
                // SAFETY: the caller's promise.
                self.with_relock(|relock| unsafe { relock.withdraw(node) });
            }
        }
    }

    fn abandon(&self, signal: Signal) {
        match self.stage.get() {
            Stage::Holding => {}
            Stage::Waiting if signal == Signal::Notified => {
                self.condvar.notify_one();
            }
            Stage::Waiting => {}
            Stage::Locking => self.with_relock(|relock| relock.abandon(signal)),
        }
    }

    fn output<R>(&self, guard: G, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(guard)
    }

    fn bounded(outcome: Result<G, Self>) -> Self::Bounded {
        outcome.map_err(Self::into_timed_out)
    }
}

impl<G: Lockable, U> Drop for WaitOp<'_, G, U> {
    fn drop(&mut self) {
        if self.owes.get() {
            self.condvar.notify_one();
        }
    }
}

impl<G: Lockable, U> fmt::Debug for WaitOp<'_, G, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitOp")
            .field("stage", &self.stage.get())
            .finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for While<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("While")
    }
}
