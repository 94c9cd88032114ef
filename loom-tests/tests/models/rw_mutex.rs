//! `RwMutex`: who is inside with whom, and who is told.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard as Upgradable, RwMutexWriteGuard};
use towpath_loom_tests::{Alarm, block_on, check, spawn};

/// Loom's cell in the lock finds every access that is not ordered after the last writer's.
fn shared() -> Arc<RwMutex<usize>> {
    Arc::new(RwMutex::new(0))
}

#[test]
fn two_writers_and_no_lost_update() {
    check(|| {
        let lock = shared();
        let other = Arc::clone(&lock);
        let writer = spawn(move || *other.write() += 1);
        *lock.write() += 1;
        writer.join().unwrap();
        assert_eq!(*lock.read(), 2);
    });
}

#[test]
fn three_writers_one_of_which_is_a_task() {
    check(|| {
        let lock = shared();
        let (one, other) = (Arc::clone(&lock), Arc::clone(&lock));
        let writer = spawn(move || *one.write() += 1);
        let task = spawn(move || block_on(async { *other.write_async().await += 1 }));
        *lock.write() += 1;
        writer.join().unwrap();
        task.join().unwrap();
        assert_eq!(*lock.read(), 3);
    });
}

#[test]
fn a_reader_against_a_writer() {
    check(|| {
        let lock = shared();
        let other = Arc::clone(&lock);
        let writer = spawn(move || *other.write() += 1);
        let seen = *lock.read();
        writer.join().unwrap();
        assert!(seen <= 1);
        assert_eq!(*lock.read(), 1);
    });
}

#[test]
fn two_readers_against_a_writer() {
    check(|| {
        let lock = shared();
        let (one, other) = (Arc::clone(&lock), Arc::clone(&lock));
        let reader = spawn(move || *one.read());
        let writer = spawn(move || *other.write() += 1);
        let seen = block_on(async { *lock.read_async().await });
        assert!(seen + reader.join().unwrap() <= 2);
        writer.join().unwrap();
        assert_eq!(*lock.read(), 1);
    });
}

