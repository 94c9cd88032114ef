//! A lock for threads and tasks alike: [`Mutex`].
//!
//! # Fairness
//!
//! The lock is a *barging* one: whoever runs takes it when it is free, and an unlock tells the one
//! that has waited longest to try. That keeps the lock busy while the other wakes up. Who has waited
//! for a millisecond, was told to try, and found the lock taken again, asks to have it handed over:
//! then nobody else gets it in between. So a waiter at the front of the line loses to others for a
//! millisecond and once more at most. A select whose other case was told in vain goes to the back of the
//! line; one with futures among its cases comes back to the front of its lines at each poll.
//!
//! # Futures that are not polled
//!
//! A future in line may be told to try, or be handed the lock, and never come, because it was put
//! aside, neither polled nor dropped. That cannot block others for ever:
//!
//! * The future only *may* take the lock. As long as it was just told, whoever calls `lock` or
//!   `try_lock`, or polls a future of the lock for the first time, takes it.
//! * Only a thread or task that is running can ask to have the lock handed over, so a future that
//!   nobody polls never does.
//! * Whoever is next in line behind it is rung after 4 ms, looks at the lock, and takes it if it is
//!   free. What was handed over is given to others after 4 to 8 ms. If the next one does not come
//!   either, the one behind it is rung 4 ms later, and so on. The future that comes late waits on.
//!   (Nobody is rung who does not wait: where others call `try_lock` alone, it finds the lock taken
//!   until the future comes or goes.) The
//!   timer thread of the process sees to that, which is started when a task was told while others are
//!   in line.
//!
//! Dropping such a future passes the lock on at once.
//!
//! # No poisoning
//!
//! A guard that is dropped in a panic lets the lock go, and the next holder finds the value as it
//! was left.
//!
//! # Cost
//!
//! 32 bytes beside the value. Nothing is allocated, but that a mutex at which a task was told while
//! others are in line puts its line into some 200 bytes of their own, once, where the timers find it.
//! Without contention, taking it and letting it go are one atomic read-modify-write each. Those who
//! have to wait, and who wake them, take a short internal lock.
//!
//! A thread or task that takes the lock while it holds it waits for itself, for ever.
//!
//! # Source
//!
//! Barging with a hand-over after a millisecond is the idea of Go's `sync.Mutex`; there, once begun,
//! the lock is handed over until somebody waited for less.

mod guard;
mod line;
mod mapped;
mod ops;
mod raw;
mod word;

use std::fmt;

pub use guard::{Guard, HoldMutex};
pub use mapped::{HoldRaw, MappedGuard};
pub use ops::{Hold, LockOp};
pub use raw::RawMutex;

use crate::sys::{Duration, Instant, PlainArc, UnsafeCell};
use crate::wait::Wait;

/// A lock around a value. Threads and tasks may wait for it at the same time.
///
/// See the [module](self) for fairness, for futures that are not polled, and for panics.
///
/// # Examples
///
/// ```
/// use towpath::sync::Mutex;
///
/// static TOTAL: Mutex<u64> = Mutex::new(0);
///
/// let thread = std::thread::spawn(|| *TOTAL.lock() += 1);
/// pollster::block_on(async {
///     let mut total = TOTAL.lock_async().await;
///     *total += 1; // may be held across an `.await`
/// });
/// thread.join().unwrap();
/// assert_eq!(*TOTAL.lock(), 2);
/// ```
#[doc(alias = "sync.Mutex")]
pub struct Mutex<T: ?Sized> {
    raw: RawMutex,
    value: UnsafeCell<T>,
}

// SAFETY: sending the lock sends the value.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: whoever holds the lock has the value alone, so sharing the lock sends the value to and fro.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

/// Holds a [`Mutex`]. Dropping it lets the lock go.
pub type MutexGuard<'a, T> = Guard<&'a Mutex<T>>;
/// Holds an `Arc<Mutex<T>>`. Dropping it lets the lock go.
pub type ArcMutexGuard<T> = Guard<PlainArc<Mutex<T>>>;
/// Holds a [`Mutex`] and gives access to a part of its value, of type `U`.
pub type MappedMutexGuard<'a, U> = MappedGuard<&'a RawMutex, U>;
/// Holds an `Arc<Mutex<T>>` and gives access to a part of its value, of type `U`.
pub type ArcMappedMutexGuard<T, U> = MappedGuard<PlainArc<Mutex<T>>, U>;

/// Taking a [`Mutex`], as a value: what [`Mutex::lock_async`] returns.
pub type MutexFut<'a, T> = Wait<LockOp<&'a Mutex<T>>>;
/// Taking an `Arc<Mutex<T>>`, as a value: what [`Mutex::lock_arc_async`] returns.
pub type ArcMutexFut<T> = Wait<LockOp<PlainArc<Mutex<T>>>>;

