//! What [`Notify`](super::Notify) and [`Event`](super::Event) share: a mark that one waiter takes or
//! that all pass by, and a line.
//!
//! # The word
//!
//! | bit 0                     | bit 1                                    | bits 2..                    |
//! |---------------------------|------------------------------------------|-----------------------------|
//! | SET: nobody need wait now | STAYS: passing leaves SET as it is (constant) | ROUNDS: how often everybody was told, wrapping |
//!
//! | step                  | from     | to                     | under the lock |
//! |-----------------------|----------|------------------------|----------------|
//! | `ring_one`, nobody waits | any   | SET                    | yes |
//! | `ring_all`            | any      | ROUNDS + 1             | yes |
//! | `open`                | not SET  | SET, ROUNDS + 1        | yes |
//! | `take`, `Ring::attempt` | SET, not STAYS | not SET        | no  |
//! | `clear`               | any      | not SET                | no  |
//!
//! # Invariants
//!
//! 1. While SET, nobody is in line: it is set under the lock, when nobody is; and whoever gets in
//!    line looks at the word under the same lock.
//! 2. A waiter remembers ROUNDS as they were when it was made. It is over once they differ, whether
//!    it was in line by then or not: no edge is lost. So a node in line has the ROUNDS of now.
//! 3. *Handed* is the ring that was meant for one: whoever does not use it rings again. *Closed* is
//!    the one for all, of which nothing is left over.

use std::fmt;

use super::crowd::{Crowd, closed, see_off};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Ordering, ShortLock, ShortLockGuard};
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Wait, WakeBatch};

const SET: usize = 1;
const STAYS: usize = 2;
const ROUND: usize = 4;

fn is_set(word: usize) -> bool {
    word & SET != 0
}

fn stays(word: usize) -> bool {
    word & STAYS != 0
}

fn rounds(word: usize) -> usize {
    word / ROUND
}

pub(super) struct Bell {
    word: AtomicUsize,
    crowd: ShortLock<Crowd>,
}

impl Bell {
    constant! {
        /// A bell whose mark one waiter takes.
        pub(super) fn for_one() -> Self {
            Self {
                word: AtomicUsize::new(0),
                crowd: ShortLock::new(Crowd::new()),
            }
        }
    }

    constant! {
        /// A bell whose mark stays until it is cleared.
        pub(super) fn for_all() -> Self {
            Self {
                word: AtomicUsize::new(STAYS),
                crowd: ShortLock::new(Crowd::new()),
            }
        }
    }

    #[inline]
    fn word(&self) -> usize {
        // ORDERING: Acquire, pairs with the Releases of `mark`, `ring_all` and `open`: what was done
        // before the ring is visible to whoever finds it.
        self.word.load(Ordering::Acquire)
    }

    #[inline]
    pub(super) fn is_set(&self) -> bool {
        is_set(self.word())
    }

    pub(super) fn stays(&self) -> bool {
        stays(self.word())
    }

    /// Lets one waiter go on, the one that waits longest; if nobody waits, the next one to come.
    pub(super) fn ring_one(&self) {
        let mut crowd = self.crowd.lock();
        let wake = crowd.hand_to_first();
        if wake.is_none() {
            self.mark(&crowd);
        }
        drop(crowd);
        if let Some(wake) = wake {
            wake.wake();
        }
    }

    /// As `count` calls of [`ring_one`](Bell::ring_one).
    pub(super) fn ring_many(&self, count: usize) {
        let mut batch = WakeBatch::new();
        let mut left = count;
        while left > 0 {
            let mut crowd = self.crowd.lock();
            while left > 0 && batch.has_room() {
                left -= 1;
                match crowd.hand_to_first() {
                    Some(wake) => batch.add(wake),
                    None => {
                        self.mark(&crowd);
                        left = 0;
                    }
                }
            }
            drop(crowd);
            batch.wake();
        }
    }

    /// Sets the mark; nobody is in line.
    fn mark(&self, _locked: &ShortLockGuard<'_, Crowd>) {
        // ORDERING: Release, pairs with the Acquire in `word`, `clear` and `use_up`. Always a write, even
        // if it is set: whoever takes the mark sees what every one did that rang for it.
        self.word.fetch_or(SET, Ordering::Release);
    }

    /// Lets everybody go on who waits now.
    pub(super) fn ring_all(&self) {
        let mut crowd = self.crowd.lock();
        // ORDERING: Release, pairs with the Acquire in `word`.
        self.word.fetch_add(ROUND, Ordering::Release);
        crowd.dismiss();
        see_off(&self.crowd, crowd, closed, |crowd| crowd);
    }

