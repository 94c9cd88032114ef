//! Many messages with one claim.

use std::vec;

use super::List;
use super::block::{Block, State};
use super::claim::ListClaim;
use super::inside::Inside;
use crate::queue::{Claims, PushClaim, Refusal};

impl<T> List<T> {
    /// What `push_many` does.
    pub(super) fn push_batch(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        if values.len() == 0 {
            return Ok(0);
        }
        loop {
            let tail = self.load_tail();
            // The last slot is claimed on its own: that installs the next block.
            let room = (Block::<T>::SLOTS - 1).saturating_sub(tail.offset());
            let count = room.min(values.len());
            if count < 2 || tail.flag() || tail.block().is_null() {
                let claim = self.claim_push()?;
                claim.write(values.next().expect("it is not empty"));
                return Ok(1);
            }
            if self.move_tail(tail, tail.further_in_block(count)) {
                for (ahead, value) in values.take(count).enumerate() {
                    ListClaim::of(tail.further_in_block(ahead)).write(value);
                }
                return Ok(count);
            }
        }
    }

    /// What `pop_many` does.
    pub(super) fn pop_batch(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        // Before the claim: nothing may fail after it.
        let limit = Self::make_room(out, limit);
        if limit == 0 {
            return Ok(0);
        }
        self.enter_soon()?.take_many(out, limit)
    }

    /// Makes room in `out` for as many messages as a batch should have: so many, and none if `limit` is 0.
    pub(super) fn make_room(out: &mut Vec<T>, limit: usize) -> usize {
        out.reserve(limit.min(Block::<T>::SLOTS));
        limit.min(out.capacity() - out.len())
    }
}

impl<T> Inside<'_, T> {
    /// Takes the messages that are there, `limit` at most, for which there is room in `out`.
    pub(super) fn take_many(&mut self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        out.push(self.take_by_value()?);
        let mut count = 1;
        let end = self.see_tail();
        while count < limit && self.head != end && self.state(self.head) == State::Full {
            out.push(self.take_by_value()?);
            count += 1;
        }
        Ok(count)
    }
}