impl<T> Mutex<T> {
    constant! {
        /// A lock that nobody holds.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Mutex;
        ///
        /// static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());
        /// NAMES.lock().push("one".into());
        /// ```
        pub fn new(value: T) -> Self {
            Self {
                raw: RawMutex::new(),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// The value.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Mutex;
    ///
    /// assert_eq!(Mutex::new(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Takes the lock, waiting until nobody else holds it. Blocks the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Mutex;
    ///
    /// let count = Mutex::new(5);
    /// *count.lock() += 1;
    /// assert_eq!(*count.lock(), 6);
    /// ```
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        if self.raw.lock_idle() {
            return Guard::new(self);
        }
        wait_for(self)
    }

    /// Takes the lock if nobody holds it now.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Mutex;
    ///
    /// let count = Mutex::new(5);
    /// let held = count.lock();
    /// assert!(count.try_lock().is_none());
    /// drop(held);
    /// assert!(count.try_lock().is_some());
    /// ```
    #[doc(alias = "TryLock")]
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.raw.try_lock().then(|| Guard::new(self))
    }

    /// Takes the lock, waiting for at most `limit`. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::Mutex;
    ///
    /// let count = Mutex::new(5);
    /// let held = count.lock();
    /// assert!(count.lock_timeout(Duration::from_millis(1)).is_none());
    /// # drop(held);
    /// ```
    pub fn lock_timeout(&self, limit: Duration) -> Option<MutexGuard<'_, T>> {
        self.try_lock()
            .or_else(|| self.lock_async().wait_timeout(limit))
    }

    /// Takes the lock, waiting until `deadline` at the latest. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::Mutex;
    ///
    /// let count = Mutex::new(5);
    /// assert!(count.lock_deadline(Instant::now()).is_some(), "free: no wait");
    /// ```
    pub fn lock_deadline(&self, deadline: Instant) -> Option<MutexGuard<'_, T>> {
        self.try_lock()
            .or_else(|| self.lock_async().wait_deadline(deadline))
    }

    /// Taking the lock, as a value: `.await` it, or wait for it as a thread.
    ///
    /// # Cancel safety
    ///
    /// Dropping it at any point has no effect on the lock: it leaves the line, and what it was told or
    /// handed goes to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Mutex;
    ///
    /// let count = Mutex::new(5);
    /// pollster::block_on(async { *count.lock_async().await += 1 });
    /// assert_eq!(*count.lock(), 6);
    /// ```
    pub fn lock_async(&self) -> MutexFut<'_, T> {
        Wait::new(LockOp::new(self))
    }

    /// [`lock`](Mutex::lock), with a guard that keeps the `Arc` and borrows nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::Mutex;
    ///
    /// let count = Arc::new(Mutex::new(5));
    /// let mut held = count.lock_arc();
    /// std::thread::spawn(move || *held += 1).join().unwrap();
    /// assert_eq!(*count.lock(), 6);
    /// ```
    pub fn lock_arc(self: &PlainArc<Self>) -> ArcMutexGuard<T> {
        match self.try_lock_arc() {
            Some(guard) => guard,
            None => self.lock_arc_async().wait(),
        }
    }

    /// [`try_lock`](Mutex::try_lock), with a guard that keeps the `Arc` and borrows nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::Mutex;
    ///
    /// let count = Arc::new(Mutex::new(5));
    /// assert!(count.try_lock_arc().is_some());
    /// ```
    pub fn try_lock_arc(self: &PlainArc<Self>) -> Option<ArcMutexGuard<T>> {
        self.raw
            .try_lock()
            .then(|| Guard::new(PlainArc::clone(self)))
    }

    /// [`lock_async`](Mutex::lock_async), with a guard that keeps the `Arc` and borrows nothing.
    ///
    /// # Cancel safety
    ///
    /// As [`lock_async`](Mutex::lock_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::Mutex;
    ///
    /// let count = Arc::new(Mutex::new(5));
    /// let locking = count.lock_arc_async();
    /// assert_eq!(*pollster::block_on(locking), 5);
    /// ```
    pub fn lock_arc_async(self: &PlainArc<Self>) -> ArcMutexFut<T> {
        Wait::new(LockOp::new(PlainArc::clone(self)))
    }

    /// The value; nobody else has the lock, so this waits for nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Mutex;
    ///
    /// let mut count = Mutex::new(5);
    /// *count.get_mut() += 1;
    /// assert_eq!(count.into_inner(), 6);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: the lock is borrowed alone, so there is no guard. (One that was forgotten cannot be
        // used.)
        self.value.with_mut(|value| unsafe { &mut *value })
    }

    /// True if somebody holds the lock now, or is about to.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Mutex;
    ///
    /// let count = Mutex::new(5);
    /// let held = count.lock();
    /// assert!(count.is_locked());
    /// # drop(held);
    /// ```
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }
}

/// Not a part of [`Mutex::lock`], which is inlined.
#[cold]
#[inline(never)]
fn wait_for<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock_async().wait()
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    /// Shows the value if nobody holds the lock.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(value) => shown.field("value", &&*value),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish_non_exhaustive()
    }
}

/// The model's hands on the rings, which do not come by themselves there.
#[cfg(towpath_loom)]
#[doc(hidden)]
#[allow(missing_docs, missing_debug_implementations)]
pub mod model {
    use super::Mutex;
    use super::line::Watch;
    use crate::sys::PlainArc;

    /// What rings. It outlives the mutex, as the timers' does.
    #[derive(Clone)]
    pub struct Bell(PlainArc<Watch>);

    impl Bell {
        /// The bell of a mutex whose line is watched, or was.
        pub fn of<T>(mutex: &Mutex<T>) -> Option<Self> {
            mutex.raw.line().shared_watch().map(Self)
        }

        /// Rings. False: there is nobody to be rung later.
        pub fn ring(&self) -> bool {
            self.0.ring()
        }
    }
}
