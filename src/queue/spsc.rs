//! The bounded ring of one producer and one consumer: an index each, and no stamps.
//!
//! After Lamport's queue. Each side keeps, beside its own index, what it last saw of the other's, as in
//! B-Queue and FastFlow: while it has room, or messages, by that, it does not look at the other's line.
//!
//! # Words
//!
//! A place is counted from the start of the queue, times two. The slot of a place is its count modulo
//! the number of slots, a power of two; the counts wrap around.
//!
//! | word   | bit 0    | bits 1..                         | written by                          |
//! |--------|----------|----------------------------------|-------------------------------------|
//! | `tail` | closed   | the place of the next message    | the producer; closed: anybody, once |
//! | `head` | always 0 | the place of the oldest message  | the consumer                        |
//!
//! Each word is moved by one read-modify-write or SeqCst store, which publishes the message, or the
//! room, and is the write of the handshake with a peer that is about to sleep (see `wait::queue`). As
//! the producer *exchanges* `tail`, it never moves one that is closed: the close and each push are in
//! one order, and nothing is ever in between, so nobody is ever told [`Refusal::Lagging`].
//!
//! # Invariants
//!
//! 1. One thread at a time is in the producer's part (`push…`, `probe_push`, `push_looks_ready`,
//!    `reserve`), one in the consumer's (`pop…`, `probe_pop`, `pop_looks_ready`), and what one did there
//!    happens before what the next one does: the promise made to [`Spsc::new`].
//! 2. The places from `head` up to `tail` are full, and at most `capacity`; the consumer owns them. All
//!    other slots are empty, and the producer's.
//! 3. `head_seen` was `head` once, and `tail_seen` the place in `tail`: each is at or behind it.

use std::mem::MaybeUninit;
use std::ptr;
use std::vec;

use super::{Queue, Refusal, RingPlace};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{CachePadded, Ordering, UnsafeCell, Zeroed, zeroed_slice};

/// Of `tail`.
const CLOSED: usize = 1;
/// From one place to the next.
const ONE: usize = 2;

struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: anything is an uninitialised value.
unsafe impl<T> Zeroed for Slot<T> {
    fn zeroed() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// What one side has to itself, on a line of its own.
struct End {
    /// Its word.
    place: AtomicUsize,
    /// The other side's place, as it last saw it. Only this side uses it (invariant 1).
    seen: AtomicUsize,
}

impl End {
    fn new() -> CachePadded<Self> {
        CachePadded::new(Self {
            place: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
        })
    }

    /// Its word, as the side knows it that writes it.
    #[inline(always)]
    fn own(&self) -> usize {
        // ORDERING: Relaxed, written by this side (invariant 1), or closed: whoever exchanges it checks,
        // and whoever is blocked looks again.
        self.place.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn seen(&self) -> usize {
        // ORDERING: Relaxed, only this side uses it.
        self.seen.load(Ordering::Relaxed)
    }

    /// Takes note of the other side's place.
    #[inline(always)]
    fn see(&self, place: usize) {
        // ORDERING: Relaxed, only this side uses it.
        self.seen.store(place, Ordering::Relaxed);
    }

    /// Its word, as the other side sees it.
    #[inline(always)]
    fn look(&self) -> usize {
        // ORDERING: SeqCst, the read of the handshake: who is about to park set its wait word, then looks
        // here; who wrote this word (the other side, or a close) then reads the wait word. As Acquire it
        // pairs with `publish` and `free`: the messages before the place are visible, or their places are
        // free.
        self.place.load(Ordering::SeqCst)
    }
}

/// A bounded queue for one producer and one consumer.
pub struct Spsc<T> {
    tail: CachePadded<End>,
    head: CachePadded<End>,
    slots: Box<[Slot<T>]>,
    /// The most messages, times [`ONE`].
    span: usize,
}

// SAFETY: values move between the two sides, which own places apart (invariant 2).
unsafe impl<T: Send> Send for Spsc<T> {}
// SAFETY: as above, by the promise made to `new`; it gives out values, never references to them.
unsafe impl<T: Send> Sync for Spsc<T> {}

impl<T> Spsc<T> {
    /// A queue for `capacity` messages. (Its memory is for the next power of two.)
    ///
    /// # Safety
    ///
    /// The caller keeps to invariant 1: of the methods that push, or ask about pushing, one is called at
    /// a time, and each such call happens before the next; so with those that pop.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero, or so large that the slots do not fit in the address space.
    #[track_caller]
    pub unsafe fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a ring needs room for one message");
        let slots = capacity
            .checked_next_power_of_two()
            .filter(|slots| *slots <= usize::MAX / 8);
        let Some(slots) = slots else {
            panic!("capacity overflow")
        };
        Self {
            tail: End::new(),
            head: End::new(),
            slots: zeroed_slice(slots),
            span: capacity * ONE,
        }
    }

