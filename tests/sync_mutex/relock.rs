//! A condition variable takes the lock again: it stands in the lock's line as anybody else.

use towpath::sync::{Condvar, RwMutex};

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
