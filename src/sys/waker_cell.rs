//! The atomic-waker crate's cell, taking wakers by value.
//!
//! It clones what it is given, and drops what it had, while it is locked: should either panic, which is foreign
//! code, it stays locked, and whoever waits there is never woken again. So it is given a stand-in, whose clone is the
//! waker itself; what it had is to be taken out before.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

use atomic_waker::AtomicWaker;

#[derive(Debug)]
pub(crate) struct WakerCell(AtomicWaker);

impl WakerCell {
    pub(crate) const fn new() -> Self {
        Self(AtomicWaker::new())
    }

    /// Puts `waker` there, or wakes it if somebody is taking one out just now. One caller at a time.
    pub(crate) fn register(&self, waker: Waker) {
        let place: Place = Cell::new(Some(waker));
        let data = (&raw const place).cast();
        // SAFETY: the functions of the table take a pointer to a `Place`; this one outlives the stand-in, which stays
        // on its thread, and whose clone does not refer to it.
        let stand_in = unsafe { Waker::from_raw(RawWaker::new(data, &STAND_IN)) };
        self.0.register(&stand_in);
    }

    pub(crate) fn take(&self) -> Option<Waker> {
        self.0.take()
    }
}

type Place = Cell<Option<Waker>>;

static STAND_IN: RawWakerVTable = RawWakerVTable::new(move_out, wake, wake, nothing);

/// # Safety
///
/// `data` points to a [`Place`].
unsafe fn take(data: *const ()) -> Waker {
    // SAFETY: the caller's promise.
    let place = unsafe { &*data.cast::<Place>() };
    place.take().expect("a waker is registered, or woken, once")
}

unsafe fn move_out(data: *const ()) -> RawWaker {
    // SAFETY: the stand-in's data.
    let waker = ManuallyDrop::new(unsafe { take(data) });
    RawWaker::new(waker.data(), waker.vtable())
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the stand-in's data.
    unsafe { take(data) }.wake();
}

unsafe fn nothing(_: *const ()) {}