    #[inline(always)]
    fn slot(&self, place: usize) -> &UnsafeCell<MaybeUninit<T>> {
        let index = (place / ONE) & (self.slots.len() - 1);
        // SAFETY: the number of slots is a power of two, so the index is below it.
        unsafe { &self.slots.get_unchecked(index).0 }
    }

    /// Copies `value` into the slot of `place`.
    ///
    /// # Safety
    ///
    /// It is the producer's (invariant 2), and we are.
    #[inline(always)]
    unsafe fn copy_in(&self, place: usize, value: *const MaybeUninit<T>) {
        // SAFETY: nobody else touches the slot.
        self.slot(place)
            .with_mut(|slot| unsafe { ptr::copy_nonoverlapping(value, slot, 1) });
    }

    /// Copies the value in the slot of `place` to `value`.
    ///
    /// # Safety
    ///
    /// It is the consumer's (invariant 2), and we are.
    #[inline(always)]
    unsafe fn copy_out(&self, place: usize, value: *mut MaybeUninit<T>) {
        // SAFETY: nobody else touches the slot.
        self.slot(place)
            .with(|slot| unsafe { ptr::copy_nonoverlapping(slot, value, 1) });
    }

    /// How much room there is behind `tail`, by `head`.
    #[inline(always)]
    fn room(&self, tail: usize, head: usize) -> usize {
        self.span - tail.wrapping_sub(head)
    }

    /// `tail`, if there is room there for `wanted` (times [`ONE`]) as far as the producer knows, and how
    /// much there is; it looks at `head` only if there is less.
    #[inline(always)]
    fn find_room(&self, wanted: usize) -> Result<(usize, usize), Refusal> {
        let tail = self.tail.own();
        if tail & CLOSED != 0 {
            return Err(Refusal::Closed);
        }
        match self.room(tail, self.tail.seen()) {
            room if room >= wanted => Ok((tail, room)),
            _ => self.look_for_room(tail),
        }
    }

    fn look_for_room(&self, tail: usize) -> Result<(usize, usize), Refusal> {
        let head = self.head.look();
        self.tail.see(head);
        match self.room(tail, head) {
            // Our own `tail` was read Relaxed: whoever closed, and saw nobody waiting, is seen here only.
            0 if self.tail.look() & CLOSED != 0 => Err(Refusal::Closed),
            0 => Err(Refusal::Blocked),
            room => Ok((tail, room)),
        }
    }

    /// Moves `tail` over the `count` places that were filled. `Err`: it was closed meanwhile, and what was
    /// copied there is still the caller's.
    #[inline(always)]
    fn publish(&self, tail: usize, count: usize) -> Result<(), Refusal> {
        // ORDERING: SeqCst, the write of the handshake with a consumer that is about to park; as Release
        // it pairs with `look`: the messages are visible. Relaxed on failure: nothing is read.
        self.tail
            .place
            .compare_exchange(
                tail,
                tail.wrapping_add(count * ONE),
                Ordering::SeqCst,
                Ordering::Relaxed,
            )
            .map(drop)
            .map_err(|_| Refusal::Closed)
    }

    /// Puts `count` messages that were copied to `tail` and not published before what is left of `values`.
    ///
    /// # Safety
    ///
    /// They are there, and we are the producer.
    #[cold]
    unsafe fn take_back(&self, tail: usize, count: usize, values: &mut vec::IntoIter<T>) {
        let mut all = Vec::with_capacity(count + values.len());
        for ahead in 0..count {
            let mut value = MaybeUninit::uninit();
            // SAFETY: the caller's promise: the slot is still the producer's.
            unsafe { self.copy_out(tail.wrapping_add(ahead * ONE), &raw mut value) };
            // SAFETY: it was just moved here.
            all.push(unsafe { value.assume_init() });
        }
        all.extend(values.by_ref());
        *values = all.into_iter();
    }

    /// `head`, and how many messages there are (times [`ONE`]), at least one; it looks at `tail` only if the
    /// consumer knows of fewer than `wanted`.
    #[inline(always)]
    fn find_messages(&self, wanted: usize) -> Result<(usize, usize), Refusal> {
        let head = self.head.own();
        match self.head.seen().wrapping_sub(head) {
            messages if messages >= wanted => Ok((head, messages)),
            _ => self.look_for_messages(head),
        }
    }

    fn look_for_messages(&self, head: usize) -> Result<(usize, usize), Refusal> {
        let tail = self.tail.look();
        self.head.see(tail & !CLOSED);
        match (tail & !CLOSED).wrapping_sub(head) {
            0 if tail & CLOSED != 0 => Err(Refusal::Closed),
            0 => Err(Refusal::Blocked),
            messages => Ok((head, messages)),
        }
    }

