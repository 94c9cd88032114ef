//! Time: instants as channels, timers and tickers, and bounds for everything that waits.
//!
//! | | |
//! |---|---|
//! | [`after`], [`at`], [`tick`], [`never()`] | receivers, for selects and loops |
//! | [`Timer`], [`Ticker`] | the same with a handle, to stop and reset them |
//! | [`after_func`] | a call at an instant |
//! | [`sleep`], [`sleep_until`] | a wait, for tasks and threads |
//! | [`Wait::timeout`], [`Wait::deadline`] | a bound for any operation of this crate |
//! | [`timeout`], [`timeout_at`] | a bound for any future |
//!
//! All of them work on threads and on any executor, which need not have a timer of its own.
//!
//! # Who keeps the time
//!
//! A thread that waits parks until its own deadline, and needs nobody. For tasks there is one thread
//! in the process, `towpath-timers`. The first task that waits for an instant starts it, and it ends
//! when it had nothing to do for five seconds. A place in it is part of the future (or of the
//! channel, for receivers): it costs no allocation, is taken in constant time, and goes at once when
//! the future is dropped (or with the last receiver).
//!
//! Nothing is early, and nothing is rounded: a thread is as late as the system wakes it, a task as
//! late as the system wakes the timer thread, plus what its executor takes. The timer thread runs
//! wakers, so a waker that blocks keeps others waiting. One that panics does not.
//!
//! A duration that is too large for the clock, such as `Duration::MAX`, is *never*.
//!
//! In a process that was forked while it had a timer thread, and that goes on without `exec`, there
//! is none: tasks there wait in vain. At the end of a process the thread just goes.
//!
//! # Tests
//!
//! With the feature `test-clock` a test drives the clock: see `TestClock`.
//!
//! [`Wait::timeout`]: crate::Wait::timeout
//! [`Wait::deadline`]: crate::Wait::deadline

mod after_func;
mod alarm;
mod bound;
mod receivers;
mod schedule;
mod sleep;
#[cfg(all(feature = "test-clock", not(towpath_loom)))]
mod test_clock;
mod timed;
mod timer;
mod timers;
mod wheel;

pub use after_func::{AfterFunc, after_func};
pub(crate) use alarm::Alarm;
pub use bound::{Bound, Elapsed, Timeout, timeout, timeout_at};
pub use receivers::{after, at, never, tick};
#[doc(hidden)]
pub use sleep::SleepOp;
pub use sleep::{Sleep, sleep, sleep_until};
#[cfg(all(feature = "test-clock", not(towpath_loom)))]
pub use test_clock::TestClock;
pub use timer::{Ticker, Timer};

use crate::sys::Instant;

/// The time, by the clock that everything in this crate goes by: `Instant::now()`, unless a test
/// drives it (feature `test-clock`).
///
/// # Examples
///
/// ```
/// let now = towpath::time::now();
/// assert_eq!(towpath::at(now).try_recv(), Ok(now));
/// ```
#[must_use]
pub fn now() -> Instant {
    crate::sys::time::now()
}

/// The model's hands on the clock.
#[cfg(towpath_loom)]
#[doc(hidden)]
pub mod model {
    /// Lets time pass. Nobody is told: see [`fire`].
    pub fn advance(span: std::time::Duration) {
        crate::sys::time::advance(span);
    }

    /// Does what the timer thread would do now, if there is one.
    pub fn fire() {
        if super::timers::timers().is_running() {
            super::timers::timers().catch_up();
        }
    }

    /// The system refuses the next `count` threads.
    pub fn refuse_threads(count: usize) {
        crate::sys::thread::refuse(count);
    }

    /// How often this thread waited for the holder of a short lock, for as long as it takes. A poll does
    /// not.
    #[must_use]
    pub fn waits() -> usize {
        crate::sys::thread::waits()
    }
}
