//! The receiving handle, of which there is one.

use std::task::{Context, Poll};

use super::unique_introspection;
use crate::channel::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::channel::iter::{Drain, IntoIter, Iter, TryIter};
use crate::channel::ops::{RecvFut, RecvManyFut};
use crate::channel::receiver::Receiver;
use crate::channel::slot::Slot;
use crate::channel::stream::RecvStream;
use crate::queue::Refusal;
use crate::sys::{Duration, Instant};

/// The receiving side of a channel that has one of it, for threads and tasks alike.
///
/// See the [module](super) for what it is good for. When it goes, what is buffered is dropped, and senders are
/// told that the channel is disconnected.
///
/// # Examples
///
/// ```
/// let (mut tx, rx) = towpath::unique::bounded(8);
/// std::thread::spawn(move || tx.send_many(0..3).unwrap());
/// assert_eq!(rx.into_iter().sum::<i32>(), 3);
/// ```
#[doc(alias = "Consumer")]
pub struct UniqueReceiver<T>(Receiver<T>);

impl<T> UniqueReceiver<T> {
    /// Of a channel that has no other.
    pub(super) fn new(receiver: Receiver<T>) -> Self {
        Self(receiver)
    }

    /// Receives a message if that is possible without waiting.
    ///
    /// With capacity 0 it is possible if the sender waits.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`], or [`TryRecvError::Disconnected`] once the channel is drained.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::TryRecvError;
    ///
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let landing = Slot::empty();
        match self.0.channel().recv_unique(&landing) {
            Ok(()) => Ok(landing.take()),
            Err(Refusal::Closed) => Err(TryRecvError::Disconnected),
            Err(Refusal::Blocked) => Err(TryRecvError::Empty),
            Err(_) => self.0.try_recv(),
        }
    }

    /// Receives a message, blocking the thread while there is none.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// std::thread::spawn(move || tx.send(5).unwrap());
    /// assert_eq!(rx.recv(), Ok(5));
    /// assert!(rx.recv().is_err());
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Result<T, RecvError> {
        let landing = Slot::empty();
        match self.0.channel().recv_unique(&landing) {
            Ok(()) => Ok(landing.take()),
            Err(Refusal::Closed) => Err(RecvError),
            Err(_) => self.0.recv_slow(),
        }
    }

    /// Receives a message, blocking the thread for at most `limit`.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`], or [`RecvTimeoutError::Disconnected`] once the channel is
    /// drained.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::RecvTimeoutError;
    ///
    /// let (tx, mut rx) = towpath::unique::bounded::<i32>(1);
    /// let limit = Duration::from_millis(1);
    /// assert_eq!(rx.recv_timeout(limit), Err(RecvTimeoutError::Timeout));
    /// drop(tx);
    /// assert_eq!(rx.recv_timeout(limit), Err(RecvTimeoutError::Disconnected));
    /// ```
    pub fn recv_timeout(&mut self, limit: Duration) -> Result<T, RecvTimeoutError> {
        self.0.recv_timeout(limit)
    }

    /// Receives a message, blocking the thread until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](UniqueReceiver::recv_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// tx.send(1).unwrap();
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert_eq!(rx.recv_deadline(deadline), Ok(1));
    /// assert!(rx.recv_deadline(deadline).is_err());
    /// ```
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.0.recv_deadline(deadline)
    }

    /// The receive as a value: `.await` it, or wait for it with one of its methods. The handle is borrowed
    /// until it is gone.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done no message is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// std::thread::spawn(move || tx.send(1).unwrap());
    /// pollster::block_on(async {
    ///     assert_eq!(rx.recv_async().await, Ok(1));
    /// });
    /// ```
    #[inline]
    pub fn recv_async(&mut self) -> RecvFut<'_, T> {
        self.0.recv_async()
    }

    /// As [`recv_async`](UniqueReceiver::recv_async), owning the handle, so that it can be spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, rx) = towpath::unique::bounded(1);
    /// tx.send(1).unwrap();
    /// assert_eq!(pollster::block_on(rx.into_recv_async()), Ok(1));
    /// ```
    pub fn into_recv_async<'a>(self) -> RecvFut<'a, T>
    where
        T: 'a,
    {
        self.0.into_recv_async()
    }

    /// Waits for a message, then adds what is there to `out`, `limit` messages at most, and says how
    /// many. They are taken in one step.
    ///
    /// With a limit of 0 it adds nothing and does not wait.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(16);
    /// tx.send_many(0..10).unwrap();
    /// let mut messages = Vec::new();
    /// assert_eq!(rx.recv_many(&mut messages, 4), Ok(4));
    /// assert_eq!(messages, [0, 1, 2, 3]);
    /// ```
    pub fn recv_many(&mut self, out: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        self.0.recv_many(out, limit)
    }

    /// [`recv_many`](UniqueReceiver::recv_many) as a value.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, nothing was added to `out`, and no message is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(2);
    /// tx.send_many([1, 2]).unwrap();
    /// let mut messages = Vec::new();
    /// pollster::block_on(rx.recv_many_async(&mut messages, 8)).unwrap();
    /// assert_eq!(messages, [1, 2]);
    /// ```
    pub fn recv_many_async<'a>(
        &'a mut self,
        out: &'a mut Vec<T>,
        limit: usize,
    ) -> RecvManyFut<'a, T> {
        self.0.recv_many_async(out, limit)
    }

    /// [`recv_many`](UniqueReceiver::recv_many) without waiting.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`], or [`TryRecvError::Disconnected`] once the channel is drained.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(4);
    /// let mut messages = Vec::new();
    /// assert!(rx.try_recv_many(&mut messages, 4).is_err());
    /// tx.send_many([1, 2]).unwrap();
    /// assert_eq!(rx.try_recv_many(&mut messages, 4), Ok(2));
    /// ```
    pub fn try_recv_many(&mut self, out: &mut Vec<T>, limit: usize) -> Result<usize, TryRecvError> {
        self.0.try_recv_many(out, limit)
    }

    /// An iterator over messages that ends when the channel is drained and disconnected. Its `next`
    /// blocks the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    #[doc(alias = "range")]
    pub fn iter(&mut self) -> Iter<'_, T> {
        self.0.iter()
    }

    /// An iterator over messages that ends when there is none. It never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        self.0.try_iter()
    }

    /// Takes out all messages that are there now.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// let drained = rx.drain();
    /// assert_eq!(drained.len(), 2);
    /// assert_eq!(drained.collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn drain(&mut self) -> Drain<'_, T> {
        self.0.drain()
    }

    /// A stream of messages that ends when the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::StreamExt;
    ///
    /// let (mut tx, mut rx) = towpath::unique::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// drop(tx);
    /// assert_eq!(pollster::block_on(rx.stream().collect::<Vec<_>>()), [1, 2]);
    /// ```
    pub fn stream(&mut self) -> RecvStream<'_, T> {
        self.0.stream()
    }

    /// A stream that owns this handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::StreamExt;
    ///
    /// let (mut tx, rx) = towpath::unique::bounded(4);
    /// tx.send(1).unwrap();
    /// let mut stream = rx.into_stream();
    /// assert_eq!(pollster::block_on(stream.next()), Some(1));
    /// ```
    pub fn into_stream<'a>(self) -> RecvStream<'a, T>
    where
        T: 'a,
    {
        self.0.into_stream()
    }

    /// Polls for a message, to build futures by hand. While it is pending, the handle has a place in
    /// line, and what comes there waits for the next `poll_recv`: do not receive in another way
    /// meanwhile.
    ///
    /// The first time it is pending it allocates that place, once.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = towpath::unique::bounded(1);
    /// tx.send(1).unwrap();
    /// let received = pollster::block_on(std::future::poll_fn(|cx| rx.poll_recv(cx)));
    /// assert_eq!(received, Ok(1));
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        self.0.poll_recv(cx)
    }
}

impl<T> IntoIterator for UniqueReceiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a mut UniqueReceiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

unique_introspection!(UniqueReceiver, rx);
