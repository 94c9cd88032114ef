//! Waiting for something that everybody is told of: notify and retry, nothing is used up.

use std::fmt;

use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, WaitQueue};

/// What waiting with a bound gives.
pub trait Bound: Sized {
    /// Its type.
    type Bounded;

    /// Tells the outcome of a bounded wait.
    fn bounded(outcome: Result<(), Self>) -> Self::Bounded;
}

/// What is waited for. Whoever makes it true does so by a SeqCst write, then notifies everybody in
/// the line.
pub(crate) trait Condition: Bound {
    /// True if it is over. A SeqCst read.
    fn holds(&self) -> bool;

    /// Where to wait.
    fn line(&self) -> &WaitQueue;
}

/// The operation that waits for a condition.
pub struct Until<C>(pub(super) C);

impl<C> OneLine for Until<C> {}

// SAFETY: `WaitQueue` keeps to the contract.
unsafe impl<C: Condition> Operation for Until<C> {
    type Output = ();
    type Done = Self::Output;
    type Bounded = C::Bounded;

    fn watches_resource(&self) -> bool {
        true
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<()> {
        if self.0.holds() {
            Attempt::Ready(())
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        let line = self.0.line();
        // SAFETY: the caller's promise.
        unsafe { line.line_up(node, place, patience, || self.0.holds()) }
    }

    fn finish(&self, _: Signal, patience: Patience) -> Attempt<()> {
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.0.line().withdraw(node);
    }

    fn abandon(&self, _: Signal) {
        // Everybody is notified.
    }

    fn output<R>(&self, (): (), wrap: impl FnOnce(()) -> R) -> R {
        wrap(())
    }

    fn bounded(outcome: Result<(), Self>) -> C::Bounded {
        C::bounded(outcome.map_err(|this| this.0))
    }
}

impl<C> fmt::Debug for Until<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").finish_non_exhaustive()
    }
}
