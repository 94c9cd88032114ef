//! The bounded ring: stamped slots, one read-modify-write per operation.
//!
//! After Dmitry Vyukov's bounded MPMC queue; the disconnect mark inside `tail` is crossbeam's idea,
//! the stamp that starts at zero is ours (a huge capacity costs no resident memory until used).
//!
//! # Words
//!
//! A position is a lap and an index. With `mark` the power of two at or above the capacity (at least
//! 4) and `lap = 2 * mark`:
//!
//! | word    | bits below `mark` | bit `mark`            | bits above |
//! |---------|-------------------|-----------------------|------------|
//! | `tail`  | index             | closed                | lap        |
//! | `head`  | index             | always 0              | lap        |
//! | `stamp` | 0: free for the lap, 1: full, 2: void, 3: reserved in it | 0 | lap |
//!
//! A stamp goes *free(L) → full(L) → free(L+1)*, or to full(L+1) when evicting; positions grow, `closed`
//! is set once. A claim that foreign code takes its time to fill is marked: *free(L) → reserved(L)*, and
//! then full(L), or void(L) if it was given up. Whoever finds a reserved place at the head is not
//! kept waiting for it: the ring counts as empty.
//!
//! # Invariants
//!
//! 1. Indices are below the capacity.
//! 2. Whoever moves `tail` from a position whose slot is free(L) owns the slot until it stores
//!    full(L). Nobody else reads or writes the value meanwhile.
//! 3. Whoever moves `head` from a position whose slot is full(L) or void(L) owns the slot until it stores
//!    free(L+1), or, when evicting, full(L+1).
//! 4. A slot's value is initialised exactly while its stamp is full.

use std::mem::MaybeUninit;
use std::ptr;
use std::vec;

use super::{PushClaim, Queue, Refusal};
use crate::sys::atomic::{AtomicUsize, fence};
use crate::sys::{
    Backoff, CachePadded, Ordering, UnsafeCell, Zeroed, handshake, step_aside, zeroed_slice,
};

/// Of a stamp, added to the lap.
const FULL: usize = 1;
const VOID: usize = 2;
const RESERVED: usize = 3;

struct Slot<T> {
    stamp: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: zeroes are stamp 0, "free for lap 0", and an uninitialised value.
unsafe impl<T> Zeroed for Slot<T> {
    fn zeroed() -> Self {
        Self {
            stamp: AtomicUsize::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }
}

impl<T> Slot<T> {
    /// Moves `value` in.
    ///
    /// # Safety
    ///
    /// The caller owns the slot by invariant 2 or 3, and it holds no value.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn put(&self, value: T) {
        // SAFETY: the caller owns the slot, so nobody else touches the value.
        self.value
            .with_mut(|place| unsafe { place.cast::<T>().write(value) });
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// The caller owns the slot by invariant 3, and it holds a value.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn move_to(&self, place: &mut MaybeUninit<T>) {
        // SAFETY: the caller owns the slot, and both places are valid and apart.
        self.value
            .with(|value| unsafe { ptr::copy_nonoverlapping(value, place, 1) });
    }
}

/// A lock-free bounded queue for any number of producers and consumers.
pub struct Ring<T> {
    tail: CachePadded<AtomicUsize>,
    head: CachePadded<AtomicUsize>,
    slots: Box<[Slot<T>]>,
    mark: usize,
    /// How many `force_push` calls are between taking the oldest message and adding theirs.
    evicting: AtomicUsize,
    /// How many places were given up and not stepped over yet.
    voids: AtomicUsize,
}

// SAFETY: values move between threads, one owner at a time (invariants 2 and 3).
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; a shared ring gives out values, never references to them.
unsafe impl<T: Send> Sync for Ring<T> {}

/// A position, taken apart: once, as the compiler would do it again after each atomic access.
struct Spot<'a, T> {
    slot: &'a Slot<T>,
    position: usize,
    /// The free stamp of the slot (plus the mark, if it is set in the position).
    lap: usize,
    /// The position after this one.
    next: usize,
    /// The free stamp of the slot in the next lap.
    next_lap: usize,
}

