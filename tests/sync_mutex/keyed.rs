//! A lock for each key, whose entry goes with its last user.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::panicking;
use std::time::{Duration, Instant};

use towpath::sync::KeyedMutex;

use crate::common::{Alarm, Place, Random, poll, poll_noop, watchdog};

#[test]
fn keys_do_not_wait_for_each_other() {
    let locks = KeyedMutex::new();
    let held: Vec<_> = (0..1000).map(|key| locks.lock(key)).collect();
    assert_eq!(locks.len(), 1000);
    for (key, held) in held.iter().enumerate() {
        assert!(locks.try_lock(key).is_none(), "{key}");
        assert_eq!(*held.key(), key);
    }
    assert_eq!(locks.len(), 1000);
    drop(held);
    assert!(locks.is_empty());
}

/// Waiters that give up in every way leave no entry behind.
#[test]
fn entries_go_with_their_last_user() {
    let locks = KeyedMutex::new();
    let held = locks.lock("a");
    let never_polled = locks.lock_async("a");
    let mut polled = Box::pin(locks.lock_async("a"));
    assert!(poll_noop(&mut polled).is_pending());
    let mut told = Box::pin(locks.lock_async("a"));
    assert!(poll_noop(&mut told).is_pending());
    assert!(locks.lock_timeout("a", Duration::from_millis(1)).is_none());
    assert!(locks.lock_deadline("a", Instant::now()).is_none());
    assert_eq!(locks.len(), 1);
    drop(polled);
    drop(held);
    assert_eq!(locks.len(), 1, "somebody was told");
    drop(told);
    assert_eq!(locks.len(), 1, "a future keeps its entry");
    drop(never_polled);
    assert!(locks.is_empty());
    assert!(locks.lock_timeout("a", Duration::ZERO).is_some());
    assert!(locks.is_empty());
}

#[test]
fn the_next_of_the_key_is_told() {
    let locks = KeyedMutex::new();
    let held = locks.lock(1);
    let other = locks.lock(2);
    let (alarm, waker) = Alarm::new();
    let mut next = Box::pin(locks.lock_async(1));
    assert!(poll(&mut next, &waker).is_pending());
    drop(other);
    assert_eq!(alarm.rings(), 0);
    drop(held);
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut next, &waker).is_ready());
    drop(next);
    assert!(locks.is_empty());
}

