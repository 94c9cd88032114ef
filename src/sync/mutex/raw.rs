//! The lock without a value: the word, and the line of those who wait.
//!
//! # Invariants
//!
//! 1. Who made LOCKED of a word without it, or took RESERVED away, holds the lock until it unlocks.
//! 2. A node gets in line at an instant at which the word says LOCKED, and HAS from then on: so
//!    whoever unlocks after that finds HAS.
//! 3. If the lock is free and somebody is in line, WOKEN is set, and somebody will act on it: the one
//!    that set it, on its way to the line, or one that it has notified and that has not tried yet.
//!    Whoever tried clears WOKEN, in the step in which it takes the lock or finds it taken. (That may
//!    be somebody else's WOKEN; then one more than needed is notified, but nobody less.)
//! 4. HAS changes under the line's lock only; after a ring it may stand for an empty line. STARVING grows
//!    and TASK comes under that lock only.
//! 5. If somebody is in line while a task is to come (TASK, and WOKEN or RESERVED), the line is watched:
//!    see [`line`](super::line).

use super::line::{Line, LineGuard, RUNG, STARVES, TASK};
use super::word::{State, Word};
use crate::wait::{Attempt, Node, Patience, Place, Popped, Signal, Wake};

/// What somebody who gets in line asks for, or knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asks {
    /// That the next one that unlocks hands the lock over.
    pub(crate) starving: bool,
    /// It was rung, and found the lock held as it should be.
    pub(crate) well: bool,
}

/// A lock without a value. Internal.
#[derive(Debug)]
pub struct RawMutex {
    word: Word,
    line: Line,
}

