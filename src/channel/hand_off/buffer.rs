//! A first-in-first-out buffer of fixed size, for use under a lock.
//!
//! # Invariants
//!
//! 1. `first < places.len()` or both are zero, and `len <= places.len()`.
//! 2. The `len` places from `first` on, wrapping around, hold messages; the others do not.

use std::mem::MaybeUninit;

pub(super) struct Buffer<T> {
    places: Box<[MaybeUninit<T>]>,
    first: usize,
    len: usize,
}

impl<T> Buffer<T> {
    /// The places are on the heap from the start: messages may be large.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            places: Box::new_uninit_slice(capacity),
            first: 0,
            len: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many more messages fit.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.places.len() - self.len
    }

    /// Adds a message. The buffer is not full.
    #[inline]
    pub(super) fn push(&mut self, message: T) {
        debug_assert!(self.room() > 0);
        let at = self.wrap(self.first + self.len);
        self.places[at].write(message);
        self.len += 1;
    }

    /// Takes the oldest message.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        let at = self.first;
        self.first = self.wrap(at + 1);
        self.len -= 1;
        // SAFETY: invariant 2: the first of the messages was here, and is not any more.
        Some(unsafe { self.places[at].assume_init_read() })
    }

    #[inline]
    fn wrap(&self, at: usize) -> usize {
        if at < self.places.len() {
            at
        } else {
            at - self.places.len()
        }
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
