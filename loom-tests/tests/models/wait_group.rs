//! Members that leave while others wait; latches.

use std::pin::pin;
use std::time::Instant;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use towpath::sync::{Latch, WaitGroup};
use towpath_loom_tests::{Alarm, check, poll_once, spawn};

/// Written without an atomic step: loom fails unless somebody orders it.
struct Plain(UnsafeCell<usize>);

// SAFETY: loom fails on any two accesses that are not ordered.
unsafe impl Sync for Plain {}

impl Plain {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    fn set(&self) {
        // SAFETY: loom checks that nobody else is here.
        self.0.with_mut(|value| unsafe { *value = 1 });
    }

    fn get(&self) -> usize {
        // SAFETY: loom checks that nobody else writes.
        self.0.with(|value| unsafe { *value })
    }
}

#[test]
fn two_members_leave_together() {
    check(|| {
        let group = WaitGroup::new();
        let (work, alarm) = (Plain::new(), Alarm::new());
        let (worker, member, last) = (Arc::clone(&work), group.clone(), group.clone());
        let mut waiting = pin!(group.wait_async());
        assert!(alarm.poll(waiting.as_mut()).is_pending());
        let thread = spawn(move || {
            worker.set();
            drop(member);
        });
        drop(last);
        alarm.finish(waiting);
        assert_eq!(work.get(), 1);
        thread.join().unwrap();
    });
}

#[test]
fn two_members_leave_against_wait_others() {
    check(|| {
        let group = WaitGroup::new();
        let work = [Plain::new(), Plain::new()];
        let members = work.each_ref().map(|work| {
            let (work, member) = (Arc::clone(work), group.clone());
            spawn(move || {
                work.set();
                drop(member);
            })
        });
        Alarm::new().finish(pin!(group.wait_others_async()));
        assert_eq!(work.each_ref().map(|work| work.get()), [1, 1]);
        for member in members {
            member.join().unwrap();
        }
    });
}

/// Used again at once: the moment of being alone is not missed.
#[test]
fn reuse_against_wait_others() {
    check(|| {
        let group = Arc::new(WaitGroup::new());
        let member = group.clone_handle();
        let shared = Arc::clone(&group);
        let alarm = Alarm::new();
        let mut waiting = pin!(group.wait_others_async());
        assert!(alarm.poll(waiting.as_mut()).is_pending());
        let thread = spawn(move || {
            drop(member);
            shared.clone_handle()
        });
        alarm.finish(waiting);
        drop(thread.join().unwrap());
    });
}

trait CloneHandle {
    fn clone_handle(&self) -> WaitGroup;
}

impl CloneHandle for Arc<WaitGroup> {
    fn clone_handle(&self) -> WaitGroup {
        WaitGroup::clone(self)
    }
}

/// One leaves by waiting, which ends the other's wait for others.
#[test]
fn wait_against_wait_others() {
    check(|| {
        let group = WaitGroup::new();
        let member = group.clone();
        let thread = spawn(move || member.wait());
        group.wait_others();
        drop(group);
        thread.join().unwrap();
    });
}

/// Out of time while the last one leaves: over, or a handle that counts.
#[test]
fn timeout_against_the_end() {
    check(|| {
        let group = WaitGroup::new();
        let (member, other) = (group.clone(), group.clone());
        let thread = spawn(move || drop(member));
        let alarm = Alarm::new();
        let mut waiting = Box::pin(other.wait_async());
        assert!(alarm.poll(waiting.as_mut()).is_pending());
        if let Err(group) = group.wait_deadline(Instant::now()) {
            assert!(alarm.poll(waiting.as_mut()).is_pending());
            group.wait_others();
            drop(group);
        }
        alarm.finish(waiting.as_mut());
        thread.join().unwrap();
    });
}

/// Both are out of time: nobody has a handle while the other was told that none is left.
#[test]
fn timeout_against_timeout() {
    check(|| {
        let group = WaitGroup::new();
        let other = group.clone();
        let thread = spawn(move || other.wait_deadline(Instant::now()));
        let here = group.wait_deadline(Instant::now());
        let there = thread.join().unwrap();
        assert_eq!(here.is_ok(), there.is_ok());
    });
}

#[test]
fn dropped_wait_against_the_end() {
    check(|| {
        let group = WaitGroup::new();
        let member = group.clone();
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(group.clone().wait_async());
        let mut stays = pin!(group.wait_async());
        assert!(poll_once(gives_up.as_mut()).is_pending());
        assert!(alarm.poll(stays.as_mut()).is_pending());
        let thread = spawn(move || drop(member));
        drop(gives_up);
        alarm.finish(stays);
        thread.join().unwrap();
    });
}

#[test]
fn panic_free_go_counts() {
    check(|| {
        let group = WaitGroup::new();
        let work = Plain::new();
        let worker = Arc::clone(&work);
        let handle = group.go(move || worker.set());
        group.wait();
        assert_eq!(work.get(), 1);
        handle.join().unwrap();
    });
}

#[test]
fn two_counts_against_a_latch() {
    check(|| {
        let latch = Arc::new(Latch::new(2));
        let work = [Plain::new(), Plain::new()];
        let threads = work.each_ref().map(|work| {
            let (work, latch) = (Arc::clone(work), Arc::clone(&latch));
            spawn(move || {
                work.set();
                latch.count_down(1);
            })
        });
        latch.wait();
        assert_eq!(work.each_ref().map(|work| work.get()), [1, 1]);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
