//! The unbounded list: blocks of slots, one read-modify-write per operation.
//!
//! # Words
//!
//! `tail` and `head` are block pointers with the slot's offset and a flag in the bits that the
//! alignment of blocks leaves free, so that one compare-and-swap claims a slot *of a block* and the
//! last claimer of a block installs the next one in the same step: senders never wait for each other.
//!
//! | word   | upper bits                        | bits 1..=6 | bit 0                         |
//! |--------|-----------------------------------|------------|-------------------------------|
//! | `tail` | block of the next slot to claim   | its offset | closed: no more claims        |
//! | `head` | block of the oldest untaken slot  | its offset | claimed: a receiver is inside |
//!
//! Both are null until the first push installs a block, and then claims a slot of it. `tail` moves by
//! compare-and-swap: to the next offset, or from a block's last offset to offset 0 of a fresh block. `head`
//! goes *free → claimed* by compare-and-swap and *claimed → free*, further on, by a plain store.
//!
//! A slot's state goes *empty → full* by its sender. The receiver inside moves `head` over the slot that
//! it takes, without touching the state (which would take the line away from senders); a slot behind
//! `head` that it takes ahead of its turn goes *full → taken*.
//!
//! # Invariants
//!
//! 1. A block is dereferenced only by the receiver inside (blocks from `head` to `tail`), or by a
//!    sender between its claim of a slot in it and its store of that slot's full state.
//! 2. Only the receiver inside frees a block, after `head` has left it and every slot in it was
//!    taken; so every sender is done with it.
//! 3. A value is initialised exactly while its slot's state is full and `head` has not left it.
//! 4. The sender that claims a block's last slot links and numbers the next block before it stores
//!    that slot's full state.
//!
//! # A stalled sender
//!
//! The receiver inside steps over slots that a preempted sender has claimed and not filled, and takes
//! the first full one behind them, leaving `head` in place. That keeps the order of each sender: it
//! looks again at the slots it stepped over after it has found a full one, and whatever its sender
//! published before is visible then. So a stalled sender hides nobody else's message, except between
//! claiming a block's last slot and linking the next block, two instructions later. A receiver that is
//! stalled inside does hold up the others; they are told [`Refusal::Lagging`].

mod batch;
mod block;
mod claim;
mod enter;
mod inside;
mod sole;
mod supply;

use std::mem::MaybeUninit;
use std::vec;

use super::{Claims, Queue, Refusal, RingPlace};
use crate::sys::atomic::{AtomicPtr, AtomicUsize};
use crate::sys::{Backoff, CachePadded, Ordering, UnsafeCell, step_aside};
use block::{Block, Position};
use claim::ListClaim;
pub use sole::SoleList;

/// How far to let senders get ahead, in messages.
const SLACK: usize = 512;

/// An unbounded queue for any number of producers and consumers. Producers never wait for each other;
/// consumers claim the front in turn.
pub struct List<T> {
    tail: CachePadded<AtomicPtr<Block<T>>>,
    head: CachePadded<Head<T>>,
    /// One drained block, kept for the next sender that needs one.
    spare: AtomicPtr<Block<T>>,
}

struct Head<T> {
    position: AtomicPtr<Block<T>>,
    /// A `tail` that neither `head` nor a slot taken ahead of its turn has passed, or null. Only the
    /// receiver inside changes it.
    seen: AtomicPtr<Block<T>>,
    /// How many blocks `head` has left: tells a reused block from the one it was.
    laps: AtomicUsize,
    /// How many messages behind `head` are taken already. Only the receiver inside touches it.
    ahead: UnsafeCell<usize>,
}

// SAFETY: values move between threads, one owner at a time (invariants 1 and 3).
unsafe impl<T: Send> Send for List<T> {}
// SAFETY: as above; a shared list gives out values, never references to them.
unsafe impl<T: Send> Sync for List<T> {}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> List<T> {
    /// An empty list. The first block is allocated by the first push.
    pub fn new() -> Self {
        Self {
            tail: CachePadded::new(AtomicPtr::default()),
            head: CachePadded::new(Head {
                position: AtomicPtr::default(),
                seen: AtomicPtr::default(),
                laps: AtomicUsize::new(0),
                ahead: UnsafeCell::new(0),
            }),
            spare: AtomicPtr::default(),
        }
    }

    #[inline(always)]
    fn load_tail(&self) -> Position<T> {
        // ORDERING: SeqCst, the read of the handshake with a sender that adds a message (see
        // `wait::queue`); as Acquire it pairs with `move_tail`, so that a receiver which sees a
        // reused block also sees the lap in which it was freed.
        Position(self.tail.load(Ordering::SeqCst))
    }

