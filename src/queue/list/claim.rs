//! Claims: `tail` moves over a slot, and whoever moved it owns the slot. The claimer of a block's last
//! slot brings the next block.

use std::marker::PhantomData;

use super::List;
use super::block::{Block, Position};
use crate::queue::{PushClaim, Refusal};
use crate::sys::step_aside;

/// A slot of the list that the caller owns.
pub struct ListClaim<'a, T> {
    block: *mut Block<T>,
    offset: usize,
    /// The list outlives its claims.
    _list: PhantomData<&'a List<T>>,
}

impl<T> ListClaim<'_, T> {
    #[inline(always)]
    pub(super) fn of(position: Position<T>) -> Self {
        Self {
            block: position.block(),
            offset: position.offset(),
            _list: PhantomData,
        }
    }
}

impl<T> PushClaim<T> for ListClaim<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn write(self, value: T) {
        // SAFETY: invariant 1: the slot is claimed and not full yet.
        unsafe { Block::fill(self.block, self.offset, value) };
    }
}

impl<T> List<T> {
    /// Claims the slot at the tail, in a fresh block if need be.
    #[cold]
    #[inline(never)]
    pub(super) fn claim_push_slow(&self) -> Result<ListClaim<'_, T>, Refusal> {
        let mut fresh = None;
        loop {
            let tail = self.load_tail();
            if tail.flag() {
                self.recycle_unused(fresh);
                return Err(Refusal::Closed);
            }
            if tail.block().is_null() {
                self.install_first_block();
                continue;
            }
            if tail.offset() + 1 < Block::<T>::SLOTS {
                if self.move_tail(tail, tail.next_in_block()) {
                    self.recycle_unused(fresh);
                    return Ok(ListClaim::of(tail));
                }
                step_aside();
                continue;
            }
            let next = *fresh.get_or_insert_with(|| self.allocate());
            if self.move_tail(tail, Position::start_of(next)) {
                // SAFETY: invariant 1: we have just claimed this block's last slot.
                unsafe { Block::link(tail.block(), next) };
                return Ok(ListClaim::of(tail));
            }
        }
    }
}

impl<T> std::fmt::Debug for ListClaim<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListClaim")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
