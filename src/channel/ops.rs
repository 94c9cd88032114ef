//! Sends and receives as operations: what [`Wait`] drives.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::vec;

use super::core::{Channel, Core};
use super::error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError};
use super::receiver::Receiver;
use super::sender::Sender;
use super::slot::Slot;
use crate::queue::Refusal;
use crate::sys::Arc;
use crate::wait::sealed::Sealed;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Wait};

/// How an operation reaches its channel: through a handle that it borrows or owns. (What is part of a
/// handle uses the channel's `Arc` itself.)
#[derive(Debug)]
pub enum Link<'a, T, H> {
    #[doc(hidden)]
    Borrowed(&'a Arc<Channel<T>>),
    #[doc(hidden)]
    Owned(H),
}

impl<T, H: AsRef<Channel<T>>> Deref for Link<'_, T, H> {
    type Target = Channel<T>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn deref(&self) -> &Channel<T> {
        match self {
            Self::Borrowed(channel) => channel,
            Self::Owned(handle) => handle.as_ref(),
        }
    }
}

/// What leads to a channel.
pub trait Leads<T>: Deref<Target = Channel<T>> {}
impl<T, L: Deref<Target = Channel<T>>> Leads<T> for L {}

/// A send of one message; see [`SendFut`].
pub struct SendOp<T, L> {
    // The message before the link: it is dropped first, and may need the channel.
    message: Slot<T>,
    link: L,
}

/// A receive of one message; see [`RecvFut`].
pub struct RecvOp<T, L> {
    landing: Slot<T>,
    link: L,
}

/// A send of many messages; see [`SendManyFut`].
pub struct SendManyOp<T, L> {
    /// The message that is in line, if any: it comes before `rest`.
    next: Slot<T>,
    rest: RefCell<vec::IntoIter<T>>,
    link: L,
}

/// A receive of many messages; see [`RecvManyFut`].
pub struct RecvManyOp<'a, T, L> {
    landing: Slot<T>,
    out: RefCell<&'a mut Vec<T>>,
    limit: usize,
    link: L,
}

/// A send as a value: what [`Sender::send_async`] and [`Sender::into_send_async`] return.
///
/// # Cancel safety
///
/// If it is dropped before it is done, the message is either sent or dropped, once. To keep the
/// message of a send that takes too long, bound it: [`Wait::wait_timeout`].
///
/// # Examples
///
/// ```
/// use towpath::SendFut;
///
/// let (tx, rx) = towpath::bounded(1);
/// let send: SendFut<'_, i32> = tx.send_async(1);
/// pollster::block_on(send).unwrap();
/// assert_eq!(rx.recv(), Ok(1));
/// ```
pub type SendFut<'a, T> = Wait<SendOp<T, Link<'a, T, Sender<T>>>>;

/// A receive as a value: what [`Receiver::recv_async`] and [`Receiver::into_recv_async`] return.
///
/// # Cancel safety
///
/// If it is dropped before it is done no message is lost: one that was handed to it goes to the next
/// receive. (With a capacity of 2 or less and several receives waiting at once, that message may
/// then arrive after later ones.)
///
/// # Examples
///
/// ```
/// use towpath::RecvFut;
///
/// let (tx, rx) = towpath::bounded(1);
/// tx.send(1).unwrap();
/// let recv: RecvFut<'_, i32> = rx.recv_async();
/// assert_eq!(pollster::block_on(recv), Ok(1));
/// ```
pub type RecvFut<'a, T> = Wait<RecvOp<T, Link<'a, T, Receiver<T>>>>;

/// A send of many messages as a value: what [`Sender::send_many_async`] returns.
///
/// # Cancel safety
///
/// If it is dropped before it is done, each message is either sent or dropped, once, and those that
/// were sent are the first ones.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::unbounded();
/// pollster::block_on(tx.send_many_async([1, 2, 3])).unwrap();
/// assert_eq!(rx.len(), 3);
/// ```
pub type SendManyFut<'a, T> = Wait<SendManyOp<T, Link<'a, T, Sender<T>>>>;

/// A receive of many messages as a value: what [`Receiver::recv_many_async`] returns.
///
/// # Cancel safety
///
/// If it is dropped before it is done, nothing was added to the vector, and no message is lost.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::unbounded();
/// tx.send_many([1, 2, 3]).unwrap();
/// let mut messages = Vec::new();
/// assert_eq!(pollster::block_on(rx.recv_many_async(&mut messages, 2)), Ok(2));
/// assert_eq!(messages, [1, 2]);
/// ```
pub type RecvManyFut<'a, T> = Wait<RecvManyOp<'a, T, Link<'a, T, Receiver<T>>>>;

