//! Who comes in when, step by step.

use crate::common::{Alarm, Scripted, poll, poll_noop, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use towpath::sync::rw_mutex::{Read, UpgradableRead, Write};
use towpath::sync::{RwMutex, RwMutexFut, RwMutexWriteGuard};

type Fut<'a, M> = Pin<Box<RwMutexFut<'a, u64, M>>>;

fn reads(lock: &RwMutex<u64>) -> Fut<'_, Read> {
    let mut waiting = Box::pin(lock.read_async());
    assert!(
        poll_noop(&mut waiting).is_pending(),
        "this reader has to wait"
    );
    waiting
}

fn writes(lock: &RwMutex<u64>) -> Fut<'_, Write> {
    let mut waiting = Box::pin(lock.write_async());
    assert!(
        poll_noop(&mut waiting).is_pending(),
        "this writer has to wait"
    );
    waiting
}

fn upgradable(lock: &RwMutex<u64>) -> Fut<'_, UpgradableRead> {
    let mut waiting = Box::pin(lock.upgradable_read_async());
    assert!(
        poll_noop(&mut waiting).is_pending(),
        "this upgradable reader has to wait"
    );
    waiting
}

macro_rules! now {
    ($waiting:expr) => {
        match poll_noop(&mut $waiting) {
            Poll::Ready(guard) => guard,
            Poll::Pending => panic!("it should have come in by now"),
        }
    };
}

macro_rules! not_yet {
    ($($waiting:expr),*) => {
        $(assert!(poll_noop(&mut $waiting).is_pending(), "not yet: {}", stringify!($waiting));)*
    };
}

#[test]
fn a_waiting_writer_stops_new_readers() {
    let lock = RwMutex::new(0);
    let old = lock.read();
    let mut writer = writes(&lock);
    assert!(lock.try_read().is_none());
    let mut new = reads(&lock);
    drop(old);
    not_yet!(new);
    drop(now!(writer));
    drop(now!(new));
}

#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_go() {
    let lock = RwMutex::new(0);
    let old = lock.read();
    let writer = writes(&lock);
    let (alarm, waker) = Alarm::new();
    let mut new = Box::pin(lock.read_async());
    assert!(poll(&mut new, &waker).is_pending());
    drop(writer);
    assert_eq!(alarm.rings(), 1);
    drop((old, now!(new)));
    assert!(lock.try_write().is_some());
}

#[test]
fn of_two_waiting_writers_one_may_give_up() {
    let lock = RwMutex::new(0);
    for first_gives_up in [true, false] {
        let old = lock.read();
        let (one, other) = (writes(&lock), writes(&lock));
        let mut reader = reads(&lock);
        let (gone, mut left) = if first_gives_up {
            (one, other)
        } else {
            (other, one)
        };
        drop(gone);
        not_yet!(reader, left);
        drop(old);
        drop(now!(left));
        drop(now!(reader));
    }
}

#[test]
fn a_reader_waits_for_one_writer_only() {
    let lock = RwMutex::new(0);
    let first = lock.write();
    let (mut second, mut third) = (writes(&lock), writes(&lock));
    let mut readers: Vec<_> = (0..40).map(|_| reads(&lock)).collect();
    drop(first);
    let mut inside: Vec<_> = readers.iter_mut().map(|reader| now!(*reader)).collect();
    not_yet!(second, third);
    // Whoever comes now waits for the second writer, and goes before the third.
    let mut late: Vec<_> = (0..40).map(|_| reads(&lock)).collect();
    while inside.len() > 1 {
        inside.pop();
        not_yet!(second, late[0]);
    }
    drop(inside);
    let guard = now!(second);
    not_yet!(third, late[0]);
    drop(guard);
    let inside: Vec<_> = late.iter_mut().map(|reader| now!(*reader)).collect();
    not_yet!(third);
    drop(inside);
    drop(now!(third));
}

#[test]
fn writers_go_in_order_when_readers_leave() {
    let lock = RwMutex::new(0);
    for _ in 0..3 {
        let reader = lock.read();
        let (mut one, mut other) = (writes(&lock), writes(&lock));
        drop(reader);
        assert!(lock.try_write().is_none(), "handed over, not up for grabs");
        not_yet!(other);
        drop(now!(one));
        drop(now!(other));
    }
}

/// A writer may be overtaken by a running one, but not for ever.
#[test]
fn a_losing_writer_is_handed_the_lock() {
    let lock = RwMutex::new(0);
    let mut guard = lock.write();
    let mut waiting = writes(&lock);
    let start = std::time::Instant::now();
    let mut lost = 0;
    loop {
        drop(guard);
        match lock.try_write() {
            Some(barged) => guard = barged,
            None => break,
        }
        lost += 1;
        not_yet!(waiting);
        assert!(start.elapsed().as_secs() < 10, "overtaken {lost} times");
    }
    assert!(lost > 0, "the first time nobody has lost yet");
    drop(now!(waiting));
}

