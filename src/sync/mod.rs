//! Locks and small primitives for threads and tasks alike, on the same values, at the same time.

pub mod rw_mutex;
pub use rw_mutex::{
    ArcRwMutexFut, ArcRwMutexMappedReadGuard, ArcRwMutexMappedWriteGuard, ArcRwMutexReadGuard,
    ArcRwMutexUpgradableReadGuard, ArcRwMutexWriteGuard, RwMutex, RwMutexFut,
    RwMutexMappedReadGuard, RwMutexMappedWriteGuard, RwMutexReadGuard, RwMutexUpgradableReadGuard,
    RwMutexWriteGuard,
};

pub mod semaphore;
pub use semaphore::{
    AcquireError, AcquireFut, AcquireOwnedFut, AcquireTimeoutError, OwnedPermit, Permit, Semaphore,
    TryAcquireError,
};
