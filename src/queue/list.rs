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
//! Both are null until the first message. `tail` moves by compare-and-swap: to the next offset, or
//! from a block's last offset to offset 0 of a fresh block. `head` goes *free → claimed* by
//! compare-and-swap and *claimed → free*, further on, by a plain store.
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

mod block;

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::vec;

use super::{PushClaim, Queue, Refusal, RingPlace};
use crate::sys::atomic::{AtomicPtr, AtomicUsize};
use crate::sys::{Backoff, CachePadded, Ordering, UnsafeCell, step_aside};
use block::{Block, Position, State};

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

/// A slot of the list that the caller owns.
pub struct ListClaim<'a, T> {
    block: *mut Block<T>,
    offset: usize,
    /// The list outlives its claims.
    _list: PhantomData<&'a List<T>>,
}

impl<T> ListClaim<'_, T> {
    #[inline(always)]
    fn of(position: Position<T>) -> Self {
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

    #[cold]
    #[inline(never)]
    fn claim_push_slow(&self) -> Result<ListClaim<'_, T>, Refusal> {
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

    /// Gives the list its first block: first `head`, then `tail`, so that whoever sees a tail that
    /// is not null finds a head, and any sender can finish what another has begun.
    fn install_first_block(&self) {
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

    fn allocate(&self) -> *mut Block<T> {
        // ORDERING: Acquire, pairs with the Release in `recycle`: the block was reset.
        let spare = self.spare.swap(std::ptr::null_mut(), Ordering::Acquire);
        if spare.is_null() {
            Block::allocate()
        } else {
            spare
        }
    }

    fn recycle_unused(&self, fresh: Option<*mut Block<T>>) {
        if let Some(block) = fresh {
            self.recycle(block);
        }
    }

    /// Keeps `block` as the spare, or frees it if there is one already.
    fn recycle(&self, block: *mut Block<T>) {
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

    /// Steps inside: from now until [`Inside`] is dropped, this thread alone moves `head`.
    #[inline]
    fn enter(&self) -> Result<Inside<'_, T>, Refusal> {
        let Some(head) = self.front_before_seen() else {
            return self.enter_at(self.front()?)?.unless_in_vain();
        };
        let inside = self.enter_at(head)?;
        if inside.is_at_seen() {
            return inside.unless_in_vain();
        }
        Ok(inside)
    }

    /// Where the oldest message is, if that is before the `tail` that a receiver has seen: senders and
    /// receivers then do not take each other's cache lines away.
    ///
    /// Whoever reads a `head` also finds the tail that was seen up to then, or a later one. If the words
    /// differ there was a message between the two reads; and if `head` is still the same, there is.
    /// (If it is the same again, in a reused block, there may be none: see `Inside::unless_in_vain`.)
    #[inline]
    fn front_before_seen(&self) -> Option<Position<T>> {
        // ORDERING: Acquire, pairs with the stores of `head`: the blocks, and what was seen by then.
        let head = Position(self.head.position.load(Ordering::Acquire));
        // ORDERING: Relaxed, ordered after `head` by its Acquire.
        let seen = Position(self.head.seen.load(Ordering::Relaxed));
        (!seen.0.is_null() && head.unflagged() != seen).then_some(head)
    }

    /// Where the oldest message is, if there is any.
    #[inline]
    fn front(&self) -> Result<Position<T>, Refusal> {
        // ORDERING: Acquire, pairs with the Release increment in `Inside::leave_block`.
        let laps = self.head.laps.load(Ordering::Acquire);
        // ORDERING: Acquire, so that `tail` is read after it; pairs with the stores of `head`.
        let head = Position(self.head.position.load(Ordering::Acquire));
        let tail = self.load_tail();
        if head.unflagged() == tail.unflagged() || tail.block().is_null() {
            // Equal words are equal positions unless the block was left and reused in between.
            // ORDERING: Relaxed; the Acquire of `tail` orders it after that read, and if `tail` is
            // in a reused block it makes the increment visible.
            return if self.head.laps.load(Ordering::Relaxed) != laps {
                Err(Refusal::Lagging)
            } else if tail.flag() {
                Err(Refusal::Closed)
            } else {
                Err(Refusal::Blocked)
            };
        }
        Ok(head)
    }

    #[inline]
    fn enter_at(&self, head: Position<T>) -> Result<Inside<'_, T>, Refusal> {
        if head.flag() {
            return Err(Refusal::Lagging);
        }
        // ORDERING: Acquire, pairs with the Release in `Inside::drop`: what the last receiver
        // inside did to the blocks, and with the Release that installed the first block.
        let entered = self.head.position.compare_exchange(
            head.0,
            head.flagged().0,
            Ordering::Acquire,
            Ordering::Relaxed,
        );
        if entered.is_ok() {
            Ok(Inside { list: self, head })
        } else {
            Err(Refusal::Lagging)
        }
    }

    /// Steps inside, pausing for whoever is there.
    #[cold]
    #[inline(never)]
    fn enter_slow(&self) -> Result<Inside<'_, T>, Refusal> {
        step_aside();
        let mut backoff = Backoff::new();
        loop {
            match self.enter() {
                Err(Refusal::Lagging) if backoff.pause() => {}
                outcome => return outcome,
            }
        }
    }

    #[inline]
    fn enter_soon(&self) -> Result<Inside<'_, T>, Refusal> {
        match self.enter() {
            Err(Refusal::Lagging) => self.enter_slow(),
            outcome => outcome,
        }
    }
}