impl RawMutex {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                word: Word::new(),
                line: Line::new(),
            }
        }
    }

    /// Takes the lock if it is free, whoever waits for it.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        match self.word.lock_idle() {
            Ok(()) => true,
            Err(now) => !now.is_locked() && self.barge(),
        }
    }

    /// Takes the lock if nobody holds it and nobody waits.
    #[inline]
    pub(crate) fn lock_idle(&self) -> bool {
        self.word.lock_idle().is_ok()
    }

    #[cold]
    fn barge(&self) -> bool {
        let free = |now: State| (!now.is_locked()).then(|| now.locked());
        self.word.change(free).1
    }

    #[inline]
    pub(crate) fn is_locked(&self) -> bool {
        self.word.look().is_locked()
    }

    /// Lets go of the lock, which the caller holds (invariant 1).
    #[inline]
    pub(crate) fn unlock(&self) {
        if self.word.unlock_idle().is_err() {
            self.unlock_to_waiters();
        }
    }

    #[cold]
    #[inline(never)]
    fn unlock_to_waiters(&self) {
        let (before, freed) = self.word.change(|now| {
            let wakes = now.has_waiters() && !now.is_woken();
            let freed = now.unlocked();
            (!now.is_starving()).then(|| if wakes { freed.woken() } else { freed })
        });
        if !freed {
            self.hand_over();
        } else if before.has_waiters() && !before.is_woken() {
            self.notify();
        }
    }

    /// Notifies the first in line, on behalf of WOKEN, which the caller has set.
    fn notify(&self) {
        let mut line = self.line.lock();
        let wake = self.notify_first(&mut line);
        self.let_go(line);
        wake.wake();
    }

    /// Notifies the first in line who is available; if there is nobody, WOKEN stands for nobody.
    fn notify_first(&self, line: &mut LineGuard<'_>) -> Wake {
        while let Some(node) = line.pop() {
            self.expect(node, |now| now);
            // SAFETY: we hold the lock.
            if let Ok(wake) = unsafe { node.complete(Signal::Notified) } {
                return wake;
            }
        }
        self.word.change(|now| Some(now.not_woken()));
        Wake::NOBODY
    }

    /// Notes, before it is told, who is meant.
    fn expect(&self, node: Popped, also: impl Fn(State) -> State) {
        // SAFETY: the caller holds the line's lock.
        let mark = unsafe { node.mark() };
        self.word.change(|now| {
            let next = also(now).for_task(mark & TASK != 0);
            let next = if mark & STARVES != 0 {
                next.fed()
            } else {
                next
            };
            (next != now).then_some(next)
        });
    }

    /// Hands the lock, which the caller holds, to the first in line.
    fn hand_over(&self) {
        let mut line = self.line.lock();
        while let Some(node) = line.pop() {
            self.expect(node, State::reserved);
            // SAFETY: we hold the lock.
            if let Ok(wake) = unsafe { node.complete(Signal::Handed) } {
                self.let_go(line);
                return wake.wake();
            }
            // It went elsewhere. Is the lock still ours, or did one come for it that was handed the
            // lock long ago?
            if !self.claim() {
                return self.let_go(line);
            }
        }
        self.word.change(|now| Some(now.unlocked()));
        self.let_go(line);
    }

    /// Takes the lock that was handed over. False: others took it meanwhile, because nobody came.
    pub(crate) fn claim(&self) -> bool {
        let reserved = |now: State| now.is_reserved().then(|| now.not_reserved());
        self.word.change(reserved).1
    }

    /// Takes the lock for one that was notified, if it is free. The notification is used or void
    /// afterwards.
    pub(crate) fn lock_notified(&self) -> bool {
        let (before, _) = self.word.change(|now| {
            let next = now.not_woken().locked();
            (next != now).then_some(next)
        });
        !before.is_locked()
    }

    /// Takes the lock for one that was rung, if it is free, or if nobody took what was handed over since
    /// another ring. If not: true if it is held as it should be.
    pub(crate) fn lock_rung(&self) -> Result<(), bool> {
        let (before, _) = self.word.change(|now| {
            Some(match now {
                _ if !now.is_locked() => now.not_woken().locked(),
                _ if !now.is_reserved() => now.not_woken(),
                _ if now.is_seen() => now.not_reserved(),
                _ => now.seen(),
            })
        });
        if !before.is_locked() || before.is_reserved() && before.is_seen() {
            return Ok(());
        }
        Err(!before.is_reserved())
    }

    /// One that starved was rung.
    pub(crate) fn fed(&self) {
        self.word.change(|now| Some(now.fed()));
    }

    /// The notification was not used: it is for the next in line, if the lock is free.
    pub(crate) fn pass_on(&self) {
        let passes = |now: State| !now.is_locked() && now.has_waiters();
        let (before, _) = self.word.change(|now| {
            let tried = now.not_woken();
            Some(if passes(now) { tried.woken() } else { tried })
        });
        if passes(before) {
            self.notify();
        }
    }

    /// Puts `node` in line, unless the lock is free.
    ///
    /// # Safety
    ///
    /// As [`SlimList::push`](crate::wait::SlimList::push).
    pub(crate) unsafe fn line_up(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
        asks: Asks,
    ) -> Attempt<()> {
        let Some(mut line) = self.line.lock_with(patience) else {
            return Attempt::Lagging;
        };
        let (before, _) = self.word.change(|now| {
            let next = now.with_waiters();
            let next = if asks.starving { next.starving() } else { next };
            now.is_locked().then_some(next)
        });
        if !before.is_locked() {
            return Attempt::Ready(());
        }
        let task = if patience == Patience::Poll { TASK } else { 0 };
        let starves = if asks.starving { STARVES } else { 0 };
        // SAFETY: the node is in no line.
        unsafe { node.set_mark(task | starves) };
        // SAFETY: the caller's promise.
        unsafe { line.push(node, place) };
        if asks.well && !before.awaits_task() {
            line.is_well();
        }
        self.let_go(line);
        Attempt::Blocked
    }

    /// Takes `node` out of line, if it is in it. If it `starves` it does not any more, unless it was
    /// told.
    pub(crate) fn withdraw(&self, node: &Node, starves: bool) {
        let mut line = self.line.lock();
        // SAFETY: we hold the line's lock.
        let rung = unsafe { node.mark() } & RUNG != 0;
        // SAFETY: we hold the line's lock.
        let counts = unsafe { node.is_linked() } || rung;
        line.remove(node);
        if starves && counts {
            self.fed();
        }
        self.let_go(line);
    }

    /// Lets go of the line, after making the word say whether somebody is in it. It is watched if need
    /// be.
    fn let_go(&self, line: LineGuard<'_>) {
        let is_empty = line.is_empty();
        let (now, _) = self.word.change(|now| {
            let emptied = now.without_waiters();
            (is_empty && emptied != now).then_some(emptied)
        });
        if !is_empty && now.awaits_task() {
            self.line.watch_and_let_go(line);
        }
    }

    /// The line, for the model.
    #[cfg(towpath_loom)]
    pub(super) fn line(&self) -> &Line {
        &self.line
    }
}