    /// Moves `head` over the `count` places that were emptied.
    #[inline(always)]
    fn free(&self, head: usize, count: usize) {
        // ORDERING: SeqCst, the write of the handshake with a producer that is about to park; as Release
        // it pairs with `look`: our reads of the messages are over before their slots are used again.
        self.head
            .place
            .store(head.wrapping_add(count * ONE), Ordering::SeqCst);
    }
}

impl<T> Queue<T> for Spsc<T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn push(&self, value: T) -> Result<(), (Refusal, T)> {
        let value = MaybeUninit::new(value);
        // SAFETY: it is initialised, and read again only if it was not moved.
        match unsafe { self.push_from(&value) } {
            Ok(()) => Ok(()),
            // SAFETY: as above.
            Err(refusal) => Err((refusal, unsafe { value.assume_init() })),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn push_from(&self, value: &MaybeUninit<T>) -> Result<(), Refusal> {
        let (tail, _) = self.find_room(ONE)?;
        // SAFETY: there is room, so the slot is empty, and we are the producer.
        unsafe { self.copy_in(tail, value) };
        self.publish(tail, 1)
    }

    fn reserve(&self) -> Result<Option<RingPlace<'_, T>>, Refusal> {
        // Nobody else can take the room that there is.
        self.probe_push().map(|()| None)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let (head, _) = self.find_messages(ONE)?;
        // SAFETY: the slot is full, and we are the consumer.
        unsafe { self.copy_out(head, place) };
        self.free(head, 1);
        Ok(())
    }

    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        if values.len() == 0 {
            return Ok(0);
        }
        let (tail, room) = self.find_room(values.len().saturating_mul(ONE))?;
        let count = values.len().min(room / ONE);
        // Moved before they are published: then they are the consumer's, and there must be none left here,
        // not even to be forgotten.
        for (ahead, value) in values.by_ref().take(count).enumerate() {
            let value = MaybeUninit::new(value);
            // SAFETY: there is room for so many, so the slots are empty, and we are the producer.
            unsafe { self.copy_in(tail.wrapping_add(ahead * ONE), &raw const value) };
        }
        match self.publish(tail, count) {
            Ok(()) => Ok(count),
            Err(refusal) => {
                // SAFETY: so many are in the slots there, and were not published.
                unsafe { self.take_back(tail, count, values) };
                Err(refusal)
            }
        }
    }

    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        if limit == 0 {
            return Ok(0);
        }
        let (head, messages) = self.find_messages(limit.saturating_mul(ONE))?;
        let count = limit.min(messages / ONE);
        out.reserve(count);
        for ahead in 0..count {
            let place = &raw mut out.spare_capacity_mut()[ahead];
            // SAFETY: there are so many messages, so the slots are full, and we are the consumer.
            unsafe { self.copy_out(head.wrapping_add(ahead * ONE), place) };
        }
        // SAFETY: so many were just moved there.
        unsafe { out.set_len(out.len() + count) };
        self.free(head, count);
        Ok(count)
    }

    fn tail(&self) -> usize {
        self.tail.own()
    }

    fn head(&self) -> usize {
        self.head.own()
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        (to.wrapping_sub(from) / ONE).min(self.span / ONE)
    }

    #[inline]
    fn pop_looks_ready(&self) -> bool {
        // ORDERING: Relaxed, a hint. (Closed is ready.)
        self.head.seen() != self.head.own() || self.tail.own() != self.head.own()
    }

    #[inline]
    fn push_looks_ready(&self) -> bool {
        let tail = self.tail.own();
        // The other side's word, as a hint.
        let room =
            || self.room(tail, self.tail.seen()) != 0 || self.room(tail, self.head.own()) != 0;
        tail & CLOSED != 0 || room()
    }

    fn probe_pop(&self) -> Result<(), Refusal> {
        self.find_messages(ONE).map(drop)
    }

    fn probe_push(&self) -> Result<(), Refusal> {
        self.find_room(ONE).map(drop)
    }

    fn close(&self) -> bool {
        // ORDERING: SeqCst, the write of the handshake with waiters about to park.
        self.tail.place.fetch_or(CLOSED, Ordering::SeqCst) & CLOSED == 0
    }

    fn is_closed(&self) -> bool {
        self.tail.look() & CLOSED != 0
    }

    fn len(&self) -> usize {
        loop {
            // `tail` did not change while `head` was read, so both are from one instant.
            let tail = self.tail.look();
            let head = self.head.look();
            if self.tail.look() == tail {
                return (tail & !CLOSED).wrapping_sub(head) / ONE;
            }
        }
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.span / ONE)
    }

    /// If there is no room, `value` itself comes back: the producer takes nothing out.
    fn force_push(&self, value: T) -> Result<Option<T>, T> {
        match self.push(value) {
            Ok(()) => Ok(None),
            Err((Refusal::Closed, value)) => Err(value),
            Err((_, value)) => Ok(Some(value)),
        }
    }
}

impl<T> Drop for Spsc<T> {
    fn drop(&mut self) {
        super::drop_all(self);
    }
}

impl<T> std::fmt::Debug for Spsc<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spsc")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
