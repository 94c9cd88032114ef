//! Waiting for an operation: blocking, awaiting, bounded, cancelled. Written once, here, in `thread` and in
//! `task`.

mod end;
mod task;
mod thread;

use std::fmt;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use self::end::End;
use super::list::{ALONE, Node};
use super::waiter::Waiter;
use super::{Attempt, Operation, Patience, Place, Signal};
use crate::sys::thread::processors;
use crate::sys::{ASIDE, Duration, Instant, step_aside_for, time};

/// For how many pauses a thread lets the other side get ahead: eight microseconds, a part of what it costs to wake it.
const LONGEST_ASIDE: u32 = 256;
/// How long a `try_` call waits for a message that a peer has promised it: about what it takes to wake
/// that peer, a few times over.
const PROMISED: Duration = Duration::from_micros(500);

/// An operation as a value: `.await` it, or block on it with [`wait`](Wait::wait) or one of its
/// bounded forms.
///
/// It does nothing until then. It holds its place in line inline, so waiting allocates nothing, and
/// it must be pinned to be polled (`std::pin::pin!`; `.await` does it by itself).
///
/// # Cancel safety
///
/// Dropping it at any point loses nothing: it leaves the line, passes an unused notification on to
/// the next in line, and what it was handed goes to the next. A message to be sent is dropped with
/// it, unless it was delivered.
///
/// A value that is *forgotten* while it is in line (`std::mem::forget` of a box that holds it) stays
/// there until its turn comes. Then its message is sent; the one notification or message that comes to it is lost.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let (tx, rx) = towpath::bounded(1);
/// let waiting = rx.recv_async();
/// tx.send(5).unwrap();
/// assert_eq!(waiting.wait_timeout(Duration::from_secs(5)), Ok(5));
/// ```
#[must_use = "an operation does nothing unless it is awaited or waited for"]
#[repr(C)] // The entry last: between other fields its unset bytes would be moved about with them.
pub struct Wait<O: Operation> {
    op: O,
    phase: Phase,
    entered: bool,
    /// Initialised once `entered`: most operations never have to get in line.
    entry: MaybeUninit<Entry>,
    _pin: PhantomPinned,
}

/// What stands in line for a wait.
struct Entry {
    waiter: Waiter,
    node: Node,
}

/// Where a wait stands. Its node is in line in `Enlisted` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not in line, and nothing is owed to others.
    Idle,
    /// In line, or signalled and not looked at yet.
    Enlisted,
    /// Not in line, but it had a notification that it has not used yet.
    Notified,
    /// Finished.
    Done,
}

// SAFETY: the node and the waiter are made to be used from any thread; the operation may be sent.
unsafe impl<O: Operation + Send> Send for Wait<O> {}
// SAFETY: a shared `Wait` offers no way to anything in it.
unsafe impl<O: Operation + Send> Sync for Wait<O> {}

