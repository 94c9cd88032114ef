//! A gate that opens once, when it was counted down to zero.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::until::{Bound, Condition, Until};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Duration, Instant, Ordering};
use crate::wait::{Wait, WaitQueue};

/// A gate that opens once a number of things have happened, and stays open.
///
/// Threads and tasks may count it down and wait for it, in any mixture. Unlike a
/// [`Barrier`](super::Barrier) it is not used again, and those who count need not wait; unlike a
/// [`WaitGroup`](super::WaitGroup) the number is fixed at the start, so it can be a `static`.
///
/// Counting down is one atomic step and wakes nobody before the last. Nothing is allocated, but by the last where more
/// than sixteen sleep.
///
/// # Examples
///
/// ```
/// use towpath::sync::Latch;
///
/// static READY: Latch = Latch::new(3);
/// for _ in 0..3 {
///     std::thread::spawn(|| READY.count_down(1));
/// }
/// READY.wait();
/// pollster::block_on(READY.wait_async());
/// assert!(READY.is_open());
/// ```
#[doc(alias = "CountDownLatch")]
pub struct Latch {
    /// How many are missing.
    count: AtomicUsize,
    waiters: WaitQueue,
}

// Nothing foreign runs while its state is in between.
impl UnwindSafe for Latch {}
impl RefUnwindSafe for Latch {}

/// The wait for a latch to open, as a value: what [`Latch::wait_async`] returns.
///
/// # Cancel safety
///
/// Dropping it has no effect on the latch.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Latch, LatchWait};
///
/// let latch = Latch::new(0);
/// let opened: LatchWait<'_> = latch.wait_async();
/// opened.wait();
/// ```
pub type LatchWait<'a> = Wait<Until<&'a Latch>>;

impl Latch {
    constant! {
        /// A latch that opens after `count` have been counted down. With 0 it is open.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Latch;
        ///
        /// assert!(Latch::new(0).is_open());
        /// assert!(!Latch::new(1).is_open());
        /// ```
        #[must_use]
        pub fn new(count: usize) -> Self {
            Self {
                count: AtomicUsize::new(count),
                waiters: WaitQueue::new(),
            }
        }
    }

    /// Counts down by `n`, or by as many as are missing if that is less. Whoever brings it to zero
    /// opens the latch, and wakes everybody that waits.
    ///
    /// What was done before it is visible to whoever finds the latch open.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Latch;
    ///
    /// let latch = Latch::new(3);
    /// latch.count_down(2);
    /// assert_eq!(latch.count(), 1);
    /// latch.count_down(2);
    /// assert!(latch.is_open());
    /// ```
    pub fn count_down(&self, n: usize) {
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        let mut count = self.count.load(Ordering::Relaxed);
        while count > 0 && n > 0 {
            let left = count.saturating_sub(n);
            // ORDERING: SeqCst on success, the write of the handshake with `holds`; as Release it
            // pairs with the load there: what was done before every step is visible once the latch
            // is open. Relaxed on failure: a guess again.
            let changed =
                self.count
                    .compare_exchange_weak(count, left, Ordering::SeqCst, Ordering::Relaxed);
            match changed {
                Ok(_) if left > 0 => return,
                Ok(_) => return self.waiters.notify_all(),
                Err(now) => count = now,
            }
        }
    }

    /// How many are missing.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(towpath::sync::Latch::new(3).count(), 3);
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        // ORDERING: SeqCst, the read of the handshake in `WaitQueue::enlist`; as Acquire it pairs
        // with the compare-and-swap in `count_down`.
        self.count.load(Ordering::SeqCst)
    }

    /// Whether the latch is open. It never closes again.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::sync::Latch::new(0).is_open());
    /// ```
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.count() == 0
    }

    /// Blocks the thread until the latch is open.
    ///
    /// # Examples
    ///
    /// ```
    /// let latch = towpath::sync::Latch::new(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| latch.count_down(1));
    ///     latch.wait();
    /// });
    /// ```
    #[inline]
    pub fn wait(&self) {
        if !self.is_open() {
            self.wait_async().wait();
        }
    }

    /// Blocks the thread until the latch is open, for at most `limit`: whether it is open.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let latch = towpath::sync::Latch::new(1);
    /// assert!(!latch.wait_timeout(Duration::from_millis(1)));
    /// ```
    #[must_use = "the latch may be shut still"]
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        self.wait_async().wait_timeout(limit)
    }

    /// Blocks the thread until the latch is open or `deadline` has passed: whether it is open.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let latch = towpath::sync::Latch::new(1);
    /// assert!(!latch.wait_deadline(Instant::now()));
    /// ```
    #[must_use = "the latch may be shut still"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_async().wait_deadline(deadline)
    }

    /// Waits until the latch is open.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the latch.
    ///
    /// # Examples
    ///
    /// ```
    /// let latch = towpath::sync::Latch::new(1);
    /// latch.count_down(1);
    /// pollster::block_on(latch.wait_async());
    /// ```
    #[inline]
    pub fn wait_async(&self) -> LatchWait<'_> {
        Wait::new(Until(self))
    }
}

impl Bound for &Latch {
    /// True if it is open, false if time ran out.
    type Bounded = bool;

    fn bounded(outcome: Result<(), Self>) -> bool {
        // Open, perhaps as time ran out.
        outcome.map_or_else(Latch::is_open, |()| true)
    }
}

impl Condition for &Latch {
    #[inline]
    fn holds(&self) -> bool {
        self.is_open()
    }

    fn line(&self) -> &WaitQueue {
        &self.waiters
    }
}

impl fmt::Debug for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latch")
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}
