//! Guards of a part of a value.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::Mutex;
use super::raw::RawMutex;
use crate::sys::PlainArc;

/// What a [`MappedGuard`] holds on to. Sealed.
pub trait HoldRaw: sealed::HoldRaw {}

impl HoldRaw for &RawMutex {}
impl<T: ?Sized> HoldRaw for PlainArc<Mutex<T>> {}

mod sealed {
    use super::{Mutex, PlainArc, RawMutex};

    pub trait HoldRaw {
        fn raw(&self) -> &RawMutex;
    }

    impl HoldRaw for &RawMutex {
        fn raw(&self) -> &RawMutex {
            self
        }
    }

    impl<T: ?Sized> HoldRaw for PlainArc<Mutex<T>> {
        fn raw(&self) -> &RawMutex {
            &self.raw
        }
    }
}

/// Holds a [`Mutex`], and gives access to a part of its value. Dropping it lets the lock go.
///
/// `K` is what it holds on to: the usual names are
/// [`MappedMutexGuard`](crate::sync::MappedMutexGuard) and
/// [`ArcMappedMutexGuard`](crate::sync::ArcMappedMutexGuard).
///
/// # Examples
///
/// ```
/// use towpath::sync::{MappedMutexGuard, Mutex, MutexGuard};
///
/// fn name(lock: &Mutex<(u32, String)>) -> MappedMutexGuard<'_, str> {
///     MutexGuard::map(lock.lock(), |pair| pair.1.as_mut_str())
/// }
///
/// assert_eq!(&*name(&Mutex::new((1, "one".into()))), "one");
/// ```
#[must_use = "the lock is let go at once if the guard is not kept"]
#[clippy::has_significant_drop]
pub struct MappedGuard<K: HoldRaw, U: ?Sized> {
    hold: K,
    /// Invariant: while the guard lives, the lock is held on its behalf, and this points into the
    /// value.
    value: *mut U,
}

// SAFETY: the guard stands for a `&mut U`, and lets the lock go from any thread.
unsafe impl<K: HoldRaw + Send, U: ?Sized + Send> Send for MappedGuard<K, U> {}
// SAFETY: a shared guard gives a `&U`.
unsafe impl<K: HoldRaw + Sync, U: ?Sized + Sync> Sync for MappedGuard<K, U> {}

impl<K: HoldRaw, U: ?Sized> MappedGuard<K, U> {
    /// The lock is held, and the guard takes charge of that; `value` is valid meanwhile.
    pub(super) fn new(hold: K, value: *mut U) -> Self {
        Self { hold, value }
    }

    /// What it held on to; the lock stays held.
    fn into_hold(self) -> K {
        let this = ManuallyDrop::new(self);
        // SAFETY: read once: `this` is never dropped, and nothing else of it needs a drop.
        unsafe { std::ptr::read(&raw const this.hold) }
    }

    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let nested = Mutex::new(((1, 2), 3));
    /// let pair = MutexGuard::map(nested.lock(), |nested| &mut nested.0);
    /// *MappedMutexGuard::map(pair, |pair| &mut pair.1) = 20;
    /// assert_eq!(nested.into_inner(), ((1, 20), 3));
    /// ```
    pub fn map<V: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut U) -> &mut V,
    ) -> MappedGuard<K, V> {
        let value = std::ptr::from_mut(part(&mut this));
        MappedGuard::new(this.into_hold(), value)
    }

    /// Narrows the guard further, if there is that part.
    ///
    /// # Errors
    ///
    /// The guard comes back if `part` gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let lists = Mutex::new((vec![1], 2));
    /// let list = MutexGuard::map(lists.lock(), |lists| &mut lists.0);
    /// assert!(MappedMutexGuard::try_map(list, |list| list.get_mut(1)).is_err());
    /// ```
    pub fn try_map<V: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<MappedGuard<K, V>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedGuard::new(this.into_hold(), value)),
            None => Err(this),
        }
    }
}

impl<K: HoldRaw, U: ?Sized> Drop for MappedGuard<K, U> {
    #[inline]
    fn drop(&mut self) {
        self.hold.raw().unlock();
    }
}

impl<K: HoldRaw, U: ?Sized> Deref for MappedGuard<K, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        // SAFETY: the guard's invariant.
        unsafe { &*self.value }
    }
}

impl<K: HoldRaw, U: ?Sized> DerefMut for MappedGuard<K, U> {
    #[inline]
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: the guard's invariant, and the guard is borrowed alone.
        unsafe { &mut *self.value }
    }
}

impl<K: HoldRaw, U: ?Sized + fmt::Debug> fmt::Debug for MappedGuard<K, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<K: HoldRaw, U: ?Sized + fmt::Display> fmt::Display for MappedGuard<K, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
