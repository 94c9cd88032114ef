//! Futures of a lock that are dropped or run out of time, whatever state they are in: the lock is
//! neither lost nor doubled, and the others hear of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use towpath::sync::{Mutex, MutexFut};

use crate::common::{Alarm, Place, Random, poll, poll_noop, watchdog};

type Locking<'a> = Pin<Box<MutexFut<'a, u32>>>;

/// How far a future got before it was given up.
#[derive(Clone, Copy, Debug)]
enum Stage {
    NeverPolled,
    PolledOnce,
    PolledWithTwoWakers,
    NotifiedNotPolled,
    NotifiedAndLost,
}

const STAGES: [Stage; 5] = [
    Stage::NeverPolled,
    Stage::PolledOnce,
    Stage::PolledWithTwoWakers,
    Stage::NotifiedNotPolled,
    Stage::NotifiedAndLost,
];

/// How it is given up.
#[derive(Clone, Copy, Debug)]
enum End {
    Dropped,
    OutOfTime,
}

/// Brings a future of the held lock to `stage`. Whether the lock is still held then.
fn bring<'a>(
    lock: &'a Mutex<u32>,
    held: &mut Option<towpath::sync::MutexGuard<'a, u32>>,
    stage: Stage,
) -> Locking<'a> {
    let mut locking = Box::pin(lock.lock_async());
    let polls = match stage {
        Stage::NeverPolled => 0,
        Stage::PolledWithTwoWakers => 2,
        _ => 1,
    };
    for _ in 0..polls {
        assert!(poll(&mut locking, &Alarm::new().1).is_pending());
    }
    if matches!(stage, Stage::NotifiedNotPolled | Stage::NotifiedAndLost) {
        *held = None;
    }
    if matches!(stage, Stage::NotifiedAndLost) {
        *held = lock.try_lock();
        assert!(held.is_some());
        assert!(poll_noop(&mut locking).is_pending());
    }
    locking
}

#[test]
fn dropped_at_every_stage_the_next_is_told() {
    for stage in STAGES {
        let lock = Mutex::new(0);
        let mut held = Some(lock.lock());
        let locking = bring(&lock, &mut held, stage);
        let (alarm, waker) = Alarm::new();
        let mut next = Box::pin(lock.lock_async());
        let first = poll(&mut next, &waker);
        if matches!(stage, Stage::NotifiedNotPolled) {
            // The newcomer took it; the next one waits for that one.
            let Poll::Ready(taken) = first else {
                panic!("a free lock was refused")
            };
            drop(locking);
            drop(taken);
            assert!(!lock.is_locked());
            continue;
        }
        assert!(first.is_pending(), "{stage:?}");
        drop(locking);
        drop(held);
        assert_eq!(alarm.rings(), 1, "{stage:?}");
        assert!(poll(&mut next, &waker).is_ready(), "{stage:?}");
        assert!(!lock.is_locked(), "{stage:?}");
    }
}

/// Told, not polled, dropped, while another is in line: that one is told.
#[test]
fn a_notification_is_passed_on() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let line: Vec<_> = (0..4)
        .map(|_| {
            let (alarm, waker) = Alarm::new();
            let mut locking = Box::pin(lock.lock_async());
            assert!(poll(&mut locking, &waker).is_pending());
            (alarm, locking)
        })
        .collect();
    drop(held);
    for (alarm, locking) in line {
        assert_eq!(alarm.rings(), 1);
        drop(locking);
    }
    assert!(!lock.is_locked());
    assert!(lock.try_lock().is_some());
}

/// In the middle of the line, neighbours stay.
#[test]
fn dropped_from_the_middle() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let mut line: Vec<_> = (0..3)
        .map(|_| {
            let (alarm, waker) = Alarm::new();
            let mut locking = Box::pin(lock.lock_async());
            assert!(poll(&mut locking, &waker).is_pending());
            (alarm, waker, locking)
        })
        .collect();
    drop(line.remove(1));
    drop(held);
    for (alarm, waker, mut locking) in line {
        assert_eq!(alarm.rings(), 1);
        assert!(poll(&mut locking, &waker).is_ready());
    }
    assert!(!lock.is_locked());
}

/// As a thread, time runs out; as a task, the future is dropped: a lock that is let go at the same
/// time is not lost.
#[test]
fn given_up_while_the_lock_is_let_go() {
    for end in [End::Dropped, End::OutOfTime] {
        watchdog(60, move |crew| {
            let lock = Arc::new(Mutex::new(0_u64));
            let holder = {
                let lock = Arc::clone(&lock);
                crew.thread("holder", move |me| {
                    for round in 0..3000 {
                        me.at("holding", round);
                        *lock.lock() += 1;
                    }
                })
            };
            let gives_up: Vec<_> = (0..2)
                .map(|seed| {
                    let lock = Arc::clone(&lock);
                    crew.thread(format!("gives up {seed}"), move |me| {
                        let mut random = Random::new(seed);
                        for round in 0..3000 {
                            me.at("giving up", round);
                            match end {
                                End::OutOfTime => {
                                    let limit = Duration::from_nanos(random.below(2000));
                                    drop(lock.lock_timeout(limit));
                                }
                                End::Dropped => {
                                    let mut locking = Box::pin(lock.lock_async());
                                    for _ in 0..random.below(3) {
                                        if poll(&mut locking, Waker::noop()).is_ready() {
                                            break;
                                        }
                                    }
                                }
                            }
                        }
                    })
                })
                .collect();
            let patient = {
                let lock = Arc::clone(&lock);
                crew.act(Place::TokioMulti, "patient", move |me| async move {
                    for round in 0..3000 {
                        me.at("locking", round);
                        *lock.lock_async().await += 1;
                    }
                })
            };
            holder.join();
            patient.join();
            gives_up.into_iter().for_each(|actor| actor.join());
            assert_eq!(*lock.try_lock().expect("nobody has it"), 6000);
        });
    }
}

/// Out of time at every stage that a thread can be in: the lock is untouched.
#[test]
fn out_of_time() {
    let lock = Mutex::new(5);
    let held = lock.lock();
    assert!(lock.lock_timeout(Duration::ZERO).is_none());
    assert!(lock.lock_timeout(Duration::from_millis(2)).is_none());
    assert!(lock.lock_deadline(Instant::now()).is_none());
    let late = lock.lock_async().wait_timeout(Duration::from_micros(1));
    assert!(late.is_none());
    drop(held);
    assert_eq!(lock.lock_timeout(Duration::MAX).as_deref(), Some(&5));
    assert!(lock.lock_timeout(Duration::ZERO).is_some(), "free: no wait");
    assert!(!lock.is_locked());
}
