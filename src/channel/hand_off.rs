//! Channels for capacities 0 to 2: one short lock, a tiny buffer, two lines.
//!
//! A message goes straight into the slot of a waiting receiver, and out of the slot of a waiting
//! sender, so neither of them has to try again: one wake per message at most, and none for a thread
//! that still spins. Not lock-free: an operation waits for the few instructions of another one.
//!
//! # Invariants
//!
//! All under the lock:
//!
//! 1. If a receiver is in line, the buffer is empty, nothing was reclaimed, and no sender is in line.
//! 2. If a sender is in line, the buffer is full.
//! 3. The slot of a node in line belongs to whoever holds the lock: a receiver's is empty, a sender's
//!    full. It goes back to its owner with the signal.
//! 4. Once closed, nobody gets in line, and the closer signals everybody who is.

mod buffer;

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::ptr;
use std::vec;

use super::core::Core;
use super::slot::Slot;
use crate::queue::Refusal;
use crate::sys::{ShortLock, ShortLockGuard};
use crate::wait::{Attempt, List, Node, Patience, Place, Signal, Wake, WakeBatch};
use buffer::Buffer;

/// A receive takes at most this many messages under one lock.
const MOST_AT_ONCE: usize = 16;

pub(crate) struct HandOff<T> {
    inner: ShortLock<Inner<T>>,
    capacity: usize,
}

struct Inner<T> {
    buffer: Buffer<T>,
    /// Messages that were handed to receivers which gave up. They go first.
    reclaimed: VecDeque<T>,
    receivers: List,
    senders: List,
    closed: bool,
    /// No receiver is left; nothing is kept any more.
    discarded: bool,
}

impl<T> Inner<T> {
    /// Moves the message in `slot` to a waiting receiver, to be woken, or into the buffer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn send_from(&mut self, slot: &Slot<T>) -> Result<Wake, Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        if !self.receivers.is_empty() {
            match self.hand_to_receiver(slot.take()) {
                Ok(wake) => return Ok(wake),
                Err(message) => slot.put(message),
            }
        }
        if self.buffer.is_full() {
            return Err(Refusal::Blocked);
        }
        self.buffer.push(slot.take());
        Ok(Wake::NOBODY)
    }

    /// Moves `message` into the slot of the first receiver in line, if there is one.
    fn hand_to_receiver(&mut self, message: T) -> Result<Wake, T> {
        let message = ManuallyDrop::new(message);
        while let Some(node) = self.receivers.pop() {
            // SAFETY: we hold the lock.
            let landing = unsafe { node.slot() };
            // SAFETY: a receiver's slot for this channel's type of message, alive until signalled.
            let landing = unsafe { Slot::<T>::at(landing) };
            // A copy: should the receiver not be available any more, the message never left.
            // SAFETY: invariant 3: the slot is empty, and ours; both places are valid and apart.
            landing.with_mut(|landing| unsafe {
                ptr::copy_nonoverlapping(&raw const *message, landing.cast(), 1);
            });
            // SAFETY: we hold the lock.
            if let Ok(wake) = unsafe { node.complete(Signal::Handed) } {
                return Ok(wake);
            }
        }
        Err(ManuallyDrop::into_inner(message))
    }

    fn has_messages(&self) -> bool {
        self.buffer.len() + self.reclaimed.len() > 0
    }

    /// Takes the oldest message, and lets the first sender in line put its own into the room.
    #[inline]
    fn recv(&mut self) -> Option<(T, Wake)> {
        if !self.reclaimed.is_empty() {
            return self
                .reclaimed
                .pop_front()
                .map(|message| (message, Wake::NOBODY));
        }
        if let Some(message) = self.buffer.pop() {
            if self.senders.is_empty() {
                return Some((message, Wake::NOBODY));
            }
            let wake = match self.take_from_sender() {
                Some((next, wake)) => {
                    self.buffer.push(next);
                    wake
                }
                None => Wake::NOBODY,
            };
            return Some((message, wake));
        }
        self.take_from_sender()
    }

    /// Takes the message out of the slot of the first sender in line.
    fn take_from_sender(&mut self) -> Option<(T, Wake)> {
        while let Some(node) = self.senders.pop() {
            // SAFETY: we hold the lock.
            let source = unsafe { node.slot() };
            // SAFETY: a sender's slot for this channel's type of message, alive until signalled.
            let source = unsafe { Slot::<T>::at(source) };
            // A copy, made before the signal lets the sender go. It counts if the sender is told.
            // SAFETY: invariant 3.
            let message = source.with(|source| unsafe { ptr::read(source) });
            // SAFETY: we hold the lock.
            if let Ok(wake) = unsafe { node.complete(Signal::Handed) } {
                // SAFETY: invariant 3: the slot was full, and its owner was told that it is empty.
                return Some((unsafe { message.assume_init() }, wake));
            }
        }
        None
    }
}

