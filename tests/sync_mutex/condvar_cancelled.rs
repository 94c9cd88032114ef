//! Waits for a condition that are dropped or run out of time: the lock is free, and a notification that
//! was given to them goes to the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use towpath::sync::{Condvar, CondvarFut, Mutex, MutexGuard};

use crate::common::{Alarm, Random, poll, poll_noop, watchdog};

type Waiting<'a> = Pin<Box<CondvarFut<'a, MutexGuard<'a, u32>>>>;

/// A wait that has begun.
fn begun<'a>(changed: &'a Condvar, lock: &'a Mutex<u32>, waker: &Waker) -> Waiting<'a> {
    let mut waiting = Box::pin(changed.wait_async(lock.lock()));
    assert!(poll(&mut waiting, waker).is_pending());
    waiting
}

/// A wait that has begun, if nobody else was at work in the line.
fn begun_or_not<'a>(changed: &'a Condvar, lock: &'a Mutex<u32>) -> Waiting<'a> {
    let mut waiting = Box::pin(changed.wait_async(lock.lock()));
    // Somebody may have notified it already.
    let _ = poll_noop(&mut waiting);
    waiting
}

#[test]
fn never_polled() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    drop(changed.wait_async(lock.lock()));
    assert!(!lock.is_locked());
    assert!(!changed.notify_one());
}

#[test]
fn polled() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    let mut waiting = begun(&changed, &lock, &Alarm::new().1);
    assert!(poll_noop(&mut waiting).is_pending(), "another waker");
    drop(waiting);
    assert!(!lock.is_locked());
    assert!(!changed.notify_one());
}

#[test]
fn notified_and_not_polled() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    let (alarm, waker) = Alarm::new();
    let first = begun(&changed, &lock, Waker::noop());
    let mut next = begun(&changed, &lock, &waker);
    assert!(changed.notify_one());
    assert_eq!(alarm.rings(), 0);
    drop(first);
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut next, &waker).is_ready());
    assert!(!changed.notify_one());
}

#[test]
fn notified_and_in_line_for_the_lock() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    let (alarm, waker) = Alarm::new();
    let mut first = begun(&changed, &lock, Waker::noop());
    let mut next = begun(&changed, &lock, &waker);
    let held = lock.lock();
    assert!(changed.notify_one());
    assert!(poll_noop(&mut first).is_pending(), "the lock is taken");
    assert_eq!(alarm.rings(), 0);
    drop(first);
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut next, &waker).is_pending(), "the lock is taken");
    drop(held);
    assert_eq!(alarm.rings(), 2);
    assert!(poll(&mut next, &waker).is_ready());
    assert!(!lock.is_locked());
}

/// The lock was let go for it, too, and it does not come.
#[test]
fn notified_and_told_to_lock() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    let (alarm, waker) = Alarm::new();
    let mut first = begun(&changed, &lock, Waker::noop());
    let mut next = begun(&changed, &lock, &waker);
    let held = lock.lock();
    assert!(changed.notify_one());
    assert!(poll_noop(&mut first).is_pending());
    drop(held);
    drop(first);
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut next, &waker).is_ready());
}

/// Its condition panics.
#[test]
fn notified_and_its_condition_panics() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    let mut looks = 0;
    let condition = |_: &mut u32| {
        looks += 1;
        assert!(looks == 1, "as planned");
        true
    };
    let mut first = Box::pin(changed.wait_while_async(lock.lock(), condition));
    assert!(poll_noop(&mut first).is_pending());
    let (alarm, waker) = Alarm::new();
    let mut next = begun(&changed, &lock, &waker);
    assert!(changed.notify_one());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_noop(&mut first).is_ready())).is_err());
    drop(first);
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut next, &waker).is_ready());
    assert!(!lock.is_locked());
}

/// Everybody was told, so there is nothing to pass on.
#[test]
fn told_with_all_others() {
    let (changed, lock) = (Condvar::new(), Mutex::new(0));
    let first = begun(&changed, &lock, Waker::noop());
    assert_eq!(changed.notify_all(), 1);
    let (alarm, waker) = Alarm::new();
    let later = begun(&changed, &lock, &waker);
    drop(first);
    assert_eq!(alarm.rings(), 0);
    drop(later);
}

/// Notified, and out of time while it waits for the lock: the notification goes on, and it says that it
/// is late.
#[test]
fn out_of_time_for_the_lock() {
    watchdog(60, |crew| {
        let (changed, lock) = (Arc::new(Condvar::new()), Arc::new(Mutex::new(0)));
        let (tell, told) = towpath::oneshot();
        let late = {
            let (changed, lock) = (Arc::clone(&changed), Arc::clone(&lock));
            crew.thread("late", move |me| {
                me.at("waiting", 0);
                let held = lock.lock();
                tell.send(()).unwrap();
                changed.wait_timeout(held, Duration::from_millis(100)).1
            })
        };
        told.recv().unwrap();
        let held = lock.lock();
        if !changed.notify_one() {
            // It was late for that already: the machine is busy.
            drop(held);
            assert!(late.join());
            return;
        }
        let (other, (alarm, waker)) = (Mutex::new(0), Alarm::new());
        let next = begun(&changed, &other, &waker);
        while alarm.rings() == 0 {
            thread::yield_now();
        }
        drop(held);
        assert!(late.join(), "it has passed the notification on");
        drop(next);
    });
}

