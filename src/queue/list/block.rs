//! The blocks of the list, and the words that point into them.
//!
//! A block is one allocation: a header, one state byte per slot, the values. How many slots it has
//! depends on the size of the messages, so its layout is computed and its parts are reached by
//! offset.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::marker::PhantomData;
use std::mem::{MaybeUninit, align_of, size_of};
use std::ptr;

use crate::sys::atomic::{AtomicPtr, AtomicU8, AtomicU64};
use crate::sys::{Ordering, UnsafeCell};

/// Bits of a [`Position`] below the block's address: one flag, six of offset.
const ALIGN: usize = 128;
const FLAG: usize = 1;
const OFFSET_ONE: usize = 2;

/// The most slots in a block, and the most bytes that its values should take.
const MOST_SLOTS: usize = if cfg!(towpath_loom) { 2 } else { 64 };
const MOST_BYTES: usize = 4096;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Empty = 0,
    Full = 1,
    Taken = 2,
}

/// The start of a block; states and values lie behind it. Blocks are aligned to [`ALIGN`] by their
/// layout, not by this type: a reference to the header must not cover the states.
#[repr(C)]
pub(super) struct Block<T> {
    /// The next block, once the last slot of this one was claimed.
    next: AtomicPtr<Block<T>>,
    /// How many blocks were installed before this one, plus one; 0 while that is not known. It does not wrap, not
    /// where a word has 32 bits either.
    number: AtomicU64,
    _values: PhantomData<T>,
}

/// A block and an offset in it, with a flag, in one word.
pub(super) struct Position<T>(pub(super) *mut Block<T>);

impl<T> Clone for Position<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Position<T> {}

impl<T> PartialEq for Position<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.0, other.0)
    }
}

impl<T> Position<T> {
    pub(super) fn null() -> Self {
        Self(ptr::null_mut())
    }

    /// Offset 0 of `block`.
    #[inline(always)]
    pub(super) fn start_of(block: *mut Block<T>) -> Self {
        Self(block)
    }

    #[inline(always)]
    pub(super) fn block(self) -> *mut Block<T> {
        // By address alone: a word that was read before its block was freed can be swapped for one
        // that points into a new block at the same place, and then means that one.
        ptr::with_exposed_provenance_mut(self.0.addr() & !(ALIGN - 1))
    }

    #[inline(always)]
    pub(super) fn offset(self) -> usize {
        (self.0.addr() & (ALIGN - 1)) / OFFSET_ONE
    }

    #[inline(always)]
    pub(super) fn next_in_block(self) -> Self {
        self.further_in_block(1)
    }

    #[inline(always)]
    pub(super) fn further_in_block(self, count: usize) -> Self {
        Self(self.0.map_addr(|address| address + count * OFFSET_ONE))
    }

    #[inline(always)]
    pub(super) fn flag(self) -> bool {
        self.0.addr() & FLAG != 0
    }

    #[inline(always)]
    pub(super) fn flagged(self) -> Self {
        Self(self.0.map_addr(|address| address | FLAG))
    }

    #[inline(always)]
    pub(super) fn unflagged(self) -> Self {
        Self(self.0.map_addr(|address| address & !FLAG))
    }
}

type Value<T> = UnsafeCell<MaybeUninit<T>>;

impl<T> Block<T> {
    /// How many messages a block holds.
    pub(super) const SLOTS: usize = {
        let size = if size_of::<T>() == 0 {
            1
        } else {
            size_of::<T>()
        };
        let fitting = MOST_BYTES / size;
        if fitting > MOST_SLOTS {
            MOST_SLOTS
        } else if fitting == 0 {
            1
        } else {
            fitting
        }
    };

    /// The parts of a block that lie behind the header.
    const STATES: usize = size_of::<Self>();
    const VALUES: usize = (Self::STATES + Self::SLOTS * size_of::<AtomicU8>())
        .next_multiple_of(align_of::<Value<T>>());

    const LAYOUT: Layout = {
        let size = Self::VALUES + Self::SLOTS * size_of::<Value<T>>();
        let align = if align_of::<Value<T>>() > ALIGN {
            align_of::<Value<T>>()
        } else {
            ALIGN
        };
        match Layout::from_size_align(size, align) {
            Ok(layout) => layout,
            Err(_) => panic!("a message is larger than the address space"),
        }
    };

