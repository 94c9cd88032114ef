//! From reading to writing with nobody in between.

use crate::common::{Place, poll_noop, ready, watchdog};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard as Upgradable, RwMutexWriteGuard};

#[test]
fn an_upgrade_waits_for_readers_and_goes_before_writers() {
    let lock = RwMutex::new(0);
    let (guard, reader) = (lock.upgradable_read(), lock.read());
    let mut writer = Box::pin(lock.write_async());
    assert!(poll_noop(&mut writer).is_pending());
    let guard = Upgradable::try_upgrade(guard).unwrap_err();
    let mut upgrade = Box::pin(Upgradable::upgrade_async(guard));
    assert!(poll_noop(&mut upgrade).is_pending());
    assert!(lock.try_read().is_none(), "new readers wait");
    drop(reader);
    assert!(poll_noop(&mut writer).is_pending());
    let Poll::Ready(mut guard) = poll_noop(&mut upgrade) else {
        panic!("the last reader left")
    };
    *guard += 1;
    drop(guard);
    assert_eq!(*ready(writer), 1);
}

#[test]
fn an_upgrade_that_is_dropped_lets_everything_go() {
    let lock = RwMutex::new(0);
    let (guard, reader) = (lock.upgradable_read(), lock.read());
    let mut upgrade = Box::pin(Upgradable::upgrade_async(guard));
    assert!(poll_noop(&mut upgrade).is_pending());
    let mut late = Box::pin(lock.read_async());
    assert!(poll_noop(&mut late).is_pending());
    drop(upgrade);
    drop(ready(late));
    drop(reader);
    assert!(lock.try_write().is_some());
    // Never polled.
    drop(Upgradable::upgrade_async(lock.upgradable_read()));
    assert!(lock.try_write().is_some());
    // Granted, and never polled again.
    let (guard, reader) = (lock.upgradable_read(), lock.read());
    let mut upgrade = Box::pin(Upgradable::upgrade_async(guard));
    assert!(poll_noop(&mut upgrade).is_pending());
    drop(reader);
    let mut late = Box::pin(lock.read_async());
    assert!(poll_noop(&mut late).is_pending());
    drop(upgrade);
    drop(ready(late));
    assert!(lock.try_write().is_some());
}

#[test]
fn an_upgrade_out_of_time_gives_the_guard_back() {
    watchdog(60, |_| {
        let lock = RwMutex::new(0);
        let (guard, reader) = (lock.upgradable_read(), lock.read());
        let guard = Upgradable::upgrade_timeout(guard, Duration::from_millis(5)).unwrap_err();
        assert!(lock.try_read().is_some() && lock.try_upgradable_read().is_none());
        drop(reader);
        let guard = Upgradable::upgrade_timeout(guard, Duration::from_secs(60)).unwrap();
        let guard = RwMutexWriteGuard::downgrade_to_upgradable(guard);
        let guard = Upgradable::downgrade(guard);
        drop(lock.upgradable_read());
        drop(guard);
        assert!(lock.try_write().is_some());
    });
}

/// A writer that was notified comes back to the front of its line, but not before an upgrade.
#[test]
fn nobody_gets_before_an_upgrade() {
    let lock = RwMutex::new(0);
    let guard = lock.write();
    let mut notified = Box::pin(lock.write_async());
    assert!(poll_noop(&mut notified).is_pending());
    drop(guard);
    let (guard, reader) = (lock.upgradable_read(), lock.read());
    let mut upgrade = Box::pin(Upgradable::upgrade_async(guard));
    assert!(poll_noop(&mut upgrade).is_pending());
    assert!(poll_noop(&mut notified).is_pending());
    drop(reader);
    drop(ready(upgrade));
    drop(ready(notified));
}

/// Each reads a number, upgrades, and writes the next one: an intruder would be noticed.
#[test]
fn upgrades_are_atomic() {
    const ROUNDS: u64 = 2_000;
    let places = [Place::Thread, Place::Thread, Place::TokioMulti, Place::Smol];
    watchdog(120, move |crew| {
        let lock = Arc::new(RwMutex::new(0_u64));
        let writer = crew.thread("writer", {
            let lock = Arc::clone(&lock);
            move |me| {
                for round in 0..ROUNDS {
                    me.at("writing", round);
                    *lock.write() += 1;
                }
            }
        });
        let reader = crew.thread("reader", {
            let lock = Arc::clone(&lock);
            move |me| {
                for round in 0..ROUNDS {
                    me.at("reading", round);
                    let guard = lock.read();
                    let seen = *guard;
                    std::thread::yield_now();
                    assert_eq!(*guard, seen);
                }
            }
        });
        let upgraders = places.map(|place| {
            let lock = Arc::clone(&lock);
            crew.act(place, "upgrader", move |me| async move {
                for round in 0..ROUNDS {
                    me.at("upgrading", round);
                    if me.blocks() {
                        let guard = lock.upgradable_read();
                        let seen = *guard;
                        let mut guard = Upgradable::upgrade(guard);
                        assert_eq!(*guard, seen, "somebody wrote in between");
                        *guard += 1;
                    } else {
                        let guard = lock.upgradable_read_async().await;
                        let seen = *guard;
                        let mut guard = Upgradable::upgrade_async(guard).await;
                        assert_eq!(*guard, seen, "somebody wrote in between");
                        *guard += 1;
                    }
                }
            })
        });
        for upgrader in upgraders {
            upgrader.join();
        }
        writer.join();
        reader.join();
        assert_eq!(*lock.read(), ROUNDS * 5);
    });
}
