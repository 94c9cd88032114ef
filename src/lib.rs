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
//! # What there is
//!
//! | | |
//! |---|---|
//! | [`bounded`], [`unbounded`], [`oneshot()`] | channels; [`channel`] tells how they behave |
//! | [`unique::bounded`], [`unique::unbounded`] | the same with one receiver, and one sender if bounded, faster |
//! | [`select!`], [`select_biased!`] | the first of several operations, on a thread |
//! | [`select_async!`], [`select_biased_async!`] | the same in an async function |
//! | [`Select`] | the same for channels that are known at run time |
//! | [`after`], [`at`], [`tick`], [`never()`] | instants as receivers |
//! | [`time`] | sleeps, timeouts, timers, tickers, and a clock for tests |
//! | [`sync`] | locks, semaphores, what is done once, wait groups, barriers, notifications |
//!
//! A select waits for whatever can be waited for, from threads and from tasks:
//!
//! ```
//! use std::time::Duration;
//! use towpath::{after, bounded, select, select_async};
//!
//! let (jobs, todo) = bounded(0);
//! let (quit, stop) = bounded::<()>(1);
//! let worker = std::thread::spawn(move || {
//!     let mut sum = 0;
//!     loop {
//!         select! {
//!             recv(todo) -> job => sum += job.unwrap_or(0),
//!             recv(stop) -> _ => break sum, // closed
//!             default(Duration::from_secs(60)) => panic!("nobody there"),
//!         }
//!     }
//! });
//! pollster::block_on(async {
//!     let deadline = after(Duration::from_secs(60));
//!     for job in 1..=3 {
//!         select_async! {
//!             send(jobs, job) -> sent => sent.unwrap(),
//!             recv(deadline) -> _ => panic!("nobody there"),
//!         }
//!     }
//!     quit.close();
//! });
//! assert_eq!(worker.join().unwrap(), 6);
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
//! | `op_async(..)` | the operation as a value: `.await` it, [`wait`](Wait::wait) for it, or put it in a select |
//! | [`.timeout(d)`](Wait::timeout), [`.deadline(t)`](Wait::deadline) on that value | bounded, for tasks and threads alike; a send gives its message back |

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
    unique::{self, UniqueReceiver, UniqueSender},
};
#[doc(hidden)]
pub use select::internal as __select;
pub use select::{
    ReadyFut, ReadyTimeoutError, Select, SelectFut, SelectTimeoutError, SelectedOperation,
    TryReadyError, TrySelectError,
};
pub use time::{after, at, never, tick};
pub use wait::{Operation, Wait};

/// The examples in the documents, as tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/guide.md")]
    struct Guide;
    #[doc = include_str!("../docs/time.md")]
    struct Time;
}
