//! The receiver inside: takes messages, steps over stalled senders, frees the blocks it has left.

use std::mem::MaybeUninit;

use super::List;
use super::block::{Block, Position, State};
use crate::queue::Refusal;
use crate::sys::{Backoff, Ordering};

/// The receiver that is inside: the only one that reads slots, moves `head` and frees blocks.
pub(super) struct Inside<'a, T> {
    pub(super) list: &'a List<T>,
    /// Where `head` will be on leaving.
    pub(super) head: Position<T>,
}

impl<T> Inside<'_, T> {
    /// True if a message at `head` would be one that no receiver has seen.
    #[inline]
    pub(super) fn is_at_seen(&self) -> bool {
        // ORDERING: Relaxed: we are inside, so nobody else changes it.
        self.list.head.seen.load(Ordering::Relaxed) == self.head.0
    }

    /// Looks at `tail`. If there is nothing, `head` has come back, in a reused block, since we looked at it:
    /// out again, or what comes meanwhile would be taken before it is seen.
    #[inline]
    pub(super) fn unless_in_vain(self) -> Result<Self, Refusal> {
        if self.see_tail() == self.head {
            Err(Refusal::Lagging)
        } else {
            Ok(self)
        }
    }

    /// Takes one message as [`take`](Inside::take) does, and leaves.
    #[inline(always)]
    pub(super) fn take_and_leave(mut self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let head = self.head;
        let goes_on = head.offset() + 1 < Block::<T>::SLOTS && !self.list.is_ahead();
        if !goes_on || self.state(head) != State::Full {
            return self.take_and_leave_slow(place);
        }
        // SAFETY: invariants 1 and 3: we are inside, and the slot is full.
        unsafe { Block::move_out(head.block(), head.offset(), place) };
        self.head = head.next_in_block();
        Ok(())
    }

    /// Apart, and by value, so that in the usual case nothing of this needs to be in memory.
    #[cold]
    #[inline(never)]
    fn take_and_leave_slow(mut self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        self.take(place)
    }

    /// Moves the message at `head`, or the first full one behind stalled senders, to `place`.
    #[inline]
    pub(super) fn take(&mut self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        if self.state(self.head) == State::Full {
            // SAFETY: invariants 1 and 3: we are inside, and the slot is full.
            unsafe { Block::move_out(self.head.block(), self.head.offset(), place) };
            self.advance();
            return Ok(());
        }
        self.take_slow(place)
    }

    /// Takes a message as [`take`](Inside::take) does.
    pub(super) fn take_by_value(&mut self) -> Result<T, Refusal> {
        let mut place = MaybeUninit::uninit();
        self.take(&mut place)?;
        // SAFETY: it was taken.
        Ok(unsafe { place.assume_init() })
    }

    #[inline]
    pub(super) fn state(&self, position: Position<T>) -> State {
        // SAFETY: invariant 1: we are inside, and the position is between `head` and `tail`.
        unsafe { Block::state(position.block(), position.offset()) }
    }

    /// The position after a slot that is full or taken, or one we only look past: `None` if its
    /// sender has claimed the block's last slot and not linked the next block yet.
    #[inline]
    fn after(&self, position: Position<T>) -> Option<Position<T>> {
        if position.offset() + 1 < Block::<T>::SLOTS {
            return Some(position.next_in_block());
        }
        // SAFETY: invariant 1, as in `state`.
        let next = unsafe { Block::next(position.block()) };
        (!next.is_null()).then(|| Position::start_of(next))
    }

    /// Moves `head` over the slot it is at, whose message was taken.
    #[inline]
    fn advance(&mut self) {
        self.step();
        while self.list.is_ahead() && self.step_over_taken() {}
    }

    #[inline]
    fn step(&mut self) {
        let left = self.head.block();
        self.head = self
            .after(self.head)
            .expect("a taken last slot has a linked next block");
        if self.head.block() != left {
            // ORDERING: Release, before the lap is counted, pairs with the Acquire in `laps`: who
            // reads the count after that sees that `head` is not in the block that was left.
            self.list
                .head
                .position
                .store(self.head.flagged().0, Ordering::Release);
            self.leave_block(left);
        }
    }

    /// Moves `head` over one message that was taken ahead of its turn, if that is where it is.
    #[cold]
    fn step_over_taken(&mut self) -> bool {
        let taken = self.state(self.head) == State::Taken;
        if taken {
            // SAFETY: we are inside, so the count is ours.
            self.list
                .head
                .ahead
                .with_mut(|ahead| unsafe { *ahead -= 1 });
            self.step();
        }
        taken
    }

    #[cold]
    fn leave_block(&mut self, left: *mut Block<T>) {
        // ORDERING: Release, pairs with the Acquire in `laps`: counted before the block can be
        // seen again anywhere.
        self.list.head.laps.fetch_add(1, Ordering::Release);
        // SAFETY: invariant 2: all of its slots are taken, and we are the one inside.
        unsafe { Block::reset(left) };
        self.list.recycle(left);
    }

    /// The slot at `head` is claimed and not full: gives its sender a moment, then steps over it.
    #[cold]
    #[inline(never)]
    fn take_slow(&mut self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let mut backoff = Backoff::new();
        while backoff.pause() {
            if self.state(self.head) == State::Full {
                return self.take(place);
            }
        }
        let found = self.find_full(None).ok_or(Refusal::Lagging)?;
        let mut earliest = found;
        // Look again at what was stepped over: a sender fills its slots in order, so once its later
        // message was seen, its earlier one is visible.
        while let Some(earlier) = self.find_full(Some(earliest)) {
            earliest = earlier;
        }
        if earliest == self.head {
            return self.take(place);
        }
        // SAFETY: we are inside, so the count is ours.
        self.list
            .head
            .ahead
            .with_mut(|ahead| unsafe { *ahead += 1 });
        // SAFETY: invariants 1 and 3: we are inside, and the slot is full.
        unsafe { Block::move_out(earliest.block(), earliest.offset(), place) };
        // SAFETY: as above.
        unsafe { Block::mark_taken(earliest.block(), earliest.offset()) };
        Ok(())
    }

    /// Notes where `tail` is. It is not before `head`, and nothing before it will be missed: so this
    /// comes before any slot is taken that is behind what was seen so far.
    #[inline]
    pub(super) fn see_tail(&self) -> Position<T> {
        let tail = self.list.load_tail().unflagged();
        // ORDERING: Relaxed, leaving publishes it, with the `head` that goes with it.
        self.list.head.seen.store(tail.0, Ordering::Relaxed);
        tail
    }

    /// The first full slot from `head` on and before `end`, or before `tail`.
    fn find_full(&self, end: Option<Position<T>>) -> Option<Position<T>> {
        let end = end.unwrap_or_else(|| self.see_tail());
        let mut position = self.head;
        while position != end {
            if self.state(position) == State::Full {
                return Some(position);
            }
            position = self.after(position)?;
        }
        None
    }

    /// How many messages were sent and not taken; `None` if a sender is just installing a block.
    pub(super) fn count(&self) -> Option<usize> {
        self.list.count_from(self.head)
    }
}

impl<T> Drop for Inside<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Release, pairs with the Acquire in `load_head` and `enter_at`.
        self.list
            .head
            .position
            .store(self.head.0, Ordering::Release);
    }
}
