//! The cancellation matrix: every wait, given up in every state. Whoever waits beside or behind it
//! must not notice; what was meant for one must reach another.
//!
//! Each cell runs by hand on one thread, so that it fails the same way each time.

use crate::common::{Alarm, poll, poll_noop};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use towpath::sync::{Barrier, Event, Latch, Notify, Once, OnceCell, WaitGroup};

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One primitive, fresh, and how it is waited for.
struct Stage {
    wait: Box<dyn Fn() -> Waiting>,
    /// True if it was over in time.
    wait_timeout: Box<dyn Fn(Duration) -> bool>,
    /// Lets one go on, or all.
    release: Box<dyn Fn()>,
}

struct Case {
    name: &'static str,
    /// A release is meant for one.
    one: bool,
    stage: fn() -> Stage,
}

fn leak<P>(primitive: P) -> &'static P {
    Box::leak(Box::new(primitive))
}

fn stage<P: Sync, F: Future<Output = ()> + Send + 'static>(
    primitive: P,
    wait: fn(&'static P) -> F,
    wait_timeout: fn(&'static P, Duration) -> bool,
    release: fn(&'static P),
) -> Stage {
    let primitive = leak(primitive);
    Stage {
        wait: Box::new(move || Box::pin(wait(primitive))),
        wait_timeout: Box::new(move |limit| wait_timeout(primitive, limit)),
        release: Box::new(move || release(primitive)),
    }
}

fn members() -> Stage {
    let group: &Mutex<Option<WaitGroup>> = leak(Mutex::new(Some(WaitGroup::new())));
    let clone = || group.lock().unwrap().clone().expect("not released yet");
    Stage {
        wait: Box::new(move || Box::pin(clone().wait_async())),
        wait_timeout: Box::new(move |limit| clone().wait_timeout(limit).is_ok()),
        release: Box::new(|| drop(group.lock().unwrap().take())),
    }
}

fn others() -> Stage {
    let own = leak(WaitGroup::new());
    let other = Mutex::new(Some(own.clone()));
    Stage {
        wait: Box::new(|| Box::pin(own.wait_others_async())),
        wait_timeout: Box::new(|limit| own.wait_others_timeout(limit)),
        release: Box::new(move || drop(other.lock().unwrap().take())),
    }
}

const CASES: [Case; 10] = [
    Case {
        name: "Notify, one",
        one: true,
        stage: || {
            stage(
                Notify::new(),
                Notify::notified_async,
                Notify::notified_timeout,
                Notify::notify_one,
            )
        },
    },
    Case {
        name: "Notify, many",
        one: true,
        stage: || {
            stage(
                Notify::new(),
                Notify::notified_async,
                Notify::notified_timeout,
                |notify| notify.notify_many(1),
            )
        },
    },
    Case {
        name: "Notify, all",
        one: false,
        stage: || {
            stage(
                Notify::new(),
                Notify::notified_async,
                Notify::notified_timeout,
                Notify::notify_all,
            )
        },
    },
    Case {
        name: "Event, auto",
        one: true,
        stage: || {
            stage(
                Event::auto_reset(),
                Event::wait_async,
                Event::wait_timeout,
                Event::set,
            )
        },
    },
    Case {
        name: "Event, manual",
        one: false,
        stage: || {
            stage(
                Event::manual_reset(),
                Event::wait_async,
                Event::wait_timeout,
                Event::set,
            )
        },
    },
    Case {
        name: "Latch",
        one: false,
        stage: || {
            stage(
                Latch::new(1),
                Latch::wait_async,
                Latch::wait_timeout,
                |latch| latch.count_down(1),
            )
        },
    },
    Case {
        name: "Once",
        one: false,
        stage: || {
            stage(Once::new(), Once::wait_async, Once::wait_timeout, |once| {
                once.call_once(|| {});
            })
        },
    },
    Case {
        name: "OnceCell",
        one: false,
        stage: || {
            stage(
                OnceCell::<u8>::new(),
                |cell| async { _ = cell.wait_async().await },
                |cell, limit| cell.wait_timeout(limit).is_some(),
                |cell| _ = cell.set(1),
            )
        },
    },
    Case {
        name: "WaitGroup",
        one: false,
        stage: members,
    },
    Case {
        name: "WaitGroup, others",
        one: false,
        stage: others,
    },
];

fn each(check: impl Fn(&str, bool, Stage)) {
    for case in CASES {
        check(case.name, case.one, (case.stage)());
    }
}

/// Whoever comes now waits until it is released.
fn assert_whole(name: &str, stage: &Stage) {
    let mut next = (stage.wait)();
    assert!(poll_noop(&mut next).is_pending(), "{name}: nobody released");
    (stage.release)();
    assert!(poll_noop(&mut next).is_ready(), "{name}: it was released");
}

#[test]
fn waits_never_polled() {
    each(|name, _, stage| {
        drop((stage.wait)());
        assert_whole(name, &stage);
    });
}

/// A waiter must leave the line with its future, and give back its waker.
#[test]
fn waits_dropped_while_pending() {
    each(|name, _, stage| {
        let (alarm, waker) = Alarm::new();
        let mut wait = (stage.wait)();
        assert!(poll(&mut wait, &waker).is_pending(), "{name}");
        drop(wait);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "{name} keeps its waker");
        assert_whole(name, &stage);
        assert_eq!(alarm.rings(), 0, "{name}: woken after it was dropped");
    });
}

/// Out of the middle of the line: its neighbours stay in it.
#[test]
fn waits_dropped_from_the_middle_of_the_line() {
    each(|name, one, stage| {
        let mut line = [0; 5].map(|_| (stage.wait)());
        for wait in &mut line {
            assert!(poll_noop(wait).is_pending(), "{name}");
        }
        let [mut first, second, mut third, fourth, mut fifth] = line;
        drop((second, fourth));
        for wait in [&mut first, &mut third, &mut fifth] {
            (stage.release)();
            assert!(poll_noop(wait).is_ready(), "{name}");
        }
        if one {
            assert!(
                poll_noop(&mut (stage.wait)()).is_pending(),
                "{name}: one too many"
            );
        }
    });
}

/// Notified, not polled, dropped: what was meant for one goes to the next.
#[test]
fn waits_dropped_after_the_release_pass_it_on() {
    each(|name, one, stage| {
        let (alarm, waker) = Alarm::new();
        let mut first = (stage.wait)();
        let mut second = (stage.wait)();
        assert!(poll_noop(&mut first).is_pending(), "{name}");
        assert!(poll(&mut second, &waker).is_pending(), "{name}");
        (stage.release)();
        assert_eq!(alarm.rings(), !one as usize, "{name}");
        drop(first);
        assert_eq!(alarm.rings(), 1, "{name}: nobody else was woken");
        assert!(poll(&mut second, &waker).is_ready(), "{name}");
        if one {
            assert!(
                poll_noop(&mut (stage.wait)()).is_pending(),
                "{name}: one too many"
            );
        }
    });
}

/// Nobody waits behind: it is there for the next to come.
#[test]
fn waits_dropped_after_the_release_leave_it() {
    each(|name, one, stage| {
        let mut first = (stage.wait)();
        assert!(poll_noop(&mut first).is_pending(), "{name}");
        (stage.release)();
        drop(first);
        if one {
            assert!(poll_noop(&mut (stage.wait)()).is_ready(), "{name}");
            assert!(
                poll_noop(&mut (stage.wait)()).is_pending(),
                "{name}: one too many"
            );
        }
    });
}

#[test]
fn waits_polled_with_two_wakers_wake_the_latest() {
    for finish in [true, false] {
        each(|name, _, stage| {
            let (old, old_waker) = Alarm::new();
            let (new, new_waker) = Alarm::new();
            let mut wait = (stage.wait)();
            assert!(poll(&mut wait, &old_waker).is_pending(), "{name}");
            assert!(poll(&mut wait, &new_waker).is_pending(), "{name}");
            (stage.release)();
            assert_eq!((old.rings(), new.rings()), (0, 1), "{name}");
            if finish {
                assert!(poll(&mut wait, &new_waker).is_ready(), "{name}");
            }
            drop((wait, old_waker, new_waker));
            let counts = (Arc::strong_count(&old), Arc::strong_count(&new));
            assert_eq!(counts, (1, 1), "{name} keeps a waker");
        });
    }
}

#[test]
fn waits_that_timed_out_leave_no_trace() {
    each(|name, _, stage| {
        assert!(!(stage.wait_timeout)(Duration::from_millis(1)), "{name}");
        assert!(!(stage.wait_timeout)(Duration::ZERO), "{name}");
        assert_whole(name, &stage);
    });
}

/// A task's wait that is forgotten absorbs one release at most.
#[test]
fn waits_forgotten_in_line_absorb_one_release() {
    each(|name, one, stage| {
        let mut forgotten = (stage.wait)();
        assert!(poll_noop(&mut forgotten).is_pending(), "{name}");
        std::mem::forget(forgotten);
        let mut next = (stage.wait)();
        assert!(poll_noop(&mut next).is_pending(), "{name}");
        (stage.release)();
        if one {
            assert!(poll_noop(&mut next).is_pending(), "{name}");
            (stage.release)();
        }
        assert!(poll_noop(&mut next).is_ready(), "{name}");
    });
}

/// More than are woken at a time.
#[test]
fn a_crowd_is_released() {
    const CROWD: usize = 100;
    each(|name, one, stage| {
        let alarms: Vec<_> = (0..CROWD).map(|_| Alarm::new()).collect();
        let mut crowd: Vec<_> = alarms.iter().map(|_| (stage.wait)()).collect();
        for (wait, (_, waker)) in crowd.iter_mut().zip(&alarms) {
            assert!(poll(wait, waker).is_pending(), "{name}");
        }
        for _ in 0..if one { CROWD } else { 1 } {
            (stage.release)();
        }
        for (wait, (alarm, waker)) in crowd.iter_mut().zip(&alarms) {
            assert_eq!(alarm.rings(), 1, "{name}");
            assert!(poll(wait, waker).is_ready(), "{name}");
        }
    });
}

/// A barrier's release is an arrival, so it has a matrix of its own.
#[test]
fn barrier_takes_an_arrival_back() {
    let barrier = Barrier::new(3);
    let pending = || {
        let mut wait = Box::pin(barrier.wait_async());
        assert!(poll_noop(&mut wait).is_pending());
        wait
    };
    drop(barrier.wait_async());
    drop(pending());
    drop((pending(), pending()));
    assert!(barrier.wait_timeout(Duration::from_millis(1)).is_none());

    let mut first = pending();
    let gives_up = pending();
    drop(gives_up);
    let mut other = pending();
    let mut last = Box::pin(barrier.wait_async());
    for (wait, leads) in [(&mut last, true), (&mut first, false), (&mut other, false)] {
        let std::task::Poll::Ready(result) = poll_noop(wait) else {
            panic!("three have arrived");
        };
        assert_eq!(result.is_leader(), leads);
    }
}

/// Dropped after the barrier let go: it was counted, and the next generation starts from zero.
#[test]
fn barrier_does_not_take_back_what_it_used() {
    let barrier = Barrier::new(2);
    for _ in 0..3 {
        let (alarm, waker) = Alarm::new();
        let mut first = Box::pin(barrier.wait_async());
        assert!(poll(&mut first, &waker).is_pending());
        assert!(crate::common::ready(barrier.wait_async()).is_leader());
        assert_eq!(alarm.rings(), 1);
        let mut next = Box::pin(barrier.wait_async());
        assert!(poll_noop(&mut next).is_pending());
        drop(first);
        let last = crate::common::ready(barrier.wait_async());
        assert!(last.is_leader(), "the next one still counts");
    }
    assert!(barrier.wait_timeout(Duration::ZERO).is_none());
}