impl<T> HandOff<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        let inner = Inner {
            buffer: Buffer::new(capacity),
            reclaimed: VecDeque::new(),
            receivers: List::new(),
            senders: List::new(),
            closed: false,
            discarded: false,
        };
        Self {
            inner: ShortLock::new(inner),
            capacity,
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lock(&self, patience: Patience) -> Result<ShortLockGuard<'_, Inner<T>>, Refusal> {
        match patience {
            Patience::Block => Ok(self.inner.lock()),
            Patience::Poll => self.inner.lock_soon().ok_or(Refusal::Lagging),
        }
    }

    /// Receives under the lock; if that is blocked, does `otherwise` under it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn recv_or(
        &self,
        patience: Patience,
        otherwise: impl FnOnce(&mut Inner<T>),
    ) -> Result<T, Refusal> {
        let mut inner = self.lock(patience)?;
        if let Some((message, wake)) = inner.recv() {
            drop(inner);
            wake.wake();
            return Ok(message);
        }
        if inner.closed {
            return Err(Refusal::Closed);
        }
        otherwise(&mut inner);
        Err(Refusal::Blocked)
    }

    /// Signals everybody in line that there is nothing to wait for.
    fn release_all(&self) {
        let mut batch = WakeBatch::new();
        loop {
            let mut inner = self.inner.lock();
            while batch.has_room() {
                let receiver = inner.receivers.pop();
                let Some(node) = receiver.or_else(|| inner.senders.pop()) else {
                    break;
                };
                // SAFETY: we hold the lock. Whoever lost it elsewhere needs no telling.
                if let Ok(wake) = unsafe { node.complete(Signal::Closed) } {
                    batch.add(wake);
                }
            }
            let done = inner.receivers.is_empty() && inner.senders.is_empty();
            drop(inner);
            batch.wake();
            if done {
                return;
            }
        }
    }
}

