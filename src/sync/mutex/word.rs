//! The word of a mutex.
//!
//! | bit  | name     | means                                                                       |
//! |------|----------|-----------------------------------------------------------------------------|
//! | 0    | LOCKED   | somebody holds the lock, or it is reserved                                  |
//! | 1    | HAS      | somebody is in line; changes under the line's lock only                     |
//! | 2    | WOKEN    | somebody was notified, or is about to be, and has not tried yet             |
//! | 3    | RESERVED | the lock was handed over, and not taken yet; only together with LOCKED      |
//! | 4    | TASK     | a task is among those that WOKEN and RESERVED stand for: it may never come  |
//! | 5    | SEEN     | who was rung saw RESERVED, which was not taken since                        |
//! | 8..  | STARVING | how many in line ask for the lock; if any, whoever unlocks next hands over  |
//!
//! | step                         | from                        | to                               |
//! |------------------------------|-----------------------------|----------------------------------|
//! | lock                         | not LOCKED                  | LOCKED                           |
//! | lock, notified or rung       | not LOCKED                  | LOCKED, not WOKEN                |
//! | lose, notified or rung       | LOCKED                      | LOCKED, not WOKEN                |
//! | unlock                       | LOCKED, none STARVING       | not LOCKED; WOKEN if HAS         |
//! | starve                       | LOCKED                      | LOCKED, one more STARVING        |
//! | hand over                    | LOCKED, STARVING            | LOCKED, RESERVED                 |
//! | take what was handed over    | LOCKED, RESERVED            | LOCKED, not RESERVED             |
//! | see what is not taken, rung  | RESERVED                    | RESERVED, SEEN                   |
//! | take it instead, rung        | RESERVED, SEEN              | LOCKED, not RESERVED             |
//! | leave the line               | one STARVING                | one fewer                        |
//! | the line is empty            | HAS                         | not HAS, none STARVING           |

use std::fmt;

use crate::sys::Ordering;
use crate::sys::atomic::AtomicU32;

const LOCKED: u32 = 1;
const HAS: u32 = 2;
const WOKEN: u32 = 4;
const RESERVED: u32 = 8;
const TASK: u32 = 16;
const SEEN: u32 = 32;
/// One that starves.
const STARVING: u32 = 256;

/// What the word says at one instant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State(u32);

impl State {
    pub(super) fn is_locked(self) -> bool {
        self.0 & LOCKED != 0
    }

    pub(super) fn has_waiters(self) -> bool {
        self.0 & HAS != 0
    }

    pub(super) fn is_woken(self) -> bool {
        self.0 & WOKEN != 0
    }

    pub(super) fn is_starving(self) -> bool {
        self.0 >= STARVING
    }

    pub(super) fn is_reserved(self) -> bool {
        self.0 & RESERVED != 0
    }

    pub(super) fn is_seen(self) -> bool {
        self.0 & SEEN != 0
    }

    /// Somebody was notified or handed the lock who may never come.
    pub(super) fn awaits_task(self) -> bool {
        self.0 & TASK != 0 && self.0 & (WOKEN | RESERVED) != 0
    }

    pub(super) fn locked(self) -> Self {
        Self(self.0 | LOCKED)
    }

    pub(super) fn unlocked(self) -> Self {
        Self(self.0 & !LOCKED)
    }

    pub(super) fn with_waiters(self) -> Self {
        Self(self.0 | HAS)
    }

    pub(super) fn without_waiters(self) -> Self {
        Self((self.0 % STARVING) & !HAS)
    }

    pub(super) fn woken(self) -> Self {
        Self(self.0 | WOKEN)
    }

    /// Somebody who was notified has tried.
    pub(super) fn not_woken(self) -> Self {
        let task = if self.is_reserved() { 0 } else { TASK };
        Self(self.0 & !(WOKEN | task))
    }

    /// One more starves.
    pub(super) fn starving(self) -> Self {
        Self(self.0 + STARVING)
    }

    /// One that starved is not in line any more.
    pub(super) fn fed(self) -> Self {
        Self(if self.is_starving() {
            self.0 - STARVING
        } else {
            self.0
        })
    }

    pub(super) fn reserved(self) -> Self {
        Self((self.0 | RESERVED) & !SEEN)
    }

    /// What was handed over is taken, or given up.
    pub(super) fn not_reserved(self) -> Self {
        let task = if self.is_woken() { 0 } else { TASK };
        Self(self.0 & !(RESERVED | SEEN | task))
    }

    pub(super) fn for_task(self, is_task: bool) -> Self {
        Self(if is_task { self.0 | TASK } else { self.0 })
    }

    pub(super) fn seen(self) -> Self {
        Self(self.0 | SEEN)
    }
}

/// The word itself.
pub(super) struct Word(AtomicU32);

impl Word {
    constant! {
        pub(super) fn new() -> Self {
            Self(AtomicU32::new(0))
        }
    }

    /// A look; whoever acts on it changes the word by [`change`](Word::change).
    #[inline]
    pub(super) fn look(&self) -> State {
        // ORDERING: Relaxed, a look.
        State(self.0.load(Ordering::Relaxed))
    }

    /// Nobody holds it, nobody waits: takes it in one step. Or what the word says instead.
    #[inline]
    pub(super) fn lock_idle(&self) -> Result<(), State> {
        // ORDERING: Acquire, pairs with the Release of whoever unlocked (`unlock_idle`, `change`), as
        // nothing but read-modify-writes changes the word: what the last holder wrote is visible.
        // Relaxed on failure: a look.
        let taken = self
            .0
            .compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed);
        taken.map(drop).map_err(State)
    }

    /// Nobody waits: lets go in one step. Or what the word says instead.
    #[inline]
    pub(super) fn unlock_idle(&self) -> Result<(), State> {
        // ORDERING: Release, pairs with the Acquire in `lock_idle` and `change`: the next holder sees
        // what this one wrote. Relaxed on failure: a look.
        let freed = self
            .0
            .compare_exchange(LOCKED, 0, Ordering::Release, Ordering::Relaxed);
        freed.map(drop).map_err(State)
    }

    /// Takes the word to what `step` says (`None`: it stays). What it was, and whether it changed.
    #[inline]
    pub(super) fn change(&self, step: impl Fn(State) -> Option<State>) -> (State, bool) {
        let mut now = self.look();
        loop {
            let Some(next) = step(now) else {
                return (now, false);
            };
            // ORDERING: AcqRel: as Acquire it pairs with the Release of whoever unlocked, if this
            // locks; as Release with the Acquire of whoever locks next, if this unlocks. Relaxed on
            // failure: a look.
            let changed =
                self.0
                    .compare_exchange_weak(now.0, next.0, Ordering::AcqRel, Ordering::Relaxed);
            match changed {
                Ok(_) => return (now, true),
                Err(other) => now = State(other),
            }
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#b}", self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look().fmt(f)
    }
}
