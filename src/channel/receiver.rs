//! The receiving handle.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll};

use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::iter::{Drain, IntoIter, Iter, TryIter};
use super::ops::{Link, RecvFut, RecvManyFut, RecvOp};
use super::shared::Channel;
use super::slot::Slot;
use super::stream::{Poller, RecvStream};
use super::weak::WeakReceiver;
use crate::queue::Refusal;
use crate::sys::{Backoff, Duration, Instant};
use crate::wait::{Patience, Wait};

/// The receiving side of a channel, for threads and tasks alike.
///
/// Handles are cheap to clone, and one handle may be used from many threads at once; each message
/// goes to one receiver. When the last handle goes, what is buffered is dropped, and senders are told
/// that the channel is disconnected.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(8);
/// std::thread::spawn(move || tx.send_many(0..3).unwrap());
/// assert_eq!(rx.into_iter().sum::<i32>(), 3);
/// ```
#[doc(alias = "chan")]
pub struct Receiver<T> {
    channel: Channel<T>,
    /// What `poll_recv` waits with.
    poller: Poller<T>,
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    /// The handle that a new channel counts already.
    pub(crate) fn first(channel: Channel<T>) -> Self {
        Self {
            channel,
            poller: Poller::new(),
        }
    }

    pub(crate) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    /// Receives a message if that is possible without waiting.
    ///
    /// With capacity 0 it is possible if a sender waits. It takes a bounded number of steps: if the
    /// sender of a ring's next message was preempted while it wrote it, the channel counts as empty.
    ///
    /// A sender that waits in a select evaluates its message once it was chosen. With capacities 0 to 2
    /// this waits for such a message, for half a millisecond at most; a larger channel counts as empty.
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
    /// let (tx, rx) = towpath::bounded(1);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let landing = Slot::empty();
        match self.channel.recv_into(&landing, Patience::Block) {
            Ok(()) => Ok(landing.take()),
            Err(Refusal::Blocked) => Err(TryRecvError::Empty),
            Err(Refusal::Closed) => Err(TryRecvError::Disconnected),
            Err(_) => self.try_recv_slow(),
        }
    }

    #[cold]
    #[inline(never)]
    fn try_recv_slow(&self) -> Result<T, TryRecvError> {
        match attempt_soon(|| self.channel.recv_now(Patience::Block)) {
            Err(Refusal::Promised) => self.recv_async().wait_promised().map_err(out_of_time),
            outcome => outcome.map_err(refused),
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
    /// let (tx, rx) = towpath::bounded(0);
    /// std::thread::spawn(move || tx.send(5).unwrap());
    /// assert_eq!(rx.recv(), Ok(5));
    /// assert!(rx.recv().is_err());
    /// ```
    #[doc(alias = "<-")]
    #[inline]
    pub fn recv(&self) -> Result<T, RecvError> {
        let landing = Slot::empty();
        match self.channel.recv_into(&landing, Patience::Block) {
            Ok(()) => Ok(landing.take()),
            Err(Refusal::Closed) => Err(RecvError),
            Err(_) => self.recv_slow(),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn recv_slow(&self) -> Result<T, RecvError> {
        self.recv_async().wait()
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
    /// let (tx, rx) = towpath::bounded::<i32>(1);
    /// let limit = Duration::from_millis(1);
    /// assert_eq!(rx.recv_timeout(limit), Err(RecvTimeoutError::Timeout));
    /// drop(tx);
    /// assert_eq!(rx.recv_timeout(limit), Err(RecvTimeoutError::Disconnected));
    /// ```
    pub fn recv_timeout(&self, limit: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_async().wait_timeout(limit)
    }

    /// Receives a message, blocking the thread until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Receiver::recv_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send(1).unwrap();
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert_eq!(rx.recv_deadline(deadline), Ok(1));
    /// assert!(rx.recv_deadline(deadline).is_err());
    /// ```
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_async().wait_deadline(deadline)
    }

    /// The receive as a value: `.await` it, or wait for it with one of its methods.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done no message is lost; see [`RecvFut`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// std::thread::spawn(move || tx.send(1).unwrap());
    /// pollster::block_on(async {
    ///     assert_eq!(rx.recv_async().await, Ok(1));
    /// });
    /// ```
    #[inline]
    pub fn recv_async(&self) -> RecvFut<'_, T> {
        Wait::new(RecvOp::one(Link::Borrowed(&self.channel)))
    }

    /// As [`recv_async`](Receiver::recv_async), owning the handle, so that it can be spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send(1).unwrap();
    /// let task: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(rx.into_recv_async());
    /// assert_eq!(pollster::block_on(task), Ok(1));
    /// ```
    pub fn into_recv_async<'a>(self) -> RecvFut<'a, T>
    where
        T: 'a,
    {
        Wait::new(RecvOp::one(Link::owned(self.out_of_line())))
    }

    /// Waits for a message, then adds what is there to `out`, `limit` messages at most, and says how
    /// many. They are taken with one claim.
    ///
    /// It may add fewer than there are. With a limit of 0 it adds nothing and does not wait.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(16);
    /// tx.send_many(0..10).unwrap();
    /// let mut messages = Vec::new();
    /// assert_eq!(rx.recv_many(&mut messages, 4), Ok(4));
    /// assert_eq!(messages, [0, 1, 2, 3]);
    /// ```
    pub fn recv_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        self.recv_many_async(out, limit).wait()
    }

    /// [`recv_many`](Receiver::recv_many) as a value.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, nothing was added to `out`, and no message is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::unbounded();
    /// tx.send_many([1, 2]).unwrap();
    /// let mut messages = Vec::new();
    /// pollster::block_on(rx.recv_many_async(&mut messages, 8)).unwrap();
    /// assert_eq!(messages, [1, 2]);
    /// ```
    pub fn recv_many_async<'a>(&'a self, out: &'a mut Vec<T>, limit: usize) -> RecvManyFut<'a, T> {
        Wait::new(RecvOp::many(Link::Borrowed(&self.channel), out, limit))
    }

    /// [`recv_many`](Receiver::recv_many) without waiting.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`], or [`TryRecvError::Disconnected`] once the channel is drained.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(4);
    /// let mut messages = Vec::new();
    /// assert!(rx.try_recv_many(&mut messages, 4).is_err());
    /// tx.send_many([1, 2]).unwrap();
    /// assert_eq!(rx.try_recv_many(&mut messages, 4), Ok(2));
    /// ```
    pub fn try_recv_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, TryRecvError> {
        if limit == 0 {
            return Ok(0);
        }
        let core = self.channel.core();
        match attempt_soon(|| core.recv_many_now(out, limit, Patience::Block)) {
            Err(Refusal::Promised) => {
                let received = self.recv_many_async(out, limit).wait_promised();
                received.map_err(out_of_time)
            }
            outcome => outcome.map_err(refused),
        }
    }

    /// An iterator over messages that ends when the channel is drained and disconnected. Its `next`
    /// blocks the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    #[doc(alias = "range")]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// An iterator over messages that ends when there is none. It never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Takes out all messages that are there now.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// let drained = rx.drain();
    /// assert_eq!(drained.len(), 2);
    /// assert_eq!(drained.collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn drain(&self) -> Drain<'_, T> {
        Drain::new(self)
    }

    /// A stream of messages that ends when the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::StreamExt;
    ///
    /// let (tx, rx) = towpath::bounded(4);
    /// tx.send_many([1, 2]).unwrap();
    /// drop(tx);
    /// assert_eq!(pollster::block_on(rx.stream().collect::<Vec<_>>()), [1, 2]);
    /// ```
    pub fn stream(&self) -> RecvStream<'_, T> {
        RecvStream::borrowed(&self.channel)
    }

    /// A stream that owns this handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::StreamExt;
    ///
    /// let (tx, rx) = towpath::bounded(4);
    /// tx.send(1).unwrap();
    /// let mut stream = rx.into_stream();
    /// assert_eq!(pollster::block_on(stream.next()), Some(1));
    /// ```
    pub fn into_stream<'a>(self) -> RecvStream<'a, T>
    where
        T: 'a,
    {
        RecvStream::owned(self.out_of_line())
    }

    /// Polls for a message, to build futures by hand. While it is pending, the handle has a place in
    /// line, and what comes there waits for the next `poll_recv`; other receives through the same
    /// handle stand behind it. It gives the place up when it is converted or dropped.
    ///
    /// The first time it is pending it allocates that place, once per handle.
    ///
    /// # Errors
    ///
    /// [`RecvError`] once the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = towpath::bounded(1);
    /// tx.send(1).unwrap();
    /// let received = pollster::block_on(std::future::poll_fn(|cx| rx.poll_recv(cx)));
    /// assert_eq!(received, Ok(1));
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        self.poller.poll(&self.channel, cx)
    }

    /// The handle without the place in line that `poll_recv` may have left: what comes next would
    /// wait behind it for ever.
    fn out_of_line(mut self) -> Self {
        self.poller.cancel();
        self
    }

    /// A handle that does not keep the channel connected.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let weak = rx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(rx);
    /// assert!(weak.upgrade().is_none());
    /// assert!(tx.send(1).is_err());
    /// ```
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver::new(self.channel.clone())
    }

    /// True if both handles belong to the same channel. All [`never`](crate::never()) channels are the
    /// same.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = towpath::bounded::<i32>(1);
    /// assert!(rx.same_channel(&rx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        let never = |receiver: &Self| receiver.channel.core().is_never();
        self.channel.is(&other.channel) || (never(self) && never(other))
    }
}

