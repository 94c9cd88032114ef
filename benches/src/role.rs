//! What a peer has to be able to do. One small impl per handle and world; nothing else differs
//! between the peers.
//!
//! The asynchronous methods return the peer's own future as it is, so that awaiting one of them
//! moves and polls exactly what a user's `tx.send(message).await` would: an `async fn` around it
//! would add a state machine and one more move of the message.

/// A handle that one thread or task holds.
pub trait Handle: Send + Sized + 'static {
    /// A second handle to the same end of the channel, or `None` if the end cannot be shared.
    fn another(&self) -> Option<Self> {
        None
    }
}

/// What a send says. An error means that nobody can receive, which in a run means that the channel
/// is broken.
pub trait Sent {
    fn delivered(self);
}

impl<T, E> Sent for Result<T, E> {
    #[inline]
    #[track_caller]
    fn delivered(self) {
        if self.is_err() {
            panic!("the channel disconnected while its other end was alive");
        }
    }
}

/// What a receive says; no message once disconnected.
pub trait Received<T> {
    fn message(self) -> Option<T>;
    /// The message where it is: taking it out would be a copy more, and of ours.
    fn as_message(&self) -> Option<&T>;
}

impl<T, E> Received<T> for Result<T, E> {
    #[inline]
    fn message(self) -> Option<T> {
        self.ok()
    }

    #[inline]
    fn as_message(&self) -> Option<&T> {
        self.as_ref().ok()
    }
}

impl<T> Received<T> for Option<T> {
    #[inline]
    fn message(self) -> Option<T> {
        self
    }

    #[inline]
    fn as_message(&self) -> Option<&T> {
        self.as_ref()
    }
}

// The methods are not called `send` and `recv`: they would hide the ones they are made of.

pub trait BlockingSender<T>: Handle {
    /// Sends, and blocks the thread while there is no room.
    fn put(&mut self, message: T) -> impl Sent;
}

pub trait BlockingReceiver<T>: Handle {
    /// Receives, and blocks the thread while there is nothing.
    fn take(&mut self) -> impl Received<T>;
}

pub trait AsyncSender<T>: Handle {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send;
}

pub trait AsyncReceiver<T>: Handle {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send;
}

// Batches. A receiver waits for the first message and takes what else is there, up to `limit`
// where the library has a limit; an empty buffer afterwards means disconnected.

pub trait BlockingBatchSender<T>: Handle {
    fn put_many(&mut self, messages: impl Iterator<Item = T>) -> impl Sent;
}

pub trait BlockingBatchReceiver<T>: Handle {
    fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize);
}

pub trait AsyncBatchSender<T>: Handle {
    fn put_many_async(
        &mut self,
        messages: impl Iterator<Item = T> + Send,
    ) -> impl Future<Output = impl Sent> + Send;
}

pub trait AsyncBatchReceiver<T>: Handle {
    fn take_many_async<'a>(
        &'a mut self,
        buffer: &'a mut Vec<T>,
        limit: usize,
    ) -> impl Future + Send;
}

// Select, on threads. Each library loops the way its documentation does: what it can keep from one
// message to the next, it keeps. Tasks need no roles: `tokio::select!` works for every peer.

/// The channels of a select whose number is known when it is written.
pub const FOUR: usize = 4;

pub trait SelectReceiver<T>: Handle {
    /// Receives `n` messages from whichever of four channels has one.
    fn take_any(receivers: &[Self; FOUR], n: u64, each: impl FnMut(T));
}

pub trait SelectSender<T>: Handle {
    /// Sends each message to whichever of four channels has room.
    fn put_any(senders: &[Self; FOUR], messages: impl Iterator<Item = T>);
}

pub trait SelectMany<T>: Handle {
    /// Receives `n` messages from whichever of many channels has one.
    fn take_of_many(receivers: &[Self], n: u64, each: impl FnMut(T));
}

/// How many messages a channel holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    Bounded(usize),
    Unbounded,
}

impl Capacity {
    /// The bound, if there is one of at least `least`: for channels with a separate bounded type.
    pub fn bound(self, least: usize) -> Option<usize> {
        match self {
            Capacity::Bounded(bound) if bound >= least => Some(bound),
            _ => None,
        }
    }

    /// The channel that `open` makes, if no bound is asked for.
    pub fn unbounded<C>(self, open: impl FnOnce() -> C) -> Option<C> {
        (self == Capacity::Unbounded).then(open)
    }
}

impl std::fmt::Display for Capacity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Capacity::Bounded(bound) => write!(f, "cap{bound}"),
            Capacity::Unbounded => f.write_str("unbounded"),
        }
    }
}

/// How a peer opens a channel; `None` if it has none of that capacity.
pub trait Open<Tx, Rx>: Fn(Capacity) -> Option<(Tx, Rx)> + Copy + Send + Sync + 'static {}

impl<Tx, Rx, F> Open<Tx, Rx> for F where
    F: Fn(Capacity) -> Option<(Tx, Rx)> + Copy + Send + Sync + 'static
{
}
