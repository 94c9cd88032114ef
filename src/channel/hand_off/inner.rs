//! What stands under the lock, and how it changes.
//!
//! # Promises
//!
//! A select commits to a send before its message exists: it *reserves*, runs the user's expression,
//! and then delivers. What it reserved is either *room* in the buffer (`held`), or a receiver
//! (`expected`). That receiver stays asleep, *pledged*: nobody else can complete it any more, and it
//! waits among the `owed` for the message. A receiver that finds a promising sender in line binds it
//! and joins the owed in one step.
//!
//! The owed are served in order, whoever promised. One that gives up leaves; its message then goes to
//! the next receiver that comes, or is kept for it like any message whose receiver gave up.
//!
//! # Invariants
//!
//! All under the lock:
//!
//! 1. If an available receiver is in line, nothing is buffered or reclaimed, and no other waiter's
//!    sender is available in line.
//! 2. If an available sender is in line, the buffer and what is held of it are full.
//! 3. The slot of a node in line belongs to whoever holds the lock: a receiver's and a promising
//!    sender's is empty, another sender's full. It goes back to its owner with the signal.
//! 4. Once closed, no sender gets in line, and the closer signals those who are. Receivers wait on
//!    while a promise is outstanding that may be for them; then whoever settles the last one signals
//!    them.
//! 5. There are at most `expected` nodes among the owed, and `owed_len` is their number.

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ptr;

use super::buffer::Buffer;
use super::turns::Turn;
use crate::channel::core::Side;
use crate::channel::slot::Slot;
use crate::queue::Refusal;
use crate::wait::{List, Lost, Node, Place, Popped, Signal, Waiter, Wake};

/// Marks of nodes: an ordinary sender or receiver, a receiver among the owed, a sender that has
/// promised its message and not got it yet.
pub(super) const ORDINARY: u8 = 0;
const OWED: u8 = 1;
pub(super) const PROMISING: u8 = 2;

/// What a select reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// A place in the buffer.
    Room,
    /// A receiver.
    Receiver,
}

#[repr(C)] // What most operations change comes first, on the lock's cache line; the rest they only read.
pub(super) struct Inner<T> {
    pub(super) closed: bool,
    /// Somebody waits for the channel to become ready for one side or the other.
    watched: bool,
    /// No receiver is left; nothing is kept any more.
    pub(super) discarded: bool,
    pub(super) turn: Turn,
    pub(super) receivers: List,
    pub(super) senders: List,
    pub(super) buffer: Buffer<T>,
    /// Messages that were handed to receivers which gave up. They go first.
    pub(super) reclaimed: VecDeque<T>,
    /// Receivers to which a message was promised.
    owed: List,
    owed_len: usize,
    /// Messages that were promised to receivers.
    expected: usize,
    /// Places in the buffer that were promised a message.
    held: usize,
}

/// On a line of 64 bytes, of which the lock has the first 8: up to the buffer's first two fields.
#[cfg(not(towpath_loom))]
const _: () = assert!(8 + std::mem::offset_of!(Inner<u64>, buffer) + 2 * size_of::<u32>() <= 64);

