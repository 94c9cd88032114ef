//! The sending handle.

use std::panic::{RefUnwindSafe, UnwindSafe};

use super::closed::{Closed, ClosedOp};
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::ops::{Link, SendFut, SendManyFut, SendOp};
use super::shared::Channel;
use super::sink::SendSink;
use super::weak::WeakSender;
use crate::queue::Refusal;
use crate::sys::{Backoff, Duration, Instant};
use crate::wait::{Patience, Wait};

/// The sending side of a channel, for threads and tasks alike.
///
/// Handles are cheap to clone, and one handle may be used from many threads at once. When the last
/// one goes, receivers drain the channel and are then told that it is disconnected.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(8);
/// let from_thread = tx.clone();
/// let thread = std::thread::spawn(move || from_thread.send(1).unwrap());
/// pollster::block_on(tx.send_async(2)).unwrap();
/// thread.join().unwrap();
/// assert_eq!(rx.try_iter().sum::<i32>(), 3);
/// ```
#[doc(alias = "chan")]
pub struct Sender<T> {
    channel: Channel<T>,
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> Sender<T> {
    /// The handle that a new channel counts already.
    pub(crate) fn first(channel: Channel<T>) -> Self {
        Self { channel }
    }

    pub(crate) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    /// Sends `message` if that is possible without waiting.
    ///
    /// With capacity 0 it is possible if a receiver waits. It takes a bounded number of steps: if a
    /// receiver was preempted while it freed the next place, the channel counts as full.
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
    /// let (tx, rx) = towpath::bounded(1);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        match self.channel.send_now(message, Patience::Block) {
            Ok(()) => Ok(()),
            Err((Refusal::Blocked, message)) => Err(TrySendError::Full(message)),
            Err((Refusal::Closed, message)) => Err(TrySendError::Disconnected(message)),
            Err((_, message)) => self.try_send_again(message),
        }
    }

    /// A peer is in mid-claim: gives it a moment, and a chance to run.
    #[cold]
    #[inline(never)]
    fn try_send_again(&self, mut message: T) -> Result<(), TrySendError<T>> {
        let mut backoff = Backoff::new();
        loop {
            message = match self.channel.send_now(message, Patience::Block) {
                Ok(()) => return Ok(()),
                Err((Refusal::Closed, message)) => {
                    return Err(TrySendError::Disconnected(message));
                }
                Err((Refusal::Lagging, message)) if backoff.linger() => message,
                Err((_, message)) => return Err(TrySendError::Full(message)),
            };
        }
    }

    /// Sends `message`, blocking the thread while the channel is full (capacity 0: until a receiver
    /// takes it).
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(0);
    /// std::thread::spawn(move || tx.send("hand to hand").unwrap());
    /// assert_eq!(rx.recv(), Ok("hand to hand"));
    /// ```
    #[doc(alias = "<-")]
    #[inline]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        match self.channel.send_now(message, Patience::Block) {
            Ok(()) => Ok(()),
            Err((Refusal::Closed, message)) => Err(SendError(message)),
            Err((_, message)) => self.send_slow(message),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn send_slow(&self, message: T) -> Result<(), SendError<T>> {
        self.send_async(message).wait()
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
    /// let (tx, _rx) = towpath::bounded(1);
    /// assert!(tx.send_timeout(1, Duration::from_millis(1)).is_ok());
    /// assert!(tx.send_timeout(2, Duration::from_millis(1)).unwrap_err().is_timeout());
    /// ```
    pub fn send_timeout(&self, message: T, limit: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_async(message).wait_timeout(limit)
    }

    /// Sends `message`, blocking the thread until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Sender::send_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let (tx, _rx) = towpath::bounded(1);
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(tx.send_deadline(1, deadline).is_ok());
    /// assert_eq!(tx.send_deadline(2, deadline).unwrap_err().into_inner(), 2);
    /// ```
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_async(message).wait_deadline(deadline)
    }

    /// The send as a value: `.await` it, or wait for it with one of its methods.
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
    /// let (tx, rx) = towpath::bounded(1);
    /// pollster::block_on(async {
    ///     tx.send_async(1).await.unwrap();
    /// });
    /// assert_eq!(rx.recv(), Ok(1));
    /// ```
    #[inline]
    pub fn send_async(&self, message: T) -> SendFut<'_, T> {
        Wait::new(SendOp::one(Link::Borrowed(&self.channel), message))
    }

    /// As [`send_async`](Sender::send_async), owning the handle, so that it can be spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let task: std::pin::Pin<Box<dyn Future<Output = _> + Send>> =
    ///     Box::pin(tx.into_send_async(1));
    /// assert!(pollster::block_on(task).is_ok());
    /// assert_eq!(rx.recv(), Ok(1));
    /// ```
    pub fn into_send_async<'a>(self, message: T) -> SendFut<'a, T>
    where
        T: 'a,
    {
        Wait::new(SendOp::one(Link::owned(self), message))
    }

    /// Sends many messages in order, blocking the thread while the channel is full. As many as there
    /// is room for are sent with one claim.
    ///
    /// Other senders' messages may come in between.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the messages that were not sent if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(16);
    /// tx.send_many(0..10).unwrap();
    /// assert_eq!(rx.len(), 10);
    /// drop(rx);
    /// assert_eq!(tx.send_many([10, 11]).unwrap_err().into_inner(), [10, 11]);
    /// ```
    pub fn send_many(
        &self,
        messages: impl IntoIterator<Item = T>,
    ) -> Result<(), SendError<Vec<T>>> {
        self.send_many_async(messages).wait()
    }

    /// [`send_many`](Sender::send_many) as a value. The messages are collected at once.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, each message is either sent or dropped, once, and those
    /// that were sent are the first ones.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::unbounded();
    /// pollster::block_on(tx.send_many_async(vec![1, 2])).unwrap();
    /// assert_eq!(rx.iter().take(2).collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn send_many_async(&self, messages: impl IntoIterator<Item = T>) -> SendManyFut<'_, T> {
        let messages = messages.into_iter().collect();
        Wait::new(SendOp::many(Link::Borrowed(&self.channel), messages))
    }

    /// Sends `message` without waiting for room: if the channel is full, its oldest message is taken
    /// out and returned.
    ///
    /// Nothing is lost: what was sent is received or comes back from here. An unbounded channel is
    /// never full. With capacity 0 and no receiver waiting there is no place to keep it in, so `message`
    /// itself comes back. A message that came back from a receive which gave up (capacities 0 to 2) stays, and the oldest
    /// of the others goes. `message` also comes back from a full channel whose oldest place is reserved for a select
    /// that is about to make its message.
    ///
    /// After the one is out and before the other is in, a receive from another thread may find one message less than
    /// there are: none, if others have taken the rest (capacity 3 or more).
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(2);
    /// assert_eq!(tx.force_send(1), Ok(None));
    /// assert_eq!(tx.force_send(2), Ok(None));
    /// assert_eq!(tx.force_send(3), Ok(Some(1)));
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [2, 3]);
    /// ```
    pub fn force_send(&self, message: T) -> Result<Option<T>, SendError<T>> {
        self.channel.core().force_send(message).map_err(SendError)
    }

    /// Blocks the thread until no receiver is left. (That somebody called [`close`](Sender::close)
    /// is not enough: receivers may still drain the channel.)
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded::<i32>(1);
    /// std::thread::spawn(move || drop(rx));
    /// tx.closed();
    /// assert!(tx.is_disconnected());
    /// ```
    pub fn closed(&self) {
        self.closed_async().wait();
    }

    /// [`closed`](Sender::closed) as a value: done when no receiver is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded::<i32>(1);
    /// drop(rx);
    /// pollster::block_on(tx.closed_async());
    /// ```
    pub fn closed_async(&self) -> Closed<'_, T> {
        Wait::new(ClosedOp::new(Link::Borrowed(&self.channel)))
    }

    /// A sink that sends through this handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{SinkExt, StreamExt, stream};
    ///
    /// let (tx, rx) = towpath::bounded(8);
    /// pollster::block_on(stream::iter([Ok(1), Ok(2)]).forward(tx.sink())).unwrap();
    /// assert_eq!(rx.len(), 2);
    /// ```
    pub fn sink(&self) -> SendSink<'_, T> {
        SendSink::borrowed(&self.channel)
    }

    /// A sink that owns this handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::SinkExt;
    ///
    /// let (tx, rx) = towpath::bounded(8);
    /// let mut sink = tx.into_sink();
    /// pollster::block_on(sink.send("through a sink")).unwrap();
    /// assert_eq!(rx.recv(), Ok("through a sink"));
    /// ```
    pub fn into_sink<'a>(self) -> SendSink<'a, T>
    where
        T: 'a,
    {
        SendSink::owned(self)
    }

    /// A handle that does not keep the channel connected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded::<i32>(1);
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// assert!(rx.recv().is_err());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(self.channel.clone())
    }

    /// True if both handles belong to the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = towpath::bounded::<i32>(1);
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.channel.is(&other.channel)
    }
}

impl<T> AsRef<Channel<T>> for Sender<T> {
    #[inline(always)]
    fn as_ref(&self) -> &Channel<T> {
        &self.channel
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.channel.senders.add();
        Self {
            channel: self.channel.clone(),
        }
    }
}

impl<T> Drop for Sender<T> {
    // Not inlined: operations that only borrow a handle have this in their drop glue, too.
    #[inline(never)]
    fn drop(&mut self) {
        if self.channel.senders.remove() {
            self.channel.core().close();
        }
    }
}

impl<T> std::fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

introspection!(Sender, tx);
