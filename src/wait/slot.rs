//! A place for one who waits alone: a waker, without a line.

use std::fmt;
use std::task::Context;

use super::Wake;
use crate::sys::WakerCell;

/// Whoever waits registers, then looks at what it waits for; whoever changes that wakes it afterwards.
pub(crate) struct WakerSlot(WakerCell);

impl WakerSlot {
    pub(crate) fn new() -> Self {
        Self(WakerCell::new())
    }

    /// Leaves the task's waker, for the next [`wake`](WakerSlot::wake). One caller at a time.
    ///
    /// Wakers are foreign code: should one panic as it is cloned or dropped, the slot is whole.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        let fresh = cx.waker().clone();
        let old = self.0.take();
        self.0.register(fresh);
        drop(old);
    }

    /// Wakes whoever waits, containing its panics.
    pub(crate) fn wake(&self) {
        Wake::new(self.0.take()).wake();
    }

    /// Nobody waits here any more.
    pub(crate) fn clear(&self) {
        drop(self.0.take());
    }
}

impl fmt::Debug for WakerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WakerSlot").finish()
    }
}
