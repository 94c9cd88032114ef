//! Model checks of towpath's own code under [loom](https://docs.rs/loom).
//!
//! The tests live in `tests/models/`, one file per layer, and are named after the race they explore.
//! They are empty unless built with `--cfg towpath_loom`.
//!
//! ```text
//! RUSTFLAGS="--cfg towpath_loom" LOOM_MAX_PREEMPTIONS=2 \
//!     cargo test -p towpath-loom-tests --release
//! ```
//!
//! Loom runs a model once for each order of its steps that can make a difference, so every model is
//! two or three threads with an operation or two each. A model fails by an assertion, by a data
//! race (loom's cells), by a leak (loom's `Arc`), or because nobody can go on (loom's "deadlock").

#[cfg(towpath_loom)]
mod alarm;
#[cfg(towpath_loom)]
mod explore;
#[cfg(towpath_loom)]
mod parcel;

#[cfg(towpath_loom)]
pub use alarm::{Alarm, block_on, poll_once};
#[cfg(towpath_loom)]
pub use explore::{check, check_beyond, check_less, spawn};
#[cfg(towpath_loom)]
pub use parcel::{Ledger, Parcel};
