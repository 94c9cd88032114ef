//! Where blocks come from, and where they go: the first one, and the one that is kept to be used again.

use super::List;
use super::block::{Block, Position};
use crate::sys::Ordering;

impl<T> List<T> {
    /// Gives the list its first block: first `head`, then `tail`, so that whoever sees a tail that
    /// is not null finds a head, and any sender can finish what another has begun.
    pub(super) fn install_first_block(&self) {
        // ORDERING: Acquire, pairs with the Release below: the block's contents.
        let mut first = self.head.position.load(Ordering::Acquire);
        if first.is_null() {
            let fresh = self.allocate();
            // SAFETY: nobody else knows the block.
            unsafe { Block::make_first(fresh) };
            // ORDERING: Release, publishes the block's contents; Acquire on failure, pairs with it.
            match self.head.position.compare_exchange(
                first,
                fresh,
                Ordering::Release,
                Ordering::Acquire,
            ) {
                Ok(_) => first = fresh,
                Err(theirs) => {
                    // SAFETY: the block is still ours, and empty.
                    unsafe { Block::reset(fresh) };
                    self.recycle(fresh);
                    first = theirs;
                }
            }
        }
        // If `tail` is still null, no message was ever sent and nobody was inside, so this is the
        // first block, unclaimed; otherwise the compare-and-swap fails.
        let first = Position(first).unflagged();
        self.move_tail(Position::null(), first);
    }

    pub(super) fn allocate(&self) -> *mut Block<T> {
        // ORDERING: Acquire, pairs with the Release in `recycle`: the block was reset.
        let spare = self.spare.swap(std::ptr::null_mut(), Ordering::Acquire);
        if spare.is_null() {
            Block::allocate()
        } else {
            spare
        }
    }

    pub(super) fn recycle_unused(&self, fresh: Option<*mut Block<T>>) {
        if let Some(block) = fresh {
            self.recycle(block);
        }
    }

    /// Keeps `block` as the spare, or frees it if there is one already.
    pub(super) fn recycle(&self, block: *mut Block<T>) {
        // ORDERING: Release, pairs with the Acquire in `allocate`. Relaxed on failure: the block is
        // ours again.
        let kept = self.spare.compare_exchange(
            std::ptr::null_mut(),
            block,
            Ordering::Release,
            Ordering::Relaxed,
        );
        if kept.is_err() {
            // SAFETY: the block was reset or never used, and nobody else knows it.
            unsafe { Block::free(block) };
        }
    }
}
