//! The sending handle, of which there is one.

use super::unique_introspection;
use crate::channel::closed::Closed;
use crate::channel::error::{SendError, SendTimeoutError, TrySendError};
use crate::channel::ops::{SendFut, SendManyFut};
use crate::channel::sender::Sender;
use crate::channel::sink::SendSink;
use crate::queue::Refusal;
use crate::sys::{Duration, Instant};

/// The sending side of a channel that has one of it, for threads and tasks alike.
///
/// See the [module](super) for what it is good for. When it goes, the receiver drains the channel and is then
/// told that it is disconnected.
///
/// # Examples
///
/// ```
/// let (mut tx, mut rx) = towpath::unique::bounded(8);
/// let thread = std::thread::spawn(move || {
///     tx.send(1).unwrap();
///     pollster::block_on(tx.send_async(2)).unwrap();
/// });
/// assert_eq!(rx.iter().sum::<i32>(), 3);
/// thread.join().unwrap();
/// ```
#[doc(alias = "Producer")]
pub struct UniqueSender<T>(Sender<T>);

impl<T> UniqueSender<T> {
    /// Of a channel that has no other.
    pub(super) fn new(sender: Sender<T>) -> Self {
        Self(sender)
    }

    /// Sends `message` if that is possible without waiting.
    ///
    /// With capacity 0 it is possible if the receiver waits.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::Disconnected`], with the message.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::TrySendError;
    ///
    /// let (mut tx, rx) = towpath::unique::bounded(1);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    #[inline]
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        match self.0.channel().send_unique(message) {
            Ok(()) => Ok(()),
            Err((Refusal::Closed, message)) => Err(TrySendError::Disconnected(message)),
            Err((Refusal::Blocked, message)) => Err(TrySendError::Full(message)),
            Err((_, message)) => self.0.try_send(message),
        }
    }

    /// Sends `message`, blocking the thread while the channel is full (capacity 0: until the receiver
    /// takes it).
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// std::thread::spawn(move || (0..3).for_each(|i| tx.send(i).unwrap()));
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [0, 1, 2]);
    /// ```
    #[inline]
    pub fn send(&mut self, message: T) -> Result<(), SendError<T>> {
        match self.0.channel().send_unique(message) {
            Ok(()) => Ok(()),
            Err((Refusal::Closed, message)) => Err(SendError(message)),
            Err((_, message)) => self.0.send_slow(message),
        }
    }

    /// Sends `message`, blocking the thread for at most `limit`.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError::Timeout`] or [`SendTimeoutError::Disconnected`], with the message.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (mut tx, _rx) = towpath::unique::bounded(1);
    /// assert!(tx.send_timeout(1, Duration::from_millis(1)).is_ok());
    /// assert!(tx.send_timeout(2, Duration::from_millis(1)).unwrap_err().is_timeout());
    /// ```
    pub fn send_timeout(&mut self, message: T, limit: Duration) -> Result<(), SendTimeoutError<T>> {
        self.0.send_timeout(message, limit)
    }

    /// Sends `message`, blocking the thread until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](UniqueSender::send_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let (mut tx, _rx) = towpath::unique::bounded(1);
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(tx.send_deadline(1, deadline).is_ok());
    /// assert_eq!(tx.send_deadline(2, deadline).unwrap_err().into_inner(), 2);
    /// ```
    pub fn send_deadline(
        &mut self,
        message: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.0.send_deadline(message, deadline)
    }

    /// The send as a value: `.await` it, or wait for it with one of its methods. The handle is borrowed
    /// until it is gone.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message if the channel is disconnected.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, the message is either sent or dropped, once.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// pollster::block_on(async {
    ///     tx.send_async(1).await.unwrap();
    /// });
    /// assert_eq!(rx.recv(), Ok(1));
    /// ```
    #[inline]
    pub fn send_async(&mut self, message: T) -> SendFut<'_, T> {
        self.0.send_async(message)
    }

    /// As [`send_async`](UniqueSender::send_async), owning the handle, so that it can be spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = towpath::unique::bounded(1);
    /// assert!(pollster::block_on(tx.into_send_async(1)).is_ok());
    /// assert_eq!(rx.recv(), Ok(1));
    /// ```
    pub fn into_send_async<'a>(self, message: T) -> SendFut<'a, T>
    where
        T: 'a,
    {
        self.0.into_send_async(message)
    }

    /// Sends many messages in order, blocking the thread while the channel is full. As many as there is
    /// room for are sent in one step.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the messages that were not sent if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, rx) = towpath::unique::bounded(16);
    /// tx.send_many(0..10).unwrap();
    /// assert_eq!(rx.len(), 10);
    /// drop(rx);
    /// assert_eq!(tx.send_many([10, 11]).unwrap_err().into_inner(), [10, 11]);
    /// ```
    pub fn send_many(
        &mut self,
        messages: impl IntoIterator<Item = T>,
    ) -> Result<(), SendError<Vec<T>>> {
        self.0.send_many(messages)
    }

    /// [`send_many`](UniqueSender::send_many) as a value. The messages are collected at once.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, each message is either sent or dropped, once, and those
    /// that were sent are the first ones.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(2);
    /// pollster::block_on(tx.send_many_async([1, 2])).unwrap();
    /// assert_eq!(rx.iter().take(2).collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn send_many_async(&mut self, messages: impl IntoIterator<Item = T>) -> SendManyFut<'_, T> {
        self.0.send_many_async(messages)
    }

    /// A sink that sends through this handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{SinkExt, StreamExt, stream};
    ///
    /// let (mut tx, rx) = towpath::unique::bounded(8);
    /// pollster::block_on(stream::iter([Ok(1), Ok(2)]).forward(tx.sink())).unwrap();
    /// assert_eq!(rx.len(), 2);
    /// ```
    pub fn sink(&mut self) -> SendSink<'_, T> {
        self.0.sink()
    }

    /// A sink that owns this handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::SinkExt;
    ///
    /// let (tx, mut rx) = towpath::unique::bounded(8);
    /// let mut sink = tx.into_sink();
    /// pollster::block_on(sink.send("through a sink")).unwrap();
    /// assert_eq!(rx.recv(), Ok("through a sink"));
    /// ```
    pub fn into_sink<'a>(self) -> SendSink<'a, T>
    where
        T: 'a,
    {
        self.0.into_sink()
    }

    /// Blocks the thread until the receiver is gone. (That somebody called
    /// [`close`](UniqueSender::close) is not enough: the receiver may still drain the channel.)
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::unique::bounded::<i32>(1);
    /// std::thread::spawn(move || drop(rx));
    /// tx.closed();
    /// assert!(tx.is_disconnected());
    /// ```
    pub fn closed(&self) {
        self.0.closed();
    }

    /// [`closed`](UniqueSender::closed) as a value: done when the receiver is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::unique::bounded::<i32>(1);
    /// drop(rx);
    /// pollster::block_on(tx.closed_async());
    /// ```
    pub fn closed_async(&self) -> Closed<'_, T> {
        self.0.closed_async()
    }
}

unique_introspection!(UniqueSender, tx);
