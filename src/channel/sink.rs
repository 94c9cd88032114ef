//! Sending by poll: a sink.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::error::SendError;
use super::ops::{One, SendOp};
use super::sender::Sender;
use super::shared::Channel;
use crate::queue::Refusal;
use crate::wait::{Patience, Wait};

type BoxedSend<T> = Wait<SendOp<T, Channel<T>, One>>;

/// A sink of messages; see [`Sender::sink`] and [`Sender::into_sink`].
///
/// An item for which there is room is sent at once, unless another thread is halfway through an operation
/// there. One item at a time waits in the sink, and is sent by its flush: only a flush makes sure. Closing the
/// sink flushes it; the channel ends with its last sender, as always.
///
/// It allocates its place in line the first time it is pending, once.
///
/// # Cancel safety
///
/// If the sink is dropped, the item that waits in it is either sent or dropped, once.
///
/// While a flush is pending the sink, not the future that polled it, has the place in line, and room that it is told of
/// waits for its next poll: drop a sink that is not polled any more, or others may wait beside free room.
///
/// # Examples
///
/// ```
/// use futures::SinkExt;
///
/// let (tx, rx) = towpath::bounded(4);
/// pollster::block_on(async {
///     let mut sink = tx.into_sink();
///     sink.feed(1).await.unwrap();
///     sink.send(2).await.unwrap();
/// });
/// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2]);
/// ```
#[must_use = "a sink does nothing unless something is sent into it"]
pub struct SendSink<'a, T> {
    // Before the handle: it leaves the line while there still is a sender.
    wait: Option<Pin<Box<BoxedSend<T>>>>,
    to: To<'a, T>,
}

enum To<'a, T> {
    Borrowed(&'a Channel<T>),
    Owned(Sender<T>),
}

impl<'a, T> SendSink<'a, T> {
    pub(crate) fn borrowed(channel: &'a Channel<T>) -> Self {
        Self::new(To::Borrowed(channel))
    }

    fn new(to: To<'a, T>) -> Self {
        Self { wait: None, to }
    }

    fn channel(&self) -> &Channel<T> {
        match &self.to {
            To::Borrowed(channel) => channel,
            To::Owned(sender) => sender.channel(),
        }
    }

    /// Keeps `message` until it is flushed.
    #[cold]
    fn keep(&mut self, message: T) {
        let channel = self.channel().clone();
        let fresh = Wait::new(SendOp::one(channel, message));
        match &mut self.wait {
            Some(wait) => wait.set(fresh),
            none => *none = Some(Box::pin(fresh)),
        }
    }

    /// Asks the wait: a poll of it may end by a panic of the waker, with the wait done or not.
    fn is_waiting(&self) -> bool {
        self.wait.as_ref().is_some_and(|wait| !wait.is_done())
    }

    fn poll_flush_kept(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        match &mut self.wait {
            Some(wait) if !wait.is_done() => wait.as_mut().poll(cx),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl<T> SendSink<'_, T> {
    pub(crate) fn owned(sender: Sender<T>) -> Self {
        Self::new(To::Owned(sender))
    }
}

// The message that waits is in a box; nothing in the sink itself is pinned.
impl<T> Unpin for SendSink<'_, T> {}

impl<T> Sink<T> for SendSink<'_, T> {
    type Error = SendError<T>;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.get_mut().poll_flush_kept(cx)
    }

    /// # Panics
    ///
    /// Panics if an item still waits: call `poll_ready` first.
    fn start_send(self: Pin<&mut Self>, item: T) -> Result<(), SendError<T>> {
        let this = self.get_mut();
        assert!(
            !this.is_waiting(),
            "`start_send` was called before `poll_ready` was ready"
        );
        match this.channel().send_now(item, Patience::Poll) {
            Ok(()) => Ok(()),
            Err((Refusal::Closed, item)) => Err(SendError(item)),
            Err((_, item)) => {
                this.keep(item);
                Ok(())
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.get_mut().poll_flush_kept(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.get_mut().poll_flush_kept(cx)
    }
}

impl<T> std::fmt::Debug for SendSink<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SendSink")
            .field("waiting", &self.is_waiting())
            .finish_non_exhaustive()
    }
}