/// Few keys, many users: one holder of a key at a time, and nothing is left.
#[test]
fn hammered_from_everywhere() {
    watchdog(120, |crew| {
        const KEYS: usize = 5;
        let locks = Arc::new(KeyedMutex::new());
        let busy: Arc<[AtomicBool; KEYS]> = Arc::default();
        let places = [Place::Thread, Place::Thread].into_iter();
        let actors: Vec<_> = (0..)
            .zip(places.chain(Place::TASKS))
            .map(|(seed, place)| {
                let (locks, busy) = (Arc::clone(&locks), Arc::clone(&busy));
                crew.act(place, "user", move |me| async move {
                    let mut random = Random::new(seed);
                    for round in 0..3000 {
                        me.at("locking", round);
                        let key = random.below(KEYS as u64) as usize;
                        let held = match random.below(4) {
                            0 => locks.try_lock(key),
                            1 if me.blocks() => {
                                locks.lock_timeout(key, Duration::from_micros(random.below(20)))
                            }
                            2 => {
                                let mut fickle = Box::pin(locks.lock_async(key));
                                let _ = poll_noop(&mut fickle);
                                None
                            }
                            _ if me.blocks() => Some(locks.lock(key)),
                            _ => Some(locks.lock_async(key).await),
                        };
                        if let Some(held) = held {
                            assert_eq!(*held.key(), key);
                            let was = busy[key].swap(true, Ordering::Relaxed);
                            assert!(!was, "two holders of {key}");
                            busy[key].store(false, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        actors.into_iter().for_each(|actor| actor.join());
        assert!(locks.is_empty(), "{locks:?}");
    });
}

/// What the keys of a test do when they are hashed, compared and dropped.
#[derive(Default)]
struct Script<'a> {
    /// These are looked at, which takes the lock of every table, whenever a key is hashed or dropped.
    locks: Cell<Option<&'a KeyedMutex<Key<'a>>>>,
    looks: Cell<u32>,
    /// All hashes are the same.
    collide: bool,
    /// No key is equal to any.
    unequal: bool,
    comparisons: Cell<u32>,
    /// The comparison that panics, from 1.
    eq_panics_at: Cell<u32>,
    /// The next key that is dropped panics.
    drop_panics: Cell<bool>,
}

struct Key<'a>(u32, &'a Script<'a>);

impl<'a> Script<'a> {
    /// Locks that the keys look at.
    fn locks(&'a self) -> &'a KeyedMutex<Key<'a>> {
        // Forgotten with the test: the script refers to what refers to it.
        let locks = Box::leak(Box::new(KeyedMutex::new()));
        self.locks.set(Some(locks));
        locks
    }

    fn key(&'a self, number: u32) -> Key<'a> {
        Key(number, self)
    }

    fn look(&self) {
        if let Some(locks) = self.locks.get() {
            assert!(locks.len() <= 2);
            self.looks.set(self.looks.get() + 1);
        }
    }
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.1.look();
        if !self.1.collide {
            self.0.hash(state);
        }
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        let script = self.1;
        script.comparisons.set(script.comparisons.get() + 1);
        if script.comparisons == script.eq_panics_at {
            resume_unwind(Box::new("planned"));
        }
        self.0 == other.0 && !script.unequal
    }
}

impl Eq for Key<'_> {}

impl Drop for Key<'_> {
    fn drop(&mut self) {
        self.1.look();
        if !panicking() && self.1.drop_panics.take() {
            resume_unwind(Box::new("planned"));
        }
    }
}

/// Keys are hashed and dropped while no lock is held: they may use the very same locks.
#[test]
fn foreign_code_runs_outside() {
    watchdog(60, |_| {
        let script = Script::default();
        let locks = script.locks();
        let held = locks.lock(script.key(1));
        assert!(locks.try_lock(script.key(1)).is_none());
        assert!(locks.try_lock(script.key(2)).is_some());
        drop(held);
        assert!(locks.is_empty());
        let looks = script.looks.get();
        assert_eq!(looks, 3 + 3, "each key is hashed once and dropped once");
    });
}

/// The key of one who comes is not needed, and panics as it is dropped: its owner has left again.
#[test]
fn a_spare_key_that_panics_leaves_no_user_behind() {
    let script = Script::default();
    let locks = KeyedMutex::new();
    let held = locks.lock(script.key(1));
    script.drop_panics.set(true);
    let tried = catch_unwind(AssertUnwindSafe(|| locks.try_lock(script.key(1)).is_some()));
    assert!(tried.is_err() && !script.drop_panics.get());
    assert_eq!(locks.len(), 1);
    drop(held);
    assert!(locks.is_empty());
}

/// A key is compared when it is looked for, and again when its entry is put in: wherever it is when
/// that panics, it is dropped while no lock is held, and nothing is left.
#[test]
fn a_comparison_that_panics_leaves_nothing_and_drops_outside() {
    watchdog(60, |_| {
        for panics_at in [1, 2] {
            let script = Script {
                collide: true,
                ..Script::default()
            };
            let locks = script.locks();
            let held = locks.lock(script.key(1));
            script.eq_panics_at.set(panics_at);
            let tried = catch_unwind(AssertUnwindSafe(|| locks.try_lock(script.key(2)).is_some()));
            assert!(tried.is_err(), "compared {:?} times", script.comparisons);
            assert_eq!(locks.len(), 1);
            drop(held);
            assert!(locks.is_empty());
            assert_eq!(script.looks.get(), 2 + 2);
        }
    });
}

/// Whoever leaves knows where it was, and compares nothing, so no `Eq` can keep an entry.
#[test]
fn leaving_compares_no_keys() {
    for collide in [false, true] {
        let script = Script {
            collide,
            ..Script::default()
        };
        let locks = KeyedMutex::new();
        let [first, second, third] = [1, 2, 3].map(|key| locks.lock(script.key(key)));
        let compared = script.comparisons.get();
        script.eq_panics_at.set(compared + 1);
        drop(second);
        drop(first);
        drop(third);
        assert!(locks.is_empty());
        assert_eq!(script.comparisons.get(), compared);
    }
}

#[test]
fn a_key_that_is_not_equal_to_itself_leaves_as_well() {
    let script = Script {
        unequal: true,
        ..Script::default()
    };
    let locks = KeyedMutex::new();
    let both = [1, 1].map(|key| locks.lock(script.key(key)));
    assert_eq!(locks.len(), 2);
    drop(both);
    assert!(locks.is_empty());
}

#[test]
fn a_panic_lets_the_lock_go() {
    let locks = KeyedMutex::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _held = locks.lock(String::from("a"));
        panic!("with the lock held");
    }));
    assert!(outcome.is_err());
    assert!(locks.is_empty());
}

#[test]
fn shown() {
    let locks = KeyedMutex::<&str>::default();
    let held = locks.lock("a");
    assert_eq!(
        format!("{locks:?} {held:?}"),
        r#"KeyedMutex { len: 1, .. } KeyedMutexGuard("a")"#
    );
}
