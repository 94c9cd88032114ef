//! A first-in-first-out buffer of fixed size, for use under a lock.
//!
//! # Invariants
//!
//! 1. `first < places.len()` or both are zero, and `len <= places.len()`.
//! 2. The `len` places from `first` on, wrapping around, hold messages; the others do not.

use std::mem::MaybeUninit;
use std::ptr;

#[repr(C)] // What changes first: see `Inner`.
pub(super) struct Buffer<T> {
    first: u32,
    len: u32,
    places: Box<[MaybeUninit<T>]>,
}

impl<T> Buffer<T> {
    /// The places are on the heap from the start: messages may be large.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            first: 0,
            len: 0,
            places: Box::new_uninit_slice(capacity),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// How many more messages fit.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.places.len() - self.len()
    }

    /// Adds a message. The buffer is not full.
    #[inline(always)]
    pub(super) fn push(&mut self, message: T) {
        debug_assert!(self.room() > 0);
        let at = self.wrap(self.first + self.len);
        self.places[at as usize].write(message);
        self.len += 1;
    }

    /// Has `fill` add a message, which it has put there if it gives `Some`. The buffer is not full.
    #[inline(always)]
    pub(super) fn push_with<R>(
        &mut self,
        fill: impl FnOnce(&mut MaybeUninit<T>) -> Option<R>,
    ) -> Option<R> {
        debug_assert!(self.room() > 0);
        let at = self.wrap(self.first + self.len);
        let filled = fill(&mut self.places[at as usize]);
        self.len += u32::from(filled.is_some());
        filled
    }

    /// Takes the oldest message.
    pub(super) fn pop(&mut self) -> Option<T> {
        let mut place = MaybeUninit::uninit();
        // SAFETY: `pop_into` says that it is initialised.
        self.pop_into(&mut place)
            .then(|| unsafe { place.assume_init() })
    }

    /// Moves the oldest message to `place`, which is initialised if this is true.
    #[inline(always)]
    pub(super) fn pop_into(&mut self, place: &mut MaybeUninit<T>) -> bool {
        if self.len == 0 {
            return false;
        }
        let from = &raw const self.places[self.first as usize];
        self.first = self.wrap(self.first + 1);
        self.len -= 1;
        // SAFETY: invariant 2: the first of the messages was there, and is not any more; both places
        // are valid and apart.
        unsafe { ptr::copy_nonoverlapping(from, place, 1) };
        true
    }

    #[inline]
    fn wrap(&self, at: u32) -> u32 {
        let capacity = self.places.len() as u32;
        if at < capacity { at } else { at - capacity }
    }
}

impl<T> Drop for Buffer<T> {
    /// If the `Drop` of a message panics, those behind it are leaked, as in the queues.
    fn drop(&mut self) {
        while let Some(message) = self.pop() {
            drop(message);
        }
    }
}
