//! Channels for capacities 0 to 2: one short lock, a tiny buffer, two lines.
//!
//! A message goes straight into the slot of a waiting receiver, and out of the slot of a waiting
//! sender, so neither of them has to try again: one wake per message at most, and none for a thread
//! that still spins. Not lock-free: an operation waits for the few instructions of another one.
//!
//! The state and its invariants are in `inner`; here is who takes the lock, and who is woken after it.

mod buffer;
mod inner;

use std::vec;

use super::core::{Claim, Core, Side};
use super::slot::Slot;
use crate::queue::Refusal;
use crate::sys::atomic::AtomicU8;
use crate::sys::{Ordering, ShortLock, ShortLockGuard};
use crate::wait::{Attempt, Node, Patience, Place, Signal, WaitQueue, Wake, WakeBatch};
use buffer::Buffer;
pub(crate) use inner::Reserved;
use inner::{Inner, ORDINARY, PROMISING};

/// Remarks of the lock: a receive, or a send, was blocked. They are exact as long as they stand there.
const NOTHING_TO_RECEIVE: u8 = 2;
const NO_ROOM: u8 = 4;

/// A receive takes at most this many messages under one lock.
const MOST_AT_ONCE: usize = 16;

/// What changes with each message is on one cache line, with the lock.
#[repr(C, align(64))]
pub(crate) struct HandOff<T> {
    inner: ShortLock<Inner<T>>,
    /// Those who wait for the channel to become ready, for either side. Whoever changes it tells them
    /// if the lock's holder left word in `Inner::watched`.
    watchers: WaitQueue,
    capacity: usize,
    /// Who got in line last, of either side: hints.
    last_sender: Kind,
    last_receiver: Kind,
}

/// What is known of who got in line last: whether it is a thread that will answer soon.
type Kind = AtomicU8;
const THREAD: u8 = 1;
const OTHER: u8 = 0;

/// As long as a thread watches before it parks: one that does answers sooner.
const PAUSES_FOR_A_THREAD: u32 = 300;

/// A message that was promised; see `inner`.
pub(crate) struct Promise<'a, T> {
    hand_off: &'a HandOff<T>,
    /// `None` once it is kept.
    reserved: Option<Reserved>,
}

impl<T> Promise<'_, T> {
    /// Delivers the message, or gives it back if nobody will ever receive it.
    pub(crate) fn keep(mut self, message: T) -> Result<(), T> {
        let Some(reserved) = self.reserved.take() else {
            return Err(message);
        };
        let mut inner = self.hand_off.inner.lock();
        let wake = inner.fulfil(reserved, message)?;
        self.hand_off.unlock_settled(inner, wake);
        Ok(())
    }
}

impl<T> Drop for Promise<'_, T> {
    fn drop(&mut self) {
        if let Some(reserved) = self.reserved.take() {
            let mut inner = self.hand_off.inner.lock();
            let wake = inner.break_promise(reserved);
            self.hand_off.unlock_settled(inner, wake);
        }
    }
}

/// Remembers who got in line.
fn note(last: &Kind, patience: Patience) {
    let kind = match patience {
        Patience::Block => THREAD,
        Patience::Poll => OTHER,
    };
    // ORDERING: Relaxed, a hint.
    if last.load(Ordering::Relaxed) != kind {
        // ORDERING: Relaxed, a hint.
        last.store(kind, Ordering::Relaxed);
    }
}

