//! A condition variable takes the lock again: it stands in the lock's line as anybody else.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{RawWaker, RawWakerVTable, Waker};

use towpath::sync::{Condvar, Mutex, RwMutex};

use crate::common::{Alarm, poll};

/// Told to try, and outrun, it stays first in the lock's line.
#[test]
fn who_loses_the_lock_again_stays_first() {
    let (lock, changed) = (RwMutex::new(0), Condvar::new());
    let (alarm, waker) = Alarm::new();
    let mut waiting = Box::pin(changed.wait_async(lock.write()));
    assert!(poll(&mut waiting, &waker).is_pending());
    let held = lock.write();
    changed.notify_one();
    assert!(
        poll(&mut waiting, &waker).is_pending(),
        "in line for the lock"
    );
    let (behind, behind_waker) = Alarm::new();
    let mut writer = Box::pin(lock.write_async());
    assert!(poll(&mut writer, &behind_waker).is_pending());
    let before = alarm.rings();
    drop(held);
    assert_eq!(alarm.rings(), before + 1, "told to try");
    let faster = lock.try_write().expect("it is free for now");
    assert!(poll(&mut waiting, &waker).is_pending(), "lost");
    drop(faster);
    assert_eq!((alarm.rings(), behind.rings()), (before + 2, 0));
    assert!(poll(&mut waiting, &waker).is_ready());
    assert_eq!(behind.rings(), 1);
    drop(writer);
}

/// It comes to the lock's line last, though it was the first to be notified.
#[test]
fn it_gets_in_line_for_the_lock_behind_others() {
    let (lock, changed) = (RwMutex::new(0), Condvar::new());
    let (alarm, waker) = Alarm::new();
    let mut waiting = Box::pin(changed.wait_async(lock.write()));
    assert!(poll(&mut waiting, &waker).is_pending());
    let held = lock.write();
    let (before_it, first_waker) = Alarm::new();
    let mut writer = Box::pin(lock.write_async());
    assert!(poll(&mut writer, &first_waker).is_pending());
    changed.notify_one();
    assert!(poll(&mut waiting, &waker).is_pending());
    let told = alarm.rings();
    drop(held);
    assert_eq!((before_it.rings(), alarm.rings()), (1, told));
}

thread_local! {
    static ON_CLONE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A waker that runs what is in `ON_CLONE`, once, when it is cloned: between a poll's attempt and its
/// getting in line.
fn waker_with_a_script() -> Waker {
    fn clone(_: *const ()) -> RawWaker {
        if let Some(script) = ON_CLONE.with_borrow_mut(Option::take) {
            script();
        }
        RawWaker::new(std::ptr::null(), &TABLE)
    }
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});
    // SAFETY: the table keeps the contract: there is no data.
    unsafe { Waker::from_raw(clone(std::ptr::null())) }
}

/// The lock comes free as the wait gets in line for it, and the condition panics then: the wait is
/// over, and says so if it is polled again.
#[test]
fn a_condition_that_panics_as_it_gets_in_line_ends_the_wait() {
    let lock: &'static Mutex<u32> = Box::leak(Box::default());
    let changed = Condvar::new();
    let mut asked = 0;
    let condition = move |_: &mut u32| {
        asked += 1;
        assert!(asked < 2, "no second answer");
        true
    };
    let mut waiting = Box::pin(changed.wait_while_async(lock.lock(), condition));
    let waker = waker_with_a_script();
    assert!(poll(&mut waiting, &waker).is_pending());
    let held = lock.lock();
    assert!(changed.notify_one());
    ON_CLONE.set(Some(Box::new(|| drop(held))));
    for _ in 0..2 {
        let polling = AssertUnwindSafe(|| poll(&mut waiting, &waker).is_ready());
        assert!(catch_unwind(polling).is_err());
        assert!(!lock.is_locked());
    }
    drop(waiting);
    assert!(!changed.notify_one(), "nobody is in line");
}
