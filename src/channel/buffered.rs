//! Channels over a lock-free queue: notify and retry.
//!
//! A message stays in the queue until a running receiver takes it, so cancelling a receive loses
//! nothing. A send costs the queue's push and one load of the receivers' wait word. A receive that frees a
//! place puts in the message of a sender that waits ([`refill`]).

mod mark;
mod place;
mod refill;

use std::{ptr, vec};

use super::core::{Claim, Core, Side};
use super::hand_off::Reserved;
use super::slot::Slot;
use crate::queue::{self, Queue, Refusal};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{CachePadded, Ordering, handshake};
use crate::wait::{Attempt, Node, Patience, Place, WaitQueue};
use mark::Mark;

pub(crate) struct Buffered<Q> {
    queue: Q,
    /// Receivers that wait for a message. Each sender reads its word, so it has a line of its own.
    receivers: CachePadded<WaitQueue>,
    /// Senders that wait for room.
    senders: CachePadded<WaitQueue>,
    /// 1 once nobody will receive any more.
    discarded: AtomicUsize,
    last_full: Mark,
    last_empty: Mark,
}

impl<Q> Buffered<Q> {
    pub(crate) fn new(queue: Q) -> Self {
        Self {
            queue,
            receivers: CachePadded::new(WaitQueue::new()),
            senders: CachePadded::new(WaitQueue::new()),
            discarded: AtomicUsize::new(0),
            last_full: Mark::new(),
            last_empty: Mark::new(),
        }
    }
}

impl<Q> Buffered<Q> {
    fn line(&self, side: Side) -> &WaitQueue {
        match side {
            Side::Send => &self.senders,
            Side::Recv => &self.receivers,
        }
    }

    #[inline(always)]
    fn pop_into<T>(&self, landing: &Slot<T>) -> Result<(), Refusal>
    where
        Q: Queue<T>,
    {
        // SAFETY: `Queue::pop_into` keeps to that.
        unsafe { landing.fill_with(|place| self.queue.pop_into(place)) }
    }

    #[inline(always)]
    fn push_from<T>(&self, slot: &Slot<T>) -> Result<(), Refusal>
    where
        Q: Queue<T>,
    {
        // SAFETY: the slot's message is there, and then gone from it.
        let push = |message: &_| unsafe { self.queue.push_from(message) };
        // SAFETY: `Queue::push_from` keeps to that.
        unsafe { slot.drain_with(push) }
    }

    /// So many messages were taken, which may have brought places to the head that were given up.
    #[inline(always)]
    fn notify_of_room<T>(&self, taken: usize)
    where
        Q: Queue<T>,
    {
        self.refill::<T>(taken);
        let skipped = self.queue.step_over();
        if skipped > 0 {
            self.refill::<T>(skipped);
        }
    }

    fn probe<T>(&self, side: Side) -> Result<(), Refusal>
    where
        Q: Queue<T>,
    {
        match side {
            Side::Send => self.queue.probe_push(),
            Side::Recv => self.queue.probe_pop(),
        }
    }

    /// True if an operation on that side would wait, as of one instant during the call.
    #[inline]
    pub(super) fn is_blocked<T>(&self, side: Side) -> bool
    where
        Q: Queue<T>,
    {
        self.probe::<T>(side) == Err(Refusal::Blocked)
    }

    /// Pops; each place that was given up and is stepped over makes room for a sender.
    #[inline(always)]
    fn stepping_over<T, R>(&self, mut pop: impl FnMut() -> Result<R, Refusal>) -> Result<R, Refusal>
    where
        Q: Queue<T>,
    {
        loop {
            match pop() {
                Err(Refusal::Skipped) => self.refill::<T>(1),
                outcome => return outcome,
            }
        }
    }

    /// Why a push was refused. If it stepped over a place that was given up and leaves that to others, those that
    /// wait get it: it may be the last that looks (a `try_send`, a future that is dropped).
    #[cold]
    fn push_refused<T>(&self, refusal: Refusal) -> Refusal
    where
        Q: Queue<T>,
    {
        if refusal == Refusal::Skipped {
            self.refill::<T>(1);
            return Refusal::Lagging;
        }
        refusal
    }
}

