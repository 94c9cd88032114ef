//! Everything about sleeping, for threads and tasks alike: the only place that names `Waker` and
//! `Thread`.
//!
//! # The protocol
//!
//! An [`Operation`] is something that may have to wait. It says how to attempt itself without
//! sleeping, how to leave a [`Node`] where notifiers find it, and how to finish with what a notifier
//! left. [`Wait`] does the rest, once for everything: blocking, awaiting, timing out, cancelling. A
//! blocked thread is a task whose waker unparks it.
//!
//! There are two styles of completion, and an operation picks one:
//!
//! * **notify and retry** ([`WaitQueue`]): the notifier wakes the waiter, which attempts again.
//!   Nothing was given away, so a cancelled waiter only has to pass the notification on. A notifier that
//!   gets the list's lock at once may do more for the first in line ([`WaitQueue::serve_one`]).
//! * **hand over**: under the lock that guards both the resource and the list, the notifier writes
//!   the result into the waiter's slot (or takes the message out of it). A cancelled waiter has to
//!   give back what it was handed.
//!
//! No wake-up is lost because a waiter never sleeps on a stale picture: it enlists *first* and then
//! attempts again ([`WaitQueue::enlist`]), or it enlists under the very lock that guards the
//! resource. If the second attempt finds a peer in mid-claim ([`Attempt::Lagging`]) it does not
//! sleep untimed. `docs/protocol.md` tells the whole story, with the invariants by number.

mod batch;
mod bell;
mod future;
mod list;
mod optional;
mod parker;
mod queue;
mod slot;
mod spin;
mod waiter;

use std::task::Context;

use crate::sys::Instant;

pub(crate) use batch::{Wake, WakeBatch};
pub(crate) use bell::Bell;
pub use future::Wait;
pub(crate) use list::Node;
pub(crate) use list::{List, Popped, SlimList};
pub(crate) use parker::{Unpark, block_on, park, with_context};
pub(crate) use queue::{WaitQueue, complete_first, complete_next};
pub(crate) use slot::WakerSlot;
pub(crate) use spin::spin_until;
pub(crate) use waiter::Lost;
pub(crate) use waiter::{Signal, Waiter};

/// What an attempt came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt<R> {
    /// Done, with this result.
    Ready(R),
    /// Not possible now, at one instant during the call.
    Blocked,
    /// A peer is in mid-claim: try again soon, and do not sleep untimed meanwhile.
    Lagging,
    /// Blocked, but a peer has bound itself to complete this very operation soon: whoever waits for
    /// several goes on with this one alone.
    Promised,
}

impl<R> Attempt<R> {
    /// True if whoever tried to get in line is in it.
    pub(crate) fn is_in_line(&self) -> bool {
        matches!(self, Self::Blocked | Self::Promised)
    }

    pub(crate) fn map<S>(self, done: impl FnOnce(R) -> S) -> Attempt<S> {
        match self {
            Self::Ready(result) => Attempt::Ready(done(result)),
            Self::Blocked => Attempt::Blocked,
            Self::Lagging => Attempt::Lagging,
            Self::Promised => Attempt::Promised,
        }
    }
}

/// Whether an attempt may wait for the holder of a short lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// A thread that is about to block anyway, or a plain call: it may.
    Block,
    /// A future's `poll`: it may not, and reports [`Attempt::Lagging`] instead.
    Poll,
}

/// Where in the line a waiter enlists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the end: it is new.
    Back,
    /// At the front: it was notified and lost the race.
    Front,
}

/// Something that may have to wait: a send, a receive.
///
/// [`Wait`] drives it. Its methods are internal to this crate; as a bound the trait says that
/// `.await`, `.wait()` and the bounded forms are there.
///
/// # Examples
///
/// ```
/// use towpath::{Operation, Wait};
///
/// fn in_its_own_thread<O>(operation: Wait<O>) -> O::Output
/// where
///     O: Operation<Output: Send> + Send,
/// {
///     std::thread::scope(|scope| scope.spawn(|| operation.wait()).join().unwrap())
/// }
///
/// let (tx, rx) = towpath::bounded(1);
/// in_its_own_thread(tx.send_async(5)).unwrap();
/// assert_eq!(in_its_own_thread(rx.recv_async()), Ok(5));
/// ```
///
/// # Safety
///
/// While a node is enlisted it may be used by notifiers on other threads. An implementation must
/// make sure that after [`withdraw`](Operation::withdraw), and after it returned anything but
/// `Blocked` from [`enlist`](Operation::enlist), no notifier uses the node again; and that a notifier
/// uses it at most until it has stored a signal.
pub unsafe trait Operation: sealed::Sealed + Sized {
    /// What waiting for it gives.
    type Output;
    /// What waiting for it with a bound gives.
    type Bounded;
    /// How an attempt ended. An output may be as large as a message, and would be moved at each level on
    /// its way up: this is small, and what it comes to is made once, by [`output`](Operation::output).
    #[doc(hidden)]
    type Done;

    /// True if it polls futures, whose wakers signal nobody: then it attempts again, out of line, whenever
    /// it is woken and was not signalled.
    #[doc(hidden)]
    const POLLS: bool = false;

    /// True if a waiting thread should watch the resource before it enlists (notify and retry),
    /// false if it should enlist at once and watch its own node (hand over).
    #[doc(hidden)]
    fn watches_resource(&self) -> bool;

    /// For how many pauses who finds itself blocked leaves the resource's cache lines alone before it looks
    /// again: whoever makes it possible is at work on them, on another processor.
    #[doc(hidden)]
    fn pauses(&self, _: Patience) -> u32 {
        0
    }

    /// For how many pauses a task looks on before it falls asleep: at its signal, if it is in line, or at the resource.
    #[doc(hidden)]
    #[inline(always)]
    fn linger(&self) -> u32 {
        0
    }

