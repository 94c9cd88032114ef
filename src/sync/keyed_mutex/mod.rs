//! A lock for each key: [`KeyedMutex`].
//!
//! The entry of a key is there while somebody holds its lock or waits for it, and goes with the last of
//! them, also when that one gives up. So the map is as large as the number of keys in use.
//!
//! Each lock is as fair as a [`Mutex`](crate::sync::Mutex). Different keys do not wait for each other,
//! but for the moments in which an entry is looked up, made or removed: the entries are spread over
//! several tables by the hashes of their keys, each under a short lock.
//!
//! # Foreign code under a lock
//!
//! A key is hashed, and dropped, while no lock is held. Its `Eq` is called while the lock of one table
//! is held: it should be quick, and must not use the same `KeyedMutex`. It is called for those who come,
//! never when a guard or a future is dropped; if it panics, so does the call, and nothing is left behind.
//!
//! # Cost
//!
//! One allocation for each key that comes into use, with the key and 56 bytes in it (on 64 bits), and its
//! place in a table. One more when others wait behind a task that was told to come: as in a
//! [`Mutex`](crate::sync::Mutex), their line is looked after from then on. Tables do not shrink.

mod table;

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

use crate::sync::mutex::{Hold, LockOp, RawMutex};
use crate::sys::{Duration, Instant, PlainArc};
use crate::wait::Wait;
use crate::wait::sealed::{OURS, Ours};
use table::{Entry, Tables};

/// A lock for each key. Threads and tasks may wait for them at the same time.
///
/// See the [module](self) for what it costs, and what a key's `Eq` must not do.
///
/// It cannot be made at compile time, as its hashes are random: put it into a
/// [`LazyLock`](std::sync::LazyLock) to have one in a `static`.
///
/// # Examples
///
/// ```
/// use towpath::sync::KeyedMutex;
///
/// let accounts = KeyedMutex::new();
/// let anna = accounts.lock("anna");
/// assert!(accounts.try_lock("anna").is_none());
/// assert!(accounts.try_lock("ben").is_some());
/// drop(anna);
/// assert!(accounts.is_empty());
/// ```
pub struct KeyedMutex<K, S = RandomState> {
    tables: Tables<K>,
    hasher: S,
}

/// Holds the lock of a key. Dropping it lets the lock go.
///
/// A guard may be sent to another thread and held across an `.await`.
#[must_use = "the lock is let go at once if the guard is not kept"]
#[clippy::has_significant_drop]
pub struct KeyedMutexGuard<'a, K: Hash + Eq, S = RandomState> {
    /// Invariant: while the guard lives, the lock is held on its behalf.
    lease: Lease<'a, K, S>,
}

/// Taking the lock of a key, as a value: what [`KeyedMutex::lock_async`] returns.
pub type KeyedMutexFut<'a, K, S = RandomState> = Wait<LockOp<Lease<'a, K, S>>>;

/// Keeps the entry of a key. Internal.
pub struct Lease<'a, K: Hash + Eq, S> {
    keyed: &'a KeyedMutex<K, S>,
    entry: PlainArc<Entry<K>>,
}