/// More readers than are let in at once, while a writer waits behind them.
#[test]
fn a_phase_of_more_readers_than_one_batch() {
    check(|| {
        let lock = shared();
        let guard = lock.write_arc();
        let mut readers = [(); 3].map(|()| (Alarm::new(), Box::pin(lock.read_async())));
        for (alarm, reader) in &mut readers {
            assert!(alarm.poll(reader.as_mut()).is_pending());
        }
        let mut writer = pin!(lock.write_async());
        let alarm = Alarm::new();
        assert!(alarm.poll(writer.as_mut()).is_pending());
        let holder = spawn(move || drop(guard));
        for (alarm, reader) in &mut readers {
            drop(alarm.finish(reader.as_mut()));
        }
        drop(alarm.finish(writer));
        holder.join().unwrap();
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn a_pending_writer_gives_up_while_the_last_reader_leaves() {
    check(|| {
        let lock = shared();
        let old = lock.read_arc();
        let alarm = Alarm::new();
        let mut writer = Box::pin(lock.write_async());
        let mut reader = pin!(lock.read_async());
        assert!(alarm.poll(writer.as_mut()).is_pending());
        assert!(alarm.poll(reader.as_mut()).is_pending());
        let leaver = spawn(move || drop(old));
        drop(writer);
        drop(alarm.finish(reader));
        leaver.join().unwrap();
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn a_notified_writer_gives_up_and_the_next_gets_it() {
    check(|| {
        let lock = shared();
        let guard = lock.write_arc();
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut quits = Box::pin(lock.write_async());
        let mut stays = pin!(lock.write_async());
        assert!(one.poll(quits.as_mut()).is_pending());
        assert!(other.poll(stays.as_mut()).is_pending());
        let leaver = spawn(move || drop(guard));
        drop(quits);
        drop(other.finish(stays));
        leaver.join().unwrap();
        assert!(lock.try_write().is_some());
    });
}

/// Notified, overtaken, in line again at the front, handed the lock.
#[test]
fn a_notified_writer_against_one_that_overtakes() {
    check(|| {
        let lock = shared();
        let guard = lock.write_arc();
        let alarm = Alarm::new();
        let mut waiting = pin!(lock.write_async());
        assert!(alarm.poll(waiting.as_mut()).is_pending());
        let other = Arc::clone(&lock);
        let overtaker = spawn(move || {
            drop(guard);
            *other.write() += 1;
        });
        *alarm.finish(waiting) += 1;
        overtaker.join().unwrap();
        assert_eq!(*lock.read(), 2);
    });
}

#[test]
fn a_readers_timeout_against_the_writers_unlock() {
    check(|| {
        let lock = shared();
        let guard = lock.write_arc();
        let writer = spawn(move || drop(guard));
        drop(lock.read_timeout(Duration::from_secs(1)));
        writer.join().unwrap();
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn a_writers_timeout_against_the_readers_unlock() {
    check(|| {
        let lock = shared();
        let guard = lock.read_arc();
        let reader = spawn(move || drop(guard));
        drop(lock.write_timeout(Duration::from_secs(1)));
        reader.join().unwrap();
        assert!(lock.try_read().is_some(), "no writer is left waiting");
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn an_upgrade_against_readers_and_a_writer() {
    check(|| {
        let lock = shared();
        let (one, other) = (Arc::clone(&lock), Arc::clone(&lock));
        let guard = lock.upgradable_read();
        let seen = *guard;
        let reader = spawn(move || *one.read());
        let writer = spawn(move || *other.write() += 10);
        let mut guard = Upgradable::upgrade(guard);
        assert_eq!(*guard, seen);
        *guard += 1;
        drop(guard);
        reader.join().unwrap();
        writer.join().unwrap();
        assert_eq!(*lock.read(), 11);
    });
}

#[test]
fn a_dropped_upgrade_against_the_last_reader() {
    check(|| {
        let lock = shared();
        let (guard, reader) = (lock.upgradable_read(), lock.read_arc());
        let alarm = Alarm::new();
        let mut upgrade = Box::pin(Upgradable::upgrade_async(guard));
        let mut writer = pin!(lock.write_async());
        let mut late = pin!(lock.read_async());
        let (other, third) = (Alarm::new(), Alarm::new());
        assert!(alarm.poll(upgrade.as_mut()).is_pending());
        assert!(other.poll(writer.as_mut()).is_pending());
        assert!(third.poll(late.as_mut()).is_pending());
        let leaver = spawn(move || drop(reader));
        drop(upgrade);
        // Which of the two comes in first depends on how far the upgrade got.
        let (mut wrote, mut read) = (false, false);
        block_on(poll_fn(|cx| {
            wrote = wrote || writer.as_mut().poll(cx).map(drop).is_ready();
            read = read || late.as_mut().poll(cx).map(drop).is_ready();
            wrote = wrote || writer.as_mut().poll(cx).map(drop).is_ready();
            if wrote && read {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        leaver.join().unwrap();
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn two_upgradable_readers() {
    check(|| {
        let lock = shared();
        let other = Arc::clone(&lock);
        let upgrader = spawn(move || {
            let guard = other.upgradable_read();
            *Upgradable::upgrade(guard) += 1;
        });
        let guard = lock.upgradable_read();
        let guard = Upgradable::downgrade(guard);
        assert!(*guard <= 1);
        drop(guard);
        upgrader.join().unwrap();
        assert_eq!(*lock.read(), 1);
    });
}

#[test]
fn a_downgrade_lets_nobody_write_in_between() {
    check(|| {
        let lock = shared();
        let other = Arc::clone(&lock);
        let mut guard = lock.write();
        let mut reader = pin!(lock.read_async());
        let alarm = Alarm::new();
        assert!(alarm.poll(reader.as_mut()).is_pending());
        *guard = 1;
        let writer = spawn(move || *other.write() += 1);
        let guard = RwMutexWriteGuard::downgrade(guard);
        assert_eq!(*guard, 1);
        assert_eq!(*alarm.finish(reader), 1, "let in at once");
        drop(guard);
        writer.join().unwrap();
        assert_eq!(*lock.read(), 2);
    });
}

/// A poll against the holder of the lines' lock asks to be polled again, and nothing is lost.
#[test]
fn polls_against_an_unlock() {
    check(|| {
        let lock = shared();
        let guard = lock.write_arc();
        let holder = spawn(move || drop(guard));
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut reader = pin!(lock.read_async());
        let mut writer = pin!(lock.write_async());
        let early = match one.poll(reader.as_mut()) {
            Poll::Ready(guard) => {
                drop(guard);
                true
            }
            Poll::Pending => false,
        };
        match other.poll(writer.as_mut()) {
            Poll::Ready(guard) => drop(guard),
            Poll::Pending if early => drop(other.finish(writer)),
            Poll::Pending => {
                drop(one.finish(reader));
                drop(other.finish(writer));
                holder.join().unwrap();
                assert!(lock.try_write().is_some(), "all let go");
                return;
            }
        }
        if !early {
            drop(one.finish(reader));
        }
        holder.join().unwrap();
        assert!(lock.try_write().is_some(), "all let go");
    });
}