/// The receiver that is inside: the only one that reads slots, moves `head` and frees blocks.
struct Inside<'a, T> {
    list: &'a List<T>,
    /// Where `head` will be on leaving.
    head: Position<T>,
}

impl<T> Inside<'_, T> {
    /// True if a message at `head` would be one that no receiver has seen.
    #[inline]
    fn is_at_seen(&self) -> bool {
        // ORDERING: Relaxed: we are inside, so nobody else changes it.
        self.list.head.seen.load(Ordering::Relaxed) == self.head.0
    }

    /// Looks at `tail`. If there is nothing, `head` has come back, in a reused block, since we looked at it:
    /// out again, or what comes meanwhile would be taken before it is seen.
    #[inline]
    fn unless_in_vain(self) -> Result<Self, Refusal> {
        if self.see_tail() == self.head {
            Err(Refusal::Lagging)
        } else {
            Ok(self)
        }
    }

    /// Moves the message at `head`, or the first full one behind stalled senders, to `place`.
    #[inline]
    fn take(&mut self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        if self.state(self.head) == State::Full {
            // SAFETY: invariants 1 and 3: we are inside, and the slot is full.
            unsafe { Block::move_out(self.head.block(), self.head.offset(), place) };
            self.advance();
            return Ok(());
        }
        self.take_slow(place)
    }

    /// Takes a message as [`take`](Inside::take) does.
    fn take_by_value(&mut self) -> Result<T, Refusal> {
        let mut place = MaybeUninit::uninit();
        self.take(&mut place)?;
        // SAFETY: it was taken.
        Ok(unsafe { place.assume_init() })
    }

    #[inline]
    fn state(&self, position: Position<T>) -> State {
        // SAFETY: invariant 1: we are inside, and the position is between `head` and `tail`.
        unsafe { Block::state(position.block(), position.offset()) }
    }

    /// The position after a slot that is full or taken, or one we only look past: `None` if its
    /// sender has claimed the block's last slot and not linked the next block yet.
    #[inline]
    fn after(&self, position: Position<T>) -> Option<Position<T>> {
        if position.offset() + 1 < Block::<T>::SLOTS {
            return Some(position.next_in_block());
        }
        // SAFETY: invariant 1, as in `state`.
        let next = unsafe { Block::next(position.block()) };
        (!next.is_null()).then(|| Position::start_of(next))
    }

    /// Moves `head` over the slot it is at, whose message was taken.
    #[inline]
    fn advance(&mut self) {
        self.step();
        // SAFETY: we are inside, so the count is ours.
        while self.list.head.ahead.with(|ahead| unsafe { *ahead }) != 0 && self.step_over_taken() {}
    }

    #[inline]
    fn step(&mut self) {
        let left = self.head.block();
        self.head = self
            .after(self.head)
            .expect("a taken last slot has a linked next block");
        if self.head.block() != left {
            // ORDERING: Release, before the lap is counted, pairs with the Acquire in `enter`: who
            // reads the count after that sees that `head` is not in the block that was left.
            self.list
                .head
                .position
                .store(self.head.flagged().0, Ordering::Release);
            self.leave_block(left);
        }
    }

    /// Moves `head` over one message that was taken ahead of its turn, if that is where it is.
    #[cold]
    fn step_over_taken(&mut self) -> bool {
        let taken = self.state(self.head) == State::Taken;
        if taken {
            // SAFETY: we are inside, so the count is ours.
            self.list
                .head
                .ahead
                .with_mut(|ahead| unsafe { *ahead -= 1 });
            self.step();
        }
        taken
    }

    #[cold]
    fn leave_block(&mut self, left: *mut Block<T>) {
        // ORDERING: Release, pairs with the Acquire in `enter`: counted before the block can be
        // seen again anywhere.
        self.list.head.laps.fetch_add(1, Ordering::Release);
        // SAFETY: invariant 2: all of its slots are taken, and we are the one inside.
        unsafe { Block::reset(left) };
        self.list.recycle(left);
    }

    /// The slot at `head` is claimed and not full: gives its sender a moment, then steps over it.
    #[cold]
    #[inline(never)]
    fn take_slow(&mut self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        let mut backoff = Backoff::new();
        while backoff.pause() {
            if self.state(self.head) == State::Full {
                return self.take(place);
            }
        }
        let found = self.find_full(None).ok_or(Refusal::Lagging)?;
        let mut earliest = found;
        // Look again at what was stepped over: a sender fills its slots in order, so once its later
        // message was seen, its earlier one is visible.
        while let Some(earlier) = self.find_full(Some(earliest)) {
            earliest = earlier;
        }
        if earliest == self.head {
            return self.take(place);
        }
        // SAFETY: we are inside, so the count is ours.
        self.list
            .head
            .ahead
            .with_mut(|ahead| unsafe { *ahead += 1 });
        // SAFETY: invariants 1 and 3: we are inside, and the slot is full.
        unsafe { Block::move_out(earliest.block(), earliest.offset(), place) };
        // SAFETY: as above.
        unsafe { Block::mark_taken(earliest.block(), earliest.offset()) };
        Ok(())
    }

    /// Notes where `tail` is. It is not before `head`, and nothing before it will be missed: so this
    /// comes before any slot is taken that is behind what was seen so far.
    #[inline]
    fn see_tail(&self) -> Position<T> {
        let tail = self.list.load_tail().unflagged();
        // ORDERING: Relaxed, leaving publishes it, with the `head` that goes with it.
        self.list.head.seen.store(tail.0, Ordering::Relaxed);
        tail
    }

    /// The first full slot from `head` on and before `end`, or before `tail`.
    fn find_full(&self, end: Option<Position<T>>) -> Option<Position<T>> {
        let end = end.unwrap_or_else(|| self.see_tail());
        let mut position = self.head;
        while position != end {
            if self.state(position) == State::Full {
                return Some(position);
            }
            position = self.after(position)?;
        }
        None
    }

    /// How many messages were sent and not taken; `None` if a sender is just installing a block.
    fn count(&self) -> Option<usize> {
        let tail = self.list.load_tail().unflagged();
        // SAFETY: invariant 1: `tail` is at or behind `head`, so its block cannot be freed while we
        // are inside.
        let behind = unsafe { Block::distance(self.head.block(), tail.block()) }?;
        // SAFETY: we are inside, so the count is ours.
        let ahead = self.list.head.ahead.with(|ahead| unsafe { *ahead });
        Some(behind * Block::<T>::SLOTS + tail.offset() - self.head.offset() - ahead)
    }
}