impl<T> HandOff<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            inner: ShortLock::new(Inner::new(capacity)),
            watchers: WaitQueue::new(),
            capacity,
            last_sender: Kind::new(OTHER),
            last_receiver: Kind::new(OTHER),
        }
    }

    fn last_of_other_side(&self, side: Side) -> &Kind {
        match side {
            Side::Send => &self.last_receiver,
            Side::Recv => &self.last_sender,
        }
    }

    /// True if an operation on that side was blocked and nothing has changed since.
    #[inline]
    pub(super) fn is_blocked(&self, side: Side) -> bool {
        self.inner.has_remark(match side {
            Side::Send => NO_ROOM,
            Side::Recv => NOTHING_TO_RECEIVE,
        })
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lock(&self, patience: Patience) -> Result<ShortLockGuard<'_, Inner<T>>, Refusal> {
        match patience {
            Patience::Block => Ok(self.inner.lock()),
            Patience::Poll => self.inner.lock_soon().ok_or(Refusal::Lagging),
        }
    }

    /// Lets go of the lock after a change, and tells everybody concerned.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn unlock_changed(&self, mut inner: ShortLockGuard<'_, Inner<T>>, wake: Wake) {
        let watched = inner.take_watched();
        drop(inner);
        wake.wake();
        if watched {
            self.watchers.notify_all();
        }
    }

    /// As [`unlock_changed`](HandOff::unlock_changed), after a promise was settled: it may have been
    /// what receivers of a closed channel still waited for.
    fn unlock_settled(&self, inner: ShortLockGuard<'_, Inner<T>>, wake: Wake) {
        let over = inner.is_over();
        self.unlock_changed(inner, wake);
        if over {
            self.release_all();
        }
    }

    /// Signals everybody in line for whom there is nothing to wait any more that the channel is closed.
    fn release_all(&self) {
        let mut batch = WakeBatch::new();
        loop {
            let mut inner = self.inner.lock();
            while batch.has_room() {
                let Some(node) = inner.pop_released() else {
                    break;
                };
                // SAFETY: we hold the lock. Whoever lost it elsewhere needs no telling.
                if let Ok(wake) = unsafe { node.complete(Signal::Closed) } {
                    batch.add(wake);
                }
            }
            let done = batch.has_room();
            self.unlock_changed(inner, Wake::NOBODY);
            batch.wake();
            if done {
                return;
            }
        }
    }

    /// Sends the message in the slot, or puts the sender in line.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_send`], for the node that `enter` returns.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn send_or_enlist<'n>(
        &self,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.send_from(message) {
            Ok(wake) => {
                self.unlock_changed(inner, wake);
                return Ok(());
            }
            Err(Refusal::Blocked) => {}
            Err(refusal) => return Err(refusal),
        }
        let as_sender = (ORDINARY, message.address());
        // SAFETY: the caller's promise.
        unsafe { self.push_sender(inner, enter(), as_sender, (place, patience)) };
        Err(Refusal::Blocked)
    }

    /// Receives into the slot, or puts the receiver in line.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_recv`], for the node that `enter` returns.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) unsafe fn recv_or_enlist<'n>(
        &self,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.recv_into(landing) {
            Ok(wake) => {
                self.unlock_changed(inner, wake);
                Ok(())
            }
            Err(Refusal::Blocked | Refusal::Promised) => {
                // SAFETY: the caller's promise.
                unsafe { self.push_receiver(inner, enter(), landing, (place, patience)) }
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Puts a sender in line; `slot` is for its mark.
    ///
    /// # Safety
    ///
    /// As [`Core::line_up_send`], with the slot that `mark` asks for.
    unsafe fn push_sender(
        &self,
        mut inner: ShortLockGuard<'_, Inner<T>>,
        node: &Node,
        (mark, slot): (u8, *mut ()),
        (place, patience): (Place, Patience),
    ) {
        note(&self.last_sender, patience);
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(slot) };
        // SAFETY: the node is in no line.
        unsafe { node.set_mark(mark) };
        // SAFETY: the caller's promise.
        unsafe { inner.senders.push(node, place) };
        self.unlock_changed(inner, Wake::NOBODY);
    }

    /// Puts a receiver in line, for whom there is nothing, or only a promise.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_recv`].
    unsafe fn push_receiver(
        &self,
        mut inner: ShortLockGuard<'_, Inner<T>>,
        node: &Node,
        landing: &Slot<T>,
        (place, patience): (Place, Patience),
    ) -> Result<(), Refusal> {
        note(&self.last_receiver, patience);
        let wake = loop {
            if let Some(wake) = inner.bind_first() {
                break wake;
            }
            // The promising sender is gone and an ordinary one is behind it.
            match inner.recv_into(landing) {
                Ok(wake) => {
                    self.unlock_changed(inner, wake);
                    return Ok(());
                }
                Err(Refusal::Blocked | Refusal::Promised) => {}
                Err(refusal) => return Err(refusal),
            }
        };
        // SAFETY: the caller's promise.
        let refusal = unsafe { inner.push_receiver(node, landing, place) };
        self.unlock_changed(inner, wake);
        Err(refusal)
    }

    /// Puts a sender in line unless a send is worth attempting; `slot` is for its mark.
    ///
    /// # Safety
    ///
    /// As [`Core::line_up_send`], with the slot that `mark` asks for.
    unsafe fn line_up_sender(
        &self,
        node: &Node,
        as_sender: (u8, *mut ()),
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let Ok(inner) = self.lock(patience) else {
            return Attempt::Lagging;
        };
        // SAFETY: the node is in no line.
        if inner.can_send(unsafe { node.waiter() }) {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.push_sender(inner, node, as_sender, (place, patience)) };
        Attempt::Blocked
    }
}

impl<T> Core<T> for HandOff<T> {
    fn hands_over(&self) -> bool {
        true
    }

    /// A task watches if it waits for a thread that was in line: such a thread watches, too, and answers
    /// within a microsecond, where waking one of them takes dozens. (Another task may need the very thread
    /// that polls.) Once it was in vain, it does so again when a thread gets in line again: one that is slow
    /// to come never has to.
    fn pauses(&self, side: Side, patience: Patience) -> u32 {
        // ORDERING: Relaxed, a hint.
        let is_thread = self.last_of_other_side(side).load(Ordering::Relaxed) == THREAD;
        if is_thread && patience == Patience::Poll {
            PAUSES_FOR_A_THREAD
        } else {
            0
        }
    }

    fn watched_in_vain(&self, side: Side) {
        // ORDERING: Relaxed, a hint.
        self.last_of_other_side(side)
            .store(OTHER, Ordering::Relaxed);
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
        note(&self.last_receiver, patience);
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

    fn place_settled(&self, _: usize) {
        unreachable!("there are no places to reserve here");
    }

    fn place_was_in_the_way(&self) {
        unreachable!("there are no places to reserve here");
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
        // Under the lock of the line, with the node in it: whoever changes the channel after that
        // finds that it is watched.
        let look = || match self.lock(patience) {
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
                let oldest = inner.buffer.pop();
                if oldest.is_none() {
                    // Nothing is buffered (capacity 0, or all of it is promised to others): there is
                    // no older message than this one.
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
        self.inner.lock().is_full()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }
}
