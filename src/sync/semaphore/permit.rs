//! Permits that were acquired.

use std::fmt;
use std::mem;
use std::ops::Deref;

use super::Semaphore;
use crate::sys::PlainArc;

/// What permits hold on to: `&Semaphore` or `Arc<Semaphore>`.
pub trait Hold: Deref<Target = Semaphore> + Clone + sealed::Sealed {}

impl Hold for &Semaphore {}
impl Hold for PlainArc<Semaphore> {}

mod sealed {
    /// Keeps [`Hold`](super::Hold) to this crate.
    pub trait Sealed {}
    impl Sealed for &super::Semaphore {}
    impl Sealed for super::PlainArc<super::Semaphore> {}
}

/// Some permits of a [`Semaphore`]. Dropping them returns them.
///
/// `H` is what they hold on to, `&Semaphore` ([`Permit`](crate::sync::Permit)) or `Arc<Semaphore>`
/// ([`OwnedPermit`](crate::sync::OwnedPermit)).
///
/// # Examples
///
/// ```
/// use towpath::sync::Semaphore;
///
/// let workers = Semaphore::new(5);
/// let mut permits = workers.acquire(3).unwrap();
/// let one = permits.split(1).unwrap();
/// drop(permits);
/// assert_eq!(workers.available_permits(), 4);
/// one.forget();
/// assert_eq!(workers.available_permits(), 4);
/// ```
#[must_use = "permits are returned at once if they are not kept"]
#[clippy::has_significant_drop]
pub struct Permits<H: Hold> {
    hold: H,
    len: usize,
}

impl<H: Hold> Permits<H> {
    /// So many permits were acquired, and this takes charge of them.
    #[inline]
    pub(super) fn new(hold: H, len: usize) -> Self {
        Self { hold, len }
    }

    /// How many permits these are.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// assert_eq!(Semaphore::new(5).acquire(3).unwrap().len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether these are none: acquired as none, or split off altogether.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// assert!(Semaphore::new(5).acquire(0).unwrap().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whose permits these are.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(5);
    /// let permits = workers.acquire(3).unwrap();
    /// assert_eq!(permits.semaphore().available_permits(), 2);
    /// ```
    #[must_use]
    pub fn semaphore(&self) -> &Semaphore {
        &self.hold
    }

    /// Does not return them: the semaphore has so many fewer permits for good.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(5);
    /// workers.acquire(3).unwrap().forget();
    /// assert_eq!(workers.available_permits(), 2);
    /// ```
    pub fn forget(mut self) {
        self.hold.raw.lose(mem::take(&mut self.len));
    }

    /// Takes over the permits of `other`.
    ///
    /// # Panics
    ///
    /// Panics if they are of another semaphore.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(5);
    /// let mut permits = workers.acquire(1).unwrap();
    /// permits.merge(workers.acquire(2).unwrap());
    /// assert_eq!(permits.len(), 3);
    /// ```
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            std::ptr::eq(&*self.hold, &*other.hold),
            "permits of different semaphores cannot be merged"
        );
        // There are at most MAX_PERMITS of one semaphore.
        self.len += mem::take(&mut other.len);
    }

    /// Splits off `n` permits. `None`: there are not so many.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Semaphore;
    ///
    /// let workers = Semaphore::new(5);
    /// let mut permits = workers.acquire(3).unwrap();
    /// assert_eq!(permits.split(2).unwrap().len(), 2);
    /// assert!(permits.split(2).is_none());
    /// ```
    #[must_use = "permits are returned at once if they are not kept"]
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.len = self.len.checked_sub(n)?;
        Some(Self::new(self.hold.clone(), n))
    }
}

impl<H: Hold> Drop for Permits<H> {
    #[inline]
    fn drop(&mut self) {
        if self.len > 0 {
            self.hold.raw.give(self.len);
        }
    }
}

impl<H: Hold> fmt::Debug for Permits<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
