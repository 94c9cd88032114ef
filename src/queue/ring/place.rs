//! Places that foreign code takes its time to fill, and what becomes of those that are given up.

use super::Ring;
use super::slot::{FULL, RESERVED, VOID};
use crate::sys::Ordering;
use crate::sys::atomic::fence;

/// A place in a ring that foreign code may take its time to fill. It must be filled or given up.
#[derive(Debug)]
pub struct RingPlace<'a, T> {
    ring: &'a Ring<T>,
    position: usize,
}

impl<'a, T> RingPlace<'a, T> {
    pub(super) fn new(ring: &'a Ring<T>, position: usize) -> Self {
        let place = Self { ring, position };
        place.mark(RESERVED);
        place
    }

    /// Marks the place, and lets everybody who waits see it.
    fn mark(&self, mark: usize) {
        let lap = self.ring.lap(self.position);
        let slot = self.ring.slot(self.position);
        // ORDERING: Release, pairs with the Acquire in `Spot::is_full` (the value is visible) and in
        // `head_is`.
        slot.stamp.store(lap + mark, Ordering::Release);
        // ORDERING: SeqCst fence: the write of the handshake with a receiver that is about to park
        // because the place was reserved (the read is in `head_is`), and with whoever drops what is in
        // the ring.
        fence(Ordering::SeqCst);
    }

    /// Moves the value in.
    pub fn fill(self, value: T) {
        // SAFETY: invariant 2: the place is ours, and free.
        unsafe { self.ring.slot(self.position).put(value) };
        self.mark(FULL);
    }

    /// Gives the place up. Says how many places this made free: none, if there is something before it.
    pub fn give_up(self) -> usize {
        // ORDERING: SeqCst, pairs with `step_over`: counted, then marked, then `head` is read; a pop
        // moves `head`, then reads the count. Whichever comes last steps over the place.
        self.ring.voids.fetch_add(1, Ordering::SeqCst);
        self.mark(VOID);
        self.ring.skip_voids()
    }
}

impl<T> Ring<T> {
    /// Steps over all places at the head that were given up. Says how many.
    #[cold]
    #[inline(never)]
    pub(super) fn skip_voids(&self) -> usize {
        let mut freed = 0;
        loop {
            let head = self.load_head();
            if self.skip_void(head) {
                freed += 1;
            } else if self.load_head() == head {
                return freed;
            }
            // Or somebody else stepped over it, who need not look at the next: a sender, say.
        }
    }

    /// Steps over the place at `head`, if it was claimed and given up.
    #[cold]
    pub(super) fn skip_void(&self, head: usize) -> bool {
        let skipped = self.head_is_void(head) && self.move_head(head, self.next(head)).is_ok();
        if skipped {
            // ORDERING: Relaxed, a count of what is left to do.
            self.voids.fetch_sub(1, Ordering::Relaxed);
            // ORDERING: Release, pairs with the Acquire in `Spot::is_free`, as in `take`.
            self.slot(head)
                .stamp
                .store(self.next_lap(self.lap(head)), Ordering::Release);
        }
        skipped
    }

    pub(super) fn head_is_void(&self, head: usize) -> bool {
        self.head_is(head, VOID)
    }

    /// True if the place at `head` has that mark.
    pub(super) fn head_is(&self, head: usize, mark: usize) -> bool {
        // ORDERING: SeqCst, the read of the handshake with `RingPlace::mark`; Acquire pairs with its
        // Release.
        self.slot(head).stamp.load(Ordering::SeqCst) == self.lap(head) + mark
    }
}
