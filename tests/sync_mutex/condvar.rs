//! Waiting for a condition, in the manner of Go's tests of `sync.Cond`.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use towpath::sync::{Condvar, Mutex, RwMutex};

use crate::common::{Alarm, Place, poll, ready, watchdog};

const ROUNDS_IN_STORM: u32 = 20;

struct Shared<T> {
    lock: Mutex<T>,
    changed: Condvar,
}

fn shared<T>(value: T) -> Arc<Shared<T>> {
    Arc::new(Shared {
        lock: Mutex::new(value),
        changed: Condvar::new(),
    })
}

fn places() -> Vec<Place> {
    [Place::Thread, Place::Thread]
        .into_iter()
        .chain(Place::TASKS)
        .collect()
}

/// Go's `TestCondSignal`: each notification wakes one, and nobody else.
#[test]
fn one_notification_wakes_one() {
    watchdog(60, |crew| {
        // How many wait, how many may go, how many went.
        let shared = shared((0, 0, 0));
        let actors: Vec<_> = places()
            .into_iter()
            .map(|place| {
                let shared = Arc::clone(&shared);
                crew.act(place, "waiter", move |me| async move {
                    me.at("waiting", 0);
                    let mut held = shared.lock.lock_async().await;
                    held.0 += 1;
                    held = if me.blocks() {
                        shared.changed.wait(held)
                    } else {
                        shared.changed.wait_async(held).await
                    };
                    held.2 += 1;
                })
            })
            .collect();
        let count = actors.len();
        while shared.lock.lock().0 < count {
            std::thread::yield_now();
        }
        for went in 0..count {
            let held = shared.lock.lock();
            assert_eq!(held.2, went, "nobody goes without a notification");
            assert!(shared.changed.notify_one());
            drop(held);
            while shared.lock.lock().2 == went {
                std::thread::yield_now();
            }
        }
        assert!(!shared.changed.notify_one());
        actors.into_iter().for_each(|actor| actor.join());
    });
}

/// Go's `TestCondBroadcast`: rounds in which everybody is woken, and comes back.
#[test]
fn all_are_woken_round_after_round() {
    watchdog(60, |crew| {
        const ROUNDS: usize = 50;
        let shared = shared((0_usize, 0_usize)); // the round, how many wait in it
        let actors: Vec<_> = places()
            .into_iter()
            .map(|place| {
                let shared = Arc::clone(&shared);
                crew.act(place, "waiter", move |me| async move {
                    for round in 0..ROUNDS {
                        me.at("waiting for the end of a round", round as u64);
                        let mut held = shared.lock.lock_async().await;
                        held.1 += 1;
                        let over = move |state: &mut (usize, usize)| state.0 == round;
                        held = if me.blocks() {
                            shared.changed.wait_while(held, over)
                        } else {
                            shared.changed.wait_while_async(held, over).await
                        };
                        drop(held);
                    }
                })
            })
            .collect();
        let count = actors.len();
        for round in 0..ROUNDS {
            loop {
                let mut held = shared.lock.lock();
                if held.1 == count {
                    *held = (round + 1, 0);
                    break;
                }
                drop(held);
                std::thread::yield_now();
            }
            shared.changed.notify_all();
        }
        actors.into_iter().for_each(|actor| actor.join());
        assert_eq!(shared.changed.notify_all(), 0);
    });
}

/// Go's `TestCondSignalStealing`: one that comes after the notification does not use up that of the one
/// that was waiting.
#[test]
fn a_notification_is_not_stolen() {
    watchdog(60, |crew| {
        for iteration in 0..200 {
            let shared = shared(false);
            let held = shared.lock.lock();
            let first = {
                let shared = Arc::clone(&shared);
                crew.thread("first", move |me| {
                    me.at("waiting", iteration);
                    drop(shared.changed.wait(shared.lock.lock()));
                })
            };
            drop(held);
            while format!("{:?}", shared.changed) != "Condvar { waiting: 1 }" {
                std::thread::yield_now();
            }
            let held = shared.lock.lock();
            assert!(shared.changed.notify_one());
            drop(held);
            // It waits for the condition, which is not what was notified.
            let second = {
                let shared = Arc::clone(&shared);
                crew.thread("second", move |me| {
                    me.at("waiting for the condition", iteration);
                    drop(shared.changed.wait_while(shared.lock.lock(), |done| !*done));
                })
            };
            first.join();
            *shared.lock.lock() = true;
            shared.changed.notify_all();
            second.join();
        }
    });
}

