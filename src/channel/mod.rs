//! Channels: any number of threads and tasks send, any number receive, on the same handles.
//!
//! | constructor       | holds      | a send waits                        |
//! |-------------------|------------|-------------------------------------|
//! | [`bounded(n)`]    | n messages | while it is full                    |
//! | [`bounded(0)`]    | nothing    | until a receiver takes the message  |
//! | [`unbounded()`]   | any number | never                               |
//! | [`oneshot()`]     | one        | never; one sender, one receiver     |
//!
//! Messages arrive first in, first out. Each is received by one receiver. Whoever waits, thread or
//! task, waits in one line per side, in order; a message sent while somebody waits wakes the first.
//!
//! # The end of a channel
//!
//! A channel is *disconnected* when the last handle of either side is gone, or when
//! [`Sender::close`] or [`Receiver::close`] was called. Sends then fail and give the message back.
//! Receivers drain what was accepted, then fail. When the last receiver goes, what is buffered is
//! dropped at once.
//!
//! # Which are lock-free
//!
//! Capacities 0, 1 and 2 share one small lock, held for a few instructions: messages go straight from
//! a waiting sender to a waiting receiver under it. Every operation on them but a `poll`, `try_` ones
//! too, waits for its holder.
//!
//! From capacity 3 there is a lock-free ring, and the unbounded channel is a lock-free list of blocks
//! whose receivers take turns. On both, `try_` calls return after a bounded number of pauses, yields
//! and short naps (20 milliseconds in all), even if a peer was preempted in the middle of its
//! own operation: a channel whose next place belongs to such a peer for all that time reports itself
//! empty, or full. (In a ring that is a sender
//! which writes the next message, or a receiver which frees the next place; in the unbounded list a
//! receiver which is taking one, or a sender behind which nothing is complete.) Bounded calls and futures
//! whose time is out let such a peer go on as well.
//!
//! A `poll` never sleeps (but the `default` arm of a select is a `try_` call, in a task, too). It may pause
//! for some microseconds where that spares more than it takes: two in a stream of messages to or from another
//! thread, and before it falls asleep two if tasks of its side were woken from other threads before; with capacities
//! 0, 1 and 2 up to eight if a thread was last to wait on the other side, and up to ninety while another worker of an
//! executor does nothing but operate the channel. What was in vain gets rare.
//!
//! # Cancelling
//!
//! Dropping a pending future takes it out of line, for which it may wait for a short lock. A future
//! that is neither polled nor dropped keeps its place, and what came to it.
//!
//! With capacities 0, 1 and 2 a message may have been handed to a future that is dropped before it
//! returned it. It then goes to the next receive. Until somebody takes it, it counts in `len` beside
//! the capacity, and a receive that was told the channel is disconnected may be followed by one that
//! still gets it.
//!
//! A waker that panics when it is woken is reported by the panic hook, and otherwise ignored: it was some
//! other operation that woke it. One that panics when it is cloned or dropped panics in its own poll.
//!
//! [`bounded(n)`]: bounded
//! [`bounded(0)`]: bounded
//! [`unbounded()`]: unbounded
//! [`oneshot()`]: oneshot()

#[macro_use]
mod introspection;

mod buffered;
mod closed;
mod core;
mod error;
mod glance;
mod hand_off;
mod iter;
mod linger;
pub mod oneshot;
mod ops;
mod receiver;
mod sender;
mod shared;
mod sink;
mod slot;
mod stream;
mod tries;
pub mod unique;
mod weak;

pub use closed::Closed;
#[doc(hidden)]
pub use closed::ClosedOp;
pub use error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use iter::{Drain, IntoIter, Iter, TryIter};
pub use oneshot::{OneshotReceiver, OneshotSender, oneshot};
#[doc(hidden)]
pub use ops::{
    ByValue, Destination, Disconnected, IntoVec, Link, Many, Messages, One, ReadyOp, RecvOp,
    Reservation, ReserveOp, SendOp,
};
pub use ops::{RecvFut, RecvManyFut, SendFut, SendManyFut};
pub use receiver::Receiver;
pub use sender::Sender;
pub use sink::SendSink;
pub use stream::RecvStream;
pub use weak::{WeakReceiver, WeakSender};

pub(crate) use core::{Claim, Core, Side};
pub(crate) use glance::Glance;
pub(crate) use hand_off::Reserved;
use shared::Channel;
pub(crate) use shared::Custom;
pub(crate) use slot::Slot;

/// Creates a channel that holds at most `capacity` messages.
///
/// With capacity 0 it holds none: a send is done only when a receiver owns the message.
///
/// Memory for the messages is reserved at once, but a large capacity costs no resident pages until
/// it is used.
///
/// # Panics
///
/// Panics with "capacity overflow" if that many messages do not fit in the address space.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(2);
/// std::thread::spawn(move || tx.send("from a thread").unwrap());
/// let received = pollster::block_on(rx.recv_async());
/// assert_eq!(received, Ok("from a thread"));
/// ```
#[doc(alias = "make(chan T, n)")]
#[doc(alias = "sync_channel")]
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    handles(Channel::bounded(capacity))
}

/// Creates a channel that holds any number of messages.
///
/// Memory comes in blocks of up to 64 messages and goes back as they are received; a drained channel
/// keeps at most one spare block. The first block is allocated by the first send.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::unbounded();
/// for i in 0..1000 {
///     tx.send(i).unwrap();
/// }
/// assert_eq!(rx.try_iter().sum::<i32>(), 499_500);
/// ```
#[doc(alias = "channel")]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    handles(Channel::unbounded())
}

/// A channel of another kind: its receiver. It has no senders.
pub(crate) fn custom<T>(core: Custom<T>) -> Receiver<T> {
    Receiver::first(Channel::custom(core))
}

fn handles<T>(channel: Channel<T>) -> (Sender<T>, Receiver<T>) {
    (Sender::first(channel.clone()), Receiver::first(channel))
}