impl<T> Core<T> for HandOff<T> {
    fn hands_over(&self) -> bool {
        true
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn send_from(&self, slot: &Slot<T>, patience: Patience) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        let wake = inner.send_from(slot)?;
        drop(inner);
        wake.wake();
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn recv_now(&self, patience: Patience) -> Result<T, Refusal> {
        self.recv_or(patience, |_| {})
    }

    fn send_many_now(
        &self,
        next: &Slot<T>,
        rest: &mut vec::IntoIter<T>,
        patience: Patience,
    ) -> Result<(), Refusal> {
        while next.is_full() || rest.len() > 0 {
            // Declared before the lock, so dropped after it: that wakes them.
            let mut batch = WakeBatch::new();
            let mut inner = self.lock(patience)?;
            while batch.has_room() {
                if !next.is_full() {
                    let Some(message) = rest.next() else { break };
                    next.put(message);
                }
                batch.add(inner.send_from(next)?);
            }
        }
        Ok(())
    }

    fn recv_many_now(
        &self,
        out: &mut Vec<T>,
        limit: usize,
        patience: Patience,
    ) -> Result<usize, Refusal> {
        let limit = limit.min(MOST_AT_ONCE);
        // Before the lock: what was taken must find room.
        out.reserve(limit);
        let mut batch = WakeBatch::new();
        let mut inner = self.lock(patience)?;
        let mut count = 0;
        while count < limit && batch.has_room() {
            let Some((message, wake)) = inner.recv() else {
                break;
            };
            out.push(message);
            batch.add(wake);
            count += 1;
        }
        match count {
            0 if limit > 0 && inner.closed => Err(Refusal::Closed),
            0 if limit > 0 => Err(Refusal::Blocked),
            count => Ok(count),
        }
    }

    unsafe fn enlist_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.send_from(message) {
            Ok(wake) => {
                drop(inner);
                wake.wake();
                return Ok(());
            }
            Err(Refusal::Blocked) => {}
            Err(refusal) => return Err(refusal),
        }
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(message.address()) };
        // SAFETY: the caller's promise.
        unsafe { inner.senders.push(node, place) };
        Err(Refusal::Blocked)
    }

    unsafe fn enlist_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<T, Refusal> {
        self.recv_or(patience, |inner| {
            // SAFETY: the node is in no line.
            unsafe { node.set_slot(landing.address()) };
            // SAFETY: the caller's promise.
            unsafe { inner.receivers.push(node, place) };
        })
    }

    unsafe fn line_up_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let Ok(mut inner) = self.lock(patience) else {
            return Attempt::Lagging;
        };
        if inner.closed || !inner.buffer.is_full() || inner.receivers.has_others(node) {
            return Attempt::Ready(());
        }
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(message.address()) };
        // SAFETY: the caller's promise.
        unsafe { inner.senders.push(node, place) };
        Attempt::Blocked
    }

    unsafe fn line_up_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let Ok(mut inner) = self.lock(patience) else {
            return Attempt::Lagging;
        };
        if inner.closed || inner.has_messages() || inner.senders.has_others(node) {
            return Attempt::Ready(());
        }
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(landing.address()) };
        // SAFETY: the caller's promise.
        unsafe { inner.receivers.push(node, place) };
        Attempt::Blocked
    }

    fn withdraw_send(&self, node: &Node) {
        self.inner.lock().senders.remove(node);
    }

    fn withdraw_recv(&self, node: &Node) {
        self.inner.lock().receivers.remove(node);
    }

    fn pass_on_send(&self) {
        unreachable!("nobody is notified here");
    }

    fn pass_on_recv(&self) {
        unreachable!("nobody is notified here");
    }

    fn reclaim(&self, message: T) {
        let mut inner = self.inner.lock();
        match inner.hand_to_receiver(message) {
            Ok(wake) => {
                drop(inner);
                wake.wake();
            }
            Err(message) if inner.discarded => {
                drop(inner);
                drop(message);
            }
            Err(message) => inner.reclaimed.push_back(message),
        }
    }

    fn send_looks_ready(&self) -> bool {
        true
    }

    fn recv_looks_ready(&self) -> bool {
        true
    }

    fn force_send(&self, message: T) -> Result<Option<T>, T> {
        let slot = Slot::full(message);
        let mut inner = self.inner.lock();
        match inner.send_from(&slot) {
            Ok(wake) => {
                drop(inner);
                wake.wake();
                Ok(None)
            }
            Err(Refusal::Closed) => Err(slot.take()),
            Err(_) => {
                let oldest = inner.buffer.pop();
                if oldest.is_none() {
                    // Capacity 0, and nobody receives: there is no older message than this one.
                    return Ok(slot.take_if_full());
                }
                inner.buffer.push(slot.take());
                Ok(oldest)
            }
        }
    }

    fn close(&self) -> bool {
        let was_closed = std::mem::replace(&mut self.inner.lock().closed, true);
        if !was_closed {
            self.release_all();
        }
        !was_closed
    }

    fn discard(&self) {
        Core::<T>::close(self);
        let mut inner = self.inner.lock();
        inner.discarded = true;
        let buffer = std::mem::replace(&mut inner.buffer, Buffer::new(0));
        let reclaimed = std::mem::take(&mut inner.reclaimed);
        drop(inner);
        // Outside the lock: messages may own handles of this very channel.
        drop((buffer, reclaimed));
    }

    fn is_closed(&self) -> bool {
        self.inner.lock().closed
    }

    fn len(&self) -> usize {
        let inner = self.inner.lock();
        inner.buffer.len() + inner.reclaimed.len()
    }

    fn is_empty(&self) -> bool {
        Core::<T>::len(self) == 0
    }

    fn is_full(&self) -> bool {
        self.inner.lock().buffer.is_full()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }
}
