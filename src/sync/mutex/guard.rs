//! What holds a lock.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::Mutex;
use super::mapped::MappedGuard;
use super::ops::Hold;
use super::raw::RawMutex;
use crate::sys::PlainArc;
use crate::wait::sealed::Ours;

/// What a guard holds on to: `&Mutex<T>` or `Arc<Mutex<T>>`. Sealed.
pub trait HoldMutex: Hold<Guard = Guard<Self>> + sealed::Sealed {
    /// The value's type.
    type Value: ?Sized;

    #[doc(hidden)]
    fn mutex(&self) -> &Mutex<Self::Value>;
}

mod sealed {
    /// Keeps the traits of this module to this crate.
    pub trait Sealed {}
}

impl<T: ?Sized> sealed::Sealed for &Mutex<T> {}
impl<T: ?Sized> sealed::Sealed for PlainArc<Mutex<T>> {}

impl<T: ?Sized> Hold for &Mutex<T> {
    type Guard = Guard<Self>;

    #[inline]
    fn raw(&self) -> &RawMutex {
        &self.raw
    }

    #[inline]
    fn locked(self, _: Ours) -> Guard<Self> {
        Guard::new(self)
    }
}

impl<T: ?Sized> Hold for PlainArc<Mutex<T>> {
    type Guard = Guard<Self>;

    #[inline]
    fn raw(&self) -> &RawMutex {
        &self.raw
    }

    #[inline]
    fn locked(self, _: Ours) -> Guard<Self> {
        Guard::new(self)
    }
}

impl<T: ?Sized> HoldMutex for &Mutex<T> {
    type Value = T;

    #[inline]
    fn mutex(&self) -> &Mutex<T> {
        self
    }
}

impl<T: ?Sized> HoldMutex for PlainArc<Mutex<T>> {
    type Value = T;

    #[inline]
    fn mutex(&self) -> &Mutex<T> {
        self
    }
}

/// Holds a [`Mutex`], and gives access to its value. Dropping it lets the lock go.
///
/// `H` is what it holds on to: the usual names are [`MutexGuard`](crate::sync::MutexGuard) and
/// [`ArcMutexGuard`](crate::sync::ArcMutexGuard).
///
/// A guard may be sent to another thread and held across an `.await`, if the value may be sent. One
/// that is forgotten keeps the lock for good.
///
/// What can be done with a guard itself are associated functions, so that they do not hide methods
/// of the value.
#[must_use = "the lock is let go at once if the guard is not kept"]
#[clippy::has_significant_drop]
pub struct Guard<H: HoldMutex> {
    /// Invariant: while the guard lives, the lock is held on its behalf.
    hold: H,
    /// It lends the value, which need not be `Sync` for the lock to be.
    _not_auto: PhantomData<*mut ()>,
}

// SAFETY: the lock is let go from any thread, and the value goes along, in effect.
unsafe impl<H: HoldMutex<Value: Send> + Send> Send for Guard<H> {}
// SAFETY: a shared guard gives a shared reference to the value.
unsafe impl<H: HoldMutex<Value: Sync> + Sync> Sync for Guard<H> {}

impl<H: HoldMutex> Guard<H> {
    /// The lock is held, and the guard takes charge of that.
    #[inline]
    pub(super) fn new(hold: H) -> Self {
        Self {
            hold,
            _not_auto: PhantomData,
        }
    }

    /// The lock that is held, for those who wait on behalf of the guard's owner.
    pub(crate) fn hold(&self) -> &H {
        &self.hold
    }

    /// What it held on to; the lock stays held.
    fn into_hold(self) -> H {
        let this = ManuallyDrop::new(self);
        // SAFETY: read once: `this` is never dropped, and nothing else of it needs a drop.
        unsafe { std::ptr::read(&raw const this.hold) }
    }

    fn value(&self) -> *mut H::Value {
        self.hold.mutex().value.with_mut(|value| value)
    }
}

impl<'a, T: ?Sized> Guard<&'a Mutex<T>> {
    /// The lock that it holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Mutex, MutexGuard};
    ///
    /// let count = Mutex::new(5);
    /// let held = count.lock();
    /// assert!(std::ptr::eq(MutexGuard::mutex(&held), &count));
    /// ```
    #[must_use]
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.hold
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Mutex, MutexGuard};
    ///
    /// let pair = Mutex::new((1, 2));
    /// let mut second = MutexGuard::map(pair.lock(), |pair| &mut pair.1);
    /// *second = 20;
    /// drop(second);
    /// assert_eq!(pair.into_inner(), (1, 20));
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedGuard<&'a RawMutex, U> {
        let value = std::ptr::from_mut(part(&mut this));
        MappedGuard::new(&this.into_hold().raw, value)
    }

    /// Narrows the guard to a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// The guard comes back if `part` gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Mutex, MutexGuard};
    ///
    /// let list = Mutex::new(vec![1]);
    /// assert!(MutexGuard::try_map(list.lock(), |list| list.first_mut()).is_ok());
    /// assert!(MutexGuard::try_map(list.lock(), |list| list.get_mut(1)).is_err());
    /// ```
    pub fn try_map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedGuard<&'a RawMutex, U>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedGuard::new(&this.into_hold().raw, value)),
            None => Err(this),
        }
    }
}

impl<T: ?Sized> Guard<PlainArc<Mutex<T>>> {
    /// The lock that it holds.
    #[must_use]
    pub fn mutex(this: &Self) -> &PlainArc<Mutex<T>> {
        &this.hold
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::{ArcMutexGuard, Mutex};
    ///
    /// let pair = Arc::new(Mutex::new((1, 2)));
    /// let second = ArcMutexGuard::map(pair.lock_arc(), |pair| &mut pair.1);
    /// assert_eq!(*second, 2);
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedGuard<PlainArc<Mutex<T>>, U> {
        let value = std::ptr::from_mut(part(&mut this));
        MappedGuard::new(this.into_hold(), value)
    }

    /// Narrows the guard to a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// The guard comes back if `part` gives `None`.
    pub fn try_map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedGuard<PlainArc<Mutex<T>>, U>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedGuard::new(this.into_hold(), value)),
            None => Err(this),
        }
    }
}

impl<H: HoldMutex> Drop for Guard<H> {
    #[inline]
    fn drop(&mut self) {
        self.hold.raw().unlock();
    }
}

impl<H: HoldMutex> Deref for Guard<H> {
    type Target = H::Value;

    #[inline]
    fn deref(&self) -> &H::Value {
        // SAFETY: the guard's invariant: the value is ours until it is dropped.
        unsafe { &*self.value() }
    }
}

impl<H: HoldMutex> DerefMut for Guard<H> {
    #[inline]
    fn deref_mut(&mut self) -> &mut H::Value {
        // SAFETY: as in `deref`, and the guard is borrowed alone.
        unsafe { &mut *self.value() }
    }
}

impl<H: HoldMutex<Value: fmt::Debug>> fmt::Debug for Guard<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<H: HoldMutex<Value: fmt::Display>> fmt::Display for Guard<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
