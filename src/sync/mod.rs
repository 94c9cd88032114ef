//! Locks and small primitives for threads and tasks alike, on the same values, at the same time.

mod barrier;
mod bell;
mod crowd;
mod event;
mod latch;
mod lazy;
mod notify;
mod once;
mod once_cell;
mod once_fn;
mod until;
mod wait_group;

pub use barrier::{Barrier, BarrierWait, BarrierWaitResult};
pub use event::{Event, EventWait};
pub use latch::{Latch, LatchWait};
pub use lazy::Lazy;
pub use notify::{Notified, Notify};
pub use once::{Once, OnceWait};
pub use once_cell::{OnceCell, OnceCellWait};
pub use once_fn::{once_fn, once_value};
pub use wait_group::{WaitGroup, WaitGroupWait, WaitOthers};

pub mod mutex;
pub use mutex::{
    ArcMappedMutexGuard, ArcMutexFut, ArcMutexGuard, MappedMutexGuard, Mutex, MutexFut, MutexGuard,
};

pub mod condvar;
pub use condvar::{Condvar, CondvarFut, CondvarWhileFut, Lockable, TimedOut};

pub mod keyed_mutex;
pub use keyed_mutex::{KeyedMutex, KeyedMutexFut, KeyedMutexGuard};
