//! A mutex: unlocking against getting in line, giving up, and being given the lock. The model's waiters
//! starve as soon as they lose once, so it explores handing over as well.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use loom::thread::JoinHandle;
use towpath::sync::Mutex;
use towpath::sync::mutex::model::Bell;
use towpath_loom_tests::{Alarm, check, poll_once, spawn};

fn shared() -> Arc<Mutex<usize>> {
    Arc::new(Mutex::new(0))
}

/// A thread that adds one.
fn spawn_add(lock: &Arc<Mutex<usize>>) -> JoinHandle<()> {
    let lock = Arc::clone(lock);
    spawn(move || *lock.lock() += 1)
}

/// Unlocking against getting in line: whoever is in line is told, and sees what the holder wrote.
#[test]
fn unlock_against_line_up() {
    check(|| {
        let lock = shared();
        let thread = spawn_add(&lock);
        *lock.lock() += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 2);
    });
}

/// The same with a task.
#[test]
fn unlock_against_poll() {
    check(|| {
        let lock = shared();
        let thread = spawn_add(&lock);
        let alarm = Alarm::new();
        *alarm.finish(pin!(lock.lock_async())) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 2);
    });
}

/// One in line, told and outrun: it starves, and is handed the lock.
#[test]
fn three_hammer_it() {
    check(|| {
        let lock = shared();
        let threads = [(); 2].map(|()| spawn_add(&lock));
        *lock.lock() += 1;
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*lock.try_lock().expect("let go"), 3);
    });
}

/// A barging thread, and a task that starves.
#[test]
fn hand_over_against_barging() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let alarm = Alarm::new();
        let mut locking = Box::pin(lock.lock_async());
        assert!(alarm.poll(locking.as_mut()).is_pending());
        let other = Arc::clone(&lock);
        let thread = spawn(move || {
            *other.lock() += 1;
            *other.lock() += 1;
        });
        drop(held);
        *alarm.finish(locking.as_mut()) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 3);
    });
}

/// The one that was told goes away without looking: the next in line hears of it.
#[test]
fn unlock_against_drop() {
    check(|| {
        let lock = shared();
        let held = lock.lock_arc();
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(lock.lock_async());
        let mut next = pin!(lock.lock_async());
        assert!(first.poll(gives_up.as_mut()).is_pending());
        assert!(second.poll(next.as_mut()).is_pending());
        let thread = spawn(move || drop(held));
        drop(gives_up);
        *second.finish(next) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 1);
    });
}

/// The one that starves goes away while the lock is handed over to it.
#[test]
fn hand_over_against_drop() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(lock.lock_async());
        let mut next = pin!(lock.lock_async());
        assert!(first.poll(gives_up.as_mut()).is_pending());
        drop(held);
        let held = lock.try_lock_arc().expect("it is free");
        assert!(first.poll(gives_up.as_mut()).is_pending(), "lost: starves");
        assert!(second.poll(next.as_mut()).is_pending());
        let thread = spawn(move || drop(held));
        drop(gives_up);
        *second.finish(next) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 1);
    });
}

/// Time runs out while the lock is let go: it is taken, or free.
#[test]
fn unlock_against_timeout() {
    check(|| {
        let lock = shared();
        let held = lock.lock_arc();
        let other = Arc::clone(&lock);
        let thread = spawn(move || other.lock_timeout(Duration::from_secs(1)).is_some());
        drop(held);
        let taken = thread.join().unwrap();
        assert!(lock.try_lock().is_some(), "taken: {taken}");
    });
}

fn bell(lock: &Mutex<usize>) -> Bell {
    Bell::of(lock).expect("a task was told, and another waits")
}

/// The next in line takes what was handed over while the first comes for it after all.
#[test]
fn ring_against_claim() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut late = Box::pin(lock.lock_arc_async());
        let mut next = pin!(lock.lock_async());
        assert!(first.poll(late.as_mut()).is_pending());
        drop(held);
        let held = lock.try_lock().expect("it is free");
        assert!(first.poll(late.as_mut()).is_pending(), "lost: starves");
        assert!(second.poll(next.as_mut()).is_pending());
        drop(held);
        let bell = bell(&lock);
        bell.ring();
        assert!(second.poll(next.as_mut()).is_pending(), "seen");
        let thread = spawn(move || *first.finish(late.as_mut()) += 1);
        bell.ring();
        *second.finish(next) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 2);
        bell.ring();
        assert!(!bell.ring(), "nobody is left");
    });
}

/// One that was told never comes, and one ring is enough for the next, whoever passes by meanwhile.
#[test]
fn ring_against_barging() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let mut aside = Box::pin(lock.lock_async());
        assert!(poll_once(aside.as_mut()).is_pending());
        let alarm = Alarm::new();
        let mut next = pin!(lock.lock_async());
        assert!(alarm.poll(next.as_mut()).is_pending());
        drop(held);
        let thread = spawn_add(&lock);
        bell(&lock).ring();
        *alarm.finish(next) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 2);
        drop(aside);
    });
}

/// As above with a thread that sleeps, and the one that was told goes away at last.
#[test]
fn ring_against_drop_of_the_told() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let mut aside = Box::pin(lock.lock_arc_async());
        let alarm = Alarm::new();
        let mut next = pin!(lock.lock_async());
        assert!(poll_once(aside.as_mut()).is_pending());
        assert!(alarm.poll(next.as_mut()).is_pending());
        drop(held);
        let bell = bell(&lock);
        let thread = spawn(move || drop(aside));
        bell.ring();
        *alarm.finish(next) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 1);
    });
}

/// The one that was rung goes away instead of looking, while others pass by: one ring is enough for the
/// next, which hears of it either way.
#[test]
fn ring_against_drop_of_the_rung() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let mut aside = Box::pin(lock.lock_async());
        let mut gives_up = Box::pin(lock.lock_arc_async());
        let alarm = Alarm::new();
        let mut next = pin!(lock.lock_async());
        assert!(poll_once(aside.as_mut()).is_pending());
        assert!(poll_once(gives_up.as_mut()).is_pending());
        assert!(alarm.poll(next.as_mut()).is_pending());
        drop(held);
        let bell = bell(&lock);
        let thread = spawn(move || drop(gives_up));
        let barging = spawn_add(&lock);
        bell.ring();
        *alarm.finish(next) += 1;
        thread.join().unwrap();
        barging.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 2);
        drop(aside);
    });
}

/// A ring while those in line go away, and with them the mutex.
#[test]
fn ring_against_drop() {
    check(|| {
        let lock = shared();
        let held = lock.lock();
        let mut line = [(); 2].map(|()| Box::pin(lock.lock_arc_async()));
        for locking in &mut line {
            assert!(poll_once(locking.as_mut()).is_pending());
        }
        drop(held);
        let bell = bell(&lock);
        let ringing = bell.clone();
        let thread = spawn(move || ringing.ring());
        drop(line);
        assert!(lock.try_lock().is_some());
        drop(lock);
        thread.join().unwrap();
        assert!(!bell.ring(), "nobody is left");
    });
}

/// The line moves to where it is watched while one of it goes away.
#[test]
fn moving_against_drop() {
    check(|| {
        let lock = shared();
        let held = lock.lock_arc();
        let mut first = Box::pin(lock.lock_async());
        let mut second = Box::pin(lock.lock_async());
        let alarm = Alarm::new();
        let mut third = pin!(lock.lock_async());
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(second.as_mut()).is_pending());
        assert!(alarm.poll(third.as_mut()).is_pending());
        let thread = spawn(move || drop(held));
        drop(second);
        drop(first);
        *alarm.finish(third) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().expect("let go"), 1);
    });
}
