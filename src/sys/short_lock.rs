//! A lock for critical sections of a few instructions, with nothing foreign inside.
//!
//! Taking it is one compare-and-swap, freeing it is one plain store: half the price of a lock that
//! must ask on unlock whether somebody sleeps. A contender therefore waits by [`Backoff`]: pauses,
//! yields, then timed naps, so a preempted holder costs a contender a delay and no processor time.
//! A `poll` gives up after a few pauses: [`ShortLock::lock_soon`], [`ShortLock::lock_promptly`]. What was
//! measured against it stands in `docs/decisions.md`.
//!
//! # Invariants
//!
//! 1. `word` is `LOCKED` exactly while one [`ShortLockGuard`] of this lock lives.
//! 2. The value is touched only through that guard.
//!
//! # Remarks
//!
//! A holder may leave a remark on what it found, for those who look without the lock. It stands in the
//! word until the lock is taken again: so while it stands there, nothing has changed. Taking the lock is a
//! SeqCst write and reading a remark a SeqCst read, so of two threads that each change one value and
//! then read the remark on the other, one finds the lock taken, or what the other has done.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::atomic::AtomicU8;
use super::{Backoff, Ordering, UnsafeCell, overwrite_byte};

const LOCKED: u8 = 1;
/// A free lock without a remark is zero; remarks are the other bits.
const FREE: u8 = 0;

#[derive(Debug)]
#[repr(C)] // What the value has first shares the word's cache line.
pub(crate) struct ShortLock<T> {
    word: AtomicU8,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands out one reference at a time (invariant 1), so sharing the lock only moves
// the value's use between threads.
unsafe impl<T: Send> Sync for ShortLock<T> {}

/// Stays on its thread: it lends out a `T` that need not be `Sync`.
#[derive(Debug)]
pub(crate) struct ShortLockGuard<'a, T> {
    lock: &'a ShortLock<T>,
    /// What the word will be.
    remark: u8,
    _on_its_thread: PhantomData<*const ()>,
}

impl<T> ShortLock<T> {
    constant! {
        pub(crate) fn new(value: T) -> Self {
            Self {
                word: AtomicU8::new(FREE),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// Takes the lock if it is free now.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<ShortLockGuard<'_, T>> {
        // ORDERING: SeqCst, see the remarks; as Acquire it pairs with the Release in the guard's drop: what
        // the last holder wrote is visible.
        let before = self.word.swap(LOCKED, Ordering::SeqCst);
        // Not `then_some`: a guard that is made and dropped frees the lock.
        (before != LOCKED).then(|| {
            #[cfg(towpath_loom)]
            super::thread::count_short_lock(1);
            ShortLockGuard {
                lock: self,
                remark: FREE,
                _on_its_thread: PhantomData,
            }
        })
    }

    /// True if the last holder left that remark, and nobody has taken the lock since.
    #[inline]
    pub(crate) fn has_remark(&self, remark: u8) -> bool {
        // ORDERING: SeqCst, see the remarks.
        self.word.load(Ordering::SeqCst) == remark
    }

    /// Takes the lock, waiting for the holder.
    #[inline]
    pub(crate) fn lock(&self) -> ShortLockGuard<'_, T> {
        match self.try_lock() {
            Some(guard) => guard,
            None => self.lock_contended(),
        }
    }

    /// Takes the lock if the holder frees it within a few pauses, stepping aside first.
    #[inline]
    pub(crate) fn lock_soon(&self) -> Option<ShortLockGuard<'_, T>> {
        self.try_lock().or_else(|| {
            super::step_aside();
            self.lock_within(Backoff::pause)
        })
    }

    /// Takes the lock if the holder frees it within a few pauses, and as soon as it does: for who has other ways
    /// to keep processors from taking turns.
    #[inline]
    pub(crate) fn lock_promptly(&self) -> Option<ShortLockGuard<'_, T>> {
        self.try_lock().or_else(|| self.lock_within(Backoff::pause))
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
            if self.word.load(Ordering::Relaxed) != LOCKED {
                if let Some(guard) = self.try_lock() {
                    return Some(guard);
                }
            }
        }
        None
    }
}

impl<T> ShortLockGuard<'_, T> {
    /// Lets go of the lock, leaving a remark: an even number other than zero.
    #[inline]
    pub(crate) fn unlock_with(mut self, remark: u8) {
        debug_assert!(remark != FREE && remark & LOCKED == 0);
        self.remark = remark;
    }
}

impl<T> Deref for ShortLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: invariants 1 and 2: this guard is the only way to the value.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for ShortLockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: invariants 1 and 2: this guard is the only way to the value.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for ShortLockGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        #[cfg(towpath_loom)]
        super::thread::count_short_lock(-1);
        // Release, pairs with the Acquire in `try_lock`: the next holder sees our writes. Swaps of those
        // who found it taken changed nothing.
        overwrite_byte(&self.lock.word, self.remark);
    }
}