/// Gets in line unless `attempt` is not blocked.
///
/// # Safety
///
/// As [`WaitQueue::enlist`].
unsafe fn enlist<R>(
    line: &WaitQueue,
    node: &Node,
    place: Place,
    patience: Patience,
    attempt: impl FnOnce() -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    let unless_blocked = || match attempt() {
        Err(Refusal::Blocked) => None,
        outcome => Some(outcome),
    };
    // SAFETY: the caller's promise.
    match unsafe { line.enlist(node, place, patience, unless_blocked) } {
        Attempt::Ready(outcome) => outcome,
        Attempt::Blocked | Attempt::Promised => Err(Refusal::Blocked),
        Attempt::Lagging => Err(Refusal::Lagging),
    }
}

/// Gets in line unless `probe` is not blocked.
///
/// # Safety
///
/// As [`WaitQueue::line_up`].
unsafe fn line_up(
    line: &WaitQueue,
    node: &Node,
    place: Place,
    patience: Patience,
    probe: impl FnOnce() -> Result<(), Refusal>,
) -> Attempt<()> {
    // SAFETY: the caller's promise.
    match unsafe { enlist(line, node, place, patience, probe) } {
        Ok(()) | Err(Refusal::Closed) => Attempt::Ready(()),
        Err(Refusal::Blocked) => Attempt::Blocked,
        Err(_) => Attempt::Lagging,
    }
}

impl<T, Q: Queue<T>> Core<T> for Buffered<Q> {
    fn hands_over(&self) -> bool {
        false
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn send_from(&self, slot: &Slot<T>, _: Patience) -> Result<(), Refusal> {
        self.push_from(slot)
            .map_err(|refusal| self.push_refused::<T>(refusal))?;
        self.receivers.notify_one();
        Ok(())
    }

    /// Without a slot, which would be a copy more.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn send_value(&self, message: T, _: Patience) -> Result<(), (Refusal, T)> {
        self.queue
            .push(message)
            .map_err(|(refusal, message)| (self.push_refused::<T>(refusal), message))?;
        self.receivers.notify_one();
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn recv_into(&self, landing: &Slot<T>, _: Patience) -> Result<(), Refusal> {
        self.stepping_over::<T, _>(|| self.pop_into(landing))?;
        self.notify_of_room::<T>(1);
        Ok(())
    }

    fn send_many_now(
        &self,
        next: &Slot<T>,
        rest: &mut vec::IntoIter<T>,
        patience: Patience,
    ) -> Result<(), Refusal> {
        if next.is_full() {
            self.send_from(next, patience)?;
        }
        while rest.len() > 0 {
            let count = self.queue.push_many(rest)?;
            self.receivers.notify_many(count);
        }
        Ok(())
    }

    fn recv_many_now(&self, out: &mut Vec<T>, limit: usize, _: Patience) -> Result<usize, Refusal> {
        let count = self.stepping_over::<T, _>(|| self.queue.pop_many(out, limit))?;
        self.notify_of_room::<T>(count);
        Ok(count)
    }

    unsafe fn enlist_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal> {
        // SAFETY: the caller's promise: it is in no line.
        unsafe { node.set_slot(message.address()) };
        let push = || self.push_from(message);
        // SAFETY: the caller's promise.
        unsafe { enlist(&self.senders, node, place, patience, push) }
            .map_err(|refusal| self.push_refused::<T>(refusal))?;
        self.receivers.notify_one();
        Ok(())
    }

    unsafe fn enlist_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal> {
        self.stepping_over::<T, _>(|| {
            let pop = || self.pop_into(landing);
            // SAFETY: the caller's promise.
            unsafe { enlist(&self.receivers, node, place, patience, pop) }
        })?;
        self.notify_of_room::<T>(1);
        Ok(())
    }

    unsafe fn line_up_send(
        &self,
        node: &Node,
        _: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { Core::<T>::watch(self, Side::Send, node, place, patience) }
    }

    unsafe fn line_up_recv(
        &self,
        node: &Node,
        _: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { Core::<T>::watch(self, Side::Recv, node, place, patience) }
    }

    unsafe fn line_up_reserve(
        &self,
        node: &Node,
        _: &Slot<Reserved>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { Core::<T>::watch(self, Side::Send, node, place, patience) }
    }

    fn reserve(&self, _: Patience) -> Result<Claim<'_, T>, Refusal> {
        let place = self
            .queue
            .reserve()
            .map_err(|refusal| self.push_refused::<T>(refusal))?;
        Ok(place.map_or(Claim::None, Claim::Place))
    }

