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

mod batch;
mod claim;
mod evict;
mod look;
mod place;
mod slot;
mod spot;

pub use claim::RingClaim;
pub use place::RingPlace;

use std::mem::MaybeUninit;
use std::vec;

use super::{Claims, Queue, Refusal};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{CachePadded, Ordering, zeroed_slice};
use slot::Slot;

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

    /// True if places were given up that nobody has stepped over yet.
    #[inline(always)]
    fn has_voids(&self) -> bool {
        // ORDERING: SeqCst, see `RingPlace::give_up`.
        self.voids.load(Ordering::SeqCst) != 0
    }

    #[inline(always)]
    fn load_tail(&self) -> usize {
        // ORDERING: Acquire, as in `load_head`.
        self.tail.load(Ordering::Acquire)
    }

    #[inline(always)]
    fn load_head(&self) -> usize {
        // ORDERING: Acquire: what is read next, the other end above all, is not older than this; it pairs with the
        // compare-and-swap that moved it. Where a compare-and-swap follows, it is a guess which that one checks.
        self.head.load(Ordering::Acquire)
    }
}

impl<T> Claims<T> for Ring<T> {
    type Claim<'a>
        = RingClaim<'a, T>
    where
        T: 'a;

    #[inline(always)]
    fn claim_push(&self) -> Result<RingClaim<'_, T>, Refusal> {
        Ok(self.push_claim(&self.claim_tail()?))
    }
}

impl<T> Queue<T> for Ring<T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn push(&self, value: T) -> Result<(), (Refusal, T)> {
        self.claim_and_write(value)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn push_from(&self, value: &MaybeUninit<T>) -> Result<(), Refusal> {
        // SAFETY: the caller's promise.
        unsafe { self.claim_and_move(value) }
    }

    fn reserve(&self) -> Result<Option<RingPlace<'_, T>>, Refusal> {
        let tail = self.claim_tail()?;
        Ok(Some(RingPlace::new(self, tail.position)))
    }

    fn claim_for_another(&self) -> Result<Option<RingClaim<'_, T>>, Refusal> {
        self.claim_push().map(Some)
    }

    #[inline(always)]
    fn step_over(&self) -> usize {
        if self.has_voids() {
            self.skip_voids()
        } else {
            0
        }
    }

    #[inline]
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let head = self.claim_pop()?;
        // SAFETY: `claim_pop` moved `head` from this position.
        unsafe { self.take(&head, place) };
        Ok(())
    }

    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        self.push_batch(values)
    }

    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        self.pop_batch(out, limit)
    }

    fn tail(&self) -> usize {
        self.load_tail()
    }

    fn head(&self) -> usize {
        self.load_head()
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        self.places_between(from & !self.mark, to & !self.mark)
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
        self.look_before_pop()
    }

    fn probe_push(&self) -> Result<(), Refusal> {
        self.look_before_push()
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

    fn force_push(&self, value: T) -> Result<Option<T>, T> {
        self.push_or_evict(value)
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
