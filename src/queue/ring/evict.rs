//! Pushing into a full ring: the oldest message makes room.

use std::mem::MaybeUninit;

use super::Ring;
use super::slot::{FULL, RESERVED};
use crate::queue::{Claims, PushClaim, Refusal};
use crate::sys::{Backoff, Ordering, handshake};

impl<T> Ring<T> {
    /// What `force_push` does.
    pub(super) fn push_or_evict(&self, mut value: T) -> Result<Option<T>, T> {
        let mut backoff = Backoff::new();
        loop {
            let refusal = match self.claim_push() {
                Ok(claim) => {
                    claim.write(value);
                    return Ok(None);
                }
                Err(Refusal::Blocked) if self.skip_void(self.load_head()) => continue,
                // Nothing can be taken out before what is reserved.
                Err(Refusal::Blocked) if self.is_full_from_a_reserved_place() => {
                    return Ok(Some(value));
                }
                Err(Refusal::Blocked) => match self.evict(value) {
                    Ok(oldest) => return Ok(Some(oldest)),
                    Err((refusal, back)) => {
                        value = back;
                        refusal
                    }
                },
                Err(refusal) => refusal,
            };
            if refusal == Refusal::Closed {
                return Err(value);
            }
            backoff.snooze();
        }
    }

    /// True if the oldest place of a full ring is reserved.
    fn is_full_from_a_reserved_place(&self) -> bool {
        let head = self.load_head();
        // ORDERING: SeqCst, as in `look_at_head`. Between `head` and its mark, which `head` does not pass: so if
        // it is there, neither word has moved since, and all three are of one instant.
        let is_full = self.tail.load(Ordering::SeqCst) == self.next_lap(head);
        is_full && self.head_is(head, RESERVED)
    }

    /// One try to replace the oldest message of a full ring.
    fn evict(&self, value: T) -> Result<T, (Refusal, T)> {
        // ORDERING: SeqCst, pairs with `is_evicting`: counted in before `tail` is read.
        self.evicting.fetch_add(1, Ordering::SeqCst);
        handshake();
        let outcome = self.evict_counted(value);
        // ORDERING: Release, pairs with `is_evicting`: our message's stamp is out before the count
        // falls.
        self.evicting.fetch_sub(1, Ordering::Release);
        outcome
    }

    fn evict_counted(&self, value: T) -> Result<T, (Refusal, T)> {
        // ORDERING: SeqCst, see `evict`.
        let tail = self.tail.load(Ordering::SeqCst);
        if tail & self.mark != 0 {
            return Err((Refusal::Closed, value));
        }
        let head = tail.wrapping_sub(2 * self.mark);
        if !self.head_is_claimable(head) || self.move_head(head, self.next(head)).is_err() {
            return Err((Refusal::Lagging, value));
        }
        // The slot is ours, and it stays at the tail until we move that on: nobody else can claim
        // a slot that is not free. Only the mark may appear meanwhile.
        let slot = self.slot(head);
        let mut oldest = MaybeUninit::uninit();
        // SAFETY: invariants 3 and 4.
        unsafe { slot.move_to(&mut oldest) };
        // SAFETY: invariant 3; the value was just taken out.
        unsafe { slot.put(value) };
        let mut now = tail;
        while let Err(marked) = self.move_tail(now, self.next(tail) | (now & self.mark)) {
            now = marked;
        }
        // ORDERING: Release, pairs with the Acquire in `Spot::is_full`: the value is visible.
        slot.stamp.store(self.lap(tail) + FULL, Ordering::Release);
        // SAFETY: it was moved here.
        Ok(unsafe { oldest.assume_init() })
    }
}
