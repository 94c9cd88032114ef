//! A lock for critical sections of a few instructions, with nothing foreign inside.
//!
//! Taking it is one compare-and-swap, freeing it is one plain store: half the price of a lock that
//! must ask on unlock whether somebody sleeps. A contender therefore waits by [`Backoff`]: pauses,
//! yields, then timed naps, so a preempted holder costs a contender a delay and no processor time.
//! A `poll` gives up after a few pauses: [`ShortLock::lock_soon`]. What was measured against it
//! stands in `docs/decisions.md`.
//!
//! # Invariants
//!
//! 1. `locked` is true exactly while one [`ShortLockGuard`] of this lock lives.
//! 2. The value is touched only through that guard.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::atomic::AtomicU8;
use super::{Backoff, Ordering, UnsafeCell};

const FREE: u8 = 0;
const LOCKED: u8 = 1;

#[derive(Debug)]
pub(crate) struct ShortLock<T> {
    locked: AtomicU8,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands out one reference at a time (invariant 1), so sharing the lock only moves
// the value's use between threads.
unsafe impl<T: Send> Sync for ShortLock<T> {}

/// Stays on its thread: it lends out a `T` that need not be `Sync`.
#[derive(Debug)]
pub(crate) struct ShortLockGuard<'a, T>(&'a ShortLock<T>, PhantomData<*const ()>);

impl<T> ShortLock<T> {
    constant! {
        pub(crate) fn new(value: T) -> Self {
            Self {
                locked: AtomicU8::new(FREE),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// Takes the lock if it is free now.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<ShortLockGuard<'_, T>> {
        // ORDERING: Acquire, pairs with the Release in the guard's drop: what the last holder wrote
        // is visible. Relaxed on failure: nothing is read.
        let taken =
            self.locked
                .compare_exchange(FREE, LOCKED, Ordering::Acquire, Ordering::Relaxed);
        // Not `then_some`: a guard that is made and dropped frees the lock.
        taken.is_ok().then(|| {
            #[cfg(towpath_loom)]
            super::thread::count_short_lock(1);
            ShortLockGuard(self, PhantomData)
        })
    }

    /// Takes the lock, waiting for the holder.
    #[inline]
    pub(crate) fn lock(&self) -> ShortLockGuard<'_, T> {
        match self.try_lock() {
            Some(guard) => guard,
            None => self.lock_contended(),
        }
    }

    /// Takes the lock if the holder frees it within a few pauses.
    #[inline]
    pub(crate) fn lock_soon(&self) -> Option<ShortLockGuard<'_, T>> {
        match self.try_lock() {
            Some(guard) => Some(guard),
            None => {
                super::step_aside();
                self.lock_within(Backoff::pause)
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn lock_contended(&self) -> ShortLockGuard<'_, T> {
        #[cfg(towpath_loom)]
        super::thread::count_wait();
        let always = |backoff: &mut Backoff| {
            backoff.snooze();
            true
        };
        self.lock_within(always).expect("the wait has no end")
    }

    /// Takes the lock, or gives up when `wait` says so.
    #[cold]
    fn lock_within(&self, wait: impl Fn(&mut Backoff) -> bool) -> Option<ShortLockGuard<'_, T>> {
        let mut backoff = Backoff::new();
        while wait(&mut backoff) {
            // ORDERING: Relaxed, a look before the attempt, which orders.
            if self.locked.load(Ordering::Relaxed) == FREE {
                if let Some(guard) = self.try_lock() {
                    return Some(guard);
                }
            }
        }
        None
    }
}

impl<T> Deref for ShortLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: invariants 1 and 2: this guard is the only way to the value.
        self.0.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for ShortLockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: invariants 1 and 2: this guard is the only way to the value.
        self.0.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for ShortLockGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        #[cfg(towpath_loom)]
        super::thread::count_short_lock(-1);
        // ORDERING: Release, pairs with the Acquire in `try_lock`: the next holder sees our writes.
        self.0.locked.store(FREE, Ordering::Release);
    }
}
