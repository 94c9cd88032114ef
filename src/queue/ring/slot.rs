//! A slot of the ring: a stamp, and the value that is there while the stamp is full.

use std::mem::MaybeUninit;
use std::ptr;

use crate::sys::atomic::AtomicUsize;
use crate::sys::{UnsafeCell, Zeroed};

/// Of a stamp, added to the lap.
pub(super) const FULL: usize = 1;
pub(super) const VOID: usize = 2;
pub(super) const RESERVED: usize = 3;

pub(super) struct Slot<T> {
    pub(super) stamp: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: zeroes are stamp 0, "free for lap 0", and an uninitialised value.
unsafe impl<T> Zeroed for Slot<T> {
    fn zeroed() -> Self {
        Self {
            stamp: AtomicUsize::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }
}

impl<T> Slot<T> {
    /// Moves `value` in.
    ///
    /// # Safety
    ///
    /// The caller owns the slot by invariant 2 or 3, and it holds no value.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn put(&self, value: T) {
        // SAFETY: the caller owns the slot, so nobody else touches the value.
        self.value
            .with_mut(|place| unsafe { place.cast::<T>().write(value) });
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// The caller owns the slot by invariant 3, and it holds a value.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn move_to(&self, place: &mut MaybeUninit<T>) {
        // SAFETY: the caller owns the slot, and both places are valid and apart.
        self.value
            .with(|value| unsafe { ptr::copy_nonoverlapping(value, place, 1) });
    }
}

impl<T> std::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