    pub(super) fn allocate() -> *mut Self {
        const { assert!(Self::SLOTS <= ALIGN / OFFSET_ONE) };
        // SAFETY: the layout's size is not zero: it holds a header.
        let block = unsafe { alloc(Self::LAYOUT) }.cast::<Self>();
        if block.is_null() {
            handle_alloc_error(Self::LAYOUT);
        }
        // For `Position::block`.
        block.expose_provenance();
        // SAFETY: the field lies inside the fresh block.
        let next = unsafe { &raw mut (*block).next };
        // SAFETY: as above.
        let number = unsafe { &raw mut (*block).number };
        // SAFETY: as above, and aligned.
        unsafe { next.write(AtomicPtr::default()) };
        // SAFETY: as above, and aligned.
        unsafe { number.write(AtomicU64::new(0)) };
        for offset in 0..Self::SLOTS {
            // SAFETY: the state lies inside the block, which nobody else knows.
            unsafe { Self::state_of(block, offset).write(AtomicU8::new(0)) };
            #[cfg(towpath_loom)]
            // SAFETY: the value lies inside the block, which nobody else knows.
            unsafe {
                Self::value_of(block, offset).write(UnsafeCell::new(MaybeUninit::uninit()));
            }
        }
        block
    }

    /// Makes a drained block fresh again.
    ///
    /// # Safety
    ///
    /// The caller is the only one that knows the block, and no slot in it is full.
    pub(super) unsafe fn reset(block: *mut Self) {
        // SAFETY: the caller owns the block.
        let header = unsafe { &*block };
        // ORDERING: Relaxed on all: the block is ours, `List::recycle` publishes it.
        header.next.store(ptr::null_mut(), Ordering::Relaxed);
        header.number.store(0, Ordering::Relaxed);
        for offset in 0..Self::SLOTS {
            // SAFETY: the state lies inside the block.
            let state = unsafe { &*Self::state_of(block, offset) };
            state.store(State::Empty as u8, Ordering::Relaxed);
        }
    }

    /// Frees the memory.
    ///
    /// # Safety
    ///
    /// As [`reset`](Block::reset).
    pub(super) unsafe fn free(block: *mut Self) {
        #[cfg(towpath_loom)]
        // SAFETY: the model's atomics and cells must be told that they end; the caller owns them.
        unsafe {
            for offset in 0..Self::SLOTS {
                Self::state_of(block, offset).drop_in_place();
                Self::value_of(block, offset).drop_in_place();
            }
            block.drop_in_place();
        }
        // SAFETY: `allocate` got it with this layout.
        unsafe { dealloc(block.cast::<u8>(), Self::LAYOUT) };
    }

    /// Where the state of a slot lies.
    #[inline(always)]
    fn state_of(block: *mut Self, offset: usize) -> *mut AtomicU8 {
        block
            .wrapping_byte_add(Self::STATES + offset * size_of::<AtomicU8>())
            .cast()
    }

    /// Where the value of a slot lies.
    #[inline(always)]
    fn value_of(block: *mut Self, offset: usize) -> *mut Value<T> {
        block
            .wrapping_byte_add(Self::VALUES + offset * size_of::<Value<T>>())
            .cast()
    }

    /// # Safety
    ///
    /// The list's invariant 1 lets the caller look at the block; `offset` is below `SLOTS`.
    #[inline(always)]
    pub(super) unsafe fn state(block: *mut Self, offset: usize) -> State {
        // SAFETY: the block is live.
        let state = unsafe { &*Self::state_of(block, offset) };
        // ORDERING: Acquire, pairs with the Release in `fill`: the value is visible, and the link
        // to the next block if this is the last slot.
        match state.load(Ordering::Acquire) {
            0 => State::Empty,
            1 => State::Full,
            _ => State::Taken,
        }
    }

