//! A condition variable: notifying against getting in line and letting go, and against giving up.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use towpath::sync::{Condvar, KeyedMutex, Mutex};
use towpath_loom_tests::{Alarm, check, spawn};

#[derive(Default)]
struct Shared {
    lock: Arc<Mutex<usize>>,
    changed: Condvar,
}

/// The lock is let go after getting in line: whoever changes the value then notifies in time.
#[test]
fn notify_against_letting_go() {
    check(|| {
        let shared = Arc::new(Shared::default());
        let other = Arc::clone(&shared);
        let thread = spawn(move || {
            *other.lock.lock() = 1;
            other.changed.notify_one();
        });
        let held = shared
            .changed
            .wait_while(shared.lock.lock(), |value| *value == 0);
        assert_eq!(*held, 1);
        drop(held);
        thread.join().unwrap();
        assert!(shared.lock.try_lock().is_some());
    });
}

/// The same as a task, notified with the lock held.
#[test]
fn notify_under_the_lock_against_a_task() {
    check(|| {
        let shared = Arc::new(Shared::default());
        let other = Arc::clone(&shared);
        let thread = spawn(move || {
            let mut held = other.lock.lock();
            *held = 1;
            other.changed.notify_all();
        });
        let waiting = shared
            .changed
            .wait_while_async(shared.lock.lock(), |value| *value == 0);
        assert_eq!(*Alarm::new().finish(pin!(waiting)), 1);
        thread.join().unwrap();
        assert!(shared.lock.try_lock().is_some());
    });
}

/// The one that is notified goes away at the same time: the next hears of it.
#[test]
fn notify_against_drop() {
    check(|| {
        let shared = Arc::new(Shared::default());
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(shared.changed.wait_async(shared.lock.lock()));
        assert!(first.poll(gives_up.as_mut()).is_pending());
        let mut next = pin!(shared.changed.wait_async(shared.lock.lock()));
        assert!(second.poll(next.as_mut()).is_pending());
        let other = Arc::clone(&shared);
        let thread = spawn(move || assert!(other.changed.notify_one()));
        drop(gives_up);
        drop(second.finish(next));
        thread.join().unwrap();
        assert!(shared.lock.try_lock().is_some());
    });
}

/// Notified, in line for the lock, and gone.
#[test]
fn unlock_against_drop_on_the_way_back() {
    check(|| {
        let shared = Arc::new(Shared::default());
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(shared.changed.wait_async(shared.lock.lock()));
        assert!(first.poll(gives_up.as_mut()).is_pending());
        let mut next = pin!(shared.changed.wait_async(shared.lock.lock()));
        assert!(second.poll(next.as_mut()).is_pending());
        let held = shared.lock.lock_arc();
        assert!(shared.changed.notify_one());
        assert!(first.poll(gives_up.as_mut()).is_pending(), "it is held");
        let thread = spawn(move || drop(held));
        drop(gives_up);
        thread.join().unwrap();
        drop(second.finish(next));
        assert!(shared.lock.try_lock().is_some());
    });
}

/// Out of time while notified: it says so, or the next hears of it.
#[test]
fn notify_against_timeout() {
    check(|| {
        let shared = Arc::new(Shared::default());
        let other = Arc::clone(&shared);
        let thread = spawn(move || {
            let held = other.lock.lock();
            let (held, late) = other.changed.wait_timeout(held, Duration::from_secs(1));
            drop(held);
            late
        });
        let told = shared.changed.notify_one();
        let late = thread.join().unwrap();
        assert!(told || late, "nobody else would wake it");
        assert!(!shared.changed.notify_one(), "nobody is in line");
        assert!(shared.lock.try_lock().is_some());
    });
}

/// Everybody in line is told, though they come back for more.
#[test]
fn all_are_told() {
    check(|| {
        let shared = Arc::new(Shared::default());
        let waiters = [(); 2].map(|()| {
            let other = Arc::clone(&shared);
            spawn(move || {
                let waiting = other
                    .changed
                    .wait_while(other.lock.lock(), |value| *value == 0);
                drop(waiting);
            })
        });
        *shared.lock.lock() = 1;
        shared.changed.notify_all();
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert!(shared.lock.try_lock().is_some());
    });
}

/// The last user of a key leaves while another one comes: one entry at a time, none at last.
#[test]
fn leave_against_enter() {
    check(|| {
        let locks = Arc::new(KeyedMutex::<u8>::new());
        let value = Arc::new(loom::cell::UnsafeCell::new(0));
        let (others, theirs) = (Arc::clone(&locks), Arc::clone(&value));
        let thread = spawn(move || {
            let _held = others.lock(1);
            // SAFETY: under the lock of key 1.
            theirs.with_mut(|value| unsafe { *value += 1 });
        });
        let held = locks.lock(1);
        // SAFETY: under the lock of key 1.
        value.with_mut(|value| unsafe { *value += 1 });
        drop(held);
        thread.join().unwrap();
        assert!(locks.is_empty());
    });
}
