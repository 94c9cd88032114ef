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
use crate::wait::{List, Node, Place, Signal, Wake, WakeBatch};

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
    /// dismissed (invariant 2).
    pub(super) fn remove(&mut self, node: &Node, dismissed: bool) {
        let list = if dismissed {
            &mut self.leaving
        } else {
            &mut self.line
        };
        list.remove(node);
    }

    /// Signals *Handed* to the first in line: whom to wake. `None`: nobody waits.
    pub(super) fn hand_to_first(&mut self) -> Option<Wake> {
        complete_first(&mut self.line, Signal::Handed)
    }

    /// Dismisses those who are in line now; [`see_off`] tells them.
    pub(super) fn dismiss(&mut self) {
        self.leaving.append(&mut self.line);
    }
}

/// Signals `signal` to the first in `list` who is still available: whom to wake. `None`: there is
/// nobody. The lock is held.
pub(super) fn complete_first(list: &mut List, signal: Signal) -> Option<Wake> {
    loop {
        // Whoever was signalled elsewhere meanwhile needs no telling.
        // SAFETY: the caller holds the list's lock.
        if let Ok(wake) = unsafe { list.pop()?.complete(signal) } {
            return Some(wake);
        }
    }
}

/// Signals *Closed* to everybody who was dismissed, and lets go of the lock.
pub(super) fn see_off<'a, T>(
    lock: &'a ShortLock<T>,
    guard: ShortLockGuard<'a, T>,
    crowd: impl Fn(&mut T) -> &mut Crowd,
) {
    tell_all(lock, guard, Signal::Closed, |state| {
        &mut crowd(state).leaving
    });
}

/// Signals `signal` to everybody in the list until it is empty, and lets go of the lock. Wakes them a
/// handful at a time, between two critical sections.
pub(super) fn tell_all<'a, T>(
    lock: &'a ShortLock<T>,
    mut guard: ShortLockGuard<'a, T>,
    signal: Signal,
    list: impl Fn(&mut T) -> &mut List,
) {
    let mut batch = WakeBatch::new();
    loop {
        let mut done = false;
        while !done && batch.has_room() {
            match complete_first(list(&mut guard), signal) {
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
