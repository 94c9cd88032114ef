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
mod fifo;
mod force_send;
mod handles;
mod history;
mod iterators;
mod linearizability;
mod markers;
mod messages;
mod oneshot;
mod operations;
mod reentrancy;
mod rendezvous;
mod streams;
mod transfer;
