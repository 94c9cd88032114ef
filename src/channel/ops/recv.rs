//! Receiving one message, or many.

use std::cell::RefCell;
use std::fmt;
use std::task::Context;

use super::{Disconnected, Leads, attempted};
use crate::channel::core::Side;
use crate::channel::error::{RecvError, RecvTimeoutError};
use crate::channel::shared::Channel;
use crate::channel::slot::Slot;
use crate::queue::Refusal;
use crate::sys::Instant;
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// A receive; see [`RecvFut`](super::RecvFut) and [`RecvManyFut`](super::RecvManyFut).
pub struct RecvOp<T, L, D> {
    /// Where a message arrives: handed over while this waits in line, or taken from the channel.
    landing: Slot<T>,
    destination: D,
    link: L,
}

/// What becomes of received messages.
pub trait Destination<T> {
    /// What a receive gives.
    type Received;
    /// What is known of it while the message is on its way.
    #[doc(hidden)]
    type Landed;

    /// Receives what there is.
    #[doc(hidden)]
    fn attempt(
        &self,
        channel: &Channel<T>,
        landing: &Slot<T>,
        patience: Patience,
    ) -> Result<Self::Landed, Refusal>;

    /// As [`attempt`](Destination::attempt), or gets in line: see [`Operation::attempt_or_enlist`].
    ///
    /// # Safety
    ///
    /// As there; `landing` lives as long as the node is in line.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn attempt_or_enlist<'n>(
        &self,
        channel: &Channel<T>,
        landing: &Slot<T>,
        patience: Patience,
        _enter: impl FnOnce() -> &'n Node,
    ) -> Result<Self::Landed, Refusal> {
        self.attempt(channel, landing, patience)
    }

    /// Gets ready for a message that may come at any time.
    #[doc(hidden)]
    fn prepare(&self);

    /// A message came to `landing`; perhaps takes more.
    #[doc(hidden)]
    fn accept(&self, channel: &Channel<T>, landing: &Slot<T>, patience: Patience) -> Self::Landed;

    /// What was received in all.
    #[doc(hidden)]
    fn received(landed: Self::Landed, landing: &Slot<T>) -> Self::Received;
}

/// One message, returned.
#[derive(Debug)]
pub struct ByValue;

/// Many messages, added to a vector; the number of them is returned.
pub struct IntoVec<'a, T> {
    out: RefCell<&'a mut Vec<T>>,
    limit: usize,
}

impl<T> Destination<T> for ByValue {
    type Received = T;
    /// It stays in the slot until it is returned: a large message would be copied at each level.
    type Landed = ();

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(
        &self,
        channel: &Channel<T>,
        landing: &Slot<T>,
        patience: Patience,
    ) -> Result<(), Refusal> {
        channel.recv_into(landing, patience)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn attempt_or_enlist<'n>(
        &self,
        channel: &Channel<T>,
        landing: &Slot<T>,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        // SAFETY: the caller's promise.
        unsafe { channel.recv_or_enlist(landing, patience, enter) }
    }

    fn prepare(&self) {}

    fn accept(&self, _: &Channel<T>, _: &Slot<T>, _: Patience) {}

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn received((): (), landing: &Slot<T>) -> T {
        landing.take()
    }
}

impl<T> Destination<T> for IntoVec<'_, T> {
    type Received = usize;
    /// How many.
    type Landed = usize;

    fn attempt(
        &self,
        channel: &Channel<T>,
        _: &Slot<T>,
        patience: Patience,
    ) -> Result<usize, Refusal> {
        match self.limit {
            0 => Ok(0),
            limit => channel
                .core()
                .recv_many_now(&mut self.out.borrow_mut(), limit, patience),
        }
    }

    fn prepare(&self) {
        self.out.borrow_mut().reserve(1);
    }

    fn accept(&self, channel: &Channel<T>, landing: &Slot<T>, patience: Patience) -> usize {
        let mut out = self.out.borrow_mut();
        out.push(landing.take());
        let more = match self.limit - 1 {
            0 => Ok(0),
            limit => channel.core().recv_many_now(&mut out, limit, patience),
        };
        1 + more.unwrap_or(0)
    }

    fn received(count: usize, _: &Slot<T>) -> usize {
        count
    }
}

