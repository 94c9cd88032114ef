//! Receiving one message, or many.

use std::cell::RefCell;
use std::fmt;

use super::{Leads, attempted};
use crate::channel::error::{RecvError, RecvTimeoutError};
use crate::channel::shared::Channel;
use crate::channel::slot::Slot;
use crate::sys::Instant;
use crate::wait::sealed::Sealed;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal};

/// A receive; see [`RecvFut`](super::RecvFut) and [`RecvManyFut`](super::RecvManyFut).
pub struct RecvOp<T, L, D> {
    /// Where a message is handed over while this waits in line.
    landing: Slot<T>,
    destination: D,
    link: L,
}

/// What becomes of received messages.
pub trait Destination<T> {
    /// What a receive gives.
    type Received;

    /// Receives what there is.
    #[doc(hidden)]
    fn attempt(
        &self,
        channel: &Channel<T>,
        patience: Patience,
    ) -> Attempt<Result<Self::Received, RecvError>>;

    /// Gets ready for a message that may come at any time.
    #[doc(hidden)]
    fn prepare(&self);

    /// Takes the message that came, and perhaps more.
    #[doc(hidden)]
    fn accept(&self, first: T, channel: &Channel<T>, patience: Patience) -> Self::Received;
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

    /// By way of a slot that never leaves this function, straight into what is returned: a large message
    /// is copied at each level.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(&self, channel: &Channel<T>, patience: Patience) -> Attempt<Result<T, RecvError>> {
        let landing = Slot::empty();
        match channel.recv_into(&landing, patience) {
            Ok(()) => Attempt::Ready(Ok(landing.take())),
            Err(refusal) => attempted(Err(refusal), || RecvError),
        }
    }

    fn prepare(&self) {}

    fn accept(&self, first: T, _: &Channel<T>, _: Patience) -> T {
        first
    }
}

impl<T> Destination<T> for IntoVec<'_, T> {
    type Received = usize;

    fn attempt(
        &self,
        channel: &Channel<T>,
        patience: Patience,
    ) -> Attempt<Result<usize, RecvError>> {
        let received = match self.limit {
            0 => Ok(0),
            limit => channel
                .core()
                .recv_many_now(&mut self.out.borrow_mut(), limit, patience),
        };
        attempted(received, || RecvError)
    }

    fn prepare(&self) {
        self.out.borrow_mut().reserve(1);
    }

    fn accept(&self, first: T, channel: &Channel<T>, patience: Patience) -> usize {
        let mut out = self.out.borrow_mut();
        out.push(first);
        let more = match self.limit - 1 {
            0 => Ok(0),
            limit => channel.core().recv_many_now(&mut out, limit, patience),
        };
        1 + more.unwrap_or(0)
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
    /// Takes the message that was handed over.
    fn landed(&self) -> T {
        self.landing.filled();
        self.landing.take()
    }
}

impl<T, L, D> Sealed for RecvOp<T, L, D> {}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>, D: Destination<T>> Operation for RecvOp<T, L, D> {
    type Output = Result<D::Received, RecvError>;
    type Bounded = Result<D::Received, RecvTimeoutError>;

    fn watches_resource(&self) -> bool {
        !self.link.as_ref().core().hands_over()
    }

    fn looks_ready(&self) -> bool {
        self.link.as_ref().core().recv_looks_ready()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(&self, patience: Patience) -> Attempt<Self::Output> {
        self.destination.attempt(self.link.as_ref(), patience)
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

    unsafe fn enlist(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<Self::Output> {
        self.destination.prepare();
        // SAFETY: the caller's promise.
        let first = unsafe {
            self.link
                .as_ref()
                .core()
                .enlist_recv(node, &self.landing, place, patience)
        };
        let received = first.map(|()| {
            self.destination
                .accept(self.landing.take(), self.link.as_ref(), patience)
        });
        attempted(received, || RecvError)
    }

    fn due(&self) -> Option<Instant> {
        self.link.as_ref().core().recv_due()
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Output> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => {
                let received = self
                    .destination
                    .accept(self.landed(), self.link.as_ref(), patience);
                Attempt::Ready(Ok(received))
            }
            Signal::Closed => Attempt::Ready(Err(RecvError)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.as_ref().core().withdraw_recv(node);
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Notified => self.link.as_ref().core().pass_on_recv(),
            Signal::Handed => self.link.as_ref().core().reclaim(self.landed()),
            Signal::Closed => {}
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
