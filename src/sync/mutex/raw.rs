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
//! 4. HAS and GUARDED change, and the lifeguard looks at the line, under the line's lock only. It is
//!    GUARDED only while somebody in line keeps the mutex alive, even if forgotten: so
//!    who watches a lock watches one that is there.

use super::lifeguard;
use super::word::{State, Word};
use crate::sys::{ShortLock, ShortLockGuard};
use crate::wait::{Attempt, List, Node, Patience, Place, Popped, Signal, Wake, WakeBatch};

/// The mark of a node that a task waits with.
const THREAD: u8 = 0;
/// A task's future that only borrows the mutex: if it is forgotten the borrow ends, and it stays in line.
const TASK_BORROWS: u8 = 1;
/// A task's future that owns a share of the mutex.
const TASK_OWNS: u8 = 2;

/// A lock without a value. Internal.
#[derive(Debug)]
pub struct RawMutex {
    word: Word,
    line: ShortLock<List>,
}

impl RawMutex {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                word: Word::new(),
                line: ShortLock::new(List::new()),
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
    fn notify_first(&self, line: &mut List) -> Wake {
        while let Some(node) = line.pop() {
            self.expect_task(node, |now| now);
            // SAFETY: we hold the lock.
            if let Ok(wake) = unsafe { node.complete(Signal::Notified) } {
                return wake;
            }
        }
        self.word.change(|now| Some(now.not_woken()));
        Wake::NOBODY
    }

    /// Notes, before it is told, that a task is meant.
    fn expect_task(&self, node: Popped, also: impl Fn(State) -> State) {
        // SAFETY: the caller holds the line's lock.
        let is_task = unsafe { node.mark() } != THREAD;
        self.word.change(|now| {
            let next = also(now).for_task(is_task);
            (next != now).then_some(next)
        });
    }

    /// Hands the lock, which the caller holds, to the first in line.
    fn hand_over(&self) {
        let mut line = self.line.lock();
        while let Some(node) = line.pop() {
            self.expect_task(node, State::reserved);
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
        self.word.change(|now| Some(now.unlocked().not_starving()));
        self.let_go(line);
    }

    /// Takes the lock that was handed over. False: the lifeguard has given it to others meanwhile.
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

    /// Puts `node` in line, unless the lock is free. With `starving`, the next one that unlocks hands
    /// the lock over.
    ///
    /// # Safety
    ///
    /// As [`List::push`].
    pub(crate) unsafe fn line_up(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
        (owns, starving): (bool, bool),
    ) -> Attempt<()> {
        let mut line = match patience {
            Patience::Block => self.line.lock(),
            Patience::Poll => match self.line.lock_soon() {
                Some(line) => line,
                None => return Attempt::Lagging,
            },
        };
        let (before, _) = self.word.change(|now| {
            let next = now.with_waiters();
            let next = if starving { next.starving() } else { next };
            now.is_locked().then_some(next)
        });
        if !before.is_locked() {
            return Attempt::Ready(());
        }
        let mark = match patience {
            Patience::Block => THREAD,
            Patience::Poll if owns => TASK_OWNS,
            Patience::Poll => TASK_BORROWS,
        };
        // SAFETY: the node is in no line.
        unsafe { node.set_mark(mark) };
        // SAFETY: the caller's promise.
        unsafe { line.push(node, place) };
        self.let_go(line);
        Attempt::Blocked
    }

    /// Takes `node` out of line, if it is in it. If it was `starving`, it does not any more.
    pub(crate) fn withdraw(&self, node: &Node, starving: bool) {
        let mut line = self.line.lock();
        line.remove(node);
        if starving {
            self.word.change(|now| Some(now.not_starving()));
        }
        self.let_go(line);
    }

    /// Lets go of the line, after making the word say who is in it, and the lifeguard watch if need
    /// be.
    fn let_go(&self, line: ShortLockGuard<'_, List>) {
        let is_empty = line.is_empty();
        let kept_alive = is_kept_alive(&line);
        let (before, changed) = self.word.change(|now| {
            let next = if is_empty {
                now.without_waiters()
            } else if !kept_alive {
                now.not_guarded()
            } else if now.awaits_task() {
                now.guarded()
            } else {
                now
            };
            (next != now).then_some(next)
        });
        let watches = changed && kept_alive;
        if watches {
            lifeguard::watch(self);
        } else if changed && before.is_guarded() {
            lifeguard::forget(self);
        }
        drop(line);
        if watches {
            lifeguard::set_alarm();
        }
    }

    /// The lifeguard's round: whoever was notified or handed the lock before the last round, and did
    /// not come, does not keep the others waiting. False: there is nothing to watch any more.
    pub(super) fn rescue(&self, batch: &mut WakeBatch) -> bool {
        let Some(mut line) = self.line.try_lock() else {
            return true;
        };
        let (before, _) = self.word.change(|now| Some(rescued(now)));
        let waits = before.is_woken() || before.is_reserved();
        if waits && !before.is_seen() {
            return true;
        }
        if !before.is_reserved() && (before.is_locked() || !waits) {
            return false;
        }
        batch.add(self.notify_first(&mut line));
        let kept_alive = is_kept_alive(&line);
        if !kept_alive {
            // HAS stays, even if nobody is left: whoever unlocks next then asks for the line's lock, and
            // so the mutex is there until we have let go of it.
            self.word.change(|now| Some(now.not_guarded()));
        }
        kept_alive
    }
}

/// True if one of the first in line owns a share of the mutex, or is a thread that is blocked in a call
/// on it: then the mutex is there for as long as that stands in line.
fn is_kept_alive(line: &List) -> bool {
    line.first_marks(LOOK_AHEAD)
        .any(|mark| mark != TASK_BORROWS)
}

/// How far a look down the line goes.
const LOOK_AHEAD: usize = 8;

/// What the lifeguard makes of a word.
fn rescued(now: State) -> State {
    if !now.is_woken() && !now.is_reserved() {
        // All is well.
        now.not_guarded()
    } else if !now.is_seen() {
        now.seen()
    } else if now.is_reserved() {
        // The lock is free, and somebody is about to be notified.
        now.not_reserved().unlocked().woken().not_seen()
    } else if now.is_locked() {
        // Whoever holds it will notify the next.
        now.not_woken().not_guarded()
    } else {
        now.not_seen()
    }
}