impl<T> Inner<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            closed: false,
            watched: false,
            discarded: false,
            turn: Turn::nobodys(),
            receivers: List::new(),
            senders: List::new(),
            buffer: Buffer::new(capacity),
            reclaimed: VecDeque::new(),
            owed: List::new(),
            owed_len: 0,
            expected: 0,
            held: 0,
        }
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.buffer.room() <= self.held
    }

    pub(super) fn has_messages(&self) -> bool {
        self.buffer.len() + self.reclaimed.len() > 0
    }

    /// Moves the message in `slot` to a waiting receiver, to be woken, or into the buffer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn send_from(&mut self, slot: &Slot<T>) -> Result<Wake, Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        if !self.receivers.is_empty() {
            if let Some(wake) = self.hand_to_receiver(slot) {
                return Ok(wake);
            }
        }
        if self.is_full() {
            return Err(Refusal::Blocked);
        }
        self.buffer.push(slot.take());
        Ok(Wake::NOBODY)
    }

    /// Moves the message in `slot` into that of the first receiver in line, if there is one.
    fn hand_to_receiver(&mut self, slot: &Slot<T>) -> Option<Wake> {
        let free = |node: Popped| {
            // SAFETY: we hold the lock.
            unsafe { node.complete(Signal::Handed) }
        };
        hand_to_first(slot, || self.receivers.pop(), free)
    }

    /// Moves the message in `slot` into that of the first of the owed, if there is one.
    fn hand_to_owed(&mut self, slot: &Slot<T>) -> Option<Wake> {
        let pledged = |node: Popped| {
            // SAFETY: we hold the lock, and those who are pledged here are pledged to this channel.
            unsafe { node.complete_pledged(Signal::Handed) }
        };
        hand_to_first(slot, || self.pop_owed(), pledged)
    }

    /// Receives the oldest message into `landing`, which is empty.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn recv_into(&mut self, landing: &Slot<T>) -> Result<Wake, Refusal> {
        // SAFETY: `recv_to` keeps to that.
        unsafe { landing.fill_with(|place| self.recv_to(place)) }
    }

    /// Moves the oldest message to `place`, which is initialised if this is `Ok`, and lets the first
    /// sender in line put its own into the room.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn recv_to(&mut self, place: &mut MaybeUninit<T>) -> Result<Wake, Refusal> {
        if self.reclaimed.is_empty() && self.buffer.pop_into(place) {
            if self.senders.is_empty() {
                return Ok(Wake::NOBODY);
            }
            return Ok(self.refill());
        }
        self.recv_unbuffered(place)
    }

    /// As [`recv_to`](Inner::recv_to), if there is no message in the buffer, or an older one beside it.
    #[inline(never)]
    fn recv_unbuffered(&mut self, place: &mut MaybeUninit<T>) -> Result<Wake, Refusal> {
        if let Some(message) = self.reclaimed.pop_front() {
            place.write(message);
            return Ok(Wake::NOBODY);
        }
        while let Some(node) = self.senders.first() {
            // SAFETY: we hold the lock.
            let promising = unsafe { node.mark() } == PROMISING;
            // SAFETY: we hold the lock.
            if promising && unsafe { node.is_free() } {
                return Err(Refusal::Promised);
            }
            self.senders.pop();
            if let Some(wake) = (!promising).then(|| take_message(node, place)).flatten() {
                return Ok(wake);
            }
        }
        Err(self.nothing_there())
    }

    /// Binds the first sender in line, if it is a promising one, to a receiver that is about to join the
    /// owed. `None`: there is a message to take after all.
    pub(super) fn bind_first(&mut self) -> Option<Wake> {
        while !self.has_unclaimed_promise() {
            let Some(node) = self.senders.first() else {
                break;
            };
            // SAFETY: we hold the lock.
            if unsafe { node.mark() } != PROMISING {
                return None;
            }
            self.senders.pop();
            if let Some(wake) = bind_promise(node, Reserved::Receiver) {
                self.expected += 1;
                return Some(wake);
            }
        }
        Some(Wake::NOBODY)
    }

    /// Why there is nothing to receive.
    fn nothing_there(&self) -> Refusal {
        if self.has_unclaimed_promise() {
            Refusal::Promised
        } else if self.is_over() {
            Refusal::Closed
        } else {
            Refusal::Blocked
        }
    }

    /// True once nothing more will come: closed, and every message that was promised to whoever is in
    /// line has come.
    pub(super) fn is_over(&self) -> bool {
        self.closed && self.held == 0 && !self.has_unclaimed_promise()
    }

    /// True if one more receiver may join the owed.
    fn has_unclaimed_promise(&self) -> bool {
        self.expected > self.owed_len
    }

    /// Lets the first sender in line use a place in the buffer.
    #[inline(never)]
    fn refill(&mut self) -> Wake {
        if self.closed {
            // The closer tells them, and may have taken the buffer away.
            return Wake::NOBODY;
        }
        while let Some(node) = self.senders.pop() {
            // SAFETY: we hold the lock.
            if unsafe { node.mark() } == PROMISING {
                if let Some(wake) = bind_promise(node, Reserved::Room) {
                    self.held += 1;
                    return wake;
                }
            } else if let Some(wake) = self.buffer.push_with(|place| take_message(node, place)) {
                return wake;
            }
        }
        Wake::NOBODY
    }

    /// Puts a receiver in line: among the owed if a message is on its way to nobody yet. Says which.
    ///
    /// # Safety
    ///
    /// As [`List::push`]; `landing` is empty and lives as long as the node is in line.
    pub(super) unsafe fn push_receiver(
        &mut self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
    ) -> Refusal {
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(landing.address()) };
        let owed = self.has_unclaimed_promise();
        // SAFETY: the node is in no line.
        unsafe { node.set_mark(if owed { OWED } else { ORDINARY }) };
        let line = if owed {
            self.owed_len += 1;
            &mut self.owed
        } else {
            &mut self.receivers
        };
        // SAFETY: the caller's promise.
        unsafe { line.push(node, place) };
        if owed {
            Refusal::Promised
        } else {
            Refusal::Blocked
        }
    }

    pub(super) fn remove_receiver(&mut self, node: &Node) {
        // SAFETY: we hold the lock.
        if unsafe { node.mark() } != OWED {
            return self.receivers.remove(node);
        }
        // SAFETY: we hold the lock.
        if unsafe { node.is_linked() } {
            self.owed_len -= 1;
            self.owed.remove(node);
            self.hand_promise_on();
        }
    }

    /// Somebody among the owed gave up: the first receiver in line takes the place.
    fn hand_promise_on(&mut self) {
        while self.has_unclaimed_promise() {
            let Some(receiver) = self.receivers.pop() else {
                return;
            };
            // SAFETY: we hold the lock.
            if unsafe { receiver.pledge() }.is_ok() {
                self.owe(receiver);
            }
        }
    }

    fn pop_owed(&mut self) -> Option<Popped> {
        let node = self.owed.pop();
        self.owed_len -= usize::from(node.is_some());
        node
    }

    /// Reserves a waiting receiver, or a place in the buffer, for a message that will come.
    pub(super) fn reserve(&mut self) -> Result<Reserved, Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        while let Some(receiver) = self.receivers.pop() {
            // SAFETY: we hold the lock.
            if unsafe { receiver.pledge() }.is_ok() {
                self.expected += 1;
                self.owe(receiver);
                return Ok(Reserved::Receiver);
            }
        }
        if self.is_full() {
            return Err(Refusal::Blocked);
        }
        self.held += 1;
        Ok(Reserved::Room)
    }

    /// Moves a receiver that was just pledged among the owed.
    fn owe(&mut self, receiver: Popped) {
        // SAFETY: we hold the lock, and the node was in line a moment ago.
        let node = unsafe { receiver.node() };
        // SAFETY: the node is in no list, and we hold the lock of the one it was in.
        unsafe { node.set_mark(OWED) };
        // SAFETY: bound, in no list, and its owner keeps it until it is withdrawn or signalled.
        unsafe { self.owed.push(node, Place::Back) };
        self.owed_len += 1;
    }

    fn settle(&mut self, reserved: Reserved) {
        match reserved {
            Reserved::Room => self.held -= 1,
            Reserved::Receiver => self.expected -= 1,
        }
    }

    /// The promised message has come. It is given back if nobody will ever receive it.
    pub(super) fn fulfil(&mut self, reserved: Reserved, message: T) -> Result<Wake, T> {
        self.settle(reserved);
        if self.discarded {
            return Err(message);
        }
        let slot = Slot::full(message);
        let served = match reserved {
            Reserved::Receiver => self.hand_to_owed(&slot),
            Reserved::Room => None,
        };
        if let Some(wake) = served.or_else(|| self.hand_to_receiver(&slot)) {
            return Ok(wake);
        }
        match reserved {
            Reserved::Room => self.buffer.push(slot.take()),
            // Whoever it was meant for gave up.
            Reserved::Receiver => self.reclaimed.push_back(slot.take()),
        }
        Ok(Wake::NOBODY)
    }

    /// The promised message will not come.
    pub(super) fn break_promise(&mut self, reserved: Reserved) -> Wake {
        self.settle(reserved);
        if reserved == Reserved::Room {
            return self.refill();
        }
        while self.owed_len > self.expected {
            let Some(node) = self.pop_owed() else { break };
            // SAFETY: we hold the lock.
            if let Ok(wake) = unsafe { node.complete_pledged(Signal::Notified) } {
                return wake;
            }
        }
        Wake::NOBODY
    }

    /// A message comes back that was handed to a receiver which gave up. If nobody will ever receive
    /// it, the caller drops it, outside the lock.
    pub(super) fn reclaim(&mut self, message: T) -> Result<Wake, T> {
        let slot = Slot::full(message);
        if let Some(wake) = self.hand_to_receiver(&slot) {
            return Ok(wake);
        }
        if self.discarded {
            return Err(slot.take());
        }
        self.reclaimed.push_back(slot.take());
        Ok(Wake::NOBODY)
    }

    /// True if a send is worth attempting for `me`, or for anybody if that is null.
    pub(super) fn can_send(&self, me: *const Waiter) -> bool {
        self.closed || !self.is_full() || self.receivers.has_others(me)
    }

    /// True if a receive is worth attempting for `me`, or for anybody if that is null.
    pub(super) fn can_recv(&self, me: *const Waiter) -> bool {
        self.has_unclaimed_promise() || self.has_something(me)
    }

    fn has_something(&self, me: *const Waiter) -> bool {
        self.is_over() || self.has_messages() || self.senders.has_others(me)
    }

    /// True if an operation on that side would not wait.
    pub(super) fn is_ready(&self, side: Side) -> bool {
        match side {
            Side::Send => self.can_send(ptr::null()),
            Side::Recv => self.has_something(ptr::null()),
        }
    }

    /// The next one in line who is to be told that the channel is closed.
    pub(super) fn pop_released(&mut self) -> Option<Popped> {
        let receiver = if self.is_over() {
            self.receivers.pop()
        } else {
            None
        };
        receiver.or_else(|| self.senders.pop())
    }

    /// Somebody waits for a change that makes the channel ready.
    pub(super) fn watch(&mut self) {
        self.watched = true;
    }

    /// True if somebody wants to be told of the change that was just made.
    #[inline]
    pub(super) fn take_watched(&mut self) -> bool {
        std::mem::take(&mut self.watched)
    }
}

