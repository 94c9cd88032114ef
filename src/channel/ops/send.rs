//! Sending one message, or many.

use std::cell::RefCell;
use std::fmt;
use std::task::Context;
use std::vec;

use super::{Disconnected, Leads, attempted};
use crate::channel::core::Side;
use crate::channel::error::{SendError, SendTimeoutError};
use crate::channel::shared::Channel;
use crate::channel::slot::Slot;
use crate::queue::Refusal;
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// A send; see [`SendFut`](super::SendFut) and [`SendManyFut`](super::SendManyFut).
pub struct SendOp<T, L, M> {
    // Messages before the link: they are dropped first, and may need the channel.
    /// The message that is sent next, and that waits in line.
    next: Slot<T>,
    /// What is sent after it.
    messages: M,
    link: L,
}

/// The messages of a send, of which one is in a slot.
pub trait Messages<T> {
    /// What a send that fails gives back.
    type Unsent;

    /// Sends the one in `slot`, if it is full, and those after it, as far as there is room.
    #[doc(hidden)]
    fn send_now(
        &self,
        channel: &Channel<T>,
        slot: &Slot<T>,
        patience: Patience,
    ) -> Result<(), Refusal>;

    /// As [`send_now`](Messages::send_now), or gets in line: see [`Operation::attempt_or_enlist`].
    ///
    /// # Safety
    ///
    /// As there; `slot` lives as long as the node is in line.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn send_or_enlist<'n>(
        &self,
        channel: &Channel<T>,
        slot: &Slot<T>,
        patience: Patience,
        _enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        self.send_now(channel, slot, patience)
    }

    /// Makes sure that the slot is full. False: there is nothing left to send.
    #[doc(hidden)]
    fn refill(&self, slot: &Slot<T>) -> bool;

    /// Takes out everything that was not sent.
    #[doc(hidden)]
    fn unsent(&self, slot: &Slot<T>) -> Self::Unsent;
}

/// Just the message in the slot.
#[derive(Debug)]
pub struct One;

/// The message in the slot, and those in here.
pub struct Many<T>(RefCell<vec::IntoIter<T>>);

impl<T> Messages<T> for One {
    type Unsent = T;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn send_now(
        &self,
        channel: &Channel<T>,
        slot: &Slot<T>,
        patience: Patience,
    ) -> Result<(), Refusal> {
        if slot.is_full() {
            channel.send_from(slot, patience)
        } else {
            Ok(())
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn send_or_enlist<'n>(
        &self,
        channel: &Channel<T>,
        slot: &Slot<T>,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        if slot.is_full() {
            // SAFETY: the caller's promise.
            unsafe { channel.send_or_enlist(slot, patience, enter) }
        } else {
            Ok(())
        }
    }

    fn refill(&self, slot: &Slot<T>) -> bool {
        slot.is_full()
    }

    fn unsent(&self, slot: &Slot<T>) -> T {
        slot.take()
    }
}

impl<T> Messages<T> for Many<T> {
    type Unsent = Vec<T>;

    fn send_now(
        &self,
        channel: &Channel<T>,
        slot: &Slot<T>,
        patience: Patience,
    ) -> Result<(), Refusal> {
        channel
            .core()
            .send_many_now(slot, &mut self.0.borrow_mut(), patience)
    }

    fn refill(&self, slot: &Slot<T>) -> bool {
        if !slot.is_full() {
            if let Some(message) = self.0.borrow_mut().next() {
                slot.put(message);
            }
        }
        slot.is_full()
    }

    fn unsent(&self, slot: &Slot<T>) -> Vec<T> {
        slot.take_if_full()
            .into_iter()
            .chain(&mut *self.0.borrow_mut())
            .collect()
    }
}

impl<T, L> SendOp<T, L, One> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn one(link: L, message: T) -> Self {
        Self {
            next: Slot::full(message),
            messages: One,
            link,
        }
    }
}

impl<T, L> SendOp<T, L, Many<T>> {
    pub(crate) fn many(link: L, messages: Vec<T>) -> Self {
        let messages = Many(RefCell::new(messages.into_iter()));
        Self {
            next: Slot::empty(),
            messages,
            link,
        }
    }
}

impl<T, L, M> OneLine for SendOp<T, L, M> {}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>, M: Messages<T>> Operation for SendOp<T, L, M> {
    type Output = Result<(), SendError<M::Unsent>>;
    type Bounded = Result<(), SendTimeoutError<M::Unsent>>;
    type Done = Result<(), Disconnected>;

    fn watches_resource(&self) -> bool {
        !self.link.as_ref().core().hands_over()
    }

    fn pauses(&self, patience: Patience) -> u32 {
        self.link.as_ref().pauses(Side::Send, patience)
    }

    #[inline(always)]
    fn linger(&self) -> u32 {
        self.link.as_ref().linger(Side::Send)
    }

    fn lingered(&self, paid: bool) {
        self.link.as_ref().lingered(Side::Send, paid);
    }

    #[cold]
    fn woken_elsewhere(&self) {
        self.link.as_ref().woken_elsewhere(Side::Send);
    }

    fn looks_ready(&self) -> bool {
        self.link.as_ref().looks_ready(Side::Send)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(&self, patience: Patience) -> Attempt<Self::Done> {
        let channel = self.link.as_ref();
        attempted(self.messages.send_now(channel, &self.next, patience))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn attempt_or_enlist<'n>(
        &self,
        patience: Patience,
        _: &mut Context<'_>,
        enter: impl FnOnce() -> &'n Node,
    ) -> Attempt<Self::Done> {
        let (messages, channel) = (&self.messages, self.link.as_ref());
        // SAFETY: the caller's promise; the slot lives in the operation.
        attempted(unsafe { messages.send_or_enlist(channel, &self.next, patience, enter) })
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        if !self.messages.refill(&self.next) {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe {
            self.link
                .as_ref()
                .core()
                .line_up_send(node, &self.next, place, patience)
        }
    }

    unsafe fn enlist(&self, node: &Node, place: Place, patience: Patience) -> Attempt<Self::Done> {
        while self.messages.refill(&self.next) {
            // SAFETY: the caller's promise; the node is in no line in any further round either.
            let sent = unsafe {
                self.link
                    .as_ref()
                    .core()
                    .enlist_send(node, &self.next, place, patience)
            };
            if sent.is_err() {
                return attempted(sent);
            }
            match self
                .messages
                .send_now(self.link.as_ref(), &self.next, patience)
            {
                // On the messages after it, so not in line yet.
                Err(Refusal::Blocked) => {}
                sent => return attempted(sent),
            }
        }
        Attempt::Ready(Ok(()))
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Done> {
        match signal {
            Signal::Notified => {}
            Signal::Handed => self.next.emptied(),
            Signal::Closed => return Attempt::Ready(Err(Disconnected)),
        }
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.as_ref().core().withdraw_send(node);
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Notified => self.link.as_ref().core().pass_on_send(),
            Signal::Handed => self.next.emptied(),
            Signal::Closed => {}
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn output<R>(&self, sent: Self::Done, wrap: impl FnOnce(Self::Output) -> R) -> R {
        match sent {
            Ok(()) => wrap(Ok(())),
            Err(Disconnected) => wrap(Err(SendError(self.messages.unsent(&self.next)))),
        }
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(sent) => sent.map_err(SendTimeoutError::from),
            Err(op) => Err(SendTimeoutError::Timeout(op.messages.unsent(&op.next))),
        }
    }
}

impl<T, L, M> fmt::Debug for SendOp<T, L, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendOp").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Many<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Many").finish_non_exhaustive()
    }
}
