//! Acquiring as an operation: hand over under the lock of the line.

use std::fmt;

use super::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use super::permit::{Hold, Permits};
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// Acquiring permits. Holds on to the semaphore, not to permits of it.
pub struct AcquireOp<H: Hold> {
    hold: H,
    n: usize,
}

impl<H: Hold> AcquireOp<H> {
    pub(super) fn new(hold: H, n: usize) -> Self {
        Self { hold, n }
    }

    fn acquired(&self) -> Permits<H> {
        Permits::new(self.hold.clone(), self.n)
    }
}

impl<H: Hold> OneLine for AcquireOp<H> {}

// SAFETY: nodes are used under the line's lock only, and `withdraw` takes them out under it.
unsafe impl<H: Hold> Operation for AcquireOp<H> {
    type Output = Result<Permits<H>, AcquireError>;
    type Done = Self::Output;
    type Bounded = Result<Permits<H>, AcquireTimeoutError>;

    fn watches_resource(&self) -> bool {
        false
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<Self::Done> {
        match self.hold.raw.try_acquire(self.n) {
            Ok(()) => Attempt::Ready(Ok(self.acquired())),
            Err(TryAcquireError::Closed) => Attempt::Ready(Err(AcquireError)),
            Err(TryAcquireError::NoPermits) => Attempt::Blocked,
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.hold.raw.line_up(node, self.n, place, patience) }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Done> {
        match signal {
            Signal::Handed => Attempt::Ready(Ok(self.acquired())),
            Signal::Closed => Attempt::Ready(Err(AcquireError)),
            Signal::Notified => self.attempt(patience),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.hold.raw.withdraw(node);
    }

    fn abandon(&self, signal: Signal) {
        if signal == Signal::Handed {
            self.hold.raw.give(self.n);
        }
    }

    fn output<R>(&self, acquired: Self::Output, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(acquired)
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(Ok(permits)) => Ok(permits),
            Ok(Err(AcquireError)) => Err(AcquireTimeoutError::Closed),
            Err(_) => Err(AcquireTimeoutError::Timeout),
        }
    }
}

impl<H: Hold> fmt::Debug for AcquireOp<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcquireOp")
            .field("n", &self.n)
            .finish_non_exhaustive()
    }
}