    #[inline(always)]
    fn move_tail(&self, from: Position<T>, to: Position<T>) -> bool {
        // ORDERING: SeqCst, the write of the handshake with a receiver about to park. As Release it
        // publishes a fresh block's contents, as Acquire it pairs with that. Relaxed on failure:
        // nothing is dereferenced then.
        self.tail
            .compare_exchange(from.0, to.0, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
    }

    /// How many messages behind `head` are taken already. Only for who is inside, or keeps blocks from being
    /// left.
    #[inline(always)]
    fn ahead(&self) -> usize {
        // SAFETY: nobody changes it meanwhile.
        self.head.ahead.with(|ahead| unsafe { *ahead })
    }

    #[inline(always)]
    fn is_ahead(&self) -> bool {
        self.ahead() != 0
    }

    /// How many messages there are from `head`, which is not null, on; `None` if a sender is just installing a
    /// block. Only for who is inside, or keeps blocks from being left.
    fn count_from(&self, head: Position<T>) -> Option<usize> {
        let tail = self.load_tail().unflagged();
        if tail.block().is_null() {
            return Some(0);
        }
        // SAFETY: invariant 1: `tail` is at or behind `head`, so its block is not freed meanwhile.
        let behind = unsafe { Block::distance(head.block(), tail.block()) }?;
        Some(behind * Block::<T>::SLOTS + tail.offset() - head.offset() - self.ahead())
    }
}

impl<T> Claims<T> for List<T> {
    type Claim<'a>
        = ListClaim<'a, T>
    where
        T: 'a;

    #[inline]
    fn claim_push(&self) -> Result<ListClaim<'_, T>, Refusal> {
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        let tail = Position(self.tail.load(Ordering::Relaxed));
        let room = tail.offset() + 1 < Block::<T>::SLOTS;
        if room && !tail.flag() && !tail.block().is_null() {
            if self.move_tail(tail, tail.next_in_block()) {
                return Ok(ListClaim::of(tail));
            }
            step_aside();
        }
        self.claim_push_slow()
    }
}

impl<T> Queue<T> for List<T> {
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
        self.probe_push().map(|()| None)
    }

    #[inline]
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        match self.enter() {
            Ok(inside) => inside.take_and_leave(place),
            Err(Refusal::Lagging) => self.pop_lagging(place),
            Err(refusal) => Err(refusal),
        }
    }

    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        self.push_batch(values)
    }

    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        self.pop_batch(out, limit)
    }

    fn head(&self) -> usize {
        // ORDERING: Relaxed, hints.
        let left = self.head.laps.load(Ordering::Relaxed);
        // ORDERING: Relaxed, a hint.
        let head = Position(self.head.position.load(Ordering::Relaxed));
        left.wrapping_mul(Block::<T>::SLOTS)
            .wrapping_add(head.offset())
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from)
    }

    /// Some blocks, so that receivers and senders do not work on the same one: it would go from cache to cache for each
    /// message.
    fn slack(&self) -> usize {
        SLACK
    }

    #[inline]
    fn pop_looks_ready(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        let head = Position(self.head.position.load(Ordering::Relaxed));
        // ORDERING: Relaxed, a hint.
        let tail = Position(self.tail.load(Ordering::Relaxed));
        tail.flag() || (!head.flag() && head != tail && !tail.block().is_null())
    }

    fn push_looks_ready(&self) -> bool {
        true
    }

    fn probe_pop(&self) -> Result<(), Refusal> {
        match self.front_before_seen() {
            Some(_) => Ok(()),
            None => self.front().map(|_| ()),
        }
    }

    fn probe_push(&self) -> Result<(), Refusal> {
        if self.is_closed() {
            Err(Refusal::Closed)
        } else {
            Ok(())
        }
    }

    fn close(&self) -> bool {
        loop {
            let tail = self.load_tail();
            if tail.flag() {
                return false;
            }
            if self.move_tail(tail, tail.flagged()) {
                return true;
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.load_tail().flag()
    }

    fn len(&self) -> usize {
        let mut backoff = Backoff::new();
        loop {
            match self.enter() {
                Ok(inside) => {
                    if let Some(count) = inside.count() {
                        return count;
                    }
                }
                Err(Refusal::Blocked | Refusal::Closed) => return 0,
                Err(_) => {}
            }
            backoff.snooze();
        }
    }

    fn is_empty(&self) -> bool {
        let mut backoff = Backoff::new();
        loop {
            match self.front() {
                Ok(_) => return false,
                Err(Refusal::Blocked | Refusal::Closed) => return true,
                Err(_) => backoff.snooze(),
            }
        }
    }

    fn capacity(&self) -> Option<usize> {
        None
    }

    fn force_push(&self, value: T) -> Result<Option<T>, T> {
        self.push(value).map(|()| None).map_err(|(_, value)| value)
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        /// Frees the blocks even if a message's `Drop` panics.
        struct Blocks<'a, T>(&'a List<T>);
        impl<T> Drop for Blocks<'_, T> {
            fn drop(&mut self) {
                // ORDERING: Relaxed on both: the list is being dropped, nobody else is there.
                let last = Position(self.0.head.position.load(Ordering::Relaxed)).block();
                let spare = self.0.spare.load(Ordering::Relaxed);
                for block in [last, spare].into_iter().filter(|block| !block.is_null()) {
                    // SAFETY: nobody else is there, and no slot of the block is full.
                    unsafe { Block::free(block) };
                }
            }
        }
        let _blocks = Blocks(self);
        super::drop_all(self);
    }
}

impl<T> std::fmt::Debug for List<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("List")
            .field("is_empty", &self.is_empty())
            .finish_non_exhaustive()
    }
}