impl<T> Drop for Inside<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Release, pairs with the Acquire in `enter`.
        self.list
            .head
            .position
            .store(self.head.0, Ordering::Release);
    }
}

impl<T> Queue<T> for List<T> {
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

    fn reserve(&self) -> Result<Option<RingPlace<'_, T>>, Refusal> {
        self.probe_push().map(|()| None)
    }

    #[inline]
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal> {
        self.enter_soon()?.take(place)
    }

    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal> {
        if values.len() == 0 {
            return Ok(0);
        }
        loop {
            let tail = self.load_tail();
            // The last slot is claimed on its own: that installs the next block.
            let room = (Block::<T>::SLOTS - 1).saturating_sub(tail.offset());
            let count = room.min(values.len());
            if count < 2 || tail.flag() || tail.block().is_null() {
                let claim = self.claim_push()?;
                claim.write(values.next().expect("it is not empty"));
                return Ok(1);
            }
            if self.move_tail(tail, tail.further_in_block(count)) {
                for (ahead, value) in values.take(count).enumerate() {
                    ListClaim::of(tail.further_in_block(ahead)).write(value);
                }
                return Ok(count);
            }
        }
    }

    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal> {
        if limit == 0 {
            return Ok(0);
        }
        // Before the claim: nothing may fail after it.
        out.reserve(limit.min(Block::<T>::SLOTS));
        let limit = limit.min(out.capacity() - out.len());
        let mut inside = self.enter_soon()?;
        out.push(inside.take_by_value()?);
        let mut count = 1;
        let end = inside.see_tail();
        while count < limit && inside.head != end && inside.state(inside.head) == State::Full {
            out.push(inside.take_by_value()?);
            count += 1;
        }
        Ok(count)
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
            // ORDERING: Acquire, as in `enter`: equal words mean an empty list if no block was left
            // meanwhile.
            let laps = self.head.laps.load(Ordering::Acquire);
            // ORDERING: Acquire, so that `tail` is read after it.
            let head = Position(self.head.position.load(Ordering::Acquire));
            let tail = self.load_tail();
            // ORDERING: Relaxed; ordered after `tail` by its Acquire.
            if self.head.laps.load(Ordering::Relaxed) == laps {
                return tail.block().is_null() || head.unflagged() == tail.unflagged();
            }
            backoff.snooze();
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

impl<T> std::fmt::Debug for ListClaim<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListClaim")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
