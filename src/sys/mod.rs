//! The only door to atomics, cells, locks, threads and the clock.
//!
//! Everything above this module is written against these names. [`real`] gives them the standard
//! library's and parking_lot's meaning; `model`, compiled under `--cfg towpath_loom`, gives them
//! loom's, so that the model checker runs the very code that ships.

/// A function that is `const`, except in the model, whose types cannot be made at compile time.
macro_rules! constant {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$attribute])*
        #[cfg(not(towpath_loom))]
        $visibility const fn $($rest)*
        $(#[$attribute])*
        #[cfg(towpath_loom)]
        $visibility fn $($rest)*
    };
}

/// A static that is made when it is first used in the model (once per run of it), and at compile
/// time otherwise.
macro_rules! global {
    ($(#[$attribute:meta])* static $NAME:ident: $Type:ty = $value:expr;) => {
        #[cfg(not(towpath_loom))]
        $(#[$attribute])*
        static $NAME: $Type = $value;
        #[cfg(towpath_loom)]
        $crate::sys::lazy_static! {
            $(#[$attribute])*
            static ref $NAME: $Type = $value;
        }
    };
}

#[cfg(not(towpath_loom))]
mod real;
#[cfg(not(towpath_loom))]
pub(crate) use real::*;

#[cfg(towpath_loom)]
mod model;
#[cfg(towpath_loom)]
pub(crate) use model::*;

mod backoff;
#[cfg(all(feature = "test-clock", not(towpath_loom)))]
pub(crate) mod clock;
pub(crate) mod random;
mod short_lock;
#[cfg(not(towpath_loom))]
mod waker_cell;

pub(crate) use atomic::Ordering;
pub(crate) use backoff::{ASIDE, Backoff, LINGER, step_aside, step_aside_for};
pub(crate) use crossbeam_utils::CachePadded;
pub(crate) use short_lock::{ShortLock, ShortLockGuard};
/// Never the model's: wakers are made of it.
pub(crate) use std::sync::{Arc as PlainArc, Weak as PlainWeak};
pub(crate) use std::time::{Duration, Instant};
#[cfg(not(towpath_loom))]
pub(crate) use waker_cell::WakerCell;

/// A type for which memory filled with zeroes is a valid, initial value.
///
/// # Safety
///
/// All-zero bytes must be a valid value of the type, and equal in meaning to [`Zeroed::zeroed`].
pub(crate) unsafe trait Zeroed {
    /// The value that zeroed memory stands for (the model checker cannot use raw zeroes).
    #[cfg_attr(
        not(towpath_loom),
        expect(dead_code, reason = "the model's constructor")
    )]
    fn zeroed() -> Self;
}
