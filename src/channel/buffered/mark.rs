//! What a side of a channel remembers of when it was last blocked.

use crate::sys::atomic::AtomicUsize;
use crate::sys::{Ordering, thread};

/// Where one side was last blocked: at which position, and on which thread. Hints.
#[derive(Debug)]
pub(super) struct Mark {
    position: AtomicUsize,
    /// 0: it never was.
    thread: AtomicUsize,
}

impl Mark {
    pub(super) fn new() -> Self {
        Self {
            position: AtomicUsize::new(0),
            thread: AtomicUsize::new(0),
        }
    }

    /// It is blocked, here and now. Says at which position it was before.
    pub(super) fn update(&self, now: usize) -> usize {
        // ORDERING: Relaxed, as below: hints; whoever races here pauses a little more, or less.
        let before = self.position.load(Ordering::Relaxed);
        // ORDERING: Relaxed, see above.
        self.position.store(now, Ordering::Relaxed);
        // ORDERING: Relaxed, see above.
        self.thread.store(thread::id(), Ordering::Relaxed);
        before
    }

    /// True if it was last blocked on another thread.
    pub(super) fn is_elsewhere(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        let there = self.thread.load(Ordering::Relaxed);
        there != 0 && there != thread::id()
    }
}
