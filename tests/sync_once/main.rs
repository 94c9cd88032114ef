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
mod barrier_select;
mod cancellation;
mod event;
mod latch;
mod lazy;
mod markers;
mod notify;
mod once;
mod once_cell;
mod out_of_time;
mod take_over;
mod told_in_vain;
mod wait_group;