    fn reserved(&self, _: Reserved) -> Claim<'_, T> {
        unreachable!("a place in a ring is claimed by the one that uses it");
    }

    fn is_ready(&self, side: Side, _: Patience) -> Result<bool, Refusal> {
        match self.probe::<T>(side) {
            Ok(()) | Err(Refusal::Closed) => Ok(true),
            Err(Refusal::Blocked) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    unsafe fn watch(
        &self,
        side: Side,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // No message comes with it.
        // SAFETY: the caller's promise: it is in no line.
        unsafe { node.set_slot(ptr::null_mut()) };
        // SAFETY: the caller's promise.
        unsafe {
            line_up(self.line(side), node, place, patience, || {
                self.probe::<T>(side)
            })
        }
    }

    fn unwatch(&self, side: Side, node: &Node) {
        self.line(side).withdraw(node);
    }

    fn withdraw_send(&self, node: &Node) {
        self.senders.withdraw(node);
    }

    fn withdraw_recv(&self, node: &Node) {
        self.receivers.withdraw(node);
    }

    /// Without a refill: the watcher is about to use the room that it found.
    fn tell_next(&self, side: Side) {
        self.line(side).notify_one();
    }

    fn pass_on_send(&self) {
        self.refill::<T>(1);
    }

    fn pass_on_recv(&self) {
        self.receivers.notify_one();
    }

    fn reclaim(&self, _: T) {
        unreachable!("nothing is handed over here");
    }

    /// As long as the messages take that were moved since it was last blocked: so it finds as many when it
    /// looks again, and is soon blocked seldom, instead of following the other side from slot to slot. In a
    /// ping-pong there is one message, so no pause. At most as long as it takes to move half of what fits, or some
    /// blocks of an unbounded queue.
    ///
    /// A poll may be what keeps the other side from running, so it pauses only if that side was last
    /// blocked on another thread.
    fn pauses(&self, side: Side, patience: Patience) -> u32 {
        let (now, ours, theirs) = match side {
            Side::Send => (self.queue.tail(), &self.last_full, &self.last_empty),
            Side::Recv => (self.queue.head(), &self.last_empty, &self.last_full),
        };
        let messages = self.queue.distance(ours.update(now), now);
        ours.count(messages);
        if patience == Patience::Poll && !theirs.is_elsewhere() {
            return 0;
        }
        let messages = messages.min(self.queue.slack());
        u32::try_from(mark::pauses_for::<T>(messages)).unwrap_or(u32::MAX)
    }

    fn trickles(&self, side: Side) -> bool {
        match side {
            Side::Send => self.last_full.trickles(),
            Side::Recv => self.last_empty.trickles(),
        }
    }

    fn send_looks_ready(&self) -> bool {
        self.queue.push_looks_ready()
    }

    fn recv_looks_ready(&self) -> bool {
        self.queue.pop_looks_ready()
    }

    fn force_send(&self, message: T) -> Result<Option<T>, T> {
        let evicted = self.queue.force_push(message)?;
        self.receivers.notify_one();
        if evicted.is_some() {
            // `head` has moved, but a message was put where there was one.
            self.notify_of_room::<T>(0);
        }
        Ok(evicted)
    }

    fn close(&self) -> bool {
        let closed = self.queue.close();
        if closed {
            self.receivers.notify_all();
            self.senders.notify_all();
        }
        closed
    }

    fn discard(&self) {
        Core::<T>::close(self);
        // ORDERING: SeqCst, see `drop_if_discarded`.
        self.discarded.store(1, Ordering::SeqCst);
        handshake();
        queue::drop_all(&self.queue);
    }

    fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    fn len(&self) -> usize {
        self.queue.len()
    }

    fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn is_full(&self) -> bool {
        self.queue
            .capacity()
            .is_some_and(|capacity| self.queue.len() >= capacity)
    }

    fn capacity(&self) -> Option<usize> {
        self.queue.capacity()
    }
}
