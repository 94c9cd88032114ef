//! Those who wait for one event, some of whom are on their way out: hand over, under a short lock.
//!
//! To tell everybody means to wake wakers, which no lock may be held for, so it takes several
//! critical sections. Whoever gets in line between two of them must not be told. So those who are to
//! be told are moved to a second list, in one step, and that one is emptied.
//!
//! # Invariants
//!
//! 1. A node in `line` waits for an event that is still to come; a node in `leaving` waits for its
//!    signal, and whoever moved it there is about to give it.
//! 2. An owner can tell in which of the two its node is, if in any: it remembers what its resource's
//!    count of dismissals was when it got in line.

use crate::sys::{ShortLock, ShortLockGuard};
use crate::wait::{List, Lost, Node, Place, Popped, Signal, Wake, WakeBatch};

#[derive(Debug)]
pub(super) struct Crowd {
    line: List,
    leaving: List,
}

impl Crowd {
    pub(super) const fn new() -> Self {
        Self {
            line: List::new(),
            leaving: List::new(),
        }
    }

    /// Puts `node` in line.
    ///
    /// # Safety
    ///
    /// As [`List::push`].
    pub(super) unsafe fn push(&mut self, node: &Node) {
        // SAFETY: the caller's promise.
        unsafe { self.line.push(node, Place::Back) };
    }

    /// Takes `node` out, if it is still there. `dismissed` says whether the crowd that it joined was
    /// dismissed (invariant 2). If it was, and the node was not told yet, it is told here: whoever goes
    /// then knows that it was meant, and is not told that its time ran out. (Its owner is awake; what
    /// comes back is to be dropped once the lock is let go.)
    pub(super) fn remove(&mut self, node: &Node, dismissed: bool, tell: Tell) -> Option<Wake> {
        if !dismissed {
            self.line.remove(node);
            return None;
        }
        self.leaving.take(node).and_then(|node| tell(node).ok())
    }

    /// Takes out of line whom `keep` does not want to keep: how many those were.
    pub(super) fn retain(&mut self, keep: impl Fn(Popped) -> bool) -> usize {
        self.line.retain(keep)
    }

    /// True if somebody in line has the same waiter as `node`.
    ///
    /// # Safety
    ///
    /// As [`List::has_waiter_of`].
    pub(super) unsafe fn has_waiter_of(&self, node: &Node) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.line.has_waiter_of(node) }
    }

    /// Takes everybody out of line, to be told by `tell`: whom to wake.
    pub(super) fn send_back(&mut self, tell: Tell, batch: &mut WakeBatch) {
        while let Some(wake) = complete_first(&mut self.line, tell) {
            batch.add(wake);
        }
    }

    /// Signals *Handed* to the first in line: whom to wake. `None`: nobody waits.
    pub(super) fn hand_to_first(&mut self) -> Option<Wake> {
        complete_first(&mut self.line, |node| {
            // SAFETY: the lock is held.
            unsafe { node.complete(Signal::Handed) }
        })
    }

    /// Dismisses those who are in line now; [`see_off`] tells them.
    pub(super) fn dismiss(&mut self) {
        self.leaving.append(&mut self.line);
    }
}

/// How those who are in a list are told. It is called with the lock held.
pub(super) type Tell = fn(Popped) -> Result<Wake, Lost>;

/// Tells *Closed*.
pub(super) fn closed(node: Popped) -> Result<Wake, Lost> {
    // SAFETY: a `Tell` is called with the lock held.
    unsafe { node.complete(Signal::Closed) }
}

/// Tells the first in `list` who is still available: whom to wake. `None`: there is nobody. The lock is
/// held.
pub(super) fn complete_first(
    list: &mut List,
    tell: impl Fn(Popped) -> Result<Wake, Lost>,
) -> Option<Wake> {
    loop {
        // Whoever was signalled elsewhere meanwhile needs no telling.
        if let Ok(wake) = tell(list.pop()?) {
            return Some(wake);
        }
    }
}

/// Tells everybody who was dismissed, and lets go of the lock.
pub(super) fn see_off<'a, T>(
    lock: &'a ShortLock<T>,
    guard: ShortLockGuard<'a, T>,
    tell: Tell,
    crowd: impl Fn(&mut T) -> &mut Crowd,
) {
    tell_all(lock, guard, tell, |state| &mut crowd(state).leaving);
}

/// Tells everybody in the list until it is empty, and lets go of the lock. Wakes them a handful at a
/// time, between two critical sections.
pub(super) fn tell_all<'a, T>(
    lock: &'a ShortLock<T>,
    mut guard: ShortLockGuard<'a, T>,
    tell: Tell,
    list: impl Fn(&mut T) -> &mut List,
) {
    let mut batch = WakeBatch::new();
    loop {
        let mut done = false;
        while !done && batch.has_room() {
            match complete_first(list(&mut guard), tell) {
                Some(wake) => batch.add(wake),
                None => done = true,
            }
        }
        drop(guard);
        batch.wake();
        if done {
            return;
        }
        guard = lock.lock();
    }
}
