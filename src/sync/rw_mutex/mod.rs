//! A lock for many readers or one writer, for threads and tasks alike: [`RwMutex`].
//!
//! # Fairness
//!
//! The lock is *phase-fair*. A writer that waits stops new readers, so readers cannot starve it. When
//! a writer lets go, all readers that are in line at that moment come in together, so a reader that
//! got in line waits for one writer at most, whoever else waits. When the last of them leaves, the
//! writer that has waited longest is handed the lock.
//!
//! Among writers, with no reader in line, the one that is first is told to try, and a running writer
//! may be faster; a writer that has lost for a millisecond is handed the lock by the next one. Handing
//! it over always would leave it idle until the next writer runs.
//!
//! Upgradable readers stand in line with the writers, first come, first served, but do not stop new
//! readers. An upgrade goes before everybody who waits.
//!
//! # Futures that are not polled
//!
//! A write future in line stops new readers even while nobody polls it, and one that was handed the
//! lock holds it until it is polled or dropped. Do not keep a future of a lock that is neither being
//! polled nor dropped (in a select loop, say) while waiting for the same lock in another way.
//!
//! # No recursive reading
//!
//! As in Go, a thread or task that holds the lock for reading must not ask for it again: if a writer
//! has got in line in between, the two wait for each other for ever.
//!
//! # No poisoning
//!
//! A guard that is dropped in a panic lets the lock go, and the next holder finds the value as it
//! was left.
//!
//! # Cost
//!
//! 32 bytes beside the value, no allocation ever. Without contention, every way in and every way out
//! is one atomic read-modify-write; a reader's is one `fetch_add`, which cannot fail because other
//! readers are faster. Readers and writers that have to wait take a short internal lock.
//!
//! # Source
//!
//! The phases are those of Go's `sync.RWMutex` and of Brandenburg and Anderson, *Reader-Writer
//! Synchronization for Shared-Memory Multiprocessor Real-Time Systems* (2009). A reader that comes
//! upon a writer takes its increment back, instead of being counted by the writer as in Go: that makes
//! a waiting writer able to give up.

mod guard;
mod lines;
mod mapped;
mod mode;
mod ops;
mod raw;
mod read;
mod upgradable;
mod word;
mod write;

use std::fmt;

pub use guard::Guard;
pub use mapped::MappedGuard;
pub use mode::{Hold, Mode, Read, UpgradableRead, Write};
pub use ops::{LockOp, UpgradeOp};

use crate::sys::{PlainArc, UnsafeCell};
use crate::wait::Wait;
use raw::RawRwMutex;

/// A lock for many readers or one writer. Threads and tasks may wait for it at the same time.
///
/// See the [module](self) for fairness and what not to do.
///
/// # Examples
///
/// ```
/// use towpath::sync::RwMutex;
///
/// static LIMIT: RwMutex<u32> = RwMutex::new(10);
///
/// *LIMIT.write() += 1;
/// pollster::block_on(async {
///     let limit = LIMIT.read_async().await;
///     assert_eq!(*limit, 11);
/// });
/// ```
#[doc(alias = "RWMutex")]
#[doc(alias = "sync.RWMutex")]
#[doc(alias = "RwLock")]
pub struct RwMutex<T: ?Sized> {
    raw: RawRwMutex,
    value: UnsafeCell<T>,
}

// SAFETY: sending the lock sends the value.
unsafe impl<T: ?Sized + Send> Send for RwMutex<T> {}
// SAFETY: readers share the value between threads, writers use it from any.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwMutex<T> {}

/// Holds an [`RwMutex`] for reading.
pub type RwMutexReadGuard<'a, T> = Guard<&'a RwMutex<T>, Read>;
/// Holds an [`RwMutex`] for writing.
pub type RwMutexWriteGuard<'a, T> = Guard<&'a RwMutex<T>, Write>;
/// Holds an [`RwMutex`] for reading, and can become a writer.
pub type RwMutexUpgradableReadGuard<'a, T> = Guard<&'a RwMutex<T>, UpgradableRead>;

/// Holds an `Arc<RwMutex<T>>` for reading.
pub type ArcRwMutexReadGuard<T> = Guard<PlainArc<RwMutex<T>>, Read>;
/// Holds an `Arc<RwMutex<T>>` for writing.
pub type ArcRwMutexWriteGuard<T> = Guard<PlainArc<RwMutex<T>>, Write>;
/// Holds an `Arc<RwMutex<T>>` for reading, and can become a writer.
pub type ArcRwMutexUpgradableReadGuard<T> = Guard<PlainArc<RwMutex<T>>, UpgradableRead>;

/// Holds an [`RwMutex`] for reading a part of its value, of type `U`.
pub type RwMutexMappedReadGuard<'a, U> = MappedGuard<&'a RawRwMutex, Read, U>;
/// Holds an [`RwMutex`] for writing a part of its value, of type `U`.
pub type RwMutexMappedWriteGuard<'a, U> = MappedGuard<&'a RawRwMutex, Write, U>;
/// Holds an `Arc<RwMutex<T>>` for reading a part of its value, of type `U`.
pub type ArcRwMutexMappedReadGuard<T, U> = MappedGuard<PlainArc<RwMutex<T>>, Read, U>;
/// Holds an `Arc<RwMutex<T>>` for writing a part of its value, of type `U`.
pub type ArcRwMutexMappedWriteGuard<T, U> = MappedGuard<PlainArc<RwMutex<T>>, Write, U>;

/// Taking an [`RwMutex`] in mode `M`, as a value: what the `_async` methods return.
pub type RwMutexFut<'a, T, M> = Wait<LockOp<&'a RwMutex<T>, M>>;
/// Taking an `Arc<RwMutex<T>>` in mode `M`, as a value: what the `_arc_async` methods return.
pub type ArcRwMutexFut<T, M> = Wait<LockOp<PlainArc<RwMutex<T>>, M>>;

impl<T> RwMutex<T> {
    constant! {
        /// A lock that nobody holds.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::RwMutex;
        ///
        /// static NAMES: RwMutex<Vec<String>> = RwMutex::new(Vec::new());
        /// NAMES.write().push("one".into());
        /// ```
        pub fn new(value: T) -> Self {
            Self {
                raw: RawRwMutex::new(),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// The value.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// assert_eq!(RwMutex::new(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RwMutex<T> {
    /// The value; nobody else has the lock, so this waits for nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let mut lock = RwMutex::new(5);
    /// *lock.get_mut() += 1;
    /// assert_eq!(*lock.read(), 6);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: the lock is borrowed alone, so there is no guard. (One that was forgotten cannot be
        // used.)
        self.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T: Default> Default for RwMutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwMutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwMutex<T> {
    /// Shows the value if no writer is in the way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RwMutex");
        match self.try_read() {
            Some(value) => shown.field("value", &&*value),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish_non_exhaustive()
    }
}
