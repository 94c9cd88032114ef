//! Waiting until an operation would not wait, without doing it.

use std::fmt;

use crate::channel::core::Side;
use crate::channel::shared::Channel;
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// Waits until one side of a channel is ready.
pub struct ReadyOp<'a, T> {
    channel: &'a Channel<T>,
    side: Side,
}

impl<'a, T> ReadyOp<'a, T> {
    pub(crate) fn new(channel: &'a Channel<T>, side: Side) -> Self {
        Self { channel, side }
    }
}

impl<T> OneLine for ReadyOp<'_, T> {}

// SAFETY: the core's lines keep to the contract.
unsafe impl<T> Operation for ReadyOp<'_, T> {
    type Output = ();
    type Done = Self::Output;
    /// True if it is ready, false if time ran out.
    type Bounded = bool;

    fn watches_resource(&self) -> bool {
        !self.channel.core().hands_over()
    }

    fn looks_ready(&self) -> bool {
        self.channel.looks_ready(self.side)
    }

    fn attempt(&self, patience: Patience) -> Attempt<()> {
        match self.channel.core().is_ready(self.side, patience) {
            Ok(true) => Attempt::Ready(()),
            Ok(false) => Attempt::Blocked,
            Err(_) => Attempt::Lagging,
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.channel.core().watch(self.side, node, place, patience) }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<()> {
        let outcome = self.attempt(patience);
        // If there is something, it is for the next in line, too: this takes nothing.
        if outcome != Attempt::Blocked && signal == Signal::Notified {
            self.channel.core().tell_next(self.side);
        }
        outcome
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.channel.core().unwatch(self.side, node);
    }

    fn abandon(&self, signal: Signal) {
        if signal == Signal::Notified {
            self.channel.core().pass_on(self.side);
        }
    }

    fn due(&self, patience: Patience) -> Attempt<Option<crate::sys::Instant>> {
        match self.side {
            Side::Send => Attempt::Ready(None),
            Side::Recv => self.channel.core().recv_due(patience),
        }
    }

    fn output<R>(&self, (): (), wrap: impl FnOnce(()) -> R) -> R {
        wrap(())
    }

    fn bounded(outcome: Result<(), Self>) -> bool {
        outcome.is_ok()
    }
}

impl<T> fmt::Debug for ReadyOp<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyOp").field("side", &self.side).finish()
    }
}
