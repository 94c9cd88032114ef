//! What a peer has to be able to do. One small impl per handle and world; nothing else differs
//! between the peers.

/// What travels. The id proves on arrival that the message is the one that was sent.
pub trait Message: Send + Unpin + 'static {
    fn new(id: u64) -> Self;
    fn id(&self) -> u64;
}

impl Message for u64 {
    fn new(id: u64) -> Self {
        id
    }

    fn id(&self) -> u64 {
        *self
    }
}

/// A message of 256 bytes.
#[derive(Debug)]
pub struct Wide([u64; 32]);

impl Message for Wide {
    fn new(id: u64) -> Self {
        Wide([id; 32])
    }

    /// Reads both ends: a torn message has an id that was never sent.
    fn id(&self) -> u64 {
        self.0[0] / 2 + self.0[31].div_ceil(2)
    }
}

/// A handle that one thread or task holds.
pub trait Handle: Send + Sized + 'static {
    /// A second handle to the same end of the channel, or `None` if the end cannot be shared.
    fn another(&self) -> Option<Self> {
        None
    }
}

// The methods are not called `send` and `recv`: they would hide the ones they are made of.

pub trait BlockingSender<T>: Handle {
    /// Sends, and blocks the thread while there is no room. Panics if nobody can receive.
    fn put(&mut self, message: T);
}

pub trait BlockingReceiver<T>: Handle {
    /// Receives, and blocks the thread while there is nothing. `None` once disconnected.
    fn take(&mut self) -> Option<T>;
}

pub trait AsyncSender<T>: Handle {
    fn put_async(&mut self, message: T) -> impl Future<Output = ()> + Send;
}

pub trait AsyncReceiver<T>: Handle {
    fn take_async(&mut self) -> impl Future<Output = Option<T>> + Send;
}

// Batches. A receiver waits for the first message and takes what else is there; an empty buffer
// afterwards means disconnected.

pub trait BlockingBatchSender<T>: Handle {
    fn put_many(&mut self, messages: impl Iterator<Item = T>);
}

pub trait BlockingBatchReceiver<T>: Handle {
    fn take_many(&mut self, buffer: &mut Vec<T>);
}

pub trait AsyncBatchSender<T>: Handle {
    fn put_many_async(
        &mut self,
        messages: impl Iterator<Item = T> + Send,
    ) -> impl Future<Output = ()> + Send;
}

pub trait AsyncBatchReceiver<T>: Handle {
    fn take_many_async(&mut self, buffer: &mut Vec<T>) -> impl Future<Output = ()> + Send;
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
