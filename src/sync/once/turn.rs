//! The right to do it, which one has at a time.

use super::op::TurnOp;
use super::{DONE, NO_THREAD, NOT_YET, Once};
use crate::sys::{Ordering, thread};
use crate::wait::Wait;

/// The right to do it. Dropped without [`complete`](Turn::complete) it goes to the next.
#[derive(Debug)]
#[must_use = "others wait for the turn"]
pub(in crate::sync) struct Turn<'a>(&'a Once);

impl Once {
    /// Waits, as a thread, for the turn; `None`: it is done.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(in crate::sync) fn begin(&self) -> Option<Turn<'_>> {
        self.refuse_reentry();
        let turn = self.begin_async().wait();
        if turn.is_some() {
            // ORDERING: Relaxed: only this thread looks for its own id, see `refuse_reentry`.
            self.runner.store(thread::id(), Ordering::Relaxed);
        }
        turn
    }

    /// Waits for the turn; `None`: it is done.
    pub(in crate::sync) fn begin_async(&self) -> Wait<TurnOp<'_>> {
        Wait::new(TurnOp::new(self))
    }

    /// The turn, if nobody has it and it is not done.
    pub(in crate::sync) fn try_begin(&self) -> Option<Turn<'_>> {
        let _lines = self.lines.lock();
        self.take_turn()
    }

    /// The turn, if it is free. The lock is held.
    pub(super) fn take_turn(&self) -> Option<Turn<'_>> {
        if self.state() != NOT_YET {
            return None;
        }
        // ORDERING: Relaxed, the lock orders it; nothing is visible before DONE.
        self.state.store(super::RUNNING, Ordering::Relaxed);
        // Not before: a turn that is made and dropped is given up.
        Some(Turn(self))
    }
}

impl Turn<'_> {
    /// It is done.
    pub(in crate::sync) fn complete(self) {
        let once = self.0;
        std::mem::forget(self);
        let lines = once.end_turn();
        // ORDERING: Release, pairs with the Acquire in `Once::state`: what was done is visible.
        once.state.store(DONE, Ordering::Release);
        once.tell_all(lines);
    }
}

impl Once {
    fn end_turn(&self) -> crate::sys::ShortLockGuard<'_, super::Lines> {
        // ORDERING: Relaxed, as in `begin`. Before the lock, so before the next one's turn.
        self.runner.store(NO_THREAD, Ordering::Relaxed);
        self.lines.lock()
    }
}

impl Drop for Turn<'_> {
    /// It was not done: the next one may try.
    #[cold]
    fn drop(&mut self) {
        let lines = self.0.end_turn();
        // ORDERING: Release, pairs with the Acquire in `Once::state`: whoever tries next sees what
        // this one left behind.
        self.0.state.store(NOT_YET, Ordering::Release);
        self.0.offer(lines);
    }
}