impl<T> Spot<'_, T> {
    /// True if a push may claim it.
    #[inline(always)]
    fn is_free(&self) -> bool {
        // A marked tail has a bit that no stamp has, so it is never claimable.
        // ORDERING: Acquire, pairs with the Release store of a free stamp in `Ring::take`: the consumer is
        // done with the value.
        self.slot.stamp.load(Ordering::Acquire) == self.lap
    }

    /// True if a pop may claim it.
    #[inline(always)]
    fn is_full(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release stores of a full stamp in `RingClaim::write`
        // and `evict_counted`:
        // the value is visible.
        self.slot.stamp.load(Ordering::Acquire) == self.lap + FULL
    }
}

/// A slot of the ring that the caller owns.
#[derive(Debug)]
pub struct RingClaim<'a, T> {
    slot: &'a Slot<T>,
    /// What publishes the value.
    full: usize,
}

// SAFETY: invariant 2: the claim owns its slot, whichever thread it is on.
unsafe impl<T: Send> Send for RingClaim<'_, T> {}

impl<T> std::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

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

/// A place in a ring that foreign code may take its time to fill. It must be filled or given up.
#[derive(Debug)]
pub struct RingPlace<'a, T> {
    ring: &'a Ring<T>,
    position: usize,
}

impl<'a, T> RingPlace<'a, T> {
    fn new(ring: &'a Ring<T>, position: usize) -> Self {
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

/// What a look at the ring's end said about the next place.
enum Look {
    /// It is claimable: the compare-and-swap failed, or the picture was old. Look again.
    Moved(usize),
    Refused(Refusal),
}

impl<T> Ring<T> {
    /// A ring for `capacity` messages.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero, or so large that the slots do not fit in the address space.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a ring needs room for one message");
        let mark = capacity
            .max(4)
            .checked_next_power_of_two()
            .filter(|mark| *mark <= usize::MAX / 4);
        let Some(mark) = mark else {
            panic!("capacity overflow")
        };
        Self {
            tail: CachePadded::new(AtomicUsize::new(0)),
            head: CachePadded::new(AtomicUsize::new(0)),
            slots: zeroed_slice(capacity),
            mark,
            evicting: AtomicUsize::new(0),
            voids: AtomicUsize::new(0),
        }
    }

    #[inline(always)]
    fn index(&self, position: usize) -> usize {
        position & (self.mark - 1)
    }

    /// The position without its index: the free stamp of its slot (plus the mark, if set).
    #[inline(always)]
    fn lap(&self, position: usize) -> usize {
        position & !(self.mark - 1)
    }

    #[inline(always)]
    fn slot(&self, position: usize) -> &Slot<T> {
        self.spot(position).slot
    }

    /// The position after `position`.
    #[inline(always)]
    fn next(&self, position: usize) -> usize {
        self.spot(position).next
    }

    /// The same place one lap on.
    #[inline(always)]
    fn next_lap(&self, position: usize) -> usize {
        position.wrapping_add(2 * self.mark)
    }

    #[inline(always)]
    fn spot(&self, position: usize) -> Spot<'_, T> {
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

    #[inline(always)]
    fn tail_is_claimable(&self, tail: usize) -> bool {
        self.spot(tail).is_free()
    }

    #[inline(always)]
    fn head_is_claimable(&self, head: usize) -> bool {
        self.spot(head).is_full()
    }

    /// Moves `tail` from `from` to `to`.
    #[inline(always)]
    fn move_tail(&self, from: usize, to: usize) -> Result<usize, usize> {
        // ORDERING: SeqCst, the write of the handshake with a receiver about to park (see
        // `wait::queue`). Relaxed on failure: the slot's stamp orders.
        self.tail
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::Relaxed)
    }