    /// A task has done that, and it was in vain or not.
    #[doc(hidden)]
    fn lingered(&self, _paid: bool) {}

    /// A task was woken by another thread than the one that polls it now.
    #[doc(hidden)]
    fn woken_elsewhere(&self) {}

    /// A hint, cheaper than the attempt, that it is worth making.
    #[doc(hidden)]
    fn looks_ready(&self) -> bool {
        true
    }

    /// Tries to finish now.
    #[doc(hidden)]
    fn attempt(&self, patience: Patience) -> Attempt<Self::Done>;

    /// As [`attempt`](Operation::attempt), where futures can be polled, too.
    #[doc(hidden)]
    #[inline(always)]
    fn attempt_polling(&self, patience: Patience, _: &mut Context<'_>) -> Attempt<Self::Done> {
        self.attempt(patience)
    }

    /// As [`attempt_polling`](Operation::attempt_polling); but where one step can do both, who is blocked or
    /// promised gets in line, awake, with the node that it asks for: only then it asks.
    ///
    /// # Safety
    ///
    /// As [`line_up`](Operation::line_up), for the node that `enter` returns.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn attempt_or_enlist<'n>(
        &self,
        patience: Patience,
        cx: &mut Context<'_>,
        _enter: impl FnOnce() -> &'n Node,
    ) -> Attempt<Self::Done> {
        self.attempt_polling(patience, cx)
    }

    /// Puts `node` in line, unless a look taken after that (or under the same lock) says that an
    /// attempt is worth making (`Ready`). Changes nothing else. Only with `Blocked` is the node in
    /// line afterwards.
    ///
    /// # Safety
    ///
    /// The node is bound to a waiter, is in no line, and stays where it is until it is withdrawn or
    /// signalled.
    #[doc(hidden)]
    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()>;

    /// Tries to finish, and puts `node` in line if that is blocked or promised; for an operation that can do both
    /// under one lock, and waits for nothing else.
    ///
    /// # Safety
    ///
    /// As [`line_up`](Operation::line_up).
    #[doc(hidden)]
    unsafe fn enlist(&self, node: &Node, place: Place, patience: Patience) -> Attempt<Self::Done> {
        // SAFETY: the caller's promise.
        unsafe { line_up_or_attempt(self, node, place, patience) }
    }

    /// When an attempt will succeed though nobody notifies: a thread that waits looks again then. (A
    /// task is notified by the timers; it asks when its own time is out.)
    #[doc(hidden)]
    fn due(&self, _: Patience) -> Attempt<Option<Instant>> {
        Attempt::Ready(None)
    }

    /// Goes on after `signal`: takes what was handed over, or attempts again.
    #[doc(hidden)]
    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Done>;

    /// Attempts once more, out of time and out of line: for what may have become possible without a signal.
    #[doc(hidden)]
    fn attempt_at_last(&self, _: Patience, _: Option<&mut Context<'_>>) -> Attempt<Self::Done> {
        Attempt::Blocked
    }

    /// A peer has been in mid-claim for long: from now on attempts pass it by. False: they did, or it makes no
    /// difference.
    #[doc(hidden)]
    fn pass_by(&self) -> bool {
        false
    }

    /// Takes `node` out of line, if it is there. Afterwards its waiter is signalled or never will be.
    ///
    /// # Safety
    ///
    /// The node was enlisted with this operation.
    #[doc(hidden)]
    unsafe fn withdraw(&self, node: &Node);

    /// Gives back what came with `signal`, because nobody will use it.
    #[doc(hidden)]
    fn abandon(&self, signal: Signal);

    /// Wraps up what it comes to, which is made right there. The last call, and the only one after it is done.
    #[doc(hidden)]
    fn output<R>(&self, done: Self::Done, wrap: impl FnOnce(Self::Output) -> R) -> R;

    /// Tells the outcome of a bounded wait: finished, or out of time and unchanged.
    #[doc(hidden)]
    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded;
}

/// Puts `node` in line, or attempts if that is worth making.
///
/// # Safety
///
/// As [`Operation::line_up`].
pub(crate) unsafe fn line_up_or_attempt<O: Operation>(
    op: &O,
    node: &Node,
    place: Place,
    patience: Patience,
) -> Attempt<O::Done> {
    // SAFETY: the caller's promise.
    match unsafe { op.line_up(node, place, patience) } {
        Attempt::Ready(()) => match op.attempt(patience) {
            // Others were faster: look again soon.
            Attempt::Blocked | Attempt::Promised => Attempt::Lagging,
            outcome => outcome,
        },
        Attempt::Blocked | Attempt::Promised => Attempt::Blocked,
        Attempt::Lagging => Attempt::Lagging,
    }
}

/// The earlier of two deadlines; `None` is never.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    [one, other].into_iter().flatten().min()
}

pub(crate) mod sealed {
    /// Shows that a call comes from this crate: nobody else can name it, or has one. For methods of public traits that
    /// trust their caller: hidden or behind a seal, they could be called all the same. (Those that take a
    /// [`Patience`](super::Patience) or a [`Signal`](super::Signal) need no other proof: no value of these gets out.)
    #[derive(Clone, Copy, Debug)]
    pub struct Ours(());

    pub(crate) const OURS: Ours = Ours(());

    /// Keeps [`Operation`](super::Operation) to this crate.
    pub trait Sealed {}

    /// An operation that stands in one line at a time, by the node that it is given, and does not mind if it is not
    /// lined up because another one comes first. So it can be a case of a select. A select cannot: it binds the
    /// waiter to cases of its own. Nor can the wait for a condition variable: it holds the lock until it is in line.
    pub trait OneLine {}

    impl<O: OneLine> Sealed for O {}
}
