//! What a side of a channel remembers of when it was last blocked.

use crate::sys::atomic::{AtomicU8, AtomicUsize};
use crate::sys::{Ordering, thread};

/// Where one side was last blocked: at which position, and on which thread. Hints.
#[derive(Debug)]
pub(super) struct Mark {
    position: AtomicUsize,
    /// 0: it never was.
    thread: AtomicUsize,
    /// So many times in a row it had moved one message at most since it was blocked before.
    singles: AtomicU8,
}

/// So often in a row until messages are said to trickle: in any stream it is so once or twice, by chance.
const A_TRICKLE: u8 = if cfg!(towpath_loom) { 1 } else { 8 };

/// How many pauses so many messages take, most of them while none of their cache lines has to come from
/// another processor: a message of a word takes half a pause, one that fills lines of its own about two.
/// None, if it is just one.
pub(super) fn pauses_for<T>(messages: usize) -> usize {
    if size_of::<T>() <= 2 * size_of::<usize>() {
        messages / 2
    } else {
        messages.saturating_sub(1) * 2
    }
}

impl Mark {
    pub(super) fn new() -> Self {
        Self {
            position: AtomicUsize::new(0),
            thread: AtomicUsize::new(0),
            singles: AtomicU8::new(0),
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

    /// It had moved so many messages since it was blocked before.
    pub(super) fn count(&self, messages: usize) {
        // ORDERING: Relaxed, a hint.
        let singles = self.singles.load(Ordering::Relaxed);
        let now = if messages > 1 {
            0
        } else {
            A_TRICKLE.min(singles + 1)
        };
        if now != singles {
            // ORDERING: Relaxed, a hint.
            self.singles.store(now, Ordering::Relaxed);
        }
    }

    /// True if messages come one by one, each after it was blocked: nothing piles up while it sleeps.
    pub(super) fn trickles(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        self.singles.load(Ordering::Relaxed) == A_TRICKLE
    }

    /// True if it was last blocked on another thread.
    pub(super) fn is_elsewhere(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        let there = self.thread.load(Ordering::Relaxed);
        there != 0 && there != thread::id()
    }
}