impl<O: Operation> Wait<O> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn new(op: O) -> Self {
        Self {
            op,
            phase: Phase::Idle,
            entered: false,
            entry: MaybeUninit::uninit(),
            _pin: PhantomPinned,
        }
    }

    /// What stands in line. Shared references only: notifiers may hold some, too.
    fn entry(&self) -> &Entry {
        assert!(self.entered, "a wait has an entry once it got in line");
        // SAFETY: initialised, as `entered` says.
        unsafe { self.entry.assume_init_ref() }
    }

    /// Blocks the thread until the operation is done.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send_async(1).wait().unwrap();
    /// assert_eq!(rx.recv_async().wait(), Ok(1));
    /// ```
    pub fn wait(self) -> O::Output {
        let mut this = pin!(self);
        let done = this.as_mut().block(None);
        let done = done.expect("a wait without a deadline ends with a result");
        this.op.output(done, |output| output)
    }

    /// Blocks the thread until the operation is done, for at most `limit`. A limit that is too large
    /// for the clock is no limit. (Should another thread be halfway through an operation there when time runs out, it
    /// goes on for up to 20 milliseconds.)
    ///
    /// # Errors
    ///
    /// The operation's own error type says that time ran out; a send gives its message back in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::SendTimeoutError;
    ///
    /// let (tx, _rx) = towpath::bounded(0);
    /// let sent = tx.send_async("nobody").wait_timeout(Duration::from_millis(1));
    /// assert_eq!(sent, Err(SendTimeoutError::Timeout("nobody")));
    /// ```
    pub fn wait_timeout(self, limit: Duration) -> O::Bounded {
        self.bounded(time::after(limit))
    }

    /// Blocks for as long as a call that "does not wait" may, once a peer has promised to complete it.
    pub(crate) fn wait_promised(self) -> O::Bounded {
        self.block_until(End::really_after(PROMISED))
    }

    /// Blocks the thread until the operation is done, or until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Wait::wait_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::RecvTimeoutError;
    ///
    /// let (_tx, rx) = towpath::bounded::<i32>(1);
    /// let received = rx.recv_async().wait_deadline(Instant::now());
    /// assert_eq!(received, Err(RecvTimeoutError::Timeout));
    /// ```
    pub fn wait_deadline(self, deadline: Instant) -> O::Bounded {
        self.bounded(Some(deadline))
    }

    /// Blocks the thread until the operation is done, or until `deadline`, if there is one.
    pub(crate) fn bounded(self, deadline: Option<Instant>) -> O::Bounded {
        self.block_until(deadline.map(End::At))
    }

    fn block_until(self, end: Option<End>) -> O::Bounded {
        let mut this = self;
        // SAFETY: a local that is not moved before the wait is over; then it is out of line.
        let pinned = unsafe { Pin::new_unchecked(&mut this) };
        match pinned.block(end) {
            Some(done) => this.op.output(done, |output| O::bounded(Ok(output))),
            None => O::bounded(Err(this.into_operation())),
        }
    }

    /// True if it must not be polled any more.
    pub(crate) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// The operation, to be attempted without a wait.
    pub(crate) fn operation(&self) -> &O {
        &self.op
    }

    /// Takes the operation out. The wait is out of line, and nothing is owed to others.
    pub(crate) fn into_operation(self) -> O {
        debug_assert!(
            self.phase == Phase::Idle,
            "only a wait that is out of line can be taken apart"
        );
        let mut this = std::mem::ManuallyDrop::new(self);
        // SAFETY: read once: `this` is never dropped, and nothing else of it needs a drop but the entry.
        let op = unsafe { std::ptr::read(&raw const this.op) };
        // Drops a waker, foreign code: should that panic, the operation is dropped all the same.
        this.drop_entry();
        op
    }

    /// Lets others work, if that pays: a thread for eight microseconds at most, a poll for two or three. True: a while has passed.
    fn steps_aside(&self, patience: Patience) -> bool {
        if cfg!(towpath_loom) {
            return false;
        }
        let pauses = self.op.pauses(patience);
        let pays = pauses > 0 && processors() > 1;
        if pays {
            step_aside_for(pauses.min(match patience {
                Patience::Block => LONGEST_ASIDE,
                Patience::Poll => ASIDE,
            }));
        }
        pays
    }

    /// Gets the entry ready to stand in line, awake or asleep with a waker: `Enlisted` from here on.
    ///
    /// # Safety
    ///
    /// `this` is a wait that is not in line, and of which nothing but the operation is borrowed.
    #[inline]
    unsafe fn enter<'a>(this: *mut Self, waker: Option<Waker>) -> &'a Node {
        // SAFETY: the caller's promise.
        let entered = unsafe { &mut (*this).entered };
        // SAFETY: the caller's promise.
        let place = unsafe { &raw mut (*this).entry };
        if !std::mem::replace(entered, true) {
            let (waiter, node) = (Waiter::new(), Node::new());
            // SAFETY: there is none yet, so nobody refers to it.
            unsafe { place.write(MaybeUninit::new(Entry { waiter, node })) };
        }
        // SAFETY: the caller's promise. Shared references only: notifiers may hold some, too.
        let place = unsafe { &*place };
        // SAFETY: there is one.
        let Entry { waiter, node } = unsafe { place.assume_init_ref() };
        // Foreign code: should it panic, this is where it was.
        // SAFETY: not in line.
        drop(unsafe { waiter.arm(waker) });
        // SAFETY: not in line.
        unsafe { node.bind(waiter, ALONE) };
        // SAFETY: the caller's promise.
        unsafe { (*this).phase = Phase::Enlisted };
        node
    }

    /// Gets in line, awake (a thread) or asleep with a waker (a task).
    fn enlist(&mut self, waker: Option<Waker>, patience: Patience) -> Attempt<O::Done> {
        debug_assert!(self.phase != Phase::Enlisted);
        let before = self.phase;
        let place = if before == Phase::Notified {
            Place::Front
        } else {
            Place::Back
        };
        // A notification that there was is void once it is blocked: there was nothing for it.
        // SAFETY: not in line.
        unsafe { Self::enter(self, waker) };
        let enlisting = Enlisting(self);
        let this = &*enlisting.0;
        // SAFETY: the node is ours, in no line, and pinned with `self` until it is withdrawn (by
        // `sleep`, `drop`, or `enlisting`) or signalled.
        let outcome = unsafe { this.op.enlist(&this.entry().node, place, patience) };
        std::mem::forget(enlisting);
        if !outcome.is_in_line() {
            self.phase = before;
        }
        outcome
    }

    /// Gets out of line: what came in the meantime, if anything.
    fn get_out(&mut self) -> Option<Signal> {
        let Entry { waiter, node } = self.entry();
        // SAFETY: enlisted with this operation.
        unsafe { self.op.withdraw(node) };
        let signal = waiter.signal();
        self.phase = Phase::Idle;
        signal
    }

    /// Gets out of line, giving back what came in the meantime.
    fn step_out(&mut self) {
        if let Some(signal) = self.get_out() {
            self.op.abandon(signal);
        }
    }

    /// Goes on after a signal; out of line.
    fn finish(&mut self, signal: Signal, patience: Patience) -> Attempt<O::Done> {
        self.phase = if signal == Signal::Notified {
            Phase::Notified
        } else {
            Phase::Idle
        };
        self.op.finish(signal, patience)
    }

    #[inline(always)]
    fn done<R>(&mut self, done: O::Done, wrap: impl FnOnce(O::Output) -> R) -> R {
        self.phase = Phase::Done;
        self.op.output(done, wrap)
    }

    /// As [`done`](Wait::done), for a wait that may have a waker left. Dropping that is foreign code: should it
    /// panic here, the output is dropped. Whoever drops a future that `.await` has just finished would leak it
    /// (rust-lang/rust#47949).
    #[cold]
    fn done_with_waker<R>(&mut self, done: O::Done, wrap: impl FnOnce(O::Output) -> R) -> R {
        let output = self.done(done, wrap);
        self.drop_entry();
        output
    }

    /// Attempts once more, out of line and out of time.
    fn attempt_at_last(
        &self,
        patience: Patience,
        end: Option<End>,
        cx: Option<&mut Context<'_>>,
    ) -> Attempt<O::Done> {
        let outcome = self.op.attempt_at_last(patience, cx);
        let Some(end) = end.filter(|_| outcome.is_in_line()) else {
            return outcome;
        };
        match self.op.due(patience) {
            // That came first, though nobody has said so yet.
            Attempt::Ready(Some(due)) if end.is_after(due) => self.op.attempt(patience),
            Attempt::Lagging => Attempt::Lagging,
            _ => outcome,
        }
    }

    /// Lets an unused notification go to the next in line.
    fn pass_on(&mut self) {
        if std::mem::replace(&mut self.phase, Phase::Idle) == Phase::Notified {
            self.op.abandon(Signal::Notified);
        }
    }

    /// Gets out of line, unless somebody has signalled it or bound it to a line.
    fn retire(&mut self) -> bool {
        let Entry { waiter, node } = self.entry();
        let retired = waiter.retire().is_ok();
        if retired {
            // SAFETY: enlisted with this operation.
            unsafe { self.op.withdraw(node) };
            self.phase = Phase::Idle;
        }
        retired
    }
}

