//! The entries of the keys in use.
//!
//! # Invariants
//!
//! 1. A key has an entry in its table while `users` of it, one or more, have entered and not left.
//! 2. Tables are touched under their locks. No key is hashed or dropped under them.
//! 3. Whoever leaves looks for its very entry, not for an equal key: no foreign code runs, whatever the
//!    hashes.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ptr;

use crate::sync::mutex::RawMutex;
use crate::sys::{CachePadded, Mutex, PlainArc, thread};

/// At most this many tables.
const MOST: usize = 64;

pub(super) struct Tables<K> {
    /// A power of two of them.
    tables: Box<[CachePadded<Table<K>>]>,
}

type Table<K> = Mutex<HashMap<ByKey<K>, InUse<K>, BuildHasherDefault<AsIs>>>;

/// A key that has a lock.
pub(super) struct Entry<K> {
    key: Hashed<K>,
    pub(super) lock: RawMutex,
}

struct InUse<K> {
    users: usize,
    entry: PlainArc<Entry<K>>,
}

/// A key with its hash, which is made while no lock is held.
struct Hashed<K> {
    hash: u64,
    key: K,
}

/// An entry, found by its key.
struct ByKey<K>(PlainArc<Entry<K>>);

/// The hash is there already.
#[derive(Default)]
struct AsIs(u64);

impl<K> Entry<K> {
    pub(super) fn key(&self) -> &K {
        &self.key.key
    }
}

impl<K> Tables<K> {
    pub(super) fn new() -> Self {
        let count = (thread::processors() * 4).next_power_of_two().min(MOST);
        Self {
            tables: (0..count)
                .map(|_| CachePadded::new(Mutex::new(HashMap::default())))
                .collect(),
        }
    }

    fn table(&self, hash: u64) -> &Table<K> {
        // Bits that the table itself, which looks at the lowest and the highest, does not use.
        let number = (hash >> 32) as usize & (self.tables.len() - 1);
        &self.tables[number]
    }

    pub(super) fn len(&self) -> usize {
        self.tables.iter().map(|table| table.lock().len()).sum()
    }
}

impl<K: Eq> Tables<K> {
    /// One more uses the entry of `key`, which is made if need be. If there was one, the key comes back,
    /// to be dropped once somebody sees to it that the entry is left: that may panic.
    pub(super) fn enter(&self, hash: u64, key: K) -> (PlainArc<Entry<K>>, Option<K>) {
        let key = Hashed { hash, key };
        // Should a comparison panic, the key is dropped after the lock, which is declared later: here, or
        // in its entry if that is made already (inserting compares once more).
        let mut unused = Some(key);
        let entry;
        let mut table = self.table(hash).lock();
        let known = unused.as_ref().and_then(|key| table.get_mut(key));
        if let Some(in_use) = known {
            in_use.users += 1;
            let spare = unused.map(|unused| unused.key);
            return (PlainArc::clone(&in_use.entry), spare);
        }
        entry = PlainArc::new(Entry {
            key: unused.take().expect("not used yet"),
            lock: RawMutex::new(),
        });
        let in_use = InUse {
            users: 1,
            entry: PlainArc::clone(&entry),
        };
        table.insert(ByKey(PlainArc::clone(&entry)), in_use);
        (entry, None)
    }

    /// One less uses `entry`; the last one removes it.
    pub(super) fn leave(&self, entry: &Entry<K>) {
        let mut table = self.table(entry.key.hash).lock();
        // It is there, unless the key's `Eq` says now this and now that.
        let Some(in_use) = table.get_mut(entry) else {
            return;
        };
        in_use.users -= 1;
        if in_use.users == 0 {
            let removed = table.remove_entry(entry);
            drop(table);
            drop(removed);
        }
    }
}

impl<K> Borrow<Hashed<K>> for ByKey<K> {
    fn borrow(&self) -> &Hashed<K> {
        &self.0.key
    }
}

impl<K> Borrow<Entry<K>> for ByKey<K> {
    fn borrow(&self) -> &Entry<K> {
        &self.0
    }
}

impl<K> Hash for Entry<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<K> PartialEq for Entry<K> {
    /// Whether it is the same one. In a table, that is the same as an equal key.
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl<K> Eq for Entry<K> {}

impl<K> Hash for Hashed<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<K: Eq> PartialEq for Hashed<K> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.key == other.key
    }
}

impl<K: Eq> Eq for Hashed<K> {}

impl<K> Hash for ByKey<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

impl<K: Eq> PartialEq for ByKey<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl<K: Eq> Eq for ByKey<K> {}

impl Hasher for AsIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("hashes are written whole");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
