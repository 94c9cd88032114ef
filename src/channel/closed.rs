//! Waiting until no receiver is left.

use super::ops::Link;
use super::sender::Sender;
use super::shared::Channel;
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Wait};

/// The wait for the last receiver to go; see [`Closed`].
pub struct ClosedOp<L> {
    link: L,
}

/// The wait for the last receiver to go, as a value: what
/// [`Sender::closed_async`](super::Sender::closed_async) returns.
///
/// # Cancel safety
///
/// Dropping it has no effect on the channel.
///
/// # Examples
///
/// ```
/// use towpath::Closed;
///
/// let (tx, rx) = towpath::unbounded::<i32>();
/// let closed: Closed<'_, i32> = tx.closed_async();
/// std::thread::spawn(move || drop(rx));
/// pollster::block_on(closed);
/// ```
pub type Closed<'a, T> = Wait<ClosedOp<Link<'a, T, Sender<T>>>>;

impl<L> ClosedOp<L> {
    pub(crate) fn new(link: L) -> Self {
        Self { link }
    }
}

impl<L> OneLine for ClosedOp<L> {}

// SAFETY: `WaitQueue` keeps to the contract.
unsafe impl<T, H: AsRef<Channel<T>>> Operation for ClosedOp<Link<'_, T, H>> {
    type Output = ();
    type Done = Self::Output;
    /// True if it is over, false if time ran out.
    type Bounded = bool;

    fn watches_resource(&self) -> bool {
        true
    }

    fn attempt(&self, _: Patience) -> Attempt<()> {
        if self.link.as_ref().receivers_are_gone() {
            Attempt::Ready(())
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        let over = || self.link.as_ref().receivers_are_gone();
        // SAFETY: the caller's promise.
        unsafe {
            self.link
                .as_ref()
                .receivers_gone
                .line_up(node, place, patience, over)
        }
    }

    fn finish(&self, _: Signal, patience: Patience) -> Attempt<()> {
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.as_ref().receivers_gone.withdraw(node);
    }

    fn abandon(&self, _: Signal) {
        // Everybody is notified.
    }

    fn output<R>(&self, (): (), wrap: impl FnOnce(()) -> R) -> R {
        wrap(())
    }

    fn bounded(outcome: Result<(), Self>) -> bool {
        outcome.is_ok()
    }
}

impl<L> std::fmt::Debug for ClosedOp<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClosedOp").finish_non_exhaustive()
    }
}
