//! The list with one consumer: no door, so a pop is loads and plain stores.
//!
//! # Invariants
//!
//! 1. One thread at a time is in the consumer's part (`pop…`, `probe_pop`, the drop), and what one did there
//!    happens before what the next one does: the promise made to [`SoleList::new`]. So the consumer is always
//!    *inside*, in the words of the [list](super), and nobody else writes `head`.
//! 2. A block is left, and `ahead` changes, only while `leaving` is locked. So whoever has that lock may walk the
//!    blocks from `head` on.
//! 3. `seen` says nothing: a slot at `head` that is full is evidence enough. (The drop, which is the list's own,
//!    finds nothing where `seen` promises something, and looks again.)

use std::mem::MaybeUninit;
use std::vec;

use super::List;
use super::block::{Block, Position, State};
use super::claim::ListClaim;
use super::inside::Inside;
use crate::queue::{Claims, Queue, Refusal, RingPlace};
use crate::sys::{Backoff, Ordering, ShortLock, ShortLockGuard};

/// An unbounded queue for any number of producers and one consumer.
pub struct SoleList<T> {
    list: List<T>,
    leaving: ShortLock<()>,
}

/// The consumer, where it may leave blocks.
struct Leaving<'a, T> {
    inside: Inside<'a, T>,
    /// Let go of when `head` is where it will be.
    _locked: ShortLockGuard<'a, ()>,
}

impl<T> SoleList<T> {
    /// An empty list. The first block is allocated by the first push.
    ///
    /// # Safety
    ///
    /// The caller keeps to invariant 1: of the methods that pop, or ask about popping, one is called at a
    /// time, and each such call happens before the next.
    pub unsafe fn new() -> Self {
        Self {
            list: List::new(),
            leaving: ShortLock::new(()),
        }
    }

    #[inline(always)]
    fn position(&self) -> Position<T> {
        // ORDERING: Acquire, pairs with the Release that installed the first block: its contents. (All that
        // comes after it the consumer wrote, by invariant 1.)
        Position(self.list.head.position.load(Ordering::Acquire))
    }

    /// `head`, if the message there is full, and taking it leaves no block.
    #[inline(always)]
    fn full_head(&self) -> Option<Position<T>> {
        let head = self.position();
        if head.block().is_null() || head.offset() + 1 == Block::<T>::SLOTS || self.list.is_ahead()
        {
            return None;
        }
        // SAFETY: the consumer is inside, so the block at `head` is live.
        let state = unsafe { Block::state(head.block(), head.offset()) };
        (state == State::Full).then_some(head)
    }

    /// Says whether there is a message, or a sender that is about to bring one.
    fn look(&self) -> Result<(), Refusal> {
        let tail = self.list.load_tail();
        // Read after `tail`: who sees one that is not null sees the first block at `head`. No block is left
        // meanwhile, so equal words are equal positions.
        if !tail.block().is_null() && self.position() != tail.unflagged() {
            Ok(())
        } else if tail.flag() {
            Err(Refusal::Closed)
        } else {
            Err(Refusal::Blocked)
        }
    }

    /// For what may leave blocks.
    fn enter(&self) -> Result<Leaving<'_, T>, Refusal> {
        self.look()?;
        let _locked = self.leaving.lock_soon().ok_or(Refusal::Lagging)?;
        let inside = Inside {
            list: &self.list,
            head: self.position(),
        };
        Ok(Leaving { inside, _locked })
    }

    #[cold]
    #[inline(never)]
    fn pop_slow(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        self.enter()?.inside.take(place)
    }

    /// How many messages there are, unless one was taken meanwhile, or a sender is just installing a block.
    fn count(&self) -> Option<usize> {
        let _stays = self.leaving.lock();
        // ORDERING: Acquire on both: the blocks up to there; and `tail` is read between them.
        let head = Position(self.list.head.position.load(Ordering::Acquire));
        if head.block().is_null() {
            // `tail` may have a block by now: nothing had been sent when `head` was read.
            return Some(0);
        }
        let count = self.list.count_from(head)?;
        let now = Position(self.list.head.position.load(Ordering::Acquire));
        (now == head).then_some(count)
    }
}

impl<T> Claims<T> for SoleList<T> {
    type Claim<'a>
        = ListClaim<'a, T>
    where
        T: 'a;

    #[inline]
    fn claim_push(&self) -> Result<ListClaim<'_, T>, Refusal> {
        self.list.claim_push()
    }
}

impl<T> Queue<T> for SoleList<T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn push(&self, value: T) -> Result<(), (Refusal, T)> {
        self.list.push(value)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn push_from(&self, value: &MaybeUninit<T>) -> Result<(), Refusal> {
        // SAFETY: the caller's promise.
        unsafe { self.list.push_from(value) }
    }

    fn reserve(&self) -> Result<Option<RingPlace<'_, T>>, Refusal> {
        self.list.reserve()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let Some(head) = self.full_head() else {
            return self.pop_slow(place);
        };
        // SAFETY: the consumer is inside, and the slot is full.
        unsafe { Block::move_out(head.block(), head.offset(), place) };
        // ORDERING: Release, pairs with the Acquire of those who look at `head` and then at `tail`: what it
        // says was taken had been there.
        self.list
            .head
            .position
            .store(head.next_in_block().0, Ordering::Release);
        Ok(())
    }

    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        self.list.push_batch(values)
    }

    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        // Before the lock: nothing may fail under it.
        let limit = List::make_room(out, limit);
        if limit == 0 {
            return Ok(0);
        }
        self.enter()?.inside.take_many(out, limit)
    }

    fn head(&self) -> usize {
        Queue::head(&self.list)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        self.list.distance(from, to)
    }

    fn slack(&self) -> usize {
        self.list.slack()
    }

    #[inline]
    fn pop_looks_ready(&self) -> bool {
        self.list.pop_looks_ready()
    }

    fn push_looks_ready(&self) -> bool {
        true
    }

    fn probe_pop(&self) -> Result<(), Refusal> {
        self.look()
    }

    fn probe_push(&self) -> Result<(), Refusal> {
        self.list.probe_push()
    }

    fn close(&self) -> bool {
        self.list.close()
    }

    fn is_closed(&self) -> bool {
        self.list.is_closed()
    }

    fn len(&self) -> usize {
        let mut backoff = Backoff::new();
        loop {
            match self.count() {
                Some(count) => return count,
                None => backoff.snooze(),
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn capacity(&self) -> Option<usize> {
        None
    }

    fn force_push(&self, value: T) -> Result<Option<T>, T> {
        self.list.force_push(value)
    }
}

impl<T> std::fmt::Debug for SoleList<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoleList")
            .field("is_empty", &self.is_empty())
            .finish_non_exhaustive()
    }
}
