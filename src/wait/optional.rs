//! An operation that may be switched off: `None` never becomes possible, and stands in no line.

use std::task::Context;

use super::sealed::OneLine;
use super::{Attempt, Node, Operation, Patience, Place, Signal};
use crate::sys::Instant;

impl<O: OneLine> OneLine for Option<O> {}

// SAFETY: `Some` does what its operation does; the node of a `None` is in no line, ever.
unsafe impl<O: Operation + OneLine> Operation for Option<O> {
    type Output = O::Output;
    type Done = O::Done;
    /// `None`: time ran out.
    type Bounded = Option<O::Output>;
    const POLLS: bool = O::POLLS;

    fn watches_resource(&self) -> bool {
        self.as_ref().is_none_or(O::watches_resource)
    }

    fn looks_ready(&self) -> bool {
        self.as_ref().is_some_and(O::looks_ready)
    }

    fn attempt(&self, patience: Patience) -> Attempt<O::Done> {
        match self {
            Some(op) => op.attempt(patience),
            None => Attempt::Blocked,
        }
    }

    fn attempt_polling(&self, patience: Patience, cx: &mut Context<'_>) -> Attempt<O::Done> {
        match self {
            Some(op) => op.attempt_polling(patience, cx),
            None => Attempt::Blocked,
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        match self {
            // SAFETY: the caller's promise.
            Some(op) => unsafe { op.line_up(node, place, patience) },
            None => Attempt::Blocked,
        }
    }

    unsafe fn enlist(&self, node: &Node, place: Place, patience: Patience) -> Attempt<O::Done> {
        match self {
            // SAFETY: the caller's promise.
            Some(op) => unsafe { op.enlist(node, place, patience) },
            None => Attempt::Blocked,
        }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<O::Done> {
        match self {
            Some(op) => op.finish(signal, patience),
            None => Attempt::Blocked,
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        if let Some(op) = self {
            // SAFETY: the caller's promise.
            unsafe { op.withdraw(node) };
        }
    }

    fn abandon(&self, signal: Signal) {
        if let Some(op) = self {
            op.abandon(signal);
        }
    }

    fn due(&self, patience: Patience) -> Attempt<Option<Instant>> {
        let due = self.as_ref().map(|op| op.due(patience));
        due.unwrap_or(Attempt::Ready(None))
    }

    fn output<R>(&self, done: O::Done, wrap: impl FnOnce(O::Output) -> R) -> R {
        let op = self.as_ref().expect("only what is there is done");
        op.output(done, wrap)
    }

    fn bounded(outcome: Result<O::Output, Self>) -> Option<O::Output> {
        outcome.ok()
    }
}