impl<T, L: Leads<T>> SendOp<T, L> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn new(link: L, message: T) -> Self {
        Self {
            message: Slot::full(message),
            link,
        }
    }

    fn outcome(&self, sent: Result<(), Refusal>) -> Attempt<Result<(), SendError<T>>> {
        attempted(sent, || SendError(self.message.take()))
    }
}

impl<T, L: Leads<T>> RecvOp<T, L> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn new(link: L) -> Self {
        Self {
            landing: Slot::empty(),
            link,
        }
    }
}

impl<T, L: Leads<T>> SendManyOp<T, L> {
    pub(crate) fn new(link: L, messages: Vec<T>) -> Self {
        Self {
            next: Slot::empty(),
            rest: RefCell::new(messages.into_iter()),
            link,
        }
    }

    /// Sends what is left, as far as there is room.
    fn send_rest(&self, patience: Patience) -> Result<(), Refusal> {
        self.link
            .core()
            .send_many_now(&self.next, &mut self.rest.borrow_mut(), patience)
    }

    fn outcome(&self, sent: Result<(), Refusal>) -> Attempt<Result<(), SendError<Vec<T>>>> {
        attempted(sent, || self.unsent())
    }

    fn unsent(&self) -> SendError<Vec<T>> {
        let next = self.next.take_if_full();
        SendError(
            next.into_iter()
                .chain(&mut *self.rest.borrow_mut())
                .collect(),
        )
    }
}

impl<'a, T, L: Leads<T>> RecvManyOp<'a, T, L> {
    pub(crate) fn new(link: L, out: &'a mut Vec<T>, limit: usize) -> Self {
        Self {
            landing: Slot::empty(),
            out: RefCell::new(out),
            limit,
            link,
        }
    }

    /// Adds `first`, and what else is there.
    fn add(&self, first: T, patience: Patience) -> Attempt<Result<usize, RecvError>> {
        let mut out = self.out.borrow_mut();
        out.push(first);
        let more = match self.limit - 1 {
            0 => Ok(0),
            limit => self.link.core().recv_many_now(&mut out, limit, patience),
        };
        Attempt::Ready(Ok(1 + more.unwrap_or(0)))
    }
}

/// What a core said, as the outcome of an attempt; `closed` makes the error.
#[cfg_attr(not(debug_assertions), inline(always))]
fn attempted<R, E>(
    outcome: Result<R, Refusal>,
    closed: impl FnOnce() -> E,
) -> Attempt<Result<R, E>> {
    match outcome {
        Ok(done) => Attempt::Ready(Ok(done)),
        Err(Refusal::Closed) => Attempt::Ready(Err(closed())),
        Err(Refusal::Blocked) => Attempt::Blocked,
        Err(Refusal::Lagging) => Attempt::Lagging,
    }
}

#[cfg_attr(not(debug_assertions), inline(always))]
fn received<R>(outcome: Result<R, Refusal>) -> Attempt<Result<R, RecvError>> {
    attempted(outcome, || RecvError)
}

/// Gives back what a cancelled receive was signalled.
fn abandon_recv<T>(core: &dyn Core<T>, signal: Signal, landing: &Slot<T>) {
    match signal {
        Signal::Notified => core.pass_on_recv(),
        Signal::Handed => {
            landing.filled();
            core.reclaim(landing.take());
        }
        Signal::Closed => {}
    }
}