/// Attempts to receive, giving a peer in mid-claim a moment, and a chance to run.
fn attempt_soon<R>(mut attempt: impl FnMut() -> Result<R, Refusal>) -> Result<R, Refusal> {
    let mut backoff = Backoff::new();
    loop {
        match attempt() {
            Err(Refusal::Lagging) if backoff.linger() => {}
            outcome => return outcome,
        }
    }
}

fn refused(refusal: Refusal) -> TryRecvError {
    match refusal {
        Refusal::Closed => TryRecvError::Disconnected,
        _ => TryRecvError::Empty,
    }
}

/// A promised message did not come soon.
fn out_of_time(error: RecvTimeoutError) -> TryRecvError {
    match error {
        RecvTimeoutError::Timeout => TryRecvError::Empty,
        RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
    }
}

impl<T> AsRef<Channel<T>> for Receiver<T> {
    #[inline(always)]
    fn as_ref(&self) -> &Channel<T> {
        &self.channel
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.channel.receivers.add();
        Self::first(self.channel.clone())
    }
}

impl<T> Drop for Receiver<T> {
    // Not inlined: operations that only borrow a handle have this in their drop glue, too.
    #[inline(never)]
    fn drop(&mut self) {
        // Also if the drop of the waker that is in line panics.
        let _leaves = Leaves(&self.channel);
        // First out of line: what it was handed goes to others while there are any.
        self.poller.cancel();
    }
}

/// A receiver leaves its channel.
struct Leaves<'a, T>(&'a Channel<T>);

impl<T> Drop for Leaves<'_, T> {
    fn drop(&mut self) {
        if self.0.receivers.remove() {
            self.0.end_receiving();
        }
    }
}

impl<T> std::fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self.out_of_line())
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

introspection!(Receiver, rx);
