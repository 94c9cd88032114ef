//! The wait for a value.

use std::fmt;

use super::OnceCell;
use crate::sync::once::DoneOp;
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// The operation that waits for a value that others make.
pub struct ValueOp<'a, T> {
    cell: &'a OnceCell<T>,
    done: DoneOp<'a>,
}

impl<'a, T> ValueOp<'a, T> {
    pub(super) fn new(cell: &'a OnceCell<T>) -> Self {
        let done = DoneOp::new(&cell.once);
        Self { cell, done }
    }
}

impl<T> OneLine for ValueOp<'_, T> {}

// SAFETY: `DoneOp` keeps to the contract.
unsafe impl<'a, T> Operation for ValueOp<'a, T> {
    type Output = &'a T;
    type Done = Self::Output;
    /// `None` if time ran out.
    type Bounded = Option<&'a T>;

    fn watches_resource(&self) -> bool {
        self.done.watches_resource()
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<&'a T> {
        match self.cell.get() {
            Some(value) => Attempt::Ready(value),
            None => Attempt::Blocked,
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.done.line_up(node, place, patience) }
    }

    fn finish(&self, _: Signal, patience: Patience) -> Attempt<&'a T> {
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        // SAFETY: the caller's promise.
        unsafe { self.done.withdraw(node) };
    }

    fn abandon(&self, signal: Signal) {
        self.done.abandon(signal);
    }

    fn output<R>(&self, value: &'a T, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(value)
    }

    fn bounded(outcome: Result<&'a T, Self>) -> Option<&'a T> {
        // There, perhaps as time ran out.
        outcome.map_or_else(|op| op.cell.get(), Some)
    }
}

impl<T> fmt::Debug for ValueOp<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueOp").finish_non_exhaustive()
    }
}
