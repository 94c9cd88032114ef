//! Acquiring, in all its forms.

use super::permit::Hold;
use super::{
    AcquireError, AcquireFut, AcquireOp, AcquireOwnedFut, AcquireTimeoutError, OwnedPermit, Permit,
    Permits, Semaphore, TryAcquireError,
};
use crate::sys::{Duration, Instant, PlainArc};
use crate::wait::Wait;

impl Semaphore {
    /// Acquires `n` permits, waiting until it is first in line and they are available. Blocks the thread. No permits at all (`n` is
    /// 0) are there at once.
    ///
    /// Waits for ever if there never are so many permits.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(4);
    /// let three = workers.acquire(3).unwrap();
    /// assert_eq!((three.len(), workers.available_permits()), (3, 1));
    /// ```
    #[inline]
    pub fn acquire(&self, n: usize) -> Result<Permit<'_>, AcquireError> {
        match self.try_acquire(n) {
            Err(TryAcquireError::NoPermits) => wait_for(self, n),
            Err(TryAcquireError::Closed) => Err(AcquireError),
            Ok(permits) => Ok(permits),
        }
    }

    /// Acquires `n` permits, if they are available and nobody is in line.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError::NoPermits`] if there are not enough, or they are kept for those in line;
    /// [`TryAcquireError::Closed`] if the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Semaphore, TryAcquireError};
    ///
    /// let workers = Semaphore::new(4);
    /// assert_eq!(workers.try_acquire(5).unwrap_err(), TryAcquireError::NoPermits);
    /// assert_eq!(workers.try_acquire(4).unwrap().len(), 4);
    /// ```
    #[inline]
    pub fn try_acquire(&self, n: usize) -> Result<Permit<'_>, TryAcquireError> {
        self.raw.try_acquire(n)?;
        Ok(Permits::new(self, n))
    }

    /// Acquires `n` permits, waiting for at most `limit`.
    ///
    /// # Errors
    ///
    /// [`AcquireTimeoutError`]: time ran out, or the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::{AcquireTimeoutError, Semaphore};
    ///
    /// let workers = Semaphore::new(4);
    /// let late = workers.acquire_timeout(5, Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireTimeoutError::Timeout);
    /// ```
    pub fn acquire_timeout(
        &self,
        n: usize,
        limit: Duration,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_async(n).wait_timeout(limit)
    }

    /// Acquires `n` permits, waiting until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// As [`acquire_timeout`](Semaphore::acquire_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(4);
    /// assert!(workers.acquire_deadline(4, Instant::now()).is_ok());
    /// ```
    pub fn acquire_deadline(
        &self,
        n: usize,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_async(n).wait_deadline(deadline)
    }

    /// [`acquire`](Semaphore::acquire) as a value: `.await` it, or wait for it with a bound.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in line, and returns the permits, should they have been handed
    /// over. A future in line that is neither polled nor dropped holds others up, see
    /// [the module](crate::sync::semaphore#futures-that-are-not-polled).
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(4);
    /// pollster::block_on(async {
    ///     let three = workers.acquire_async(3).await.unwrap();
    ///     assert_eq!(three.len(), 3);
    /// });
    /// ```
    #[inline]
    pub fn acquire_async(&self, n: usize) -> AcquireFut<'_> {
        Wait::new(AcquireOp::new(self, n))
    }

    /// Acquires `n` permits that own a count of the `Arc`, waiting until it is first in line and they are available. Blocks the thread. No permits at all (`n` is
    /// 0) are there at once.
    ///
    /// Waits for ever if there never are so many permits.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Arc::new(Semaphore::new(4));
    /// let three = workers.acquire_owned(3).unwrap();
    /// assert_eq!((three.len(), workers.available_permits()), (3, 1));
    /// ```
    pub fn acquire_owned(self: &PlainArc<Self>, n: usize) -> Result<OwnedPermit, AcquireError> {
        match self.try_acquire_owned(n) {
            Err(TryAcquireError::NoPermits) => wait_for(PlainArc::clone(self), n),
            Err(TryAcquireError::Closed) => Err(AcquireError),
            Ok(permits) => Ok(permits),
        }
    }

    /// Acquires `n` permits that own a count of the `Arc`, if they are available and nobody is in line.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError::NoPermits`] if there are not enough, or they are kept for those in line;
    /// [`TryAcquireError::Closed`] if the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::{Semaphore, TryAcquireError};
    ///
    /// let workers = Arc::new(Semaphore::new(4));
    /// assert_eq!(workers.try_acquire_owned(5).unwrap_err(), TryAcquireError::NoPermits);
    /// assert_eq!(workers.try_acquire_owned(4).unwrap().len(), 4);
    /// ```
    pub fn try_acquire_owned(
        self: &PlainArc<Self>,
        n: usize,
    ) -> Result<OwnedPermit, TryAcquireError> {
        self.raw.try_acquire(n)?;
        Ok(Permits::new(PlainArc::clone(self), n))
    }

    /// Acquires `n` permits that own a count of the `Arc`, waiting for at most `limit`.
    ///
    /// # Errors
    ///
    /// [`AcquireTimeoutError`]: time ran out, or the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use std::sync::Arc;
    /// use towpath::sync::{AcquireTimeoutError, Semaphore};
    ///
    /// let workers = Arc::new(Semaphore::new(4));
    /// let late = workers.acquire_owned_timeout(5, Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireTimeoutError::Timeout);
    /// ```
    pub fn acquire_owned_timeout(
        self: &PlainArc<Self>,
        n: usize,
        limit: Duration,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        self.acquire_owned_async(n).wait_timeout(limit)
    }

    /// Acquires `n` permits that own a count of the `Arc`, waiting until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// As [`acquire_owned_timeout`](Semaphore::acquire_owned_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use std::sync::Arc;
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Arc::new(Semaphore::new(4));
    /// assert!(workers.acquire_owned_deadline(4, Instant::now()).is_ok());
    /// ```
    pub fn acquire_owned_deadline(
        self: &PlainArc<Self>,
        n: usize,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        self.acquire_owned_async(n).wait_deadline(deadline)
    }

    /// [`acquire_owned`](Semaphore::acquire_owned) as a value: `.await` it, or wait for it with a bound.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in line, and returns the permits, should they have been handed
    /// over. A future in line that is neither polled nor dropped holds others up, see
    /// [the module](crate::sync::semaphore#futures-that-are-not-polled).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Arc::new(Semaphore::new(4));
    /// pollster::block_on(async {
    ///     let three = workers.acquire_owned_async(3).await.unwrap();
    ///     assert_eq!(three.len(), 3);
    /// });
    /// ```
    pub fn acquire_owned_async(self: &PlainArc<Self>, n: usize) -> AcquireOwnedFut {
        Wait::new(AcquireOp::new(PlainArc::clone(self), n))
    }
}

/// Waits as a thread: watches for a while, then gets in line.
#[cold]
#[inline(never)]
fn wait_for<H: Hold>(hold: H, n: usize) -> Result<Permits<H>, AcquireError> {
    match hold.raw.acquire_soon(n) {
        Ok(()) => Ok(Permits::new(hold, n)),
        Err(TryAcquireError::Closed) => Err(AcquireError),
        Err(TryAcquireError::NoPermits) => Wait::new(AcquireOp::new(hold, n)).wait(),
    }
}
