//! Permits that are acquired and returned: [`Semaphore`].
//!
//! # Fairness
//!
//! First in, first out, whatever the sizes. While somebody is in line, permits that come back are kept
//! for the first, until they are enough; nobody passes, not even
//! [`try_acquire`](Semaphore::try_acquire) of a single permit. So a large request is not starved by
//! small ones. The price is that permits lie idle while the first in line collects them. They are
//! collected in the semaphore itself, not by the one that waits: if it gives up, the next in line
//! finds them there.
//!
//! A blocking call that has to wait watches for some microseconds before it gets in line. It takes
//! permits then only while nobody is in line.
//!
//! # Futures that are not polled
//!
//! Permits are handed over: an acquire future that was handed its permits holds them until it is
//! polled or dropped, and one that is first in line keeps everybody behind it waiting, polled or not.
//! A task that keeps such a future in a variable, does not poll it, and waits for something that
//! needs the same permits, waits for itself. Drop futures that you do not poll.
//!
//! # Cost
//!
//! 32 bytes, no allocation ever. Without contention, acquiring and returning are one atomic
//! read-modify-write each, whatever the number of permits. Those who have to wait take a short
//! internal lock.
//!
//! # Source
//!
//! The interface is tokio's, where a request holds what it has got so far; the line is that of Go's
//! `golang.org/x/sync/semaphore`, which leaves permits in the semaphore until they are enough.

mod acquire;
mod error;
mod ops;
mod permit;
mod raw;

use std::fmt;

pub use error::{AcquireError, AcquireTimeoutError, TryAcquireError};
pub use ops::AcquireOp;
pub use permit::Permits;

use crate::sys::PlainArc;
use crate::wait::Wait;
use raw::RawSemaphore;

/// A number of permits to acquire and return, first come, first served. Threads and tasks may wait
/// for them at the same time.
///
/// See the [module](self) for fairness and what not to do.
///
/// # Examples
///
/// ```
/// use towpath::sync::Semaphore;
///
/// static CONNECTIONS: Semaphore = Semaphore::new(2);
///
/// let one = CONNECTIONS.acquire(1).unwrap();
/// pollster::block_on(async {
///     let other = CONNECTIONS.acquire_async(1).await.unwrap();
///     assert!(CONNECTIONS.try_acquire(1).is_err());
///     drop((one, other));
/// });
/// assert_eq!(CONNECTIONS.available_permits(), 2);
/// ```
#[doc(alias = "semaphore.Weighted")]
#[doc(alias = "NewWeighted")]
pub struct Semaphore {
    raw: RawSemaphore,
}

/// Permits of a [`Semaphore`]; dropping them returns them.
pub type Permit<'a> = Permits<&'a Semaphore>;
/// Permits of an `Arc<Semaphore>`; dropping them returns them.
pub type OwnedPermit = Permits<PlainArc<Semaphore>>;

/// Acquiring permits, as a value: what [`Semaphore::acquire_async`] returns.
pub type AcquireFut<'a> = Wait<AcquireOp<&'a Semaphore>>;
/// Acquiring owned permits, as a value: what [`Semaphore::acquire_owned_async`] returns.
pub type AcquireOwnedFut = Wait<AcquireOp<PlainArc<Semaphore>>>;

impl Semaphore {
    /// So many permits a semaphore can have, those included that are acquired.
    pub const MAX_PERMITS: usize = raw::MAX;

    constant! {
        /// A semaphore with `permits` permits available.
        ///
        /// # Panics
        ///
        /// Panics if that is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Semaphore;
        ///
        /// static WORKERS: Semaphore = Semaphore::new(4);
        /// assert_eq!(WORKERS.available_permits(), 4);
        /// ```
        #[must_use]
        #[track_caller]
        pub fn new(permits: usize) -> Self {
            Self { raw: RawSemaphore::new(permits) }
        }
    }

    /// How many permits are available now. If somebody is in line, they are kept for the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(4);
    /// let three = workers.acquire(3);
    /// assert_eq!(workers.available_permits(), 1);
    /// # drop(three);
    /// ```
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.raw.available()
    }

    /// Makes `permits` more available, for good.
    ///
    /// # Panics
    ///
    /// Panics if there were more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS) then, and adds none. Those
    /// that are acquired count, also if their holder was leaked (`std::mem::forget`); those
    /// [forgotten](Permits::forget) do not.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let ready = Semaphore::new(0);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| ready.add_permits(1));
    ///     ready.acquire(1).unwrap().forget();
    /// });
    /// ```
    #[track_caller]
    pub fn add_permits(&self, permits: usize) {
        self.raw.add(permits);
    }

    /// Takes up to `permits` of the available permits away, for good: how many it took. It does not
    /// wait, and does not jump the line, as it acquires nothing; those in line wait the longer.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(4);
    /// assert_eq!(workers.forget_permits(3), 3);
    /// assert_eq!(workers.forget_permits(3), 1);
    /// ```
    pub fn forget_permits(&self, permits: usize) -> usize {
        self.raw.forget(permits)
    }

    /// Closes the semaphore: nothing can be acquired any more, and whoever waits is told. Permits that
    /// were acquired stay what they are. True if it was open.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{AcquireError, Semaphore};
    ///
    /// let workers = Semaphore::new(0);
    /// std::thread::scope(|scope| {
    ///     let waiter = scope.spawn(|| workers.acquire(1).map(drop));
    ///     assert!(workers.close());
    ///     assert_eq!(waiter.join().unwrap(), Err(AcquireError));
    /// });
    /// ```
    pub fn close(&self) -> bool {
        self.raw.close()
    }

    /// Whether it was closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(1);
    /// workers.close();
    /// assert!(workers.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.raw.is_closed()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available_permits", &self.available_permits())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
