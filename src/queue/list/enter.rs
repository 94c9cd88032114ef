//! Ways in: how a receiver finds out that there is a message, and becomes the one that is inside.

use std::mem::MaybeUninit;

use super::List;
use super::block::Position;
use super::inside::Inside;
use crate::queue::Refusal;
use crate::sys::{Backoff, Ordering, step_aside};

impl<T> List<T> {
    /// Steps inside: from now until [`Inside`] is dropped, this thread alone moves `head`.
    #[inline]
    pub(super) fn enter(&self) -> Result<Inside<'_, T>, Refusal> {
        let laps = self.laps();
        let (head, was_seen) = self.head();
        if was_seen {
            let inside = self.enter_at(head)?;
            return if inside.is_at_seen() {
                inside.unless_in_vain()
            } else {
                Ok(inside)
            };
        }
        self.compare_with_tail(laps, head)?;
        self.enter_at(head)?.unless_in_vain()
    }

    /// Where the oldest message is, if that is before the `tail` that a receiver has seen.
    pub(super) fn front_before_seen(&self) -> Option<Position<T>> {
        let (head, was_seen) = self.head();
        was_seen.then_some(head)
    }

    /// `head`, and whether there is a message before the `tail` that a receiver has seen: senders and
    /// receivers then do not take each other's cache lines away.
    ///
    /// Whoever reads a `head` also finds the tail that was seen up to then, or a later one. If the words
    /// differ there was a message between the two reads; and if `head` is still the same, there is.
    /// (If it is the same again, in a reused block, there may be none: see `Inside::unless_in_vain`.)
    #[inline(always)]
    fn head(&self) -> (Position<T>, bool) {
        let head = self.load_head();
        // ORDERING: Relaxed, ordered after `head` by its Acquire.
        let seen = Position(self.head.seen.load(Ordering::Relaxed));
        (head, !seen.0.is_null() && head.unflagged() != seen)
    }

    /// Where the oldest message is, if there is any, as of one instant during the call. Lagging: look again.
    #[inline]
    pub(super) fn front(&self) -> Result<Position<T>, Refusal> {
        let laps = self.laps();
        let head = self.load_head();
        self.compare_with_tail(laps, head)?;
        if head.block().is_null() {
            // The first block has come since, and perhaps nobody has claimed a place in it yet.
            return Err(Refusal::Lagging);
        }
        Ok(head)
    }

    #[inline(always)]
    fn load_head(&self) -> Position<T> {
        // ORDERING: Acquire, pairs with the stores of `head`: the blocks, and what was seen by then; and `tail` is
        // read after it.
        Position(self.head.position.load(Ordering::Acquire))
    }

    #[inline(always)]
    fn laps(&self) -> usize {
        // ORDERING: Acquire, so that `head` is read after it; pairs with the Release increment in
        // `Inside::leave_block`.
        self.head.laps.load(Ordering::Acquire)
    }

    /// Says whether there is a message at `head`, which was read after `laps`. Beside a `head` that is null it may find
    /// the first block, in which nobody has claimed a slot yet: nobody gets in by such a `head`.
    #[inline(always)]
    fn compare_with_tail(&self, laps: usize, head: Position<T>) -> Result<(), Refusal> {
        let tail = self.load_tail();
        if head.unflagged() != tail.unflagged() && !tail.block().is_null() {
            return Ok(());
        }
        // Equal words are equal positions unless the block was left and reused in between.
        // ORDERING: Relaxed; the Acquire of `tail` orders it after that read, and if `tail` is
        // in a reused block it makes the increment visible.
        if self.head.laps.load(Ordering::Relaxed) != laps {
            Err(Refusal::Lagging)
        } else if tail.flag() {
            Err(Refusal::Closed)
        } else {
            Err(Refusal::Blocked)
        }
    }

    #[inline]
    fn enter_at(&self, head: Position<T>) -> Result<Inside<'_, T>, Refusal> {
        if head.flag() {
            return Err(Refusal::Lagging);
        }
        // ORDERING: Acquire, pairs with the Release in `Inside::drop`: what the last receiver
        // inside did to the blocks, and with the Release that installed the first block.
        let entered = self.head.position.compare_exchange(
            head.0,
            head.flagged().0,
            Ordering::Acquire,
            Ordering::Relaxed,
        );
        if entered.is_ok() {
            Ok(Inside { list: self, head })
        } else {
            Err(Refusal::Lagging)
        }
    }

    /// Steps inside, pausing for whoever is there.
    #[cold]
    #[inline(never)]
    fn enter_slow(&self) -> Result<Inside<'_, T>, Refusal> {
        step_aside();
        let mut backoff = Backoff::new();
        loop {
            match self.enter() {
                Err(Refusal::Lagging) if backoff.pause() => {}
                outcome => return outcome,
            }
        }
    }

    /// Pops, pausing for whoever is inside.
    #[cold]
    #[inline(never)]
    pub(super) fn pop_lagging(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        self.enter_slow()?.take_and_leave(place)
    }

    #[inline]
    pub(super) fn enter_soon(&self) -> Result<Inside<'_, T>, Refusal> {
        match self.enter() {
            Err(Refusal::Lagging) => self.enter_slow(),
            outcome => outcome,
        }
    }
}