#[test]
fn a_notified_writer_that_gives_up_passes_it_on() {
    let lock = RwMutex::new(0);
    let guard = lock.write();
    let (one, mut other) = (writes(&lock), writes(&lock));
    drop(guard);
    drop(one);
    drop(now!(other));
    let guard = lock.write();
    let (one, mut other) = (writes(&lock), upgradable(&lock));
    drop(guard);
    drop(one);
    drop(now!(other));
    assert!(lock.try_write().is_some());
}

/// The first is notified, the second in line: a reader must not be forgotten when both give up.
#[test]
fn readers_behind_a_notified_writer_are_let_in_when_all_writers_give_up() {
    let lock = RwMutex::new(0);
    let guard = lock.write();
    let (one, other) = (writes(&lock), writes(&lock));
    drop(guard);
    let mut reader = reads(&lock);
    drop(other);
    drop(now!(reader));
    drop(one);
    assert!(lock.try_write().is_some());
}

#[test]
fn a_newcomer_writes_though_a_notified_writer_is_not_polled() {
    let lock = RwMutex::new(0);
    let guard = lock.write();
    let mut sleepy = writes(&lock);
    drop(guard);
    *lock.write() += 1;
    drop(lock.read());
    assert_eq!(*now!(sleepy), 1);
}

#[test]
fn upgradable_readers_go_one_by_one_and_do_not_stop_readers() {
    let lock = RwMutex::new(0);
    let first = lock.upgradable_read();
    let mut second = upgradable(&lock);
    drop(ready(lock.read_async()));
    let mut writer = writes(&lock);
    let mut reader = reads(&lock);
    drop(first);
    let guard = now!(second);
    not_yet!(writer, reader);
    drop(guard);
    let guard = now!(writer);
    not_yet!(reader);
    drop(guard);
    drop(now!(reader));
}

/// Nobody holds the lock once those who were let in have gone, so their wakers may go on with it.
#[test]
fn whoever_lets_readers_in_has_left_when_they_are_woken() {
    let lock: &'static RwMutex<u64> = Box::leak(Box::new(RwMutex::new(0)));
    let writer = lock.write();
    let reader: Arc<Mutex<Option<Fut<'_, Read>>>> = Arc::default();
    let wrote = Arc::new(AtomicBool::new(false));
    let waker = {
        let (reader, wrote) = (Arc::clone(&reader), Arc::clone(&wrote));
        Scripted::waker(move || {
            let mut reader = reader.lock().unwrap().take().expect("woken once");
            drop(now!(reader));
            wrote.store(lock.try_write().is_some(), Ordering::SeqCst);
        })
    };
    let mut waiting = Box::pin(lock.read_async());
    assert!(poll(&mut waiting, &waker).is_pending());
    *reader.lock().unwrap() = Some(waiting);
    drop(writer);
    assert!(wrote.load(Ordering::SeqCst));
}

#[test]
fn an_upgradable_reader_comes_in_with_the_readers() {
    let lock = RwMutex::new(0);
    let writer = lock.write();
    let (mut reader, mut up) = (reads(&lock), upgradable(&lock));
    drop(writer);
    let _guards = (now!(reader), now!(up));
    assert!(lock.try_read().is_some());
}

#[test]
fn a_writer_behind_an_upgradable_reader_gives_up() {
    let lock = RwMutex::new(0);
    let first = lock.upgradable_read();
    let mut second = upgradable(&lock);
    let writer = writes(&lock);
    let mut reader = reads(&lock);
    drop(writer);
    drop(now!(reader));
    drop(first);
    drop(now!(second));
    assert!(lock.try_write().is_some());
}

#[test]
fn a_downgrade_lets_readers_in_and_no_writer() {
    let lock = RwMutex::new(0);
    let guard = lock.write();
    let (mut reader, mut writer) = (reads(&lock), writes(&lock));
    let guard = RwMutexWriteGuard::downgrade(guard);
    drop(now!(reader));
    not_yet!(writer);
    drop(guard);
    drop(now!(writer));
    assert!(lock.try_write().is_some());

    let guard = RwMutexWriteGuard::downgrade(lock.write());
    assert!(lock.try_read().is_some());
    drop(guard);
    assert!(lock.try_write().is_some());

    let guard = lock.write();
    let (mut reader, mut other) = (reads(&lock), upgradable(&lock));
    let guard = RwMutexWriteGuard::downgrade_to_upgradable(guard);
    drop(now!(reader));
    not_yet!(other);
    drop(guard);
    drop(now!(other));
    assert!(lock.try_write().is_some());
}
