//! What is left when time runs out.

use std::fmt;

use super::Lockable;
use crate::wait::Wait;

/// A wait for a [`Condvar`](super::Condvar) that ran out of time: the lock is let go, and has to be
/// taken again by whoever wants it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::sync::{Condvar, Mutex};
///
/// let (lock, changed) = (Mutex::new(5), Condvar::new());
/// let waiting = changed.wait_async(lock.lock());
/// let late = waiting.wait_timeout(Duration::from_millis(1)).unwrap_err();
/// assert_eq!(*late.relock(), 5);
/// ```
#[must_use = "the lock is not held any more, unless it is taken again"]
pub struct TimedOut<G: Lockable>(Result<G, G::Relock>);

impl<G: Lockable> TimedOut<G> {
    /// The guard, if it is kept, or how to get it.
    pub(super) fn new(left: Result<G, G::Relock>) -> Self {
        Self(left)
    }

    /// Takes the lock again. Blocks the thread.
    pub fn relock(self) -> G {
        match self.0 {
            Ok(guard) => guard,
            Err(relock) => Wait::new(relock).wait(),
        }
    }

    /// Takes the lock again, as a task.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the lock to others.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// let (lock, changed) = (Mutex::new(5), Condvar::new());
    /// let waiting = changed.wait_async(lock.lock());
    /// let late = waiting.wait_timeout(Duration::from_millis(1)).unwrap_err();
    /// assert_eq!(*pollster::block_on(late.relock_async()), 5);
    /// ```
    pub async fn relock_async(self) -> G {
        match self.0 {
            Ok(guard) => guard,
            Err(relock) => Wait::new(relock).await,
        }
    }
}

impl<G: Lockable> fmt::Debug for TimedOut<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimedOut").finish_non_exhaustive()
    }
}

impl<G: Lockable> fmt::Display for TimedOut<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out waiting for a condition")
    }
}

impl<G: Lockable> std::error::Error for TimedOut<G> {}