    /// Lets everybody go on who waits now or comes before [`clear`](Bell::clear).
    pub(super) fn open(&self) {
        let mut crowd = self.crowd.lock();
        // In one step: a `clear` in between would leave the new round to those who come after it.
        let open = |word| {
            let next = if is_set(word) {
                word
            } else {
                (word | SET).wrapping_add(ROUND)
            };
            Some(next)
        };
        // ORDERING: Release, pairs with the Acquire in `word`; a write even if it is set, as in `mark`. Relaxed on
        // failure: looked at again.
        let before = self
            .word
            .fetch_update(Ordering::Release, Ordering::Relaxed, open);
        if before.is_ok_and(is_set) {
            return;
        }
        crowd.dismiss();
        see_off(&self.crowd, crowd, closed, |crowd| crowd);
    }

    /// Takes the mark away: whether it was there.
    #[inline]
    pub(super) fn clear(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `mark` and `open`: the mark is used up.
        is_set(self.word.fetch_and(!SET, Ordering::Acquire))
    }

    /// Takes the mark, or passes by it: whether it was there.
    #[inline]
    pub(super) fn take(&self) -> bool {
        let word = self.word();
        is_set(word) && (stays(word) || self.clear())
    }

    /// Takes the mark from `word`, in which it is set; fails with the word if that has changed.
    #[inline]
    fn use_up(&self, word: usize) -> Result<usize, usize> {
        // ORDERING: Acquire, as `clear`; on failure as `word`.
        self.word
            .compare_exchange(word, word & !SET, Ordering::Acquire, Ordering::Acquire)
    }

    /// Blocks the thread until it rings, or for the mark.
    #[inline]
    pub(super) fn ring(&self) {
        if !self.take() {
            self.ring_blocked();
        }
    }

    #[cold]
    #[inline(never)]
    fn ring_blocked(&self) {
        self.ring_async().wait();
    }

    /// Waits for a ring from now on, or for the mark.
    #[inline]
    pub(super) fn ring_async(&self) -> Wait<Ring<'_>> {
        let word = self.word();
        // Set when it is made is a ring from now on, whatever is reset before the first look.
        let seen = rounds(word).wrapping_sub((is_set(word) && stays(word)).into());
        Wait::new(Ring { bell: self, seen })
    }

    fn lock(&self, patience: Patience) -> Option<ShortLockGuard<'_, Crowd>> {
        match patience {
            Patience::Block => Some(self.crowd.lock()),
            Patience::Poll => self.crowd.lock_soon(),
        }
    }
}

/// The operation that waits for a bell.
pub struct Ring<'a> {
    bell: &'a Bell,
    /// ROUNDS when it was made.
    seen: usize,
}

impl Ring<'_> {
    /// True if everybody was told since this was made.
    fn is_over(&self) -> bool {
        self.is_over_in(self.bell.word())
    }

    fn is_over_in(&self, word: usize) -> bool {
        rounds(word) != self.seen
    }
}

impl OneLine for Ring<'_> {}

// SAFETY: nodes are used under the lock only; `withdraw` takes it and takes the node out.
unsafe impl Operation for Ring<'_> {
    type Output = ();
    type Done = Self::Output;
    /// True if it rang, false if time ran out.
    type Bounded = bool;

    fn watches_resource(&self) -> bool {
        false
    }

    /// Both questions are asked of the same word: the mark that is taken is of a word in which this is
    /// not over. It might be over by the time of a second look, and the mark be meant for another.
    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<()> {
        let mut word = self.bell.word();
        loop {
            if self.is_over_in(word) {
                return Attempt::Ready(());
            }
            if !is_set(word) {
                return Attempt::Blocked;
            }
            if stays(word) {
                return Attempt::Ready(());
            }
            match self.bell.use_up(word) {
                Ok(_) => return Attempt::Ready(()),
                Err(now) => word = now,
            }
        }
    }

    unsafe fn line_up(&self, node: &Node, _: Place, patience: Patience) -> Attempt<()> {
        let Some(mut crowd) = self.bell.lock(patience) else {
            return Attempt::Lagging;
        };
        if self.is_over() || self.bell.is_set() {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe { crowd.push(node) };
        Attempt::Blocked
    }

    fn finish(&self, _: Signal, _: Patience) -> Attempt<()> {
        // Handed or told: either way it rang.
        Attempt::Ready(())
    }

    unsafe fn withdraw(&self, node: &Node) {
        let mut crowd = self.bell.crowd.lock();
        // Under the lock; invariant 2.
        let told = crowd.remove(node, self.is_over(), closed);
        drop(crowd);
        drop(told);
    }

    fn abandon(&self, signal: Signal) {
        if signal == Signal::Handed {
            self.bell.ring_one();
        }
    }

    fn output<R>(&self, (): (), wrap: impl FnOnce(()) -> R) -> R {
        wrap(())
    }

    fn bounded(outcome: Result<(), Self>) -> bool {
        match outcome {
            Ok(()) => true,
            // It may have rung as time ran out.
            Err(op) => op.is_over(),
        }
    }
}

impl fmt::Debug for Ring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}
