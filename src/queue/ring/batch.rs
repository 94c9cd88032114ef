//! Many messages with one claim.

use std::mem::MaybeUninit;
use std::vec;

use super::Ring;
use super::look::Look;
use crate::queue::{PushClaim, Refusal};
use crate::sys::Backoff;

impl<T> Ring<T> {
    /// What `push_many` does.
    pub(super) fn push_batch(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        let want = values.len();
        if want == 0 {
            return Ok(0);
        }
        let mut backoff = Backoff::new();
        let mut tail = self.load_tail();
        loop {
            // Once `tail` has moved, the free stamps seen here can only have been changed by us.
            let (mut end, mut count) = (tail, 0);
            while count < want && count < self.slots.len() && self.tail_is_claimable(end) {
                end = self.next(end);
                count += 1;
            }
            if count == 0 {
                match self.look_at_tail(tail) {
                    Look::Moved(now) => tail = now,
                    Look::Refused(Refusal::Lagging) if backoff.pause() => tail = self.load_tail(),
                    Look::Refused(refusal) => return Err(refusal),
                }
                continue;
            }
            match self.move_tail(tail, end) {
                Ok(_) => {
                    for value in values.take(count) {
                        self.push_claim(&self.spot(tail)).write(value);
                        tail = self.next(tail);
                    }
                    return Ok(count);
                }
                Err(now) => tail = now,
            }
        }
    }

    /// What `pop_many` does.
    pub(super) fn pop_batch(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        if limit == 0 {
            return Ok(0);
        }
        let mut backoff = Backoff::new();
        let mut head = self.load_head();
        loop {
            let (mut end, mut count) = (head, 0);
            while count < limit && count < self.slots.len() && self.head_is_claimable(end) {
                end = self.next(end);
                count += 1;
            }
            if count == 0 {
                if self.skip_void(head) {
                    return Err(Refusal::Skipped);
                }
                match self.look_at_head(head) {
                    Look::Moved(now) => head = now,
                    Look::Refused(Refusal::Lagging) if backoff.pause() => head = self.load_head(),
                    Look::Refused(refusal) => return Err(refusal),
                }
                continue;
            }
            // Before the claim: nothing may fail after it.
            out.reserve(count);
            match self.move_head(head, end) {
                Ok(_) => {
                    for _ in 0..count {
                        let mut place = MaybeUninit::uninit();
                        // SAFETY: `head` was moved over this position.
                        unsafe { self.take(&self.spot(head), &mut place) };
                        // SAFETY: it was just taken.
                        out.push(unsafe { place.assume_init() });
                        head = self.next(head);
                    }
                    return Ok(count);
                }
                Err(now) => head = now,
            }
        }
    }
}