/// A bounded buffer of two conditions, threads and tasks at both ends.
#[test]
fn a_buffer_loses_nothing() {
    struct Buffer {
        items: Mutex<VecDeque<u64>>,
        not_empty: Condvar,
        not_full: Condvar,
    }
    watchdog(120, |crew| {
        const EACH: u64 = 500;
        let buffer = Arc::new(Buffer {
            items: Mutex::default(),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
        });
        let producers: Vec<_> = places()
            .into_iter()
            .map(|place| {
                let buffer = Arc::clone(&buffer);
                crew.act(place, "producer", move |me| async move {
                    for number in 0..EACH {
                        me.at("waiting for room", number);
                        let full = |items: &mut VecDeque<u64>| items.len() == 2;
                        let held = buffer.items.lock_async().await;
                        let mut held = if me.blocks() {
                            buffer.not_full.wait_while(held, full)
                        } else {
                            buffer.not_full.wait_while_async(held, full).await
                        };
                        held.push_back(number);
                        drop(held);
                        buffer.not_empty.notify_one();
                    }
                })
            })
            .collect();
        let consumers: Vec<_> = places()
            .into_iter()
            .map(|place| {
                let buffer = Arc::clone(&buffer);
                crew.act(place, "consumer", move |me| async move {
                    let mut sum = 0;
                    for number in 0..EACH {
                        me.at("waiting for an item", number);
                        let empty = |items: &mut VecDeque<u64>| items.is_empty();
                        let held = buffer.items.lock_async().await;
                        let mut held = if me.blocks() {
                            buffer.not_empty.wait_while(held, empty)
                        } else {
                            buffer.not_empty.wait_while_async(held, empty).await
                        };
                        sum += held.pop_front().expect("not empty");
                        // With the lock held, for a change.
                        buffer.not_full.notify_one();
                    }
                    sum
                })
            })
            .collect();
        let count = producers.len() as u64;
        producers.into_iter().for_each(|producer| producer.join());
        let sum: u64 = consumers.into_iter().map(|consumer| consumer.join()).sum();
        assert_eq!(sum, count * EACH * (EACH - 1) / 2);
    });
}

#[test]
fn time_runs_out() {
    let shared = shared(5);
    let start = Instant::now();
    let limit = Duration::from_millis(10);
    let (held, late) = shared.changed.wait_timeout(shared.lock.lock(), limit);
    assert!(late && start.elapsed() >= limit);
    assert!(shared.lock.try_lock().is_none(), "the lock was taken again");
    let (held, late) = shared.changed.wait_deadline(held, Instant::now());
    assert!(late);
    let (held, late) = shared
        .changed
        .wait_timeout_while(held, limit, |value| *value == 5);
    assert!(late);
    let (held, late) = shared
        .changed
        .wait_timeout_while(held, Duration::MAX, |value| *value != 5);
    assert!(!late);
    let (held, late) = shared
        .changed
        .wait_deadline_while(held, Instant::now(), |_| false);
    assert!(!late);
    drop(held);
    assert!(!shared.lock.is_locked());
    assert_eq!(shared.changed.notify_all(), 0, "nobody is left in line");
}

/// Whoever is told again and again, for nothing, is not kept beyond its time by that.
#[test]
fn time_runs_out_under_a_storm_of_notifications() {
    watchdog(60, |crew| {
        let shared = shared(());
        let over = Arc::new(AtomicBool::new(false));
        let storm = {
            let (shared, over) = (Arc::clone(&shared), Arc::clone(&over));
            crew.act(Place::Thread, "storm", move |_| async move {
                while !over.load(Ordering::Relaxed) {
                    shared.changed.notify_all();
                }
            })
        };
        let (start, limit) = (Instant::now(), Duration::from_millis(5));
        for _ in 0..ROUNDS_IN_STORM {
            let held = shared.lock.lock();
            let (_, late) = shared.changed.wait_timeout_while(held, limit, |()| true);
            assert!(late);
        }
        over.store(true, Ordering::Relaxed);
        storm.join();
        let took = start.elapsed();
        assert!(took < 10 * ROUNDS_IN_STORM * limit, "took {took:?}");
    });
}

