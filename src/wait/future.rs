//! Waiting for an operation: blocking, awaiting, bounded, cancelled. Written once, here.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::list::{ALONE, Node};
use super::parker;
use super::spin::spin_until;
use super::waiter::{Renewal, Waiter};
use super::{Attempt, Operation, Patience, Place, Signal, earlier};
use crate::sys::{Backoff, Duration, Instant, step_aside_for, thread, time};

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
/// there for good, and so does the one notification or message that comes to it.
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

/// What ended a thread's sleep.
enum Slept {
    Signalled(Signal),
    /// The operation may have become possible by the passing of time.
    Due,
    /// The deadline has passed.
    Expired,
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
    /// for the clock is no limit.
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
        self.wait_timeout(PROMISED)
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
        let mut this = self;
        // SAFETY: a local that is not moved before the wait is over; then it is out of line.
        let pinned = unsafe { Pin::new_unchecked(&mut this) };
        match pinned.block(deadline) {
            Some(done) => this.op.output(done, |output| O::bounded(Ok(output))),
            None => O::bounded(Err(this.into_operation())),
        }
    }

    /// Takes the operation out. The wait is out of line, and nothing is owed to others.
    pub(crate) fn into_operation(self) -> O {
        debug_assert!(
            self.phase == Phase::Idle,
            "only a wait that is out of line can be taken apart"
        );
        let mut this = std::mem::ManuallyDrop::new(self);
        this.drop_entry();
        // SAFETY: read once: `this` is never dropped, and nothing else of it needs a drop.
        unsafe { std::ptr::read(&raw const this.op) }
    }

    /// Waits as a thread. `None`: the deadline has passed, the wait is out of line again.
    fn block(self: Pin<&mut Self>, deadline: Option<Instant>) -> Option<O::Done> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        let mut outcome = this.watch();
        let mut backoff = Backoff::new();
        loop {
            outcome = match outcome {
                Attempt::Ready(done) => {
                    this.phase = Phase::Done;
                    return Some(done);
                }
                Attempt::Lagging => {
                    if deadline.is_some_and(time::expired) {
                        this.pass_on();
                        return None;
                    }
                    backoff.snooze();
                    this.attempt_thread()
                }
                Attempt::Blocked | Attempt::Promised if this.phase != Phase::Enlisted => {
                    backoff = Backoff::new();
                    this.enlist_thread()
                }
                Attempt::Blocked | Attempt::Promised => match this.sleep(deadline) {
                    Slept::Signalled(signal) => this.finish(signal, Patience::Block),
                    Slept::Due => this.attempt_thread(),
                    Slept::Expired => return None,
                },
            };
        }
    }

    /// Attempts, watching the resource for a while if that is this operation's style.
    fn watch(&mut self) -> Attempt<O::Done> {
        let first = self.attempt_thread();
        if !matches!(first, Attempt::Blocked) || !self.op.watches_resource() {
            return first;
        }
        self.steps_aside(Patience::Block);
        let mut outcome = Attempt::Blocked;
        spin_until(|| {
            if self.op.looks_ready() {
                outcome = self.op.attempt(Patience::Block);
            }
            !matches!(outcome, Attempt::Blocked)
        });
        outcome
    }

    /// Lets others work, if that pays. True: a while has passed.
    fn steps_aside(&self, patience: Patience) -> bool {
        if cfg!(towpath_loom) {
            return false;
        }
        let pauses = self.op.pauses(patience);
        let pays = pauses > 0 && thread::processors() > 1;
        if pays {
            step_aside_for(pauses);
        }
        pays
    }

    fn enlist_thread(&mut self) -> Attempt<O::Done> {
        if O::POLLS {
            // Whatever has woken the thread may have woken a future, too.
            let outcome = self.attempt_thread();
            if !outcome.is_in_line() {
                return outcome;
            }
        }
        self.enlist(None, Patience::Block)
    }

    fn attempt_thread(&self) -> Attempt<O::Done> {
        if O::POLLS {
            parker::with_context(|cx| self.op.attempt_polling(Patience::Block, cx))
        } else {
            self.op.attempt(Patience::Block)
        }
    }

    /// Gets in line, awake (a thread) or asleep with a waker (a task).
    fn enlist(&mut self, waker: Option<std::task::Waker>, patience: Patience) -> Attempt<O::Done> {
        debug_assert!(self.phase != Phase::Enlisted);
        let before = self.phase;
        let place = if before == Phase::Notified {
            Place::Front
        } else {
            Place::Back
        };
        if !self.entered {
            self.entry.write(Entry {
                waiter: Waiter::new(),
                node: Node::new(),
            });
            self.entered = true;
        }
        let entry = self.entry();
        // SAFETY: not in line.
        drop(unsafe { entry.waiter.arm(waker) });
        // SAFETY: not in line.
        unsafe { entry.node.bind(&entry.waiter, ALONE) };
        // A notification that there was is void once it is blocked: there was nothing for it.
        self.phase = Phase::Enlisted;
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

    /// Sleeps as a thread until signalled, or until it is time to look again. Out of line afterwards.
    fn sleep(&mut self, deadline: Option<Instant>) -> Slept {
        let waiter = &self.entry().waiter;
        if !self.op.watches_resource() {
            spin_until(|| waiter.signal().is_some());
        }
        if let Some(signal) = waiter.signal() {
            return Slept::Signalled(signal);
        }
        // SAFETY: the owner is here; it was enlisted awake.
        if let Err(signal) = unsafe { waiter.park(parker::current_waker()) } {
            return Slept::Signalled(signal);
        }
        let mut due = self.op.due();
        loop {
            let in_time = parker::park(earlier(deadline, due));
            if let Some(signal) = self.entry().waiter.signal() {
                return Slept::Signalled(signal);
            }
            if deadline.is_some_and(time::expired) {
                return self.sleep_ends();
            }
            if in_time && !O::POLLS {
                continue;
            }
            if self.retire() {
                return Slept::Due;
            }
            // Somebody is about to signal it, or is bound to.
            due = None;
        }
    }

    /// The deadline has passed: out of line, unless a signal came first.
    fn sleep_ends(&mut self) -> Slept {
        let Entry { waiter, node } = self.entry();
        // SAFETY: enlisted with this operation.
        unsafe { self.op.withdraw(node) };
        if let Some(signal) = waiter.signal() {
            return Slept::Signalled(signal);
        }
        self.phase = Phase::Idle;
        Slept::Expired
    }

    /// Gets out of line, giving back what came in the meantime.
    fn step_out(&mut self) {
        let Entry { waiter, node } = self.entry();
        // SAFETY: enlisted with this operation.
        unsafe { self.op.withdraw(node) };
        let signal = waiter.signal();
        self.phase = Phase::Idle;
        if let Some(signal) = signal {
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

    /// Ends a task's wait, whose time has run out: with its output, if a signal came first. Blocked: it is
    /// out of line, where it may be moved. Lagging: a signal came first, but a peer is in the way: look
    /// again soon. (It gets out of line as it would if it were dropped: that waits for the line's lock.)
    pub(crate) fn give_up(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Attempt<O::Output> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        let outcome = match this.phase {
            Phase::Enlisted => {
                let Entry { waiter, node } = this.entry();
                // SAFETY: enlisted with this operation.
                unsafe { this.op.withdraw(node) };
                let signal = waiter.signal();
                this.phase = Phase::Idle;
                let finish = |signal| this.finish(signal, Patience::Poll);
                signal.map_or(Attempt::Blocked, finish)
            }
            // A signal came, and what it was for was out of reach.
            Phase::Notified => this.op.attempt_polling(Patience::Poll, cx),
            Phase::Idle | Phase::Done => Attempt::Blocked,
        };
        match outcome {
            Attempt::Ready(done) => this.done(done, Attempt::Ready),
            Attempt::Lagging if this.phase == Phase::Notified => Attempt::Lagging,
            _ => {
                this.pass_on();
                Attempt::Blocked
            }
        }
    }

    /// Lets an unused notification go to the next in line.
    fn pass_on(&mut self) {
        if std::mem::replace(&mut self.phase, Phase::Idle) == Phase::Notified {
            self.op.abandon(Signal::Notified);
        }
    }

    /// Polls what was polled before.
    #[inline(never)]
    fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        match self.phase {
            Phase::Idle | Phase::Notified => self.poll_idle(cx),
            Phase::Enlisted => self.poll_enlisted(cx),
            Phase::Done => panic!("an operation was polled after it was done"),
        }
    }

    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        let outcome = self.op.attempt_polling(Patience::Poll, cx);
        self.poll_outcome(outcome, cx)
    }

    #[inline]
    fn poll_outcome(&mut self, outcome: Attempt<O::Done>, cx: &mut Context<'_>) -> Poll<O::Output> {
        match outcome {
            Attempt::Ready(done) => self.done(done, Poll::Ready),
            Attempt::Blocked | Attempt::Promised => self.poll_enlist(cx),
            Attempt::Lagging => self.poll_soon(cx),
        }
    }

    fn poll_enlisted(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        if O::POLLS && self.retire() {
            return self.poll_idle(cx);
        }
        // SAFETY: the owner is here.
        match unsafe { self.entry().waiter.renew(cx.waker()) } {
            Renewal::Waiting => Poll::Pending,
            Renewal::Claimed => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Renewal::Signalled(signal) => match self.finish(signal, Patience::Poll) {
                // Whatever has woken the task may have woken a future, too.
                Attempt::Blocked | Attempt::Promised if O::POLLS => self.poll_idle(cx),
                outcome => self.poll_outcome(outcome, cx),
            },
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

    #[cold]
    #[inline(never)]
    fn poll_enlist(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        if self.steps_aside(Patience::Poll) {
            if let Attempt::Ready(done) = self.op.attempt_polling(Patience::Poll, cx) {
                return self.done(done, Poll::Ready);
            }
        }
        match self.enlist(Some(cx.waker().clone()), Patience::Poll) {
            Attempt::Ready(done) => self.done(done, Poll::Ready),
            Attempt::Blocked | Attempt::Promised => Poll::Pending,
            Attempt::Lagging => self.poll_soon(cx),
        }
    }

    /// A peer is in mid-claim: a poll does not wait for it, it asks to be polled again.
    #[cold]
    fn poll_soon(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<O: Operation> Future for Wait<O> {
    type Output = O::Output;

    /// One attempt, inlined; all the rest is elsewhere.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        if this.phase != Phase::Idle {
            return this.poll_again(cx);
        }
        match this.op.attempt_polling(Patience::Poll, cx) {
            Attempt::Ready(done) => this.done(done, Poll::Ready),
            Attempt::Lagging => this.poll_soon(cx),
            Attempt::Blocked | Attempt::Promised => this.poll_enlist(cx),
        }
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
