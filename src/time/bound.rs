//! Operations with a bound, and futures with one.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::sleep::{Sleep, SleepOp};
use crate::sys::{Duration, Instant, LINGER, time};
use crate::wait::{Attempt, Operation, Wait};

/// So many polls at least wait for a peer in mid-claim.
const LINGER_POLLS: u32 = 10;

impl<O: Operation> Wait<O> {
    /// The operation with a bound, for tasks and threads alike: `.await` it or
    /// [`wait`](Bound::wait) for it, and get the operation's own error when time runs out. A send
    /// gives its message back in it.
    ///
    /// The time is counted from this call. A limit that is too large for the clock is no limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::{RecvTimeoutError, SendTimeoutError};
    ///
    /// let (tx, rx) = towpath::bounded(1);
    /// let limit = Duration::from_millis(2);
    /// pollster::block_on(async {
    ///     assert_eq!(rx.recv_async().timeout(limit).await, Err(RecvTimeoutError::Timeout));
    ///     tx.send_async("first").timeout(limit).await.unwrap();
    ///     let sent = tx.send_async("second").timeout(limit).await;
    ///     assert_eq!(sent, Err(SendTimeoutError::Timeout("second")));
    /// });
    /// ```
    pub fn timeout(self, limit: Duration) -> Bound<O> {
        Bound::new(self, time::after(limit))
    }

    /// The operation with a bound at `deadline`; see [`timeout`](Wait::timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::RecvTimeoutError;
    ///
    /// let (tx, rx) = towpath::bounded(1);
    /// let now = Instant::now();
    /// assert_eq!(rx.recv_async().deadline(now).wait(), Err(RecvTimeoutError::Timeout));
    /// // What is there is received even if it is too late.
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.recv_async().deadline(now).wait(), Ok(1));
    /// ```
    pub fn deadline(self, deadline: Instant) -> Bound<O> {
        Bound::new(self, Some(deadline))
    }
}

/// An operation with a bound: what [`Wait::timeout`] and [`Wait::deadline`] return.
///
/// It comes to what the operation's bounded form comes to. When the time runs out it takes the
/// operation out of line and looks once more: what came first is not lost. (Should another thread be halfway through an
/// operation there, it goes on until that one is through, or 20 milliseconds and ten polls are over.)
///
/// # Cancel safety
///
/// As the operation's own; its place in the timers goes with it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let (tx, rx) = towpath::bounded(1);
/// let bound = rx.recv_async().timeout(Duration::from_secs(5));
/// std::thread::spawn(move || tx.send(1).unwrap());
/// assert_eq!(pollster::block_on(bound), Ok(1));
/// ```
#[must_use = "an operation does nothing unless it is awaited or waited for"]
pub struct Bound<O: Operation> {
    /// Pinned, until it was given up; then it is gone.
    wait: Option<Wait<O>>,
    /// Pinned.
    until: Sleep,
    /// The time has run out, and the wait is given up: beside a peer in mid-claim not before this is over.
    linger: Option<Linger>,
}

/// A while, and some polls, should those be slow to come. The peer that is waited for knows no test clock.
struct Linger {
    end: Instant,
    polls: u32,
}

impl Linger {
    fn new() -> Self {
        Self {
            end: time::real_now() + LINGER,
            polls: LINGER_POLLS,
        }
    }

    fn goes_on(&mut self) -> bool {
        let goes_on = self.polls > 0 || time::real_now() < self.end;
        self.polls = self.polls.saturating_sub(1);
        goes_on
    }
}

impl<O: Operation> Bound<O> {
    fn new(wait: Wait<O>, deadline: Option<Instant>) -> Self {
        Self {
            wait: Some(wait),
            until: Wait::new(SleepOp::new(deadline)),
            linger: None,
        }
    }

    /// Blocks the thread until the operation is done, or out of time.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::SendTimeoutError;
    ///
    /// let (tx, _rx) = towpath::bounded(0);
    /// let bound = tx.send_async(1).timeout(Duration::from_millis(1));
    /// assert_eq!(bound.wait(), Err(SendTimeoutError::Timeout(1)));
    /// ```
    pub fn wait(self) -> O::Bounded {
        let wait = self.wait.expect("a bound that was not polled is not done");
        wait.bounded(self.until.into_operation().deadline())
    }
}

