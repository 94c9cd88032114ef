//! Black-box tests of the channels: one module per area, every flavour, from
//! threads, from tasks on every executor, and mixed.

#[path = "../common/mod.rs"]
mod common;

mod batches;
mod cancellation;
mod close;
mod conservation;
mod drops;
mod errors;
mod faulty_wakers;
mod fifo;
mod force_send;
mod handles;
mod handles_in_line;
mod history;
mod iterators;
mod len;
mod linearizability;
mod markers;
mod messages;
mod oneshot;
mod operations;
mod panicking_wakers;
mod preempted_peers;
mod receivers_gone;
mod reentrancy;
mod rendezvous;
mod streams;
mod transfer;
mod unique;
mod unique_unbounded;
mod unpolled;
mod waiting;
mod watching;