/// Of a wait for a condition that holds on, and all of whose looks but the first take until `end`.
struct Late {
    lock: Mutex<()>,
    changed: Condvar,
    end: Instant,
    looks: AtomicU32,
    over: AtomicBool,
}

impl Late {
    fn soon() -> Arc<Self> {
        Arc::new(Self {
            lock: Mutex::new(()),
            changed: Condvar::new(),
            end: Instant::now() + Duration::from_millis(20),
            looks: AtomicU32::new(0),
            over: AtomicBool::new(false),
        })
    }

    fn look(&self) -> bool {
        let is_first = self.looks.fetch_add(1, Ordering::SeqCst) == 0;
        while !is_first && Instant::now() <= self.end {
            thread::yield_now();
        }
        true
    }

    /// Notifies once the lock is let go after the first look.
    fn notify(&self) {
        while self.looks.load(Ordering::SeqCst) == 0 || self.lock.is_locked() {
            thread::yield_now();
        }
        self.changed.notify_one();
    }

    /// From the second look until it is over nobody else gets the lock.
    fn assert_is_kept(&self) {
        while self.looks.load(Ordering::SeqCst) == 1 {
            thread::yield_now();
        }
        while !self.is_over() {
            let held = self.lock.try_lock();
            assert!(held.is_none() || self.is_over(), "the lock was let go");
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// It looks at the condition, with the lock held, until its time is out: it does not let the lock go once more, only to
/// wait for it without a bound.
#[test]
fn who_is_late_with_the_lock_held_keeps_it() {
    watchdog(60, |crew| {
        for _ in 0..10 {
            let late = Late::soon();
            let wait = Arc::clone(&late);
            let other = crew.act(Place::Thread, "other", move |_| async move {
                wait.notify();
                wait.assert_is_kept();
            });
            let held = late.lock.lock();
            let wait = late
                .changed
                .wait_deadline_while(held, late.end, |()| late.look());
            assert!(wait.1);
            late.over.store(true, Ordering::SeqCst);
            drop(wait);
            other.join();
        }
    });
}

/// With a `TimedOut` it is let go: who took the lock then, as the document says, would wait for himself.
#[test]
fn the_lock_is_let_go_when_time_is_out() {
    watchdog(60, |crew| {
        for _ in 0..10 {
            let late = Late::soon();
            let wait = Arc::clone(&late);
            let other = crew.act(
                Place::Thread,
                "other",
                move |_| async move { wait.notify() },
            );
            let held = late.lock.lock();
            let wait = late.changed.wait_while_async(held, |()| late.look());
            let timed_out = wait.wait_deadline(late.end).expect_err("it holds");
            assert!(!late.lock.is_locked());
            drop(timed_out.relock());
            other.join();
        }
    });
}

/// The lock is let go exactly when the wait begins.
#[test]
fn the_lock_is_let_go_at_the_first_poll() {
    let shared = shared(0);
    let mut waiting = Box::pin(shared.changed.wait_async(shared.lock.lock()));
    assert!(shared.lock.is_locked());
    let (alarm, waker) = Alarm::new();
    assert!(poll(&mut waiting, &waker).is_pending());
    let mut held = shared.lock.try_lock().expect("let go");
    *held = 1;
    assert!(shared.changed.notify_one());
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut waiting, &waker).is_pending(), "the lock is taken");
    drop(held);
    assert_eq!(alarm.rings(), 2);
    match poll(&mut waiting, &waker) {
        std::task::Poll::Ready(held) => assert_eq!(*held, 1),
        std::task::Poll::Pending => panic!("the lock is free"),
    }
    assert!(!shared.lock.is_locked());
}

/// The condition is asked at once, under the lock, and after each notification.
#[test]
fn the_condition_is_asked_under_the_lock() {
    let shared = shared(0);
    let none = shared
        .changed
        .wait_while_async(shared.lock.lock(), |value| *value != 0);
    drop(ready(none));
    let mut asked = 0;
    let condition = |value: &mut i32| {
        assert!(shared.lock.is_locked());
        asked += 1;
        *value < 2
    };
    let mut waiting = Box::pin(
        shared
            .changed
            .wait_while_async(shared.lock.lock(), condition),
    );
    let (alarm, waker) = Alarm::new();
    assert!(poll(&mut waiting, &waker).is_pending());
    for value in 1..3 {
        *shared.lock.lock() = value;
        assert_eq!(shared.changed.notify_all(), 1, "in line again");
        assert_eq!(alarm.rings(), value as usize);
        assert_eq!(poll(&mut waiting, &waker).is_ready(), value == 2);
    }
    drop(waiting);
    assert_eq!(asked, 3);
    assert!(!shared.lock.is_locked());
}

#[test]
fn a_condition_that_panics_lets_the_lock_go() {
    let shared = shared(0);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        shared
            .changed
            .wait_while(shared.lock.lock(), |_| panic!("no answer"))
    }));
    assert!(outcome.is_err());
    assert!(!shared.lock.is_locked());

    let mut polls = 0;
    let condition = |_: &mut i32| {
        polls += 1;
        assert!(polls < 2, "no second answer");
        true
    };
    let mut waiting = Box::pin(
        shared
            .changed
            .wait_while_async(shared.lock.lock(), condition),
    );
    let (alarm, waker) = Alarm::new();
    assert!(poll(&mut waiting, &waker).is_pending());
    assert!(shared.changed.notify_one());
    assert_eq!(alarm.rings(), 1);
    let outcome = catch_unwind(AssertUnwindSafe(|| poll(&mut waiting, &waker).is_ready()));
    assert!(outcome.is_err());
    assert!(!shared.lock.is_locked());
    drop(waiting);
    assert!(!shared.changed.notify_one());
}

