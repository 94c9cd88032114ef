//! Sends and receives as operations: what [`Wait`] drives.

mod ready;
mod recv;
mod reserve;
mod send;

use std::mem::ManuallyDrop;

use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::Channel;
use crate::queue::Refusal;
use crate::wait::{Attempt, Wait};

pub use ready::ReadyOp;
pub use recv::{ByValue, Destination, IntoVec, RecvOp};
pub use reserve::{Reservation, ReserveOp};
pub use send::{Many, Messages, One, SendOp};

/// How an operation reaches its channel: through a handle that it borrows or owns. (What is part of a
/// handle uses the channel itself.)
#[derive(Debug)]
pub enum Link<'a, T, H> {
    #[doc(hidden)]
    Borrowed(&'a Channel<T>),
    #[doc(hidden)]
    Owned(ManuallyDrop<H>),
}

impl<T, H> Link<'_, T, H> {
    pub(crate) fn owned(handle: H) -> Self {
        Self::Owned(ManuallyDrop::new(handle))
    }

    #[cold]
    #[inline(never)]
    fn drop_owned(&mut self) {
        if let Self::Owned(handle) = self {
            // SAFETY: called once, by `drop`.
            unsafe { ManuallyDrop::drop(handle) }
        }
    }
}

/// By hand, so that dropping an operation that borrows its handle is inlined: a comparison.
impl<T, H> Drop for Link<'_, T, H> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if matches!(self, Self::Owned(_)) {
            self.drop_owned();
        }
    }
}

impl<T, H: AsRef<Channel<T>>> AsRef<Channel<T>> for Link<'_, T, H> {
    #[inline(always)]
    fn as_ref(&self) -> &Channel<T> {
        match self {
            Self::Borrowed(channel) => channel,
            Self::Owned(handle) => (**handle).as_ref(),
        }
    }
}

/// What leads to a channel.
pub trait Leads<T>: AsRef<Channel<T>> {}
impl<T, L: AsRef<Channel<T>>> Leads<T> for L {}

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
pub type SendFut<'a, T> = Wait<SendOp<T, Link<'a, T, Sender<T>>, One>>;

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
pub type RecvFut<'a, T> = Wait<RecvOp<T, Link<'a, T, Receiver<T>>, ByValue>>;

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
pub type SendManyFut<'a, T> = Wait<SendOp<T, Link<'a, T, Sender<T>>, Many<T>>>;

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
pub type RecvManyFut<'a, T> = Wait<RecvOp<T, Link<'a, T, Receiver<T>>, IntoVec<'a, T>>>;

/// The channel is disconnected: there is nothing to wait for.
#[derive(Debug)]
pub struct Disconnected;

/// What a core said, as the outcome of an attempt.
#[cfg_attr(not(debug_assertions), inline(always))]
fn attempted<R>(outcome: Result<R, Refusal>) -> Attempt<Result<R, Disconnected>> {
    match outcome {
        Ok(done) => Attempt::Ready(Ok(done)),
        Err(Refusal::Closed) => Attempt::Ready(Err(Disconnected)),
        Err(Refusal::Blocked) => Attempt::Blocked,
        Err(Refusal::Promised) => Attempt::Promised,
        Err(Refusal::Lagging | Refusal::Skipped) => Attempt::Lagging,
    }
}