impl<T, L> RecvOp<T, L, ByValue> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn one(link: L) -> Self {
        Self {
            landing: Slot::empty(),
            destination: ByValue,
            link,
        }
    }
}

impl<'a, T, L> RecvOp<T, L, IntoVec<'a, T>> {
    pub(crate) fn many(link: L, out: &'a mut Vec<T>, limit: usize) -> Self {
        let destination = IntoVec {
            out: RefCell::new(out),
            limit,
        };
        Self {
            landing: Slot::empty(),
            destination,
            link,
        }
    }
}

impl<T, L: Leads<T>, D: Destination<T>> RecvOp<T, L, D> {
    /// A message came to the landing.
    fn accept(&self, patience: Patience) -> D::Landed {
        let channel = self.link.as_ref();
        self.destination.accept(channel, &self.landing, patience)
    }
}

impl<T, L, D> OneLine for RecvOp<T, L, D> {}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>, D: Destination<T>> Operation for RecvOp<T, L, D> {
    type Output = Result<D::Received, RecvError>;
    type Bounded = Result<D::Received, RecvTimeoutError>;
    type Done = Result<D::Landed, Disconnected>;

    fn watches_resource(&self) -> bool {
        !self.link.as_ref().core().hands_over()
    }

    fn pauses(&self, patience: Patience) -> u32 {
        self.link.as_ref().pauses(Side::Recv, patience)
    }

    #[inline(always)]
    fn linger(&self) -> u32 {
        self.link.as_ref().linger(Side::Recv)
    }

    fn lingered(&self, paid: bool) {
        self.link.as_ref().lingered(Side::Recv, paid);
    }

    #[cold]
    fn woken_elsewhere(&self) {
        self.link.as_ref().woken_elsewhere(Side::Recv);
    }

    fn looks_ready(&self) -> bool {
        self.link.as_ref().looks_ready(Side::Recv)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(&self, patience: Patience) -> Attempt<Self::Done> {
        let channel = self.link.as_ref();
        attempted(self.destination.attempt(channel, &self.landing, patience))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn attempt_or_enlist<'n>(
        &self,
        patience: Patience,
        _: &mut Context<'_>,
        enter: impl FnOnce() -> &'n Node,
    ) -> Attempt<Self::Done> {
        let (to, channel) = (&self.destination, self.link.as_ref());
        // SAFETY: the caller's promise; the slot lives in the operation.
        attempted(unsafe { to.attempt_or_enlist(channel, &self.landing, patience, enter) })
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        self.destination.prepare();
        // SAFETY: the caller's promise.
        unsafe {
            self.link
                .as_ref()
                .core()
                .line_up_recv(node, &self.landing, place, patience)
        }
    }

    unsafe fn enlist(&self, node: &Node, place: Place, patience: Patience) -> Attempt<Self::Done> {
        self.destination.prepare();
        // SAFETY: the caller's promise.
        let first = unsafe {
            self.link
                .as_ref()
                .core()
                .enlist_recv(node, &self.landing, place, patience)
        };
        attempted(first.map(|()| self.accept(patience)))
    }

    fn due(&self, patience: Patience) -> Attempt<Option<Instant>> {
        self.link.as_ref().core().recv_due(patience)
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Done> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => {
                self.landing.filled();
                Attempt::Ready(Ok(self.accept(patience)))
            }
            Signal::Closed => Attempt::Ready(Err(Disconnected)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.as_ref().core().withdraw_recv(node);
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Notified => self.link.as_ref().core().pass_on_recv(),
            Signal::Handed => {
                self.landing.filled();
                self.link.as_ref().core().reclaim(self.landing.take());
            }
            Signal::Closed => {}
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn output<R>(&self, landed: Self::Done, wrap: impl FnOnce(Self::Output) -> R) -> R {
        match landed {
            Ok(landed) => wrap(Ok(D::received(landed, &self.landing))),
            Err(Disconnected) => wrap(Err(RecvError)),
        }
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }
}

impl<T, L, D> fmt::Debug for RecvOp<T, L, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvOp").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for IntoVec<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoVec")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