impl<O: Operation> Future for Bound<O> {
    type Output = O::Bounded;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Bounded> {
        // SAFETY: `wait` is moved only when it is out of line, where it may be; `until` never.
        let this = unsafe { self.get_unchecked_mut() };
        let wait = this.wait.as_mut().expect("polled after it was done");
        // SAFETY: pinned with `self`.
        let mut wait = unsafe { Pin::new_unchecked(wait) };
        let lingers = match &mut this.linger {
            Some(linger) => linger.goes_on(),
            None => {
                if let Poll::Ready(output) = wait.as_mut().poll(cx) {
                    return Poll::Ready(O::bounded(Ok(output)));
                }
                // SAFETY: pinned with `self`.
                ready!(unsafe { Pin::new_unchecked(&mut this.until) }.poll(cx));
                this.linger.insert(Linger::new()).goes_on()
            }
        };
        let deadline = this.until.operation().deadline();
        match wait.give_up(cx, deadline, lingers) {
            Attempt::Ready(output) => return Poll::Ready(O::bounded(Ok(output))),
            Attempt::Lagging => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Attempt::Blocked | Attempt::Promised => {}
        }
        let wait = this.wait.take().expect("it was there");
        Poll::Ready(O::bounded(Err(wait.into_operation())))
    }
}

impl<O: Operation> fmt::Debug for Bound<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

/// Awaits `future` for at most `limit`, counted from this call, on any executor. A limit that is too
/// large for the clock is no limit.
///
/// An operation of this crate has a better bound: [`Wait::timeout`], which gives back what was not
/// sent.
///
/// # Errors
///
/// [`Elapsed`] if the time runs out first. A future that is ready is polled to its end even then.
///
/// # Panics
///
/// The first poll that has to wait panics if the timer thread cannot be started.
///
/// # Cancel safety
///
/// When the time has run out the future is polled once more, and then no more; it is dropped with this one.
/// (A timer that it waits for and that was due first may not have told it yet.)
///
/// # Examples
///
/// ```
/// use std::future::pending;
/// use std::time::Duration;
/// use towpath::time::{Elapsed, timeout};
///
/// pollster::block_on(async {
///     assert_eq!(timeout(Duration::from_secs(5), async { 1 }).await, Ok(1));
///     let never = timeout(Duration::from_millis(2), pending::<()>());
///     assert_eq!(never.await, Err(Elapsed));
/// });
/// ```
pub fn timeout<F: IntoFuture>(limit: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(time::after(limit), future.into_future())
}

/// Awaits `future` until `deadline` at most. Otherwise as [`timeout`].
///
/// # Errors
///
/// As [`timeout`].
///
/// # Panics
///
/// As [`timeout`].
///
/// # Cancel safety
///
/// As [`timeout`].
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use towpath::time::timeout_at;
///
/// let deadline = Instant::now() + Duration::from_secs(5);
/// assert_eq!(pollster::block_on(timeout_at(deadline, async { 1 })), Ok(1));
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(Some(deadline), future.into_future())
}

/// A future with a bound: what [`timeout`] and [`timeout_at`] return.
///
/// # Cancel safety
///
/// Dropping it drops the future, and its own place in the timers.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::time::{Timeout, timeout};
///
/// let bounded: Timeout<_> = timeout(Duration::from_secs(5), std::future::ready(1));
/// assert_eq!(pollster::block_on(bounded), Ok(1));
/// ```
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Timeout<F> {
    /// Pinned.
    future: F,
    /// Pinned.
    until: Sleep,
}

impl<F> Timeout<F> {
    fn new(deadline: Option<Instant>, future: F) -> Self {
        Self {
            future,
            until: Wait::new(SleepOp::new(deadline)),
        }
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: neither field is moved.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with `self`.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        if let Poll::Ready(output) = future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // SAFETY: pinned with `self`.
        ready!(unsafe { Pin::new_unchecked(&mut this.until) }.poll(cx));
        // A last look: it may have come first, between the two.
        // SAFETY: pinned with `self`.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        match future.poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => Poll::Ready(Err(Elapsed)),
        }
    }
}

/// The time of a [`timeout`] ran out.
///
/// # Examples
///
/// ```
/// assert_eq!(towpath::time::Elapsed.to_string(), "the time ran out");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time ran out")
    }
}

impl std::error::Error for Elapsed {}