impl<K: Hash + Eq> KeyedMutex<K> {
    /// No key has a lock yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::KeyedMutex;
    ///
    /// assert!(KeyedMutex::<String>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<K: Hash + Eq, S: BuildHasher> KeyedMutex<K, S> {
    /// No key has a lock yet; keys will be hashed by `hasher`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    /// use towpath::sync::KeyedMutex;
    ///
    /// assert!(KeyedMutex::<String, _>::with_hasher(RandomState::new()).is_empty());
    /// ```
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self {
            tables: Tables::new(),
            hasher,
        }
    }

    fn lease(&self, key: K) -> Lease<'_, K, S> {
        let hash = self.hasher.hash_one(&key);
        let (entry, spare) = self.tables.enter(hash, key);
        let lease = Lease { keyed: self, entry };
        // If this panics the entry is left again.
        drop(spare);
        lease
    }

    /// Takes the lock of `key`, waiting until nobody else holds it. Blocks the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::KeyedMutex;
    ///
    /// let files = KeyedMutex::new();
    /// let held = files.lock("a.txt");
    /// assert_eq!(held.key(), &"a.txt");
    /// ```
    pub fn lock(&self, key: K) -> KeyedMutexGuard<'_, K, S> {
        self.lock_async(key).wait()
    }

    /// Takes the lock of `key` if nobody holds it now.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::KeyedMutex;
    ///
    /// let files = KeyedMutex::new();
    /// let held = files.lock("a.txt");
    /// assert!(files.try_lock("a.txt").is_none());
    /// # drop(held);
    /// ```
    pub fn try_lock(&self, key: K) -> Option<KeyedMutexGuard<'_, K, S>> {
        let lease = self.lease(key);
        let taken = lease.raw().try_lock();
        taken.then(|| lease.locked(OURS))
    }

    /// Takes the lock of `key`, waiting for at most `limit`. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::KeyedMutex;
    ///
    /// let files = KeyedMutex::new();
    /// let held = files.lock("a.txt");
    /// assert!(files.lock_timeout("a.txt", Duration::from_millis(1)).is_none());
    /// # drop(held);
    /// ```
    pub fn lock_timeout(&self, key: K, limit: Duration) -> Option<KeyedMutexGuard<'_, K, S>> {
        self.lock_async(key).wait_timeout(limit)
    }

    /// Takes the lock of `key`, waiting until `deadline` at the latest. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::KeyedMutex;
    ///
    /// let files = KeyedMutex::new();
    /// assert!(files.lock_deadline("a.txt", Instant::now()).is_some(), "free: no wait");
    /// ```
    pub fn lock_deadline(&self, key: K, deadline: Instant) -> Option<KeyedMutexGuard<'_, K, S>> {
        self.lock_async(key).wait_deadline(deadline)
    }

    /// Taking the lock of `key`, as a value: `.await` it, or wait for it as a thread. The key has its
    /// entry from now on.
    ///
    /// # Cancel safety
    ///
    /// Dropping it at any point has no effect on the lock: it leaves the line, and what it was told or
    /// handed goes to the next. The entry goes if nobody else uses it.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::KeyedMutex;
    ///
    /// let files = KeyedMutex::new();
    /// pollster::block_on(async {
    ///     let held = files.lock_async("a.txt").await;
    ///     assert_eq!(held.key(), &"a.txt");
    /// });
    /// ```
    pub fn lock_async(&self, key: K) -> KeyedMutexFut<'_, K, S> {
        Wait::new(LockOp::new(self.lease(key)))
    }

    /// How many keys are in use: their locks are held or waited for. Looks at one table after the
    /// other.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::KeyedMutex;
    ///
    /// let files = KeyedMutex::new();
    /// let (a, b) = (files.lock("a.txt"), files.lock("b.txt"));
    /// assert_eq!(files.len(), 2);
    /// # drop((a, b));
    /// ```
    pub fn len(&self) -> usize {
        self.tables.len()
    }

    /// True if no key is in use.
    ///
    /// # Examples
    ///
    /// See [`KeyedMutex`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a, K: Hash + Eq, S> Hold for Lease<'a, K, S> {
    type Guard = KeyedMutexGuard<'a, K, S>;

    fn raw(&self) -> &RawMutex {
        &self.entry.lock
    }

    fn locked(self, _: Ours) -> KeyedMutexGuard<'a, K, S> {
        KeyedMutexGuard { lease: self }
    }
}

impl<K: Hash + Eq, S> Drop for Lease<'_, K, S> {
    fn drop(&mut self) {
        self.keyed.tables.leave(&self.entry);
    }
}

impl<K: Hash + Eq, S> KeyedMutexGuard<'_, K, S> {
    /// The key.
    ///
    /// # Examples
    ///
    /// See [`KeyedMutex::lock`].
    pub fn key(&self) -> &K {
        self.lease.entry.key()
    }
}

impl<K: Hash + Eq, S> Drop for KeyedMutexGuard<'_, K, S> {
    fn drop(&mut self) {
        self.lease.raw().unlock();
    }
}

impl<K: Hash + Eq + fmt::Debug, S> fmt::Debug for KeyedMutexGuard<'_, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyedMutexGuard").field(self.key()).finish()
    }
}

impl<K: Hash + Eq, S> fmt::Debug for Lease<'_, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

impl<K: Hash + Eq, S: BuildHasher + Default> Default for KeyedMutex<K, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, S> fmt::Debug for KeyedMutex<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedMutex")
            .field("len", &self.tables.len())
            .finish_non_exhaustive()
    }
}