/// Waits that give up at random, of which each notification still gets one other going: as many items
/// are taken as were put in.
#[test]
fn giving_up_loses_no_notification() {
    watchdog(120, |crew| {
        const ITEMS: u32 = 2000;
        let (changed, lock) = (Arc::new(Condvar::new()), Arc::new(Mutex::new(0)));
        let done = Arc::new(Mutex::new(false));
        let fickle: Vec<_> = (0..2)
            .map(|seed| {
                let (changed, lock, done) =
                    (Arc::clone(&changed), Arc::clone(&lock), Arc::clone(&done));
                crew.thread(format!("fickle {seed}"), move |me| {
                    let mut random = Random::new(seed);
                    let mut round = 0;
                    while !*done.lock() {
                        me.at("giving up", round);
                        round += 1;
                        if random.below(2) == 0 {
                            let limit = Duration::from_micros(random.below(50));
                            let (held, late) = changed.wait_timeout(lock.lock(), limit);
                            drop(held);
                            if !late {
                                // It takes nothing.
                                changed.notify_one();
                            }
                            continue;
                        }
                        let mut waiting = Box::pin(changed.wait_async(lock.lock()));
                        for _ in 0..random.below(4) {
                            if poll_noop(&mut waiting).is_ready() {
                                // It takes nothing.
                                changed.notify_one();
                                break;
                            }
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        let taker = {
            let (changed, lock) = (Arc::clone(&changed), Arc::clone(&lock));
            crew.thread("taker", move |me| {
                for item in 0..ITEMS {
                    me.at("taking", item.into());
                    let mut held = lock.lock();
                    while *held == 0 {
                        held = changed.wait(held);
                    }
                    *held -= 1;
                }
            })
        };
        let mut random = Random::new(2);
        for _ in 0..ITEMS {
            // Now and then there is but one notification, so that it counts.
            let alone = random.below(2) == 0;
            while alone && *lock.lock() > 0 {
                thread::yield_now();
            }
            *lock.lock() += 1;
            changed.notify_one();
        }
        taker.join();
        *done.lock() = true;
        fickle.into_iter().for_each(|actor| actor.join());
        assert_eq!(*lock.lock(), 0);
        assert!(!changed.notify_one());
    });
}

/// Who looked at the condition in vain has not the lock when it is polled no more, also if others were at work in the
/// line, so that it is not in line again yet.
#[test]
fn who_is_not_in_line_yet_does_not_keep_the_lock_that_it_took() {
    const POLLS: u32 = 300_000;
    watchdog(120, |_| {
        let (changed, lock, other) = (Condvar::new(), Mutex::new(0), Mutex::new(0));
        let over = AtomicBool::new(false);
        let kept = thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        drop(begun_or_not(&changed, &other));
                        changed.notify_all();
                    }
                });
            }
            let mut looks = Box::pin(changed.wait_while_async(lock.lock(), |_| true));
            // Before it is in line for the first time the lock is the caller's.
            while lock.is_locked() {
                assert!(poll_noop(&mut looks).is_pending());
            }
            let keeps = |_: &u32| {
                assert!(poll_noop(&mut looks).is_pending());
                lock.is_locked()
            };
            let kept = (0..POLLS).filter(keeps).count();
            over.store(true, Ordering::Relaxed);
            kept
        });
        assert_eq!(kept, 0);
    });
}

/// In a select: the lock is let go while it waits, and back when it is chosen.
#[test]
fn in_a_select() {
    watchdog(60, |crew| {
        let (changed, lock) = (Arc::new(Condvar::new()), Arc::new(Mutex::new(0)));
        let (tx, rx) = towpath::bounded::<u32>(1);
        let selecting = {
            let (changed, lock) = (Arc::clone(&changed), Arc::clone(&lock));
            crew.thread("selecting", move |me| {
                me.at("selecting", 0);
                let mut messages = 0;
                loop {
                    let waiting = changed.wait_while_async(lock.lock(), |value| *value == 0);
                    towpath::select! {
                        wait(waiting) -> held => {
                            assert_eq!(*held, 1);
                            return messages;
                        }
                        recv(rx) -> message => {
                            message.unwrap();
                            messages += 1;
                        }
                    }
                }
            })
        };
        for message in 0..20 {
            tx.send(message).unwrap();
        }
        while !tx.is_empty() {
            thread::yield_now();
        }
        *lock.lock() = 1;
        changed.notify_one();
        assert_eq!(selecting.join(), 20);
        assert!(!lock.is_locked());
    });
}
