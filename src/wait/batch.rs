//! Wakers taken under a lock, woken after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// How many wakers are gathered before the lock is let go to wake them.
const SIZE: usize = if cfg!(towpath_loom) { 2 } else { 16 };

/// Whoever was completed, to be woken once all locks are let go: this is foreign code. Nobody, if it
/// was awake.
#[derive(Debug)]
#[must_use = "somebody sleeps"]
pub(crate) struct Wake(Option<Waker>);

impl Wake {
    pub(crate) const NOBODY: Self = Self(None);

    pub(crate) fn new(waker: Option<Waker>) -> Self {
        Self(waker)
    }

    #[inline]
    pub(crate) fn wake(self) {
        if let Some(waker) = self.0 {
            wake_contained(waker);
        }
    }
}

/// Wakes. A waker that panics is its executor's failure, not that of the operation which happened to
/// wake it: the panic hook reports it, and the operation goes on, with its message and with the
/// others it has to wake.
fn wake_contained(waker: Waker) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        // Dropping it could panic again.
        std::mem::forget(payload);
    }
}

/// A handful of wakers, on the stack, and more than that only where all of a line must be taken at
/// once. They are woken in order by [`wake`](WakeBatch::wake), or when the batch is dropped.
#[derive(Debug)]
pub(crate) struct WakeBatch {
    wakers: [Option<Waker>; SIZE],
    len: usize,
    /// What found no room.
    more: Vec<Waker>,
}

impl WakeBatch {
    pub(crate) const fn new() -> Self {
        Self {
            wakers: [const { None }; SIZE],
            len: 0,
            more: Vec::new(),
        }
    }

    /// True if there is nobody to wake.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// True while there is room for one more.
    pub(crate) fn has_room(&self) -> bool {
        self.len < SIZE
    }

    /// Adds one to wake. Allocates if there is no room.
    pub(crate) fn add(&mut self, wake: Wake) {
        let Some(waker) = wake.0 else { return };
        if self.has_room() {
            self.wakers[self.len] = Some(waker);
            self.len += 1;
        } else {
            self.more.push(waker);
        }
    }

    /// Wakes them all; the batch is empty again. No lock may be held: this is foreign code.
    pub(crate) fn wake(&mut self) {
        let len = std::mem::take(&mut self.len);
        self.wakers[..len]
            .iter_mut()
            .filter_map(Option::take)
            .for_each(wake_contained);
        std::mem::take(&mut self.more)
            .into_iter()
            .for_each(wake_contained);
    }
}

impl Drop for WakeBatch {
    fn drop(&mut self) {
        self.wake();
    }
}
