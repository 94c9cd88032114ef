//! One of the things that a select waits for, whatever its type.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::sys::{Instant, UnsafeCell};
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Waiter};

/// What a select does with each of its cases: an operation's verbs without its types. An outcome
/// stays in the case until whoever knows its type takes it.
///
/// # Safety
///
/// As for [`Operation`], for the case's own node.
pub unsafe trait Case {
    /// Tries to finish now; where `cx` is given, a future is polled with it.
    fn attempt(&self, patience: Patience, cx: Option<&mut Context<'_>>) -> Attempt<()>;

    /// As [`attempt`](Case::attempt), unless the case does not look ready: then it is blocked for all
    /// that can be seen without trying. What was possible before the call does look ready, if nobody
    /// else changes it meanwhile.
    fn glance(&self, patience: Patience, cx: Option<&mut Context<'_>>) -> Attempt<()>;

    /// True if a glance tells as much as an attempt.
    fn glance_is_exact(&self) -> bool;

    /// Gets in line as `waiter`'s case `number`, unless an attempt is worth making.
    ///
    /// # Safety
    ///
    /// The case stays where it is, and the waiter lives, until it is withdrawn.
    unsafe fn line_up(
        &self,
        waiter: &Waiter,
        number: usize,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// Tries to finish, or gets in line.
    ///
    /// # Safety
    ///
    /// As [`line_up`](Case::line_up).
    unsafe fn enlist(
        &self,
        waiter: &Waiter,
        number: usize,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// Goes on after a signal for this case.
    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<()>;

    /// Gets out of line, if it is in one.
    fn withdraw(&self);

    /// Gives back what came with a signal for this case.
    fn abandon(&self, signal: Signal);

    /// See [`Operation::due`].
    fn due(&self, patience: Patience) -> Attempt<Option<Instant>>;

    /// See [`Operation::watches_resource`].
    fn watches_resource(&self) -> bool;

    /// See [`Operation::looks_ready`].
    fn looks_ready(&self) -> bool;
}

/// A case whose type is known.
pub trait TypedCase: Case {
    /// What it comes to.
    type Output;

    /// True if it is a future.
    const POLLS: bool;

    /// Takes the outcome out.
    ///
    /// # Panics
    ///
    /// Panics if the case was not chosen.
    fn take(&self) -> Self::Output;
}

/// An operation as a case, one that stands in one line; `HINTS`, if one that is possible always looks ready.
pub struct OpCase<O: Operation, const HINTS: bool = false> {
    // Before the operation: dropped first.
    done: Cell<Option<O::Done>>,
    op: O,
    /// Made once it is needed: most selects never get in line.
    node: OnceCell<Node>,
    /// True while the node may be in line.
    lined_up: Cell<bool>,
}

// SAFETY: the node is made to be used from any thread; the rest is the operation and its outcome.
unsafe impl<O: Operation + Send, const HINTS: bool> Send for OpCase<O, HINTS> where O::Done: Send {}

impl<O: Operation, const HINTS: bool> OpCase<O, HINTS> {
    #[inline]
    pub(crate) fn new(op: O) -> Self
    where
        O: OneLine,
    {
        Self {
            done: Cell::new(None),
            op,
            node: OnceCell::new(),
            lined_up: Cell::new(false),
        }
    }

    fn keep(&self, outcome: Attempt<O::Done>) -> Attempt<()> {
        outcome.map(|done| self.done.set(Some(done)))
    }

    /// Apart from the glance, which is to be short.
    #[inline(never)]
    fn attempt_out_of_line(&self, patience: Patience) -> Attempt<()> {
        self.keep(self.op.attempt(patience))
    }

    /// The node, bound to that waiter.
    fn bound_node(&self, waiter: &Waiter, number: usize) -> &Node {
        let node = self.node.get_or_init(Node::new);
        // SAFETY: the node is in no line.
        unsafe { node.bind(waiter, 1 + number) };
        node
    }

    #[cold]
    #[inline(never)]
    fn get_out_of_line(&self) {
        self.lined_up.set(false);
        if let Some(node) = self.node.get() {
            // SAFETY: it was lined up with this operation.
            unsafe { self.op.withdraw(node) };
        }
    }

    /// True if it was chosen, and what it came to was not taken yet.
    pub(crate) fn is_chosen(&self) -> bool {
        let done = self.done.take();
        let chosen = done.is_some();
        self.done.set(done);
        chosen
    }

    /// What it came to, if it was chosen.
    pub(crate) fn take_if_chosen(&self) -> Option<O::Output> {
        let done = self.done.take()?;
        self.op.output(done, Some)
    }
}

// SAFETY: `line_up` and `withdraw` keep the node in line only as the operation has it, and an operation in one
// line binds no other node to the waiter.
unsafe impl<O: Operation, const HINTS: bool> Case for OpCase<O, HINTS> {
    fn attempt(&self, patience: Patience, _: Option<&mut Context<'_>>) -> Attempt<()> {
        self.keep(self.op.attempt(patience))
    }

    fn glance(&self, patience: Patience, _: Option<&mut Context<'_>>) -> Attempt<()> {
        if HINTS && !self.op.looks_ready() {
            return Attempt::Blocked;
        }
        self.attempt_out_of_line(patience)
    }

    #[inline]
    fn glance_is_exact(&self) -> bool {
        // What hands over does not look ready only if it is blocked.
        !HINTS || !self.op.watches_resource()
    }

    unsafe fn line_up(
        &self,
        waiter: &Waiter,
        number: usize,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let node = self.bound_node(waiter, number);
        // Before the call: should it unwind, `withdraw` gets the node out of line.
        self.lined_up.set(true);
        // SAFETY: the caller's promise.
        let outcome = unsafe { self.op.line_up(node, place, patience) };
        self.lined_up.set(outcome.is_in_line());
        outcome
    }

    unsafe fn enlist(
        &self,
        waiter: &Waiter,
        number: usize,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let node = self.bound_node(waiter, number);
        // As in `line_up`.
        self.lined_up.set(true);
        // SAFETY: the caller's promise.
        let outcome = unsafe { self.op.enlist(node, place, patience) };
        self.lined_up.set(outcome.is_in_line());
        self.keep(outcome)
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<()> {
        self.keep(self.op.finish(signal, patience))
    }

    #[inline]
    fn withdraw(&self) {
        if self.lined_up.get() {
            self.get_out_of_line();
        }
    }

    fn abandon(&self, signal: Signal) {
        self.op.abandon(signal);
    }

    fn due(&self, patience: Patience) -> Attempt<Option<Instant>> {
        self.op.due(patience)
    }

    fn watches_resource(&self) -> bool {
        self.op.watches_resource()
    }

    fn looks_ready(&self) -> bool {
        self.op.looks_ready()
    }
}

impl<O: Operation, const HINTS: bool> Drop for OpCase<O, HINTS> {
    fn drop(&mut self) {
        // Only if the select's future was forgotten in line.
        self.withdraw();
    }
}

impl<O: Operation, const HINTS: bool> TypedCase for OpCase<O, HINTS> {
    type Output = O::Output;
    const POLLS: bool = O::POLLS;

    fn take(&self) -> O::Output {
        self.take_if_chosen().expect("the case that was chosen")
    }
}

impl<O: Operation, const HINTS: bool> std::fmt::Debug for OpCase<O, HINTS> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpCase").finish_non_exhaustive()
    }
}

/// A future as a case: it stands in no line, and is polled whenever its waker wakes.
pub struct FutureCase<F: Future> {
    output: Cell<Option<F::Output>>,
    future: UnsafeCell<F>,
}

impl<F: Future> FutureCase<F> {
    pub(crate) fn new(future: F) -> Self {
        Self {
            output: Cell::new(None),
            future: UnsafeCell::new(future),
        }
    }

    /// Polls the future. True: it has finished.
    fn poll(&self, cx: &mut Context<'_>) -> bool {
        let polled = self.future.with_mut(|future| {
            // SAFETY: only the select that owns the case polls, and not from within the poll.
            let future = unsafe { &mut *future };
            // SAFETY: a case that was polled stays where it is until it is dropped.
            unsafe { Pin::new_unchecked(future) }.poll(cx)
        });
        match polled {
            Poll::Ready(output) => {
                self.output.set(Some(output));
                true
            }
            Poll::Pending => false,
        }
    }
}

// SAFETY: it is never in line.
unsafe impl<F: Future> Case for FutureCase<F> {
    fn attempt(&self, _: Patience, cx: Option<&mut Context<'_>>) -> Attempt<()> {
        if cx.is_some_and(|cx| self.poll(cx)) {
            Attempt::Ready(())
        } else {
            Attempt::Blocked
        }
    }

    fn glance(&self, patience: Patience, cx: Option<&mut Context<'_>>) -> Attempt<()> {
        self.attempt(patience, cx)
    }

    fn glance_is_exact(&self) -> bool {
        true
    }

    unsafe fn line_up(&self, _: &Waiter, _: usize, _: Place, _: Patience) -> Attempt<()> {
        Attempt::Blocked
    }

    unsafe fn enlist(&self, _: &Waiter, _: usize, _: Place, _: Patience) -> Attempt<()> {
        Attempt::Blocked
    }

    fn finish(&self, _: Signal, _: Patience) -> Attempt<()> {
        unreachable!("a future is in no line");
    }

    fn withdraw(&self) {}

    fn abandon(&self, _: Signal) {}

    fn due(&self, _: Patience) -> Attempt<Option<Instant>> {
        Attempt::Ready(None)
    }

    fn watches_resource(&self) -> bool {
        true
    }

    fn looks_ready(&self) -> bool {
        false
    }
}

impl<F: Future> TypedCase for FutureCase<F> {
    type Output = F::Output;
    const POLLS: bool = true;

    fn take(&self) -> F::Output {
        self.output.take().expect("the case that was chosen")
    }
}

impl<F: Future> std::fmt::Debug for FutureCase<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FutureCase").finish_non_exhaustive()
    }
}