    /// Moves `head` from `from` to `to`.
    #[inline(always)]
    fn move_head(&self, from: usize, to: usize) -> Result<usize, usize> {
        // ORDERING: SeqCst, the write of the handshake with a sender about to park (see
        // `wait::queue`). Relaxed on failure: the slot's stamp orders.
        self.head
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::Relaxed)
    }

    #[inline(always)]
    fn load_tail(&self) -> usize {
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        self.tail.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn load_head(&self) -> usize {
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        self.head.load(Ordering::Relaxed)
    }

    /// Why the slot at `tail` cannot be claimed, if it cannot.
    fn look_at_tail(&self, tail: usize) -> Look {
        if tail & self.mark != 0 {
            return Look::Refused(Refusal::Closed);
        }
        // ORDERING: SeqCst, the read of the handshake with a receiver that frees a place: it wrote
        // `head`, then reads the senders' wait word; we wrote the word, then read `head`.
        let head = self.head.load(Ordering::SeqCst);
        let now = self.load_tail();
        if now != tail || self.tail_is_claimable(tail) {
            Look::Moved(now)
        } else if self.next_lap(head) == tail {
            Look::Refused(Refusal::Blocked)
        } else {
            Look::Refused(Refusal::Lagging)
        }
    }

    /// Why the slot at `head` cannot be claimed, if it cannot.
    fn look_at_head(&self, head: usize) -> Look {
        // ORDERING: SeqCst, the read of the handshake with a sender that adds a message: it wrote
        // `tail`, then reads the receivers' wait word; we wrote the word, then read `tail`.
        let tail = self.tail.load(Ordering::SeqCst);
        handshake();
        let reserved = self.head_is(head, RESERVED);
        let now = self.load_head();
        if now != head || self.head_is_claimable(head) {
            Look::Moved(now)
        } else if reserved {
            Look::Refused(Refusal::Blocked)
        } else if tail & !self.mark != head {
            Look::Refused(Refusal::Lagging)
        } else if tail & self.mark == 0 {
            Look::Refused(Refusal::Blocked)
        } else if self.is_evicting() {
            // A message that was accepted before the close is about to appear.
            Look::Refused(Refusal::Lagging)
        } else if self.load_tail() != tail {
            // The last eviction ended after `tail` was read, and what it put in is there. (Its count
            // was seen to fall, so its `tail` is seen, too.)
            Look::Moved(self.load_head())
        } else {
            Look::Refused(Refusal::Closed)
        }
    }

    fn is_evicting(&self) -> bool {
        handshake();
        // ORDERING: SeqCst, pairs with `evict`: it counts itself in, then reads `tail`; we read the
        // mark in `tail`, then the count. It sees the mark, or we see it, or it has counted itself
        // out, and its `tail` is visible (the caller looks again).
        self.evicting.load(Ordering::SeqCst) != 0
    }

    #[cold]
    #[inline(never)]
    fn claim_tail_slow(&self) -> Result<usize, Refusal> {
        let mut backoff = Backoff::new();
        let mut tail = self.load_tail();
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
                Look::Refused(Refusal::Blocked) if self.skip_void(self.load_head()) => {}
                Look::Refused(refusal) => return Err(refusal),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn skip_voids(&self) -> usize {
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
    fn skip_void(&self, head: usize) -> bool {
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

    fn head_is_void(&self, head: usize) -> bool {
        self.head_is(head, VOID)
    }

    /// True if the place at `head` has that mark.
    fn head_is(&self, head: usize, mark: usize) -> bool {
        // ORDERING: SeqCst, the read of the handshake with `RingPlace::mark`; Acquire pairs with its
        // Release.
        self.slot(head).stamp.load(Ordering::SeqCst) == self.lap(head) + mark
    }

    #[inline(always)]
    fn push_claim<'a>(&self, spot: &Spot<'a, T>) -> RingClaim<'a, T> {
        RingClaim {
            slot: spot.slot,
            full: spot.lap + FULL,
        }
    }

    /// Claims the slot at the tail.
    #[inline(always)]
    fn claim_tail(&self) -> Result<Spot<'_, T>, Refusal> {
        let tail = self.spot(self.load_tail());
        if tail.is_free() {
            if self.move_tail(tail.position, tail.next).is_ok() {
                return Ok(tail);
            }
            step_aside();
        }
        self.claim_tail_slow().map(|tail| self.spot(tail))
    }

    /// Claims the slot at the head.
    #[inline(always)]
    fn claim_pop(&self) -> Result<Spot<'_, T>, Refusal> {
        let head = self.spot(self.load_head());
        if head.is_full() {
            if self.move_head(head.position, head.next).is_ok() {
                return Ok(head);
            }
            step_aside();
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
    unsafe fn take(&self, head: &Spot<'_, T>, place: &mut MaybeUninit<T>) {
        // SAFETY: invariants 3 and 4: the caller owns the slot, which was full.
        unsafe { head.slot.move_to(place) };
        // ORDERING: Release, pairs with the Acquire in `Spot::is_free`: our read of the value is over
        // before the next producer writes.
        head.slot.stamp.store(head.next_lap, Ordering::Release);
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

impl<T> Queue<T> for Ring<T> {
    type Claim<'a>
        = RingClaim<'a, T>
    where
        T: 'a;

    #[inline(always)]
    fn claim_push(&self) -> Result<RingClaim<'_, T>, Refusal> {
        Ok(self.push_claim(&self.claim_tail()?))
    }

    fn reserve(&self) -> Result<Option<RingPlace<'_, T>>, Refusal> {
        let tail = self.claim_tail()?;
        Ok(Some(RingPlace::new(self, tail.position)))
    }

    #[inline(always)]
    fn step_over(&self) -> usize {
        // ORDERING: SeqCst, see `RingPlace::give_up`.
        if self.voids.load(Ordering::SeqCst) == 0 {
            return 0;
        }
        self.skip_voids()
    }

    #[inline]
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let head = self.claim_pop()?;
        // SAFETY: `claim_pop` moved `head` from this position.
        unsafe { self.take(&head, place) };
        Ok(())
    }

    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
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

    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
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

    #[inline]
    fn pop_looks_ready(&self) -> bool {
        self.head_is_claimable(self.load_head()) || self.load_tail() & self.mark != 0
    }

    #[inline]
    fn push_looks_ready(&self) -> bool {
        let tail = self.load_tail();
        self.tail_is_claimable(tail) || tail & self.mark != 0
    }

    fn probe_pop(&self) -> Result<(), Refusal> {
        let mut head = self.load_head();
        while !self.head_is_claimable(head) && !self.head_is_void(head) {
            match self.look_at_head(head) {
                Look::Moved(now) => head = now,
                Look::Refused(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    fn probe_push(&self) -> Result<(), Refusal> {
        let mut tail = self.load_tail();
        while !self.tail_is_claimable(tail) {
            match self.look_at_tail(tail) {
                Look::Moved(now) => tail = now,
                // It counts as room: the attempt steps over it.
                Look::Refused(Refusal::Blocked) if self.head_is_void(self.load_head()) => break,
                Look::Refused(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    fn close(&self) -> bool {
        // ORDERING: SeqCst, the write of the handshake with waiters about to park.
        self.tail.fetch_or(self.mark, Ordering::SeqCst) & self.mark == 0
    }

    fn is_closed(&self) -> bool {
        // ORDERING: SeqCst, as the other looks at `tail` that decide something; Acquire would do.
        self.tail.load(Ordering::SeqCst) & self.mark != 0
    }

    fn len(&self) -> usize {
        loop {
            // ORDERING: SeqCst on all three: `tail` did not change while `head` was read, so both
            // are from one instant.
            let tail = self.tail.load(Ordering::SeqCst);
            let head = self.head.load(Ordering::SeqCst);
            if self.tail.load(Ordering::SeqCst) == tail {
                let tail = tail & !self.mark;
                let (from, to) = (self.index(head), self.index(tail));
                return match to.cmp(&from) {
                    std::cmp::Ordering::Greater => to - from,
                    std::cmp::Ordering::Less => self.slots.len() - from + to,
                    std::cmp::Ordering::Equal if tail == head => 0,
                    std::cmp::Ordering::Equal => self.slots.len(),
                };
            }
        }
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.slots.len())
    }

    fn force_push(&self, mut value: T) -> Result<Option<T>, T> {
        let mut backoff = Backoff::new();
        loop {
            let refusal = match self.claim_push() {
                Ok(claim) => {
                    claim.write(value);
                    return Ok(None);
                }
                Err(Refusal::Blocked) if self.skip_void(self.load_head()) => continue,
                // Nothing can be taken out before what is reserved.
                Err(Refusal::Blocked) if self.head_is(self.load_head(), RESERVED) => {
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
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        super::drop_all(self);
    }
}

impl<T> std::fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .field("capacity", &self.slots.len())
            .finish()
    }
}
