//! Black-box tests of `Mutex`, `Condvar` and `KeyedMutex`: threads, tasks on every executor, mixed.

#[path = "../common/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is used here")]
mod common;

mod cancellation;
mod condvar;
mod condvar_cancelled;
mod exclusion;
mod fairness;
mod guards;
mod keyed;
mod markers;
mod put_aside;
mod relock;
