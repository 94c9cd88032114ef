//! What every flavour of channel can do.

use std::vec;

use super::hand_off::{Promise, Reserved};
use super::slot::Slot;
use crate::queue::{Refusal, RingPlace};
use crate::sys::Instant;
use crate::wait::{Attempt, Node, Patience, Place};

/// One side of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Send,
    Recv,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Send => Self::Recv,
            Self::Recv => Self::Send,
        }
    }
}

/// What a send has to have before its message.
pub(crate) enum Claim<'a, T> {
    Place(RingPlace<'a, T>),
    Promise(Promise<'a, T>),
    /// Nothing: there is always room.
    None,
}

/// A channel without its handles.
///
/// Refusals mean what they mean for queues: `Blocked` may be waited for, `Lagging` asks to try again
/// soon, `Closed` is for good.
pub(crate) trait Core<T> {
    /// True if values go straight into and out of the slots of those who wait.
    fn hands_over(&self) -> bool;

    /// Sends the message in `slot`. It is taken out if it was accepted.
    fn send_from(&self, slot: &Slot<T>, patience: Patience) -> Result<(), Refusal>;

    /// Sends `message`, or gives it back.
    #[inline(always)]
    fn send_value(&self, message: T, patience: Patience) -> Result<(), (Refusal, T)> {
        let slot = Slot::full(message);
        self.send_from(&slot, patience)
            .map_err(|refusal| (refusal, slot.take()))
    }

    /// Receives a message into `landing`, which is empty.
    fn recv_into(&self, landing: &Slot<T>, patience: Patience) -> Result<(), Refusal>;

    /// Sends `next`, if it is full, and `rest` as far as there is room: `Ok` once it is all sent. A
    /// message that was taken from `rest` in vain is in `next` afterwards.
    fn send_many_now(
        &self,
        next: &Slot<T>,
        rest: &mut vec::IntoIter<T>,
        patience: Patience,
    ) -> Result<(), Refusal>;

    /// Receives what is there, up to `limit`, at least one.
    fn recv_many_now(
        &self,
        out: &mut Vec<T>,
        limit: usize,
        patience: Patience,
    ) -> Result<usize, Refusal>;

    /// See [`Operation::enlist`](crate::wait::Operation::enlist). The message is taken out of its
    /// slot if it was accepted.
    ///
    /// # Safety
    ///
    /// As there; `message` is full and lives as long as the node is in line. Its waiter is in no other line and is
    /// [due](crate::wait::Operation::due) at no time: whoever has the line's lock may rely on it that nobody else
    /// signals it.
    unsafe fn enlist_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal>;

    /// See [`Operation::enlist`](crate::wait::Operation::enlist). A message that is there already is put
    /// into `landing`.
    ///
    /// # Safety
    ///
    /// As there; `landing` is empty and lives as long as the node is in line.
    unsafe fn enlist_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal>;

    /// See [`Operation::line_up`](crate::wait::Operation::line_up).
    ///
    /// # Safety
    ///
    /// As there; `message` is full and lives as long as the node is in line.
    unsafe fn line_up_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// See [`Operation::line_up`](crate::wait::Operation::line_up).
    ///
    /// # Safety
    ///
    /// As there; `landing` is empty and lives as long as the node is in line.
    unsafe fn line_up_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// As [`line_up_send`](Core::line_up_send), for a message that will be promised: what for is told
    /// in `landing`.
    ///
    /// # Safety
    ///
    /// As there; `landing` is empty and lives as long as the node is in line.
    unsafe fn line_up_reserve(
        &self,
        node: &Node,
        landing: &Slot<Reserved>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// Claims what a send needs, for a message that will exist soon.
    fn reserve(&self, patience: Patience) -> Result<Claim<'_, T>, Refusal>;

    /// The claim of a promise that was bound while it stood in line.
    fn reserved(&self, reserved: Reserved) -> Claim<'_, T>;

    /// True if an operation on that side would not wait.
    fn is_ready(&self, side: Side, patience: Patience) -> Result<bool, Refusal>;

    /// Puts `node` in the line of those who are told when that side may have become ready, unless it
    /// is.
    ///
    /// # Safety
    ///
    /// See [`Operation::line_up`](crate::wait::Operation::line_up).
    unsafe fn watch(
        &self,
        side: Side,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// Takes `node` out of that line.
    fn unwatch(&self, side: Side, node: &Node);

    /// A watcher of that side that was told has found something, and leaves it where it is: the next in line is told,
    /// too.
    fn tell_next(&self, side: Side) {
        self.pass_on(side);
    }

    /// A watcher of that side that was told does not use what there is.
    fn pass_on(&self, side: Side) {
        match side {
            Side::Send => self.pass_on_send(),
            Side::Recv => self.pass_on_recv(),
        }
    }

    fn withdraw_send(&self, node: &Node);
    fn withdraw_recv(&self, node: &Node);

    /// A send was cancelled after it was notified.
    fn pass_on_send(&self);

    /// A receive was cancelled after it was notified.
    fn pass_on_recv(&self);

    /// A receive was cancelled after `message` was handed to it.
    fn reclaim(&self, message: T);

    /// See [`Operation::due`](crate::wait::Operation::due).
    fn recv_due(&self, _: Patience) -> Attempt<Option<Instant>> {
        Attempt::Ready(None)
    }

    /// True if it never has a message and never closes: all such channels count as the same.
    fn is_never(&self) -> bool {
        false
    }

    /// For how many pauses that side should leave the other one alone, now that it is blocked: see
    /// [`Operation::pauses`](crate::wait::Operation::pauses).
    fn pauses(&self, _: Side, _: Patience) -> u32 {
        0
    }

    /// True if that side waits for each single message or place, as far as is known: nothing piles up meanwhile.
    fn trickles(&self, _: Side) -> bool {
        true
    }

    /// A hint, cheaper than the attempt. If the channel hands over it is no hint: a send that does not look
    /// ready is blocked.
    fn send_looks_ready(&self) -> bool;

    /// As [`send_looks_ready`](Core::send_looks_ready).
    fn recv_looks_ready(&self) -> bool;

    /// Sends, making room by taking out the oldest message if need be.
    fn force_send(&self, message: T) -> Result<Option<T>, T>;

    /// Takes no more messages. True if this call closed the channel.
    fn close(&self) -> bool;

    /// Nobody will receive any more: closes, and drops what is there.
    fn discard(&self);

    fn is_closed(&self) -> bool;
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool;
    fn is_full(&self) -> bool;
    fn capacity(&self) -> Option<usize>;
}
