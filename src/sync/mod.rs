//! Locks and small primitives for threads and tasks alike, on the same values, at the same time.
//!
//! | | |
//! |---|---|
//! | [`Mutex`], [`RwMutex`] | protect a value: for one at a time, or for many readers or one writer |
//! | [`KeyedMutex`] | a lock for each key |
//! | [`Condvar`] | waits for a change of a protected value |
//! | [`Semaphore`] | limits how many do something at once |
//! | [`Once`], [`OnceCell`], [`Lazy`], [`once_fn`], [`once_value`] | what is done once, by whoever comes first |
//! | [`WaitGroup`] | waits until all others are done |
//! | [`Barrier`] | waits until all have come, round after round |
//! | [`Latch`] | waits until something happened so many times |
//! | [`Notify`], [`Event`] | tell one or all who wait, without a value |
//!
//! All but [`WaitGroup`] and [`KeyedMutex`] can be put into a `static` as they are. What waits comes in
//! the forms of the naming grid: blocking, bounded, as a value, and as `try_` where there is something to
//! try. What runs code of yours once comes in fewer: [`Once::call_once`], [`OnceCell::get_or_init`] and
//! [`get_or_try_init`](OnceCell::get_or_try_init) have no bounded form, and their `_async` forms are
//! `async fn`s, futures without a name; [`Lazy`], [`once_fn`] and [`once_value`] only block. How each of
//! them works stands in `docs/sync.md`.

mod barrier;
mod bell;
pub mod condvar;
mod crowd;
mod event;
pub mod keyed_mutex;
mod latch;
mod lazy;
pub mod mutex;
mod notify;
mod once;
mod once_cell;
mod once_fn;
pub mod rw_mutex;
pub mod semaphore;
mod until;
mod wait_group;

pub use barrier::{Barrier, BarrierWait, BarrierWaitResult};
pub use condvar::{Condvar, CondvarFut, CondvarWhileFut, Lockable, TimedOut};
pub use event::{Event, EventWait};
pub use keyed_mutex::{KeyedMutex, KeyedMutexFut, KeyedMutexGuard};
pub use latch::{Latch, LatchWait};
pub use lazy::Lazy;
pub use mutex::{
    ArcMappedMutexGuard, ArcMutexFut, ArcMutexGuard, MappedMutexGuard, Mutex, MutexFut, MutexGuard,
};
pub use notify::{Notified, Notify};
pub use once::{Once, OnceWait};
pub use once_cell::{OnceCell, OnceCellWait};
pub use once_fn::{once_fn, once_value};
pub use rw_mutex::{
    ArcRwMutexFut, ArcRwMutexMappedReadGuard, ArcRwMutexMappedWriteGuard, ArcRwMutexReadGuard,
    ArcRwMutexUpgradableReadGuard, ArcRwMutexWriteGuard, RwMutex, RwMutexFut,
    RwMutexMappedReadGuard, RwMutexMappedWriteGuard, RwMutexReadGuard, RwMutexUpgradableReadGuard,
    RwMutexWriteGuard,
};
pub use semaphore::{
    AcquireError, AcquireFut, AcquireOwnedFut, AcquireTimeoutError, OwnedPermit, Permit, Semaphore,
    TryAcquireError,
};
pub use wait_group::{WaitGroup, WaitGroupWait, WaitOthers};
