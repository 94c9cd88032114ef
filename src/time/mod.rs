//! Time: instants as channels, timers and tickers, and bounds for everything that waits.

mod alarm;
mod receivers;
mod schedule;
mod timed;
mod timers;
mod wheel;

pub use receivers::{after, at, never, tick};
