//! Guards of a part of a value.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::mode::{Mode, Read, Write, sealed::HoldRaw};
use crate::wait::sealed::OURS;

/// Holds an [`RwMutex`](super::RwMutex) and gives access to a part of its value. Dropping it lets the
/// lock go.
///
/// `K` is what it holds on to, `M` the mode, `U` the part. The usual names are
/// [`RwMutexMappedReadGuard`](crate::sync::RwMutexMappedReadGuard) and so on.
///
/// # Examples
///
/// ```
/// use towpath::sync::{RwMutex, RwMutexMappedReadGuard, RwMutexReadGuard};
///
/// fn name<'a>(lock: &'a RwMutex<(u32, String)>) -> RwMutexMappedReadGuard<'a, str> {
///     RwMutexReadGuard::map(lock.read(), |pair| pair.1.as_str())
/// }
///
/// assert_eq!(&*name(&RwMutex::new((1, "one".into()))), "one");
/// ```
#[must_use = "the lock is let go at once if the guard is not kept"]
#[clippy::has_significant_drop]
pub struct MappedGuard<K: HoldRaw, M: Mode, U: ?Sized> {
    hold: K,
    /// Invariant: while the guard lives, the lock is held in mode `M` on its behalf, and this points
    /// into the value (for writing, if that is the mode).
    value: *mut U,
    mode: PhantomData<M>,
}

// SAFETY: the guard stands for a `&U` or a `&mut U`, and lets the lock go from any thread.
unsafe impl<K: HoldRaw + Send, M: Mode, U: ?Sized + Send + Sync> Send for MappedGuard<K, M, U> {}
// SAFETY: a shared guard gives a `&U`.
unsafe impl<K: HoldRaw + Sync, M: Mode, U: ?Sized + Sync> Sync for MappedGuard<K, M, U> {}

impl<K: HoldRaw, M: Mode, U: ?Sized> MappedGuard<K, M, U> {
    /// The lock is held, and the guard takes charge of that; `value` is valid meanwhile.
    pub(super) fn new(hold: K, value: *mut U) -> Self {
        Self {
            hold,
            value,
            mode: PhantomData,
        }
    }

    /// What it held on to; the lock stays held.
    fn into_hold(self) -> K {
        let this = ManuallyDrop::new(self);
        // SAFETY: read once: `this` is never dropped, and nothing else of it needs a drop.
        unsafe { std::ptr::read(&raw const this.hold) }
    }
}

impl<K: HoldRaw, U: ?Sized> MappedGuard<K, Read, U> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexMappedReadGuard, RwMutexReadGuard};
    ///
    /// let nested = RwMutex::new(((1, 2), 3));
    /// let pair = RwMutexReadGuard::map(nested.read(), |nested| &nested.0);
    /// assert_eq!(*RwMutexMappedReadGuard::map(pair, |pair| &pair.1), 2);
    /// ```
    pub fn map<V: ?Sized>(this: Self, part: impl FnOnce(&U) -> &V) -> MappedGuard<K, Read, V> {
        let value = std::ptr::from_ref(part(&this)).cast_mut();
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
    /// use towpath::sync::{RwMutex, RwMutexMappedReadGuard, RwMutexReadGuard};
    ///
    /// let lists = RwMutex::new((vec![1], 2));
    /// let list = RwMutexReadGuard::map(lists.read(), |lists| &lists.0);
    /// assert!(RwMutexMappedReadGuard::try_map(list, |list| list.get(1)).is_err());
    /// ```
    pub fn try_map<V: ?Sized>(
        this: Self,
        part: impl FnOnce(&U) -> Option<&V>,
    ) -> Result<MappedGuard<K, Read, V>, Self> {
        match part(&this).map(|part| std::ptr::from_ref(part).cast_mut()) {
            Some(value) => Ok(MappedGuard::new(this.into_hold(), value)),
            None => Err(this),
        }
    }
}

impl<K: HoldRaw, U: ?Sized> MappedGuard<K, Write, U> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexMappedWriteGuard, RwMutexWriteGuard};
    ///
    /// let nested = RwMutex::new(((1, 2), 3));
    /// let pair = RwMutexWriteGuard::map(nested.write(), |nested| &mut nested.0);
    /// *RwMutexMappedWriteGuard::map(pair, |pair| &mut pair.1) = 20;
    /// assert_eq!(nested.into_inner(), ((1, 20), 3));
    /// ```
    pub fn map<V: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut U) -> &mut V,
    ) -> MappedGuard<K, Write, V> {
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
    /// use towpath::sync::{RwMutex, RwMutexMappedWriteGuard, RwMutexWriteGuard};
    ///
    /// let lists = RwMutex::new((vec![1], 2));
    /// let list = RwMutexWriteGuard::map(lists.write(), |lists| &mut lists.0);
    /// assert!(RwMutexMappedWriteGuard::try_map(list, |list| list.get_mut(1)).is_err());
    /// ```
    pub fn try_map<V: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<MappedGuard<K, Write, V>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedGuard::new(this.into_hold(), value)),
            None => Err(this),
        }
    }
}

impl<K: HoldRaw, M: Mode, U: ?Sized> Drop for MappedGuard<K, M, U> {
    #[inline]
    fn drop(&mut self) {
        M::leave(self.hold.raw(), OURS);
    }
}

impl<K: HoldRaw, M: Mode, U: ?Sized> Deref for MappedGuard<K, M, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        // SAFETY: the field's invariant; every mode excludes writers, or is the writer.
        unsafe { &*self.value }
    }
}

impl<K: HoldRaw, U: ?Sized> DerefMut for MappedGuard<K, Write, U> {
    #[inline]
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: the field's invariant: held for writing, which excludes all others.
        unsafe { &mut *self.value }
    }
}

impl<K: HoldRaw, M: Mode, U: ?Sized + fmt::Debug> fmt::Debug for MappedGuard<K, M, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<K: HoldRaw, M: Mode, U: ?Sized + fmt::Display> fmt::Display for MappedGuard<K, M, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
