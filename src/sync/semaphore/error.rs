//! What can go wrong with acquiring.

use std::error::Error;
use std::fmt;

const CLOSED: &str = "the semaphore is closed";

/// Nothing can be acquired any more: the semaphore is closed.
///
/// # Examples
///
/// ```
/// use towpath::sync::{AcquireError, Semaphore};
///
/// let workers = Semaphore::new(1);
/// workers.close();
/// assert_eq!(workers.acquire(1).unwrap_err(), AcquireError);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcquireError;

/// A `try_acquire` acquired nothing.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Semaphore, TryAcquireError};
///
/// let workers = Semaphore::new(1);
/// assert_eq!(workers.try_acquire(2).unwrap_err(), TryAcquireError::NoPermits);
/// workers.close();
/// assert_eq!(workers.try_acquire(2).unwrap_err(), TryAcquireError::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// There are not enough permits, or they are kept for those in line.
    NoPermits,
    /// The semaphore is closed.
    Closed,
}

/// A bounded acquire acquired nothing.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::sync::{AcquireTimeoutError, Semaphore};
///
/// let workers = Semaphore::new(1);
/// let late = workers.acquire_timeout(2, Duration::from_millis(1));
/// assert_eq!(late.unwrap_err(), AcquireTimeoutError::Timeout);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireTimeoutError {
    /// Time ran out.
    Timeout,
    /// The semaphore is closed.
    Closed,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermits => "not enough permits are available",
            Self::Closed => CLOSED,
        })
    }
}

impl fmt::Display for AcquireTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "time ran out while waiting for permits",
            Self::Closed => CLOSED,
        })
    }
}

impl Error for AcquireError {}
impl Error for TryAcquireError {}
impl Error for AcquireTimeoutError {}

impl From<AcquireError> for TryAcquireError {
    fn from(_: AcquireError) -> Self {
        Self::Closed
    }
}

impl From<AcquireError> for AcquireTimeoutError {
    fn from(_: AcquireError) -> Self {
        Self::Closed
    }
}
