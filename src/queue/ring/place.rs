//! Places that foreign code takes its time to fill, and what becomes of those that are given up.

use super::Ring;
use super::slot::{FULL, RESERVED, VOID};
use crate::sys::atomic::fence;
use crate::sys::{Ordering, handshake};

/// A place in a ring that foreign code may take its time to fill. It must be filled or given up.
#[derive(Debug)]
pub struct RingPlace<'a, T> {
    ring: &'a Ring<T>,
    position: usize,
}

/// A place that was filled, and may have been in the way.
#[derive(Debug)]
pub struct Filled<'a, T>(RingPlace<'a, T>);

impl<'a, T> RingPlace<'a, T> {
    pub(super) fn new(ring: &'a Ring<T>, position: usize) -> Self {
        let spot = ring.spot(position);
        // ORDERING: Release, pairs with the Acquire in `head_is`. Nobody waits for this: a receiver that does
        // not see it yet finds a peer in mid-claim, and looks again.
        spot.slot
            .stamp
            .store(spot.lap + RESERVED, Ordering::Release);
        Self { ring, position }
    }

    /// Moves the value in.
    pub fn fill(self, value: T) -> Filled<'a, T> {
        let spot = self.ring.spot(self.position);
        // SAFETY: invariant 2: the place is ours, and free.
        unsafe { spot.slot.put(value) };
        // ORDERING: SeqCst: the write of the handshake with a receiver that is about to park because the
        // place was reserved, and with whoever drops what is in the ring (the read is in `head_is`). As
        // Release it pairs with the Acquire in `Spot::is_full`: the value is visible.
        spot.slot.stamp.swap(spot.lap + FULL, Ordering::SeqCst);
        handshake();
        Filled(self)
    }

    /// Gives the place up. Says how many places this made free: none, if there is something before it.
    pub fn give_up(self) -> usize {
        // ORDERING: SeqCst, pairs with `step_over`: counted, then marked, then `head` is read; a pop
        // moves `head`, then reads the count. Whichever comes last steps over the place.
        self.ring.voids.fetch_add(1, Ordering::SeqCst);
        let spot = self.ring.spot(self.position);
        // ORDERING: Release, pairs with the Acquire in `head_is`.
        spot.slot.stamp.store(spot.lap + VOID, Ordering::Release);
        // ORDERING: SeqCst fence: the write of the same handshakes as in `fill`, and of that with a neighbour
        // that gives its place up: both mark theirs, and then look at `head`.
        fence(Ordering::SeqCst);
        self.ring.skip_voids()
    }
}

impl<T> Filled<'_, T> {
    /// How many messages there may be from this one on; `None` if the ring is closed, which concerns everybody.
    pub fn messages_behind(&self) -> Option<usize> {
        let Self(RingPlace { ring, position }) = self;
        // ORDERING: SeqCst, after the place was filled: whoever adds a message that this does not count, or
        // closes the ring after this, tells receivers, which find the place full.
        let tail = ring.tail.load(Ordering::SeqCst);
        (tail & ring.mark == 0).then(|| ring.places_between(*position, tail))
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
        // ORDERING: SeqCst, the read of the handshake with `RingPlace::fill` and `give_up`; as Acquire it
        // pairs with their Release.
        self.slot(head).stamp.load(Ordering::SeqCst) == self.lap(head) + mark
    }
}
