//! The word of a mutex.
//!
//! | bit | name     | means                                                                       |
//! |-----|----------|-----------------------------------------------------------------------------|
//! | 0   | LOCKED   | somebody holds the lock, or it is reserved                                  |
//! | 1   | HAS      | somebody is in line; changes under the line's lock only                     |
//! | 2   | WOKEN    | somebody was notified, or is about to be, and has not tried yet             |
//! | 3   | STARVING | whoever unlocks next hands over; set under the line's lock, while LOCKED    |
//! | 4   | RESERVED | the lock was handed over, and not taken yet; only together with LOCKED      |
//! | 5   | TASK     | a task is among those that WOKEN and RESERVED stand for: it may never come  |
//! | 6   | GUARDED  | the lifeguard watches; changes under the line's lock only                   |
//! | 7   | SEEN     | the lifeguard saw WOKEN or RESERVED, and neither was cleared since          |
//!
//! | step                         | from                        | to                               |
//! |------------------------------|-----------------------------|----------------------------------|
//! | lock                         | not LOCKED                  | LOCKED                           |
//! | lock, notified               | not LOCKED                  | LOCKED, not WOKEN                |
//! | lose, notified               | LOCKED, WOKEN               | LOCKED, not WOKEN                |
//! | unlock                       | LOCKED, not STARVING        | not LOCKED; WOKEN if HAS         |
//! | starve                       | LOCKED                      | LOCKED, STARVING                 |
//! | hand over                    | LOCKED, STARVING            | LOCKED, RESERVED, not STARVING   |
//! | take what was handed over    | LOCKED, RESERVED            | LOCKED, not RESERVED             |
//! | the lifeguard gives it up    | LOCKED, RESERVED, SEEN      | not LOCKED, not RESERVED, WOKEN  |

use std::fmt;

use crate::sys::Ordering;
use crate::sys::atomic::AtomicU32;

const LOCKED: u32 = 1;
const HAS: u32 = 2;
const WOKEN: u32 = 4;
const STARVING: u32 = 8;
const RESERVED: u32 = 16;
const TASK: u32 = 32;
const GUARDED: u32 = 64;
const SEEN: u32 = 128;

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
        self.0 & STARVING != 0
    }

    pub(super) fn is_reserved(self) -> bool {
        self.0 & RESERVED != 0
    }

    pub(super) fn is_guarded(self) -> bool {
        self.0 & GUARDED != 0
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
        Self(self.0 & !(HAS | STARVING | GUARDED))
    }

    pub(super) fn woken(self) -> Self {
        Self(self.0 | WOKEN)
    }

    /// Somebody who was notified has tried.
    pub(super) fn not_woken(self) -> Self {
        let others = if self.is_reserved() { 0 } else { TASK | SEEN };
        Self(self.0 & !(WOKEN | others))
    }

    pub(super) fn starving(self) -> Self {
        Self(self.0 | STARVING)
    }

    pub(super) fn not_starving(self) -> Self {
        Self(self.0 & !STARVING)
    }

    pub(super) fn reserved(self) -> Self {
        Self((self.0 | RESERVED) & !STARVING)
    }

    /// What was handed over is taken, or given up.
    pub(super) fn not_reserved(self) -> Self {
        let others = if self.is_woken() { 0 } else { TASK | SEEN };
        Self(self.0 & !(RESERVED | others))
    }

    pub(super) fn for_task(self, is_task: bool) -> Self {
        Self(if is_task { self.0 | TASK } else { self.0 })
    }

    pub(super) fn guarded(self) -> Self {
        Self(self.0 | GUARDED)
    }

    pub(super) fn not_guarded(self) -> Self {
        Self(self.0 & !GUARDED)
    }

    pub(super) fn seen(self) -> Self {
        Self(self.0 | SEEN)
    }

    pub(super) fn not_seen(self) -> Self {
        Self(self.0 & !SEEN)
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
        write!(f, "{:#010b}", self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look().fmt(f)
    }
}
