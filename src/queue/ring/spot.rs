//! Positions: what `tail` and `head` say, taken apart.

use super::Ring;
use super::slot::{FULL, Slot};
use crate::sys::Ordering;

/// A position, taken apart: once, as the compiler would do it again after each atomic access.
pub(super) struct Spot<'a, T> {
    pub(super) slot: &'a Slot<T>,
    pub(super) position: usize,
    /// The free stamp of the slot (plus the mark, if it is set in the position).
    pub(super) lap: usize,
    /// The position after this one.
    pub(super) next: usize,
    /// The free stamp of the slot in the next lap.
    pub(super) next_lap: usize,
}

impl<T> Spot<'_, T> {
    /// True if a push may claim it.
    #[inline(always)]
    pub(super) fn is_free(&self) -> bool {
        // A marked tail has a bit that no stamp has, so it is never claimable.
        // ORDERING: Acquire, pairs with the Release store of a free stamp in `Ring::take`: the consumer is
        // done with the value.
        self.slot.stamp.load(Ordering::Acquire) == self.lap
    }

    /// True if a pop may claim it.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        // ORDERING: Acquire, pairs with the Releases of a full stamp in `RingClaim::write`, `RingPlace::fill`
        // and `evict_counted`: the value is visible.
        self.slot.stamp.load(Ordering::Acquire) == self.lap + FULL
    }
}

impl<T> Ring<T> {
    #[inline(always)]
    pub(super) fn index(&self, position: usize) -> usize {
        position & (self.mark - 1)
    }

    /// The position without its index: the free stamp of its slot (plus the mark, if set).
    #[inline(always)]
    pub(super) fn lap(&self, position: usize) -> usize {
        position & !(self.mark - 1)
    }

    /// How many places lie between two unmarked positions, at most all.
    pub(super) fn places_between(&self, from: usize, to: usize) -> usize {
        let all = self.slots.len();
        let (first, last) = (self.index(from), self.index(to));
        if self.lap(from) == self.lap(to) {
            last.saturating_sub(first)
        } else if self.lap(self.next_lap(from)) == self.lap(to) {
            (all - first + last).min(all)
        } else {
            all
        }
    }

    #[inline(always)]
    pub(super) fn slot(&self, position: usize) -> &Slot<T> {
        self.spot(position).slot
    }

    /// The position after `position`.
    #[inline(always)]
    pub(super) fn next(&self, position: usize) -> usize {
        self.spot(position).next
    }

    /// The same place one lap on.
    #[inline(always)]
    pub(super) fn next_lap(&self, position: usize) -> usize {
        position.wrapping_add(2 * self.mark)
    }

    #[inline(always)]
    pub(super) fn spot(&self, position: usize) -> Spot<'_, T> {
        let mark = self.mark;
        let index = position & (mark - 1);
        let lap = position - index;
        let next_lap = lap.wrapping_add(2 * mark);
        let ends_lap = index + 1 >= self.slots.len();
        Spot {
            // SAFETY: invariant 1.
            slot: unsafe { self.slots.get_unchecked(index) },
            position,
            lap,
            next: if ends_lap { next_lap } else { position + 1 },
            next_lap,
        }
    }
}
