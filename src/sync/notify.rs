//! "Look again": a notification that one waiter, several or all of them hear.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::bell::{Bell, Ring};
use crate::sys::{Duration, Instant};
use crate::wait::Wait;

/// Tells threads and tasks that something has happened, without saying what.
///
/// [`notify_one`](Notify::notify_one) lets the one go on that waits longest. If nobody waits, it
/// leaves a permit, and the next to come goes on at once; there is at most one permit.
/// [`notify_all`](Notify::notify_all) lets everybody go on who waits now, and leaves nothing.
///
/// **No edge is lost.** A [`notified_async`](Notify::notified_async) hears of every `notify_all`
/// since it was *made*, polled or not. So make it, then look at what is waited for, then await it.
///
/// **Fairness.** First come, first notified. A notification belongs to the one that was in line; if
/// that one is dropped before it looked, the next in line is notified, or the permit is there again.
/// (A future that was notified and is kept without being polled keeps its notification.)
///
/// Notifying takes a short lock, in which nothing foreign runs; taking a permit is one atomic step.
/// Nothing is allocated.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use towpath::sync::Notify;
///
/// static CHANGED: Notify = Notify::new();
/// static FLAG: AtomicBool = AtomicBool::new(false);
///
/// std::thread::spawn(|| {
///     FLAG.store(true, Ordering::Release);
///     CHANGED.notify_one();
/// });
/// pollster::block_on(async {
///     while !FLAG.load(Ordering::Acquire) {
///         CHANGED.notified_async().await;
///     }
/// });
/// ```
pub struct Notify {
    bell: Bell,
}

// Nothing foreign runs while its state is in between.
impl UnwindSafe for Notify {}
impl RefUnwindSafe for Notify {}

/// The wait for a notification, as a value: what [`Notify::notified_async`] returns.
///
/// # Cancel safety
///
/// Dropping it passes a notification that was meant for it on to the next in line, or leaves it as
/// the permit.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Notified, Notify};
///
/// let notify = Notify::new();
/// let notified: Notified<'_> = notify.notified_async();
/// notify.notify_all();
/// notified.wait();
/// ```
pub type Notified<'a> = Wait<Ring<'a>>;

impl Notify {
    constant! {
        /// Without a permit.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Notify;
        ///
        /// static NOTIFY: Notify = Notify::new();
        /// assert!(!NOTIFY.try_notified());
        /// ```
        #[must_use]
        pub fn new() -> Self {
            Self {
                bell: Bell::for_one(),
            }
        }
    }

    /// Lets the one go on that waits longest, or leaves a permit if nobody waits.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = towpath::sync::Notify::new();
    /// notify.notify_one();
    /// notify.notify_one();
    /// notify.notified();
    /// assert!(!notify.try_notified(), "one permit at most");
    /// ```
    #[doc(alias = "Signal")]
    pub fn notify_one(&self) {
        self.bell.ring_one();
    }

    /// As `count` calls of [`notify_one`](Notify::notify_one): lets up to `count` waiters go on, and
    /// leaves a permit if there were fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = towpath::sync::Notify::new();
    /// std::thread::scope(|scope| {
    ///     let waiting = [0; 3].map(|_| scope.spawn(|| notify.notified()));
    ///     while !waiting.iter().all(|thread| thread.is_finished()) {
    ///         notify.notify_many(3);
    ///     }
    /// });
    /// ```
    pub fn notify_many(&self, count: usize) {
        self.bell.ring_many(count);
    }

    /// Lets everybody go on who waits now, futures included that were made and not polled yet.
    /// Leaves no permit, and does not take one away.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = towpath::sync::Notify::new();
    /// let early = notify.notified_async();
    /// notify.notify_all();
    /// early.wait();
    /// assert!(!notify.try_notified());
    /// ```
    #[doc(alias = "notify_waiters")]
    #[doc(alias = "Broadcast")]
    pub fn notify_all(&self) {
        self.bell.ring_all();
    }

    /// Blocks the thread until it is notified.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = towpath::sync::Notify::new();
    /// notify.notify_one();
    /// notify.notified();
    /// ```
    #[inline]
    pub fn notified(&self) {
        self.bell.ring();
    }

    /// Takes the permit, if it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = towpath::sync::Notify::new();
    /// assert!(!notify.try_notified());
    /// notify.notify_one();
    /// assert!(notify.try_notified());
    /// ```
    #[must_use = "there may have been none"]
    #[inline]
    pub fn try_notified(&self) -> bool {
        self.bell.take()
    }

    /// Blocks the thread until it is notified, for at most `limit`: whether it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let notify = towpath::sync::Notify::new();
    /// assert!(!notify.notified_timeout(Duration::from_millis(1)));
    /// ```
    #[must_use = "time may have run out"]
    pub fn notified_timeout(&self, limit: Duration) -> bool {
        self.notified_async().wait_timeout(limit)
    }

    /// Blocks the thread until it is notified or `deadline` has passed: whether it was notified.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let notify = towpath::sync::Notify::new();
    /// assert!(!notify.notified_deadline(Instant::now()));
    /// ```
    #[must_use = "time may have run out"]
    pub fn notified_deadline(&self, deadline: Instant) -> bool {
        self.notified_async().wait_deadline(deadline)
    }

    /// Waits for a notification. It hears of a [`notify_all`](Notify::notify_all) from now on; for a
    /// [`notify_one`](Notify::notify_one) it is in line once it was polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it passes a notification that was meant for it on to the next in line, or leaves it
    /// as the permit.
    ///
    /// # Examples
    ///
    /// ```
    /// let notify = towpath::sync::Notify::new();
    /// notify.notify_one();
    /// pollster::block_on(notify.notified_async());
    /// ```
    #[inline]
    pub fn notified_async(&self) -> Notified<'_> {
        self.bell.ring_async()
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify")
            .field("permit", &self.bell.is_set())
            .finish_non_exhaustive()
    }
}