    /// Moves `value` into a claimed slot and publishes it.
    ///
    /// # Safety
    ///
    /// The caller has claimed the slot and not filled it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn fill(block: *mut Self, offset: usize, value: T) {
        // SAFETY: the block is live while a slot of it is claimed and not full.
        let place = unsafe { &*Self::value_of(block, offset) };
        // SAFETY: as above.
        let state = unsafe { &*Self::state_of(block, offset) };
        // SAFETY: the claim makes the slot ours.
        place.with_mut(|place| unsafe { place.cast::<T>().write(value) });
        // ORDERING: Release, pairs with the Acquire in `state`. The block may be freed from here on.
        state.store(State::Full as u8, Ordering::Release);
    }

    /// Moves the value out of a full slot, to `place`.
    ///
    /// # Safety
    ///
    /// The caller is the receiver inside, and saw the slot full. It moves `head` over the slot, or marks
    /// it as taken.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn move_out(block: *mut Self, offset: usize, place: &mut MaybeUninit<T>) {
        // SAFETY: the block is live while its receiver is inside.
        let value = unsafe { &*Self::value_of(block, offset) };
        // SAFETY: the slot was full, so the value is there, and only the receiver inside takes it; both
        // places are valid and apart.
        value.with(|value| unsafe { ptr::copy_nonoverlapping(value, place, 1) });
    }

    /// Says that the value of a slot behind `head` is gone.
    ///
    /// # Safety
    ///
    /// The caller is the receiver inside, and has moved the value out.
    pub(super) unsafe fn mark_taken(block: *mut Self, offset: usize) {
        // SAFETY: the block is live while its receiver is inside.
        let state = unsafe { &*Self::state_of(block, offset) };
        // ORDERING: Relaxed, only the receiver inside reads it; leaving publishes it to the next.
        state.store(State::Taken as u8, Ordering::Relaxed);
    }

    /// Makes `next` the block after `block`.
    ///
    /// # Safety
    ///
    /// The caller has claimed the last slot of `block` and not filled it, and installed `next`.
    pub(super) unsafe fn link(block: *mut Self, next: *mut Self) {
        // SAFETY: the block is live while a slot of it is claimed and not full.
        let block = unsafe { &*block };
        // ORDERING: Relaxed; 0 if the one that installed it has not got here yet.
        let number = block.number.load(Ordering::Relaxed);
        if number != 0 {
            // SAFETY: `next` cannot be freed before `block`, whose last slot is not full yet.
            let next = unsafe { &*next };
            // ORDERING: Relaxed; `next` is published with the link.
            next.number.store(number + 1, Ordering::Relaxed);
        }
        // ORDERING: Release, pairs with the Acquire in `next`: the fresh block's contents.
        block.next.store(next, Ordering::Release);
    }

    /// The block after `block`, or null if it is not linked yet.
    ///
    /// # Safety
    ///
    /// The list's invariant 1 lets the caller look at the block.
    #[inline]
    pub(super) unsafe fn next(block: *mut Self) -> *mut Self {
        // SAFETY: the block is live.
        let block = unsafe { &*block };
        // ORDERING: Acquire, pairs with the Release in `link`.
        block.next.load(Ordering::Acquire)
    }

    /// Numbers the block that is the first of its list.
    ///
    /// # Safety
    ///
    /// The caller is the only one that knows the block.
    pub(super) unsafe fn make_first(block: *mut Self) {
        // SAFETY: the caller owns the block.
        let block = unsafe { &*block };
        // ORDERING: Relaxed, the block is ours.
        block.number.store(1, Ordering::Relaxed);
    }

    /// How many blocks `to` is behind `from`; `None` if a sender is just linking one of them.
    ///
    /// # Safety
    ///
    /// The caller is the receiver inside, and `to` is reachable from `from` or about to be.
    pub(super) unsafe fn distance(from: *mut Self, to: *mut Self) -> Option<usize> {
        // SAFETY: both are live while the receiver is inside.
        let first = unsafe { &*from };
        // SAFETY: as above.
        let last = unsafe { &*to };
        // ORDERING: Relaxed on both, numbers that are set once per use of a block.
        match (
            first.number.load(Ordering::Relaxed),
            last.number.load(Ordering::Relaxed),
        ) {
            (0, _) | (_, 0) => {}
            (first, last) => return Some((last - first) as usize),
        }
        // A sender was slow to number its block, so those behind it have no numbers: walk, and
        // number what is passed. Behind a block without a number there is none with one.
        let mut block = from;
        // ORDERING: Relaxed, as above.
        let start = first.number.load(Ordering::Relaxed).max(1);
        let mut number = start;
        loop {
            // SAFETY: `block` is live, as above.
            let header = unsafe { &*block };
            // ORDERING: Relaxed; a sender that links late stores the same number.
            header.number.store(number, Ordering::Relaxed);
            if block == to {
                return Some((number - start) as usize);
            }
            // SAFETY: `block` is live, as above.
            block = unsafe { Self::next(block) };
            if block.is_null() {
                return None;
            }
            number += 1;
        }
    }
}