/// Moves the message in `slot` into that of the first receiver that `pop` gives and `complete` can
/// have.
#[cfg_attr(not(debug_assertions), inline(always))]
fn hand_to_first<T>(
    slot: &Slot<T>,
    mut pop: impl FnMut() -> Option<Popped>,
    complete: impl Fn(Popped) -> Result<Wake, Lost>,
) -> Option<Wake> {
    while let Some(node) = pop() {
        // SAFETY: the caller holds the lock.
        let landing = unsafe { node.slot() };
        // SAFETY: a receiver's slot for this channel's type of message, alive until signalled.
        let landing = unsafe { Slot::<T>::at(landing) };
        // A copy: should the receiver not be available any more, the message never left.
        // SAFETY: invariant 3: the slot is empty, and ours; both places are valid and apart.
        landing.with_mut(|landing| unsafe { slot.copy_to(landing) });
        if let Ok(wake) = complete(node) {
            slot.emptied();
            return Some(wake);
        }
    }
    None
}

/// Moves the message out of a sender's slot to `place`, which is initialised if this is `Some`: if the
/// sender is still available.
#[cfg_attr(not(debug_assertions), inline(always))]
fn take_message<T>(node: Popped, place: &mut MaybeUninit<T>) -> Option<Wake> {
    // SAFETY: the caller holds the lock.
    let source = unsafe { node.slot() };
    // SAFETY: a sender's slot for this channel's type of message, alive until signalled.
    let source = unsafe { Slot::<T>::at(source) };
    // A copy, made before the signal lets the sender go. It counts if the sender is told: the slot was
    // full, and its owner takes it for empty from then on.
    // SAFETY: invariant 3; both places are valid and apart.
    source.with(|source| unsafe { ptr::copy_nonoverlapping(source, place, 1) });
    // SAFETY: the caller holds the lock.
    unsafe { node.complete(Signal::Handed) }.ok()
}

/// Tells a promising sender what its message is for, if it is still available.
fn bind_promise(node: Popped, reserved: Reserved) -> Option<Wake> {
    // SAFETY: the caller holds the lock.
    let landing = unsafe { node.slot() };
    // SAFETY: a promising sender's slot, alive until signalled.
    let landing = unsafe { Slot::<Reserved>::at(landing) };
    // SAFETY: invariant 3: the slot is ours.
    landing.with_mut(|landing| unsafe { landing.cast::<Reserved>().write(reserved) });
    // SAFETY: the caller holds the lock.
    unsafe { node.complete(Signal::Handed) }.ok()
}
