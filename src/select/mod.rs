//! Select: whichever of several operations is possible first.
//!
//! The macros are at the crate root:
//!
//! | macro | if several are ready | where |
//! |---|---|---|
//! | [`select!`](crate::select!) | one at random | threads |
//! | [`select_biased!`](crate::select_biased!) | the first | threads |
//! | [`select_async!`](crate::select_async!) | one at random | async functions |
//! | [`select_biased_async!`](crate::select_biased_async!) | the first | async functions |
//!
//! [`Select`] does the same for a set of channels that is only known at run time.
//!
//! # Arms
//!
//! | arm | ready when | gives |
//! |---|---|---|
//! | `recv(rx) -> msg => ..` | there is a message, or `rx` is disconnected | `Result<T, RecvError>` |
//! | `send(tx, value) -> res => ..` | there is room or a receiver, or `tx` is disconnected | `Result<(), SendError<T>>` |
//! | `wait(op) -> out => ..` | the operation or future is done | its output |
//! | `default => ..` | nothing else is ready | |
//! | `default(timeout) => ..` | nothing else was for that long | |
//!
//! A `None` in place of a receiver or sender is never ready: Go's nil channel. Handles and timeouts
//! are evaluated once, in the order of the arms. The value of a `send` is evaluated only if its arm is
//! chosen, so a send that loses keeps its value. One arm may name a channel that another one names,
//! also from its other side: a select never meets itself.
//!
//! # Examples
//!
//! ```
//! use towpath::{bounded, select};
//!
//! let (tx1, rx1) = bounded(1);
//! let (tx2, rx2) = bounded::<i32>(1);
//! tx1.send(5).unwrap();
//! select! {
//!     recv(rx1) -> msg => assert_eq!(msg, Ok(5)),
//!     recv(rx2) -> _ => unreachable!("nobody sent there"),
//! }
//! # drop(tx2);
//! ```

mod case;
mod cases;
mod dynamic;
mod error;
mod handles;
mod macros;
mod operation;
mod run;

pub use dynamic::{ReadyFut, Select, SelectFut, SelectedOperation};
#[doc(hidden)]
pub use dynamic::{ToBeReady, ToSelect};
pub use error::{ReadyTimeoutError, SelectTimeoutError, TryReadyError, TrySelectError};

/// What the macros expand to. Not part of the public interface.
#[doc(hidden)]
pub mod internal {
    pub use super::case::{Case, FutureCase, OpCase, TypedCase};
    pub use super::cases::{Cases, Chain, Empty, With};
    pub use super::handles::{
        Arm, FutureArm, OpArm, OptionalRecv, OptionalSend, RecvArm, SendArm, WaitFor, complete_send,
    };
    pub use super::operation::{MOST_ARMS, SelectOp};
    pub use super::run::{Block, Mode, Now, Within, select, select_async};
}
