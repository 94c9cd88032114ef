//! What every channel can do: who takes the lock, and who is woken after it.

use std::collections::VecDeque;
use std::vec;

use super::buffer::Buffer;
use super::inner::{ORDINARY, PROMISING, Reserved};
use super::{HandOff, NO_ROOM, NOTHING_TO_RECEIVE, Promise};
use crate::channel::core::{Claim, Core, Side};
use crate::channel::slot::Slot;
use crate::queue::Refusal;
use crate::wait::{Attempt, Node, Patience, Place, Wake, WakeBatch};

/// A receive takes at most this many messages under one lock.
const MOST_AT_ONCE: usize = 16;

impl<T> Core<T> for HandOff<T> {
    fn hands_over(&self) -> bool {
        true
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn send_from(&self, slot: &Slot<T>, patience: Patience) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        let wake = inner.send_from(slot)?;
        self.unlock_changed(inner, wake);
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn recv_into(&self, landing: &Slot<T>, patience: Patience) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.recv_into(landing) {
            Ok(wake) => {
                self.unlock_changed(inner, wake);
                Ok(())
            }
            Err(refusal) => {
                if refusal == Refusal::Blocked {
                    inner.unlock_with(NOTHING_TO_RECEIVE);
                }
                Err(refusal)
            }
        }
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
            let mut sent = Ok(());
            while batch.has_room() {
                if !next.is_full() {
                    let Some(message) = rest.next() else { break };
                    next.put(message);
                }
                match inner.send_from(next) {
                    Ok(wake) => batch.add(wake),
                    Err(refusal) => {
                        sent = Err(refusal);
                        break;
                    }
                }
            }
            self.unlock_changed(inner, Wake::NOBODY);
            sent?;
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
        let mut end = Refusal::Blocked;
        while count < limit && batch.has_room() {
            let landing = Slot::empty();
            match inner.recv_into(&landing) {
                Ok(wake) => {
                    out.push(landing.take());
                    batch.add(wake);
                    count += 1;
                }
                Err(refusal) => {
                    end = refusal;
                    break;
                }
            }
        }
        self.unlock_changed(inner, Wake::NOBODY);
        if count > 0 || limit == 0 {
            Ok(count)
        } else {
            Err(end)
        }
    }

    unsafe fn enlist_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal> {
        // SAFETY: the caller's promise.
        unsafe { self.send_or_enlist(message, place, patience, || node) }
    }

    unsafe fn enlist_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal> {
        // SAFETY: the caller's promise.
        unsafe { self.recv_or_enlist(landing, place, patience, || node) }
    }

    unsafe fn line_up_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.line_up_sender(node, (ORDINARY, message.address()), place, patience) }
    }

    unsafe fn line_up_reserve(
        &self,
        node: &Node,
        landing: &Slot<Reserved>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.line_up_sender(node, (PROMISING, landing.address()), place, patience) }
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
        // SAFETY: the node is in no line.
        if inner.can_recv(unsafe { node.waiter() }) {
            return Attempt::Ready(());
        }
        self.in_line.note(Side::Recv, patience);
        // SAFETY: the caller's promise.
        unsafe { inner.push_receiver(node, landing, place) };
        self.unlock_changed(inner, Wake::NOBODY);
        Attempt::Blocked
    }

    fn withdraw_send(&self, node: &Node) {
        self.inner.lock().senders.remove(node);
    }

    fn withdraw_recv(&self, node: &Node) {
        self.inner.lock().remove_receiver(node);
    }

    fn pass_on_send(&self) {
        // Senders are handed what they wait for, and watchers are told all at once.
    }

    fn pass_on_recv(&self) {
        // One whose promise was broken: there is nothing to pass on.
    }

    fn reserve(&self, patience: Patience) -> Result<Claim<'_, T>, Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.reserve() {
            Ok(reserved) => {
                self.unlock_changed(inner, Wake::NOBODY);
                Ok(self.reserved(reserved))
            }
            Err(refusal) => {
                if refusal == Refusal::Blocked {
                    inner.unlock_with(NO_ROOM);
                }
                Err(refusal)
            }
        }
    }

    fn reserved(&self, reserved: Reserved) -> Claim<'_, T> {
        Claim::Promise(Promise {
            hand_off: self,
            reserved: Some(reserved),
        })
    }

    fn is_ready(&self, side: Side, patience: Patience) -> Result<bool, Refusal> {
        Ok(self.lock(patience)?.is_ready(side))
    }

    unsafe fn watch(
        &self,
        side: Side,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // Under the lock of the line, where it gets in next if this says so: whoever changes the channel after
        // that finds that it is watched, and what it leaves in the line's word is delivered on unlocking.
        let look = || match self.lock_out_of_turn(patience) {
            Ok(mut inner) if !inner.is_ready(side) => {
                inner.watch();
                false
            }
            _ => true,
        };
        // SAFETY: the caller's promise.
        unsafe { self.watchers.line_up(node, place, patience, look) }
    }

    fn unwatch(&self, _: Side, node: &Node) {
        self.watchers.withdraw(node);
    }

    fn reclaim(&self, message: T) {
        let mut inner = self.inner.lock();
        match inner.reclaim(message) {
            Ok(wake) => self.unlock_changed(inner, wake),
            Err(message) => {
                drop(inner);
                drop(message);
            }
        }
    }

    fn send_looks_ready(&self) -> bool {
        !self.is_blocked(Side::Send)
    }

    fn recv_looks_ready(&self) -> bool {
        !self.is_blocked(Side::Recv)
    }

    fn force_send(&self, message: T) -> Result<Option<T>, T> {
        let slot = Slot::full(message);
        let mut inner = self.inner.lock();
        match inner.send_from(&slot) {
            Ok(wake) => {
                self.unlock_changed(inner, wake);
                Ok(None)
            }
            Err(Refusal::Closed) => Err(slot.take()),
            Err(_) => {
                // Nothing is buffered (capacity 0, or all of it is promised to others): there is no older message that
                // would leave its place to this one.
                let Some(buffered) = inner.buffer.pop() else {
                    return Ok(slot.take_if_full());
                };
                // What came back from receives is older, and stays: the next to come back goes behind it, and would be
                // behind this one, were it moved there.
                inner.buffer.push(slot.take());
                Ok(Some(buffered))
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
        let left = Left {
            reclaimed: std::mem::take(&mut inner.reclaimed),
            buffer: std::mem::replace(&mut inner.buffer, Buffer::new(0)),
        };
        // Outside the lock: messages may own handles of this very channel.
        drop(inner);
        left.drop_all();
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
        self.inner.lock().is_full()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }
}

/// The messages of a channel that nobody will receive from.
struct Left<T> {
    reclaimed: VecDeque<T>,
    buffer: Buffer<T>,
}

impl<T> Left<T> {
    fn drop_all(mut self) {
        while let Some(message) = self.pop() {
            drop(message);
        }
    }

    fn pop(&mut self) -> Option<T> {
        self.reclaimed.pop_front().or_else(|| self.buffer.pop())
    }
}

/// If the `Drop` of a message panics, those behind it are leaked, as in the queues.
impl<T> Drop for Left<T> {
    fn drop(&mut self) {
        while let Some(message) = self.pop() {
            std::mem::forget(message);
        }
    }
}
