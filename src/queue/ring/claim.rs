//! Claims: an end of the ring moves over a slot, and whoever moved it owns the slot.

use std::mem::MaybeUninit;

use super::Ring;
use super::look::Look;
use super::slot::{FULL, Slot};
use super::spot::Spot;
use crate::queue::{PushClaim, Refusal};
use crate::sys::{Backoff, Ordering, step_aside};

/// A slot of the ring that the caller owns.
#[must_use = "a place that is claimed must be written"]
#[derive(Debug)]
pub struct RingClaim<'a, T> {
    slot: &'a Slot<T>,
    /// What publishes the value.
    full: usize,
}

// SAFETY: invariant 2: the claim owns its slot, whichever thread it is on.
unsafe impl<T: Send> Send for RingClaim<'_, T> {}

impl<T> PushClaim<T> for RingClaim<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn write(self, value: T) {
        // SAFETY: invariant 2: the claim owns a free slot.
        unsafe { self.slot.put(value) };
        // ORDERING: Release, pairs with the Acquire in `Spot::is_full`: the value is
        // visible to whoever sees it full.
        self.slot.stamp.store(self.full, Ordering::Release);
    }
}

impl<T> Ring<T> {
    /// Claims the slot at the tail.
    #[inline(always)]
    pub(super) fn claim_tail(&self) -> Result<Spot<'_, T>, Refusal> {
        let tail = self.spot(self.load_tail());
        if tail.is_free() {
            if self.move_tail(tail.position, tail.next).is_ok() {
                return Ok(tail);
            }
            step_aside();
        // ORDERING: SeqCst on both, as in `look_at_tail`: `head` for whoever frees a place, and `tail` once more for a
        // close, as the first look may be older than that. `tail` never gets more than a lap ahead of `head`: if it
        // was a lap ahead, it was so when `head` was read, and the ring was full.
        } else if self.next_lap(self.head.load(Ordering::SeqCst)) == tail.position
            && self.tail.load(Ordering::SeqCst) == tail.position
            && !self.has_voids()
        {
            return Err(Refusal::Blocked);
        }
        self.claim_tail_slow().map(|tail| self.spot(tail))
    }

    /// Claims the slot at the tail: its position.
    #[cold]
    #[inline(never)]
    fn claim_tail_slow(&self) -> Result<usize, Refusal> {
        let mut backoff = Backoff::new();
        let mut tail = self.load_tail();
        // The place that was stepped over is free, and not at the tail if a receiver has taken what was before it.
        let mut skipped = false;
        loop {
            if self.tail_is_claimable(tail) {
                match self.move_tail(tail, self.next(tail)) {
                    Ok(_) => return Ok(tail),
                    Err(now) => tail = now,
                }
                step_aside();
                continue;
            }
            match self.look_at_tail(tail) {
                Look::Moved(now) => tail = now,
                Look::Refused(Refusal::Lagging) if backoff.pause() => tail = self.load_tail(),
                // A place that was given up in the middle has come to the head.
                Look::Refused(Refusal::Blocked) if self.skip_void(self.load_head()) => {
                    skipped = true
                }
                // The place before it is in a receiver's hands, which will tell of that one, not of ours.
                Look::Refused(Refusal::Lagging) if skipped => return Err(Refusal::Skipped),
                Look::Refused(refusal) => return Err(refusal),
            }
        }
    }

    #[inline(always)]
    pub(super) fn push_claim<'a>(&self, spot: &Spot<'a, T>) -> RingClaim<'a, T> {
        RingClaim {
            slot: spot.slot,
            full: spot.lap + FULL,
        }
    }

    /// Claims the slot at the head.
    #[inline(always)]
    pub(super) fn claim_pop(&self) -> Result<Spot<'_, T>, Refusal> {
        let head = self.spot(self.load_head());
        if head.is_full() {
            if self.move_head(head.position, head.next).is_ok() {
                return Ok(head);
            }
            step_aside();
        // ORDERING: SeqCst, as in `look_at_head`. Read after `head` (an Acquire), which never passes it: if they are
        // equal, they were at this instant, and the ring was empty (and not closed: that is a bit of `tail`).
        } else if self.tail.load(Ordering::SeqCst) == head.position {
            return Err(Refusal::Blocked);
        }
        self.claim_pop_slow().map(|head| self.spot(head))
    }

    /// Claims the slot at the head: its position.
    #[cold]
    #[inline(never)]
    fn claim_pop_slow(&self) -> Result<usize, Refusal> {
        let mut backoff = Backoff::new();
        let mut head = self.load_head();
        loop {
            if self.head_is_claimable(head) {
                match self.move_head(head, self.next(head)) {
                    Ok(_) => return Ok(head),
                    Err(now) => head = now,
                }
                step_aside();
                continue;
            }
            if self.skip_void(head) {
                return Err(Refusal::Skipped);
            }
            match self.look_at_head(head) {
                Look::Moved(now) => head = now,
                Look::Refused(Refusal::Lagging) if backoff.pause() => head = self.load_head(),
                Look::Refused(refusal) => return Err(refusal),
            }
        }
    }

    /// Moves the value of the claimed position `head` to `place`, and frees its slot.
    ///
    /// # Safety
    ///
    /// The caller has just moved `head` from this position.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn take(&self, head: &Spot<'_, T>, place: &mut MaybeUninit<T>) {
        // SAFETY: invariants 3 and 4: the caller owns the slot, which was full.
        unsafe { head.slot.move_to(place) };
        // ORDERING: Release, pairs with the Acquire in `Spot::is_free`: our read of the value is over
        // before the next producer writes.
        head.slot.stamp.store(head.next_lap, Ordering::Release);
    }
}
