//! Receiving by poll: streams, and [`Receiver::poll_recv`].

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};

use super::error::RecvError;
use super::ops::{ByValue, RecvOp};
use super::receiver::Receiver;
use super::shared::Channel;
use crate::queue::Refusal;
use crate::wait::{Patience, Wait};

type BoxedRecv<T> = Wait<RecvOp<T, Channel<T>, ByValue>>;

/// A place in line that can be moved: the wait is boxed when it is first needed, and used again.
pub(crate) struct Poller<T> {
    wait: Option<Pin<Box<BoxedRecv<T>>>>,
}

impl<T> Poller<T> {
    pub(crate) fn new() -> Self {
        Self { wait: None }
    }

    /// Asks the wait: a poll of it may end by a panic of the waker, with the wait done or not.
    fn is_waiting(&self) -> bool {
        self.wait.as_ref().is_some_and(|wait| !wait.is_done())
    }

    pub(crate) fn poll(
        &mut self,
        channel: &Channel<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        if !self.is_waiting() {
            match channel.recv_now(Patience::Poll) {
                Ok(message) => return Poll::Ready(Ok(message)),
                Err(Refusal::Closed) => return Poll::Ready(Err(RecvError)),
                Err(_) => {}
            }
        }
        self.poll_wait(channel, cx)
    }

    #[cold]
    fn poll_wait(
        &mut self,
        channel: &Channel<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        let fresh = || Wait::new(RecvOp::one(channel.clone()));
        let wait = match &mut self.wait {
            Some(wait) => {
                if wait.is_done() {
                    wait.set(fresh());
                }
                wait
            }
            none => none.insert(Box::pin(fresh())),
        };
        wait.as_mut().poll(cx)
    }

    /// Gives up the place in line.
    pub(crate) fn cancel(&mut self) {
        self.wait = None;
    }
}

/// A stream of messages; see [`Receiver::stream`] and [`Receiver::into_stream`].
///
/// It allocates its place in line the first time it is pending, once.
///
/// # Cancel safety
///
/// Dropping the stream, or a future of its next item, loses no message.
///
/// While it is pending the stream, not the future of its next item, has the place in line, and a message that comes there
/// waits for its next poll: drop a stream that is not polled any more, or other receivers wait beside it.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
///
/// let (tx, rx) = towpath::unbounded();
/// tx.send_many(1..=3).unwrap();
/// drop(tx);
/// let sum = pollster::block_on(rx.into_stream().fold(0, |sum, i| async move { sum + i }));
/// assert_eq!(sum, 6);
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct RecvStream<'a, T> {
    // Before the handle: it leaves the line while there still is a receiver.
    poller: Poller<T>,
    from: From<'a, T>,
    ended: bool,
}

enum From<'a, T> {
    Borrowed(&'a Channel<T>),
    Owned(Receiver<T>),
}

impl<'a, T> RecvStream<'a, T> {
    pub(crate) fn borrowed(channel: &'a Channel<T>) -> Self {
        Self::new(From::Borrowed(channel))
    }

    fn new(from: From<'a, T>) -> Self {
        Self {
            poller: Poller::new(),
            from,
            ended: false,
        }
    }
}

impl<T> RecvStream<'_, T> {
    pub(crate) fn owned(receiver: Receiver<T>) -> Self {
        Self::new(From::Owned(receiver))
    }
}

impl<T> Stream for RecvStream<'_, T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let channel = match &this.from {
            From::Borrowed(channel) => channel,
            From::Owned(receiver) => receiver.channel(),
        };
        let item = ready!(this.poller.poll(channel, cx)).ok();
        this.ended = item.is_none();
        Poll::Ready(item)
    }
}

impl<T> FusedStream for RecvStream<'_, T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T> std::fmt::Debug for RecvStream<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecvStream")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
