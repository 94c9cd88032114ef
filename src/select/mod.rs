//! Select: whichever of several operations is possible first.
//!
//! The macros are at the crate root:
//!
//! | macro | if several are ready | where |
//! |---|---|---|
//! | [`select!`](crate::select!), with the grammar | one at random | threads |
//! | [`select_biased!`](crate::select_biased!) | the first | threads |
//! | [`select_async!`](crate::select_async!) | one at random | async functions |
//! | [`select_biased_async!`](crate::select_biased_async!) | the first | async functions |
//!
//! [`Select`] does the same for a set of channels that is only known at run time.
//!
//! A select is one operation over many (`operation`); `docs/protocol.md`, section 11, tells how it
//! waits, and `docs/decisions.md` why it waits like that.

mod case;
mod cases;
mod dynamic;
mod error;
mod first_round;
mod handles;
mod macros;
mod operation;
mod order;
mod run;

pub use dynamic::{ReadyFut, Select, SelectFut, SelectedOperation};
pub use error::{ReadyTimeoutError, SelectTimeoutError, TryReadyError, TrySelectError};

/// What the macros expand to. Not part of the public interface.
#[doc(hidden)]
pub mod internal {
    /// Empty: names that are looked up here are not found, at the place where the user wrote them.
    pub mod expected {}

    pub use super::case::{Case, FutureCase, OpCase, TypedCase};
    pub use super::cases::{Cases, Chain, Empty, With};
    pub use super::dynamic::{Purpose, ToBeReady, ToSelect, Turn};
    pub use super::first_round::FirstRound;
    pub use super::handles::{
        Arm, AsReceiver, AsSender, Awaited, Awaits, FutureArm, Handle, OpArm, RecvArm, SendArm,
        WaitForFuture, complete_send, recv_arm, send_arm, wait_arm,
    };
    pub use super::operation::SelectOp;
    pub use super::order::{AtRandom, InTurn, Order};
    pub use super::run::{Block, Mode, Now, Within, select, select_async};
}