impl<T, L> Sealed for SendOp<T, L> {}
impl<T, L> Sealed for RecvOp<T, L> {}
impl<T, L> Sealed for SendManyOp<T, L> {}
impl<T, L> Sealed for RecvManyOp<'_, T, L> {}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>> Operation for SendOp<T, L> {
    type Output = Result<(), SendError<T>>;
    type Bounded = Result<(), SendTimeoutError<T>>;

    fn watches_resource(&self) -> bool {
        !self.link.core().hands_over()
    }

    #[inline]
    fn looks_ready(&self) -> bool {
        self.link.core().send_looks_ready()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(&self, patience: Patience) -> Attempt<Self::Output> {
        self.outcome(self.link.send_from(&self.message, patience))
    }

    unsafe fn enlist(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<Self::Output> {
        // SAFETY: the caller's promise.
        let sent = unsafe {
            self.link
                .core()
                .enlist_send(node, &self.message, place, patience)
        };
        self.outcome(sent)
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Output> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => {
                self.message.emptied();
                Attempt::Ready(Ok(()))
            }
            Signal::Closed => self.outcome(Err(Refusal::Closed)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.core().withdraw_send(node);
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Notified => self.link.core().pass_on_send(),
            Signal::Handed => self.message.emptied(),
            Signal::Closed => {}
        }
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(sent) => sent.map_err(SendTimeoutError::from),
            Err(op) => Err(SendTimeoutError::Timeout(op.message.take())),
        }
    }
}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>> Operation for RecvOp<T, L> {
    type Output = Result<T, RecvError>;
    type Bounded = Result<T, RecvTimeoutError>;

    fn watches_resource(&self) -> bool {
        !self.link.core().hands_over()
    }

    #[inline]
    fn looks_ready(&self) -> bool {
        self.link.core().recv_looks_ready()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn attempt(&self, patience: Patience) -> Attempt<Self::Output> {
        received(self.link.recv_now(patience))
    }

    unsafe fn enlist(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<Self::Output> {
        // SAFETY: the caller's promise.
        received(unsafe {
            self.link
                .core()
                .enlist_recv(node, &self.landing, place, patience)
        })
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Output> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => {
                self.landing.filled();
                Attempt::Ready(Ok(self.landing.take()))
            }
            Signal::Closed => Attempt::Ready(Err(RecvError)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.core().withdraw_recv(node);
    }

    fn abandon(&self, signal: Signal) {
        abandon_recv(self.link.core(), signal, &self.landing);
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }
}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>> Operation for SendManyOp<T, L> {
    type Output = Result<(), SendError<Vec<T>>>;
    type Bounded = Result<(), SendTimeoutError<Vec<T>>>;

    fn watches_resource(&self) -> bool {
        !self.link.core().hands_over()
    }

    fn attempt(&self, patience: Patience) -> Attempt<Self::Output> {
        self.outcome(self.send_rest(patience))
    }

    unsafe fn enlist(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<Self::Output> {
        loop {
            if !self.next.is_full() {
                match self.rest.borrow_mut().next() {
                    Some(message) => self.next.put(message),
                    None => return Attempt::Ready(Ok(())),
                }
            }
            // SAFETY: the caller's promise; the node is in no line in any further round either.
            let sent = unsafe {
                self.link
                    .core()
                    .enlist_send(node, &self.next, place, patience)
            };
            match sent.and_then(|()| self.send_rest(patience)) {
                // Blocked on the rest, so not in line yet: once more.
                Err(Refusal::Blocked) if sent.is_ok() => {}
                outcome => return self.outcome(outcome),
            }
        }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Output> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => {
                self.next.emptied();
                self.attempt(patience)
            }
            Signal::Closed => self.outcome(Err(Refusal::Closed)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.core().withdraw_send(node);
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Notified => self.link.core().pass_on_send(),
            Signal::Handed => self.next.emptied(),
            Signal::Closed => {}
        }
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(sent) => sent.map_err(SendTimeoutError::from),
            Err(op) => Err(SendTimeoutError::Timeout(op.unsent().0)),
        }
    }
}

// SAFETY: the core's lines keep to the contract; the slot lives in the operation, with the node.
unsafe impl<T, L: Leads<T>> Operation for RecvManyOp<'_, T, L> {
    type Output = Result<usize, RecvError>;
    type Bounded = Result<usize, RecvTimeoutError>;

    fn watches_resource(&self) -> bool {
        !self.link.core().hands_over()
    }

    fn looks_ready(&self) -> bool {
        self.link.core().recv_looks_ready()
    }

    fn attempt(&self, patience: Patience) -> Attempt<Self::Output> {
        if self.limit == 0 {
            return Attempt::Ready(Ok(0));
        }
        let mut out = self.out.borrow_mut();
        received(
            self.link
                .core()
                .recv_many_now(&mut out, self.limit, patience),
        )
    }

    unsafe fn enlist(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<Self::Output> {
        // Before a message can arrive: it must find room.
        self.out.borrow_mut().reserve(1);
        // SAFETY: the caller's promise.
        match unsafe {
            self.link
                .core()
                .enlist_recv(node, &self.landing, place, patience)
        } {
            Ok(first) => self.add(first, patience),
            Err(refusal) => received(Err(refusal)),
        }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Self::Output> {
        match signal {
            Signal::Notified => self.attempt(patience),
            Signal::Handed => {
                self.landing.filled();
                self.add(self.landing.take(), patience)
            }
            Signal::Closed => Attempt::Ready(Err(RecvError)),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.link.core().withdraw_recv(node);
    }

    fn abandon(&self, signal: Signal) {
        abandon_recv(self.link.core(), signal, &self.landing);
    }

    fn bounded(outcome: Result<Self::Output, Self>) -> Self::Bounded {
        match outcome {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }
}

macro_rules! debug_opaque {
    ($($name:ident<$($parameter:tt),*>)*) => { $(
        impl<T, L> fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}
debug_opaque!(SendOp<T, L> RecvOp<T, L> SendManyOp<T, L> RecvManyOp<'_, T, L>);
