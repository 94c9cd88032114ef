//! The two ways to wait for a [`Once`].

use std::fmt;

use super::{DONE, NOT_YET, Once, Turn};
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// Waits until it is done, or for the turn to do it (`Some`).
pub(in crate::sync) struct TurnOp<'a> {
    once: &'a Once,
}

impl<'a> TurnOp<'a> {
    pub(super) fn new(once: &'a Once) -> Self {
        Self { once }
    }
}

impl OneLine for TurnOp<'_> {}

// SAFETY: nodes are used under the lock only; `withdraw` takes it and takes the node out.
unsafe impl<'a> Operation for TurnOp<'a> {
    type Output = Option<Turn<'a>>;
    type Done = Self::Output;
    type Bounded = Result<Option<Turn<'a>>, ()>;

    fn watches_resource(&self) -> bool {
        false
    }

    fn attempt(&self, patience: Patience) -> Attempt<Option<Turn<'a>>> {
        match self.once.state() {
            DONE => Attempt::Ready(None),
            NOT_YET => match self.once.lock(patience) {
                None => Attempt::Lagging,
                Some(lines) => {
                    let turn = self.once.take_turn();
                    drop(lines);
                    match turn {
                        Some(turn) => Attempt::Ready(Some(turn)),
                        // Somebody was faster, and may have done it by now.
                        None if self.once.is_completed() => Attempt::Ready(None),
                        None => Attempt::Blocked,
                    }
                }
            },
            _ => Attempt::Blocked,
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        let Some(mut lines) = self.once.lock(patience) else {
            return Attempt::Lagging;
        };
        match self.once.state() {
            DONE | NOT_YET => Attempt::Ready(()),
            _ => {
                // SAFETY: the caller's promise.
                unsafe { lines.takers.push(node, place) };
                Attempt::Blocked
            }
        }
    }

    fn finish(&self, _: Signal, patience: Patience) -> Attempt<Option<Turn<'a>>> {
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.once.lines.lock().takers.remove(node);
    }

    fn abandon(&self, signal: Signal) {
        if signal == Signal::Notified {
            self.once.offer(self.once.lines.lock());
        }
    }

    fn output<R>(&self, turn: Option<Turn<'a>>, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(turn)
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(turn) => Ok(turn),
            // Done as time ran out.
            Err(op) if op.once.is_completed() => Ok(None),
            Err(_) => Err(()),
        }
    }
}

/// The operation that waits until it is done.
pub struct DoneOp<'a>(&'a Once);

impl<'a> DoneOp<'a> {
    pub(in crate::sync) fn new(once: &'a Once) -> Self {
        Self(once)
    }
}

impl OneLine for DoneOp<'_> {}

// SAFETY: nodes are used under the lock only; `withdraw` takes it and takes the node out.
unsafe impl Operation for DoneOp<'_> {
    type Output = ();
    type Done = Self::Output;
    /// True if it is done, false if time ran out.
    type Bounded = bool;

    fn watches_resource(&self) -> bool {
        false
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<()> {
        if self.0.is_completed() {
            Attempt::Ready(())
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        let Some(mut lines) = self.0.lock(patience) else {
            return Attempt::Lagging;
        };
        if self.0.is_completed() {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe { lines.watchers.push(node, place) };
        Attempt::Blocked
    }

    fn finish(&self, _: Signal, patience: Patience) -> Attempt<()> {
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.0.lines.lock().watchers.remove(node);
    }

    fn abandon(&self, _: Signal) {
        // Everybody is told.
    }

    fn output<R>(&self, (): (), wrap: impl FnOnce(()) -> R) -> R {
        wrap(())
    }

    fn bounded(outcome: Result<(), Self>) -> bool {
        // Done, perhaps as time ran out.
        outcome.map_or_else(|op| op.0.is_completed(), |()| true)
    }
}

impl fmt::Debug for DoneOp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoneOp").finish_non_exhaustive()
    }
}