/// Owned guards, and guards of several locks.
#[test]
fn any_guard_will_do() {
    watchdog(60, |crew| {
        let lock = Arc::new(Mutex::new(0));
        let changed = Arc::new(Condvar::new());
        let waiter = {
            let (lock, changed) = (Arc::clone(&lock), Arc::clone(&changed));
            crew.act(Place::TokioMulti, "waiter", move |me| async move {
                me.at("waiting", 0);
                let held = lock.lock_arc_async().await;
                *changed.wait_while_async(held, |value| *value == 0).await
            })
        };
        *lock.lock() = 7;
        changed.notify_all();
        assert_eq!(waiter.join(), 7);
        assert_eq!(Arc::strong_count(&lock), 1);
    });
}

/// The writer of an [`RwMutex`] waits as the holder of a mutex does, as a thread and as a task; the
/// readers get in meanwhile.
#[test]
fn a_writer_waits_for_its_condition() {
    watchdog(60, |crew| {
        let shared = Arc::new((RwMutex::new((0, 0)), Condvar::new()));
        let actors: Vec<_> = places()
            .into_iter()
            .map(|place| {
                let shared = Arc::clone(&shared);
                crew.act(place, "writer", move |me| async move {
                    let (lock, changed) = &*shared;
                    me.at("waiting", 0);
                    let mut held = lock.write_async().await;
                    held.0 += 1;
                    held = if me.blocks() {
                        changed.wait_while(held, |value| value.1 == 0)
                    } else {
                        changed.wait_while_async(held, |value| value.1 == 0).await
                    };
                    held.1 += 1;
                })
            })
            .collect();
        let (lock, changed) = &*shared;
        while lock.read().0 < actors.len() {
            std::thread::yield_now();
        }
        assert_eq!(lock.read().1, 0, "nobody goes before the condition holds");
        lock.write().1 = 1;
        changed.notify_all();
        let count = actors.len();
        actors.into_iter().for_each(|actor| actor.join());
        assert_eq!(lock.read().1, 1 + count);
    });
}
