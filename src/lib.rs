//! Go's concurrency toolbox for Rust: channels that plain threads and tasks on any async executor
//! share, on the same handles, at the same time.
//!
//! A towpath runs beside a channel, and whoever walks it, thread or task, hauls the same barge.
//!
//! ```
//! let (tx, rx) = towpath::bounded(16);
//!
//! // A thread at one end ...
//! let thread = std::thread::spawn(move || {
//!     for i in 0..100 {
//!         tx.send(i).unwrap();
//!     }
//! });
//!
//! // ... and a task at the other, on whatever executor there is.
//! let sum: i32 = pollster::block_on(async move {
//!     let mut sum = 0;
//!     while let Ok(i) = rx.recv_async().await {
//!         sum += i;
//!     }
//!     sum
//! });
//! thread.join().unwrap();
//! assert_eq!(sum, 4950);
//! ```
//!
//! # Names
//!
//! One grid for everything:
//!
//! | form | meaning |
//! |---|---|
//! | `op(..)` | blocks the thread |
//! | `try_op(..)` | never waits |
//! | `op_timeout(.., Duration)`, `op_deadline(.., Instant)` | blocks, bounded |
//! | `op_async(..)` | the operation as a value: `.await` it, or [`wait`](Wait::wait) for it |
//!
//! Start with [`bounded`], [`unbounded`] or [`oneshot()`]; [`channel`] tells how they behave.

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the door itself"
)]
#[macro_use]
mod sys;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the place that wakes"
)]
mod wait;

pub mod channel;
#[doc(hidden)]
pub mod queue;
mod select;
pub mod sync;
pub mod time;

pub use channel::{
    Closed, Drain, IntoIter, Iter, OneshotReceiver, OneshotSender, Receiver, RecvError, RecvFut,
    RecvManyFut, RecvStream, RecvTimeoutError, SendError, SendFut, SendManyFut, SendSink,
    SendTimeoutError, Sender, TryIter, TryRecvError, TrySendError, WeakReceiver, WeakSender,
    bounded, oneshot, unbounded,
};
#[doc(hidden)]
pub use select::internal as __select;
pub use select::{
    ReadyFut, ReadyTimeoutError, Select, SelectFut, SelectTimeoutError, SelectedOperation,
    TryReadyError, TrySelectError,
};
pub use time::{after, at, never, tick};
#[doc(hidden)]
pub use wait::{Node, Signal, Waiter};
pub use wait::{Operation, Wait};

/// The examples in the README and the guide, as tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/guide.md")]
    struct Guide;
}