impl<O: Operation> Drop for Wait<O> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if self.entered {
            self.leave();
        }
    }
}

impl<O: Operation> Wait<O> {
    /// Gets out of line, giving back what came in the meantime.
    #[cold]
    #[inline(never)]
    fn leave(&mut self) {
        // The entry goes even if foreign code panics below.
        let this = Leaving(self);
        match this.0.phase {
            Phase::Idle | Phase::Done => {}
            Phase::Notified => this.0.op.abandon(Signal::Notified),
            Phase::Enlisted => this.0.step_out(),
        }
    }

    /// The wait is out of line.
    fn drop_entry(&mut self) {
        if std::mem::replace(&mut self.entered, false) {
            // SAFETY: it was initialised, and is not used again.
            unsafe { self.entry.assume_init_drop() };
        }
    }
}

/// Foreign code may panic while a wait gets in line, with its node in it or not: it is out of line then,
/// and over.
struct Enlisting<'a, O: Operation>(&'a mut Wait<O>);

impl<O: Operation> Drop for Enlisting<'_, O> {
    fn drop(&mut self) {
        self.0.step_out();
        self.0.phase = Phase::Done;
    }
}

struct Leaving<'a, O: Operation>(&'a mut Wait<O>);

impl<O: Operation> Drop for Leaving<'_, O> {
    fn drop(&mut self) {
        self.0.drop_entry();
    }
}

impl<O: Operation> fmt::Debug for Wait<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}
