//! The same work done by `towpath` and by its peers, in one process.
//!
//! * [`peers`] adapts each library to the few roles of [`role`] and [`lock`];
//! * [`scenarios`] are the jobs: who sends what to whom, who takes which lock;
//! * [`surveys`] are the questions whose answer is not a time: memory, wake-ups, idleness, tails;
//! * a [`plan::Plan`] is the list of all cases, one per scenario and peer;
//! * [`harness`] calibrates the cases of a scenario and runs them interleaved;
//! * [`process`] gives each scenario a process of its own, so that a peer that hangs or crashes
//!   spoils nothing but its own cell;
//! * [`report`] prints the figures and draws them.
//!
//! ```text
//! cargo run --release -p towpath-benches -- compare              # the whole matrix
//! cargo run --release -p towpath-benches -- compare threads/cap1/ --quick --peer kanal
//! cargo bench -p towpath-benches -- handoff                      # one question, with criterion
//! ```
#![allow(missing_docs)]

pub mod alloc;
pub mod harness;
pub mod lock;
pub mod measure;
pub mod message;
pub mod peers;
pub mod plan;
pub mod process;
pub mod report;
pub mod role;
pub mod runtime;
pub mod scenarios;
pub mod stats;
pub mod survey;
pub mod surveys;
pub mod wire;
