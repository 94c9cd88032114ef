//! A send whose message does not exist yet: what a select waits for.

use std::fmt;
use std::mem::ManuallyDrop;

use super::{Disconnected, attempted};
use crate::channel::core::{Claim, Side};
use crate::channel::error::SendError;
use crate::channel::hand_off::Reserved;
use crate::channel::shared::Channel;
use crate::channel::slot::Slot;
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// Waits until a send is possible, and claims what it needs.
pub struct ReserveOp<'a, T> {
    channel: &'a Channel<T>,
    /// Where a receiver says what the promise that it found in line is for.
    landing: Slot<Reserved>,
}

/// The right to send one message, without waiting. Dropped, it is given up.
#[must_use]
pub struct Reservation<'a, T> {
    channel: &'a Channel<T>,
    /// `None` once it is used.
    claim: Option<Claim<'a, T>>,
}

impl<T> Reservation<'_, T> {
    /// Sends the message.
    pub(crate) fn send(self, message: T) -> Result<(), SendError<T>> {
        // Nothing is left to give up.
        let mut this = ManuallyDrop::new(self);
        let channel = this.channel;
        match this.claim.take() {
            Some(Claim::Place(place)) => {
                channel.as_ring().fill(place, message);
                Ok(())
            }
            Some(Claim::Promise(promise)) => promise.keep(message).map_err(SendError),
            Some(Claim::None) | None => channel
                .send_now(message, Patience::Block)
                .map_err(|(_, message)| SendError(message)),
        }
    }

    /// Gives it up, and drops no message, as this may be the wrong thread for that: what is behind a place
    /// whose channel has ended goes with the channel.
    pub(crate) fn give_up(mut self) {
        self.give_up_place();
    }

    /// True if there was a place to give up.
    fn give_up_place(&mut self) -> bool {
        let Some(Claim::Place(place)) = self.claim.take() else {
            return false;
        };
        self.channel.as_ring().give_up(place);
        true
    }
}

impl<T> Drop for Reservation<'_, T> {
    fn drop(&mut self) {
        if self.give_up_place() {
            self.channel.as_ring().drop_if_discarded();
        }
    }
}

impl<'a, T> ReserveOp<'a, T> {
    pub(crate) fn new(channel: &'a Channel<T>) -> Self {
        Self {
            channel,
            landing: Slot::empty(),
        }
    }

    fn reservation(&self, claim: Claim<'a, T>) -> Reservation<'a, T> {
        Reservation {
            channel: self.channel,
            claim: Some(claim),
        }
    }

    /// What a receiver bound while this was in line.
    fn bound(&self) -> Reservation<'a, T> {
        self.landing.filled();
        self.reservation(self.channel.core().reserved(self.landing.take()))
    }
}

impl<T> OneLine for ReserveOp<'_, T> {}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<'a, T> Operation for ReserveOp<'a, T> {
    type Output = Result<Reservation<'a, T>, Disconnected>;
    type Done = Self::Output;
    type Bounded = Option<Self::Output>;

    fn watches_resource(&self) -> bool {
        !self.channel.core().hands_over()
    }

    fn looks_ready(&self) -> bool {
        self.channel.looks_ready(Side::Send)
    }

    fn attempt(&self, patience: Patience) -> Attempt<Self::Done> {
        let claimed = self.channel.reserve(patience);
        attempted(claimed.map(|claim| self.reservation(claim)))
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe {
            self.channel
                .core()
                .line_up_reserve(node, &self.landing, place, patience)
        }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Done> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => Attempt::Ready(Ok(self.bound())),
            Signal::Closed => Attempt::Ready(Err(Disconnected)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.channel.core().withdraw_send(node);
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Notified => self.channel.core().pass_on_send(),
            Signal::Handed => drop(self.bound()),
            Signal::Closed => {}
        }
    }

    fn output<R>(&self, reserved: Self::Output, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(reserved)
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        outcome.ok()
    }
}

impl<T> fmt::Debug for ReserveOp<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOp").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Reservation<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").finish_non_exhaustive()
    }
}
