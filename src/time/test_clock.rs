//! The clock in the hands of a test.

use super::timers::timers;
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Backoff, Duration, Instant, Ordering, clock, time};

/// 1 while somebody holds the clock.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// The crate's clock, driven by a test: while this lives, time stands still but for
/// [`advance`](TestClock::advance).
///
/// Everything in this crate that waits goes by it, in the whole process: bounded waits of threads,
/// receivers of [`after`](super::after) and [`tick`](super::tick), timers, timeouts. So a test takes
/// no time of its own, and nothing in it depends on how fast the machine is. `std`'s clock goes on:
/// make deadlines from [`time::now`](super::now) instead.
///
/// One thing in the locks goes by it, too: a [`Mutex`](crate::sync::Mutex) whose first in line is a future that is
/// neither polled nor dropped passes it over 4 milliseconds later by this clock, so a test that has such a future must
/// [`advance`](TestClock::advance). (What was set by this clock stays so when it is dropped, an hour ahead perhaps.)
///
/// It needs the feature `test-clock`, which is meant for `[dev-dependencies]`. When it is dropped,
/// the real clock is back, and everybody who waits goes by that.
///
/// # Examples
///
/// ```standalone_crate
/// use std::time::Duration;
/// use towpath::time::{TestClock, after};
///
/// let clock = TestClock::install();
/// let rx = after(Duration::from_secs(3600));
/// clock.advance(Duration::from_secs(3599));
/// assert!(rx.try_recv().is_err());
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(rx.try_recv(), Ok(clock.now()));
/// ```
#[derive(Debug)]
pub struct TestClock(());

impl TestClock {
    /// Takes the clock over, at the time that it is. If another test has it, this waits until that
    /// one lets go of it.
    ///
    /// Tests that need the real clock must not run beside, in the same process: give them a test
    /// binary of their own.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use towpath::time::{TestClock, now};
    ///
    /// let clock = TestClock::install();
    /// assert_eq!(now(), clock.now());
    /// ```
    #[must_use = "the real clock is back when it is dropped"]
    pub fn install() -> Self {
        let mut backoff = Backoff::new();
        // ORDERING: Acquire, pairs with the Release in `drop`: the last holder is through.
        while HELD.swap(1, Ordering::Acquire) != 0 {
            backoff.snooze();
        }
        timers().change_clock(clock::freeze).unpark();
        Self(())
    }

    /// The time, as everything in this crate sees it.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use towpath::time::TestClock;
    ///
    /// let clock = TestClock::install();
    /// assert_eq!(clock.now(), clock.now());
    /// ```
    #[must_use]
    pub fn now(&self) -> Instant {
        time::now()
    }

    /// Lets `span` pass at once.
    ///
    /// When it returns, the wakers of all tasks whose time has come were woken, threads that wait
    /// with a deadline were told to look at the time, and calls that are due were started. They are
    /// not through yet: wait for what they do. What is due in between finds the time at its end.
    ///
    /// A waker must not call it.
    ///
    /// # Panics
    ///
    /// Panics if that is too far for the clock.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    /// use towpath::time::{TestClock, timeout};
    ///
    /// let clock = TestClock::install();
    /// let hour = Duration::from_secs(3600);
    /// let (tx, rx) = towpath::bounded::<i32>(1);
    /// let deadline = clock.now() + hour;
    /// let waits = std::thread::spawn(move || rx.recv_deadline(deadline));
    /// clock.advance(hour);
    /// assert!(waits.join().unwrap().is_err_and(|error| error.is_timeout()));
    /// # drop(tx);
    /// ```
    #[track_caller]
    pub fn advance(&self, span: Duration) {
        let parked = clock::advance(span);
        parked.expect("the clock does not reach that far").unpark();
        timers().catch_up();
    }

    /// How long the timer thread stays when it has nothing to do, and whether there is one: for
    /// this crate's own tests.
    #[doc(hidden)]
    pub fn set_idle(span: Duration) {
        timers().set_idle(span);
    }

    #[doc(hidden)]
    #[must_use]
    pub fn has_timer_thread() -> bool {
        timers().is_running()
    }
}

impl Drop for TestClock {
    fn drop(&mut self) {
        timers().change_clock(clock::release).unpark();
        // ORDERING: Release, pairs with the Acquire in `install`.
        HELD.store(0, Ordering::Release);
    }
}
