//! Black-box tests of what is done once and of what others wait for: `Once` and its kin, `WaitGroup`,
//! `Barrier`, `Latch`, `Notify`, `Event`; from threads, from tasks on every executor, and mixed.

#[allow(
    dead_code,
    unused_imports,
    reason = "shared with tests that need more of it"
)]
#[path = "../common/mod.rs"]
mod common;

mod barrier;
mod cancellation;
mod event;
mod latch;
mod lazy;
mod markers;
mod notify;
mod once;
mod once_cell;
mod take_over;
mod wait_group;
