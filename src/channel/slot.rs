//! Where a waiting operation keeps its message, or waits for one to be handed over.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr;

use crate::sys::UnsafeCell;

/// Room for one message, part of an operation.
///
/// While the operation's node is in line, whoever holds the line's lock may move a message in or out
/// through [`Slot::address`]. The owner learns of that from the signal, and then says so with
/// [`Slot::filled`] or [`Slot::emptied`]; until then it leaves the slot alone.
#[derive(Debug)]
pub struct Slot<T> {
    message: UnsafeCell<MaybeUninit<T>>,
    /// As far as the owner knows.
    full: Cell<bool>,
}

impl<T> Slot<T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn full(message: T) -> Self {
        Self {
            message: UnsafeCell::new(MaybeUninit::new(message)),
            full: Cell::new(true),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn empty() -> Self {
        Self {
            message: UnsafeCell::new(MaybeUninit::uninit()),
            full: Cell::new(false),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full.get()
    }

    /// Takes the message out.
    ///
    /// # Panics
    ///
    /// Panics if there is none.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn take(&self) -> T {
        assert!(self.full.replace(false), "a message is taken once");
        // SAFETY: it was full, and only the owner or whoever holds the line's lock is here.
        self.message
            .with(|message| unsafe { message.cast::<T>().read() })
    }

    /// Copies the message to `place`. It counts as moved once [`emptied`](Slot::emptied) is called.
    ///
    /// # Safety
    ///
    /// The slot is full and not in line; `place` is valid, and not this slot.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) unsafe fn copy_to(&self, place: *mut MaybeUninit<T>) {
        // SAFETY: only the owner is here, and the caller's promise.
        self.message
            .with(|message| unsafe { ptr::copy_nonoverlapping(message, place, 1) });
    }

    /// Takes the message out, if there is one.
    pub(crate) fn take_if_full(&self) -> Option<T> {
        self.is_full().then(|| self.take())
    }

    /// Puts `message` in. The slot is empty and not in line.
    pub(crate) fn put(&self, message: T) {
        assert!(!self.full.replace(true), "a slot holds one message");
        // SAFETY: not in line, so only the owner is here.
        self.message
            .with_mut(|place| unsafe { place.cast::<T>().write(message) });
    }

    /// Has `fill` put a message in. The slot is empty and not in line.
    ///
    /// # Safety
    ///
    /// If `fill` says `Ok`, it has initialised the place.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) unsafe fn fill_with<R, E>(
        &self,
        fill: impl FnOnce(&mut MaybeUninit<T>) -> Result<R, E>,
    ) -> Result<R, E> {
        assert!(!self.full.get(), "a slot holds one message");
        // SAFETY: not in line, so only the owner is here.
        let filled = self.message.with_mut(|place| fill(unsafe { &mut *place }));
        self.full.set(filled.is_ok());
        filled
    }

    /// Has `drain` take the message out. The slot is full and not in line.
    ///
    /// # Safety
    ///
    /// If `drain` says `Ok`, it has moved the message out, otherwise it has left it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) unsafe fn drain_with<R, E>(
        &self,
        drain: impl FnOnce(&MaybeUninit<T>) -> Result<R, E>,
    ) -> Result<R, E> {
        assert!(self.full.get(), "a message is taken once");
        // SAFETY: not in line, so only the owner is here.
        let drained = self.message.with(|message| drain(unsafe { &*message }));
        self.full.set(drained.is_err());
        drained
    }

    /// A message was handed over into the slot.
    pub(crate) fn filled(&self) {
        self.full.set(true);
    }

    /// The message was taken out of the slot by a receiver.
    pub(crate) fn emptied(&self) {
        self.full.set(false);
    }

    /// Where others move messages in and out.
    pub(crate) fn address(&self) -> *mut () {
        std::ptr::from_ref(&self.message).cast_mut().cast::<()>()
    }

    /// The message's cell, for whoever holds the line's lock.
    ///
    /// # Safety
    ///
    /// `address` came from [`Slot::address`] of a live slot for the same type of message.
    pub(crate) unsafe fn at<'a>(address: *mut ()) -> &'a UnsafeCell<MaybeUninit<T>> {
        // SAFETY: the caller's promise.
        unsafe { &*address.cast::<UnsafeCell<MaybeUninit<T>>>().cast_const() }
    }
}

impl<T> Drop for Slot<T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if self.full.get() {
            drop(self.take());
        }
    }
}
