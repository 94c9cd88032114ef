//! A future that was told to try, or was handed the lock, and is neither polled nor dropped: nobody
//! waits for it for ever.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use towpath::sync::{Mutex, MutexFut};

use crate::common::{Alarm, Place, poll, poll_noop, ready, watchdog};

type Locking<'a> = Pin<Box<MutexFut<'a, u32>>>;

fn in_line(lock: &Mutex<u32>) -> Locking<'_> {
    let mut locking = Box::pin(lock.lock_async());
    assert!(poll_noop(&mut locking).is_pending(), "it is held");
    locking
}

/// Whoever asks anew takes the free lock.
#[test]
fn newcomers_pass_it_by() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let aside = in_line(&lock);
    drop(held);
    *lock.try_lock().expect("it is free") += 1;
    *lock.lock() += 1;
    *ready(lock.lock_async()) += 1;
    drop(aside);
    assert_eq!(lock.into_inner(), 3);
}

/// The program of Oxide's RFD 609: a task waits for the lock in one future, and, without polling that
/// one again, in another; here, both got in line before the lock was let go.
#[test]
fn a_task_with_two_futures_is_not_locked_out_by_itself() {
    for place in Place::TASKS {
        watchdog(30, move |crew| {
            let lock: &'static Mutex<u32> = Box::leak(Box::default());
            let held = lock.lock();
            let (tell, told) = towpath::oneshot();
            let task = crew.act(place, "task", move |me| async move {
                let mut aside = Box::pin(lock.lock_async());
                assert!(poll_with_own_waker(aside.as_mut()).await.is_pending());
                let mut second = Box::pin(lock.lock_async());
                assert!(poll_with_own_waker(second.as_mut()).await.is_pending());
                tell.send(()).unwrap();
                me.at("waiting behind its own future", 0);
                drop(second.await);
                me.at("waiting in the one put aside", 0);
                drop(aside.await);
            });
            told.recv().unwrap();
            drop(held);
            task.join();
        });
    }
}

/// A program of tasks alone, in which as many futures were put aside as a glance down the line would
/// have seen, and more.
#[test]
fn a_task_behind_many_put_aside_gets_the_lock() {
    for place in Place::TASKS {
        watchdog(30, move |crew| {
            let lock: &'static Mutex<u32> = Box::leak(Box::default());
            let held = lock.lock();
            let (tell, told) = towpath::oneshot();
            let task = crew.act(place, "task", move |me| async move {
                let mut aside = Vec::new();
                for _ in 0..12 {
                    let mut one = Box::pin(lock.lock_async());
                    assert!(poll_with_own_waker(one.as_mut()).await.is_pending());
                    aside.push(one);
                }
                let mut last = Box::pin(lock.lock_async());
                assert!(poll_with_own_waker(last.as_mut()).await.is_pending());
                tell.send(()).unwrap();
                me.at("waiting behind its own futures", 0);
                drop(last.await);
                for (number, one) in (0..).zip(aside) {
                    me.at("waiting in one put aside", number);
                    drop(one.await);
                }
            });
            told.recv().unwrap();
            drop(held);
            task.join();
            assert!(!lock.is_locked());
        });
    }
}

/// A select in line: it is rung as anybody else is.
#[test]
fn a_select_behind_one_put_aside_gets_the_lock() {
    watchdog(30, |crew| {
        let lock: &'static Mutex<u32> = Box::leak(Box::default());
        let held = lock.lock();
        let aside = in_line(lock);
        let (tell, told) = towpath::oneshot();
        let task = crew.act(Place::TokioMulti, "select", move |me| async move {
            let silent = towpath::never::<()>();
            let mut selecting = Box::pin(async {
                towpath::select_async! {
                    recv(silent) -> _ => unreachable!("it is silent"),
                    wait(lock.lock_async()) -> held => drop(held),
                }
            });
            assert!(poll_with_own_waker(selecting.as_mut()).await.is_pending());
            tell.send(()).unwrap();
            me.at("selecting", 0);
            selecting.await;
        });
        told.recv().unwrap();
        drop(held);
        task.join();
        drop(aside);
        assert!(!lock.is_locked());
    });
}

/// A lock that is held for long, with a line in which a task had to be passed over once: nobody is
/// woken for nothing, again and again.
#[test]
fn a_lock_that_is_held_wakes_nobody() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let aside = in_line(&lock);
    let wakers: Vec<_> = (0..3).map(|_| Alarm::new()).collect();
    let mut line: Vec<Locking<'_>> = Vec::new();
    for (_, waker) in &wakers {
        let mut locking = Box::pin(lock.lock_async());
        assert!(poll(&mut locking, waker).is_pending());
        line.push(locking);
    }
    drop(held);
    let held = lock.try_lock().expect("it is free");
    let rings = || wakers.iter().map(|(alarm, _)| alarm.rings()).sum::<usize>();
    let deadline = Instant::now() + Duration::from_secs(20);
    while wakers[0].0.rings() == 0 {
        assert!(Instant::now() < deadline, "nobody is rung");
        std::thread::yield_now();
    }
    // It sees that all is well.
    assert!(poll(&mut line[0], &wakers[0].1).is_pending());
    let before = rings();
    let quiet = Instant::now() + Duration::from_millis(40);
    while Instant::now() < quiet {
        std::thread::yield_now();
    }
    // One ring may have been on its way.
    assert!(rings() <= before + 1, "{} rings", rings() - before);
    drop((held, aside, line));
}

async fn poll_with_own_waker<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Sleepers behind several futures put aside: threads and tasks.
#[test]
fn sleepers_behind_it_are_told_instead() {
    watchdog(30, |crew| {
        let lock: &'static Mutex<u32> = Box::leak(Box::default());
        let held = lock.lock();
        let aside: Vec<_> = (0..3).map(|_| in_line(lock)).collect();
        let (tell, told) = towpath::bounded(2);
        let telling = tell.clone();
        let thread = crew.thread("sleeping thread", move |me| {
            me.at("locking", 0);
            let mut locking = Box::pin(lock.lock_async());
            assert!(poll_noop(&mut locking).is_pending());
            telling.send(()).unwrap();
            drop(locking);
            *lock.lock() += 1;
        });
        let task = crew.act(Place::TokioMulti, "sleeping task", move |me| async move {
            let mut locking = Box::pin(lock.lock_async());
            assert!(poll_with_own_waker(locking.as_mut()).await.is_pending());
            tell.send_async(()).await.unwrap();
            me.at("locking", 0);
            *locking.await += 1;
        });
        told.recv().unwrap();
        told.recv().unwrap();
        drop(held);
        thread.join();
        task.join();
        assert_eq!(*lock.lock(), 2);
        drop(aside);
        assert!(!lock.is_locked());
    });
}

/// Makes the future at the front ask for the lock to be handed over: it waits for longer than a
/// millisecond, is told to try, and finds the lock taken.
fn starving<'a>(lock: &'a Mutex<u32>) -> (Locking<'a>, towpath::sync::MutexGuard<'a, u32>) {
    let held = lock.lock();
    let (alarm, waker) = Alarm::new();
    let mut locking = Box::pin(lock.lock_async());
    assert!(poll(&mut locking, &waker).is_pending());
    let long = Instant::now() + Duration::from_millis(2);
    while Instant::now() < long {
        std::thread::yield_now();
    }
    drop(held);
    assert_eq!(alarm.rings(), 1, "told to try");
    let held = lock.try_lock().expect("nobody took it");
    assert!(poll(&mut locking, &waker).is_pending());
    (locking, held)
}

#[test]
fn a_starving_future_is_handed_the_lock() {
    let lock = Mutex::new(0);
    let (mut locking, held) = starving(&lock);
    drop(held);
    assert!(lock.try_lock().is_none(), "it is not free in between");
    assert!(poll_noop(&mut locking).is_ready());
    assert!(!lock.is_locked());
}

#[test]
fn a_handed_lock_is_let_go_when_the_future_is_dropped() {
    let lock = Mutex::new(0);
    let (locking, held) = starving(&lock);
    drop(held);
    assert!(lock.try_lock().is_none());
    drop(locking);
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_handed_lock_goes_to_the_next_when_the_future_is_dropped() {
    let lock = Mutex::new(0);
    let (locking, held) = starving(&lock);
    let (alarm, waker) = Alarm::new();
    let mut next = Box::pin(lock.lock_async());
    assert!(poll(&mut next, &waker).is_pending());
    drop(held);
    assert_eq!(alarm.rings(), 0);
    drop(locking);
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut next, &waker).is_ready());
}

/// A future that asked for the lock, and gave up before it was let go.
#[test]
fn a_starving_future_that_is_dropped_leaves_no_trace() {
    let lock = Mutex::new(0);
    let (locking, held) = starving(&lock);
    let aside = in_line(&lock);
    drop(locking);
    drop(held);
    assert!(lock.try_lock().is_some(), "it was not handed over");
    drop(aside);
}

/// Two ask for the lock to be handed over, and one of them goes away: it is handed to the other.
#[test]
fn one_that_gives_up_takes_back_its_own_request_only() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let mut first = in_line(&lock);
    // With a future among its cases it loses its place, and takes it again, at each poll.
    let mut second = Box::pin(async {
        towpath::select_async! {
            wait(std::future::pending::<()>()) -> () => {}
            wait(lock.lock_async()) -> _held => {}
        }
    });
    assert!(poll_noop(&mut second).is_pending());
    let long = Instant::now() + Duration::from_millis(2);
    while Instant::now() < long {
        std::thread::yield_now();
    }
    drop(held);
    let held = lock.try_lock().expect("the first was told only");
    assert!(poll_noop(&mut first).is_pending(), "lost: starves");
    assert!(poll_noop(&mut second).is_pending(), "starves, too");
    drop(second);
    drop(held);
    assert!(lock.try_lock().is_none(), "it is handed over");
    assert!(poll_noop(&mut first).is_ready());
    assert!(lock.try_lock().is_some(), "and nobody asks any more");
}

/// It was handed the lock and does not come: others get it, and when it comes it waits on.
#[test]
fn a_handed_lock_is_given_to_others() {
    watchdog(30, |crew| {
        let lock: &'static Mutex<u32> = Box::leak(Box::default());
        let (mut aside, held) = starving(lock);
        drop(held);
        let other = crew.thread("sleeper", move |me| {
            me.at("locking", 0);
            lock.lock()
        });
        let held = other.join();
        assert!(poll_noop(&mut aside).is_pending(), "others have it");
        drop(held);
        assert!(poll_noop(&mut aside).is_ready());
        assert!(!lock.is_locked());
    });
}

/// As above, with tasks alone, and dropped while it is too late.
#[test]
fn a_handed_lock_is_given_to_other_tasks() {
    for place in Place::TASKS {
        watchdog(30, move |crew| {
            let lock: &'static Mutex<u32> = Box::leak(Box::default());
            let (aside, held) = starving(lock);
            drop(held);
            let other = crew.act(place, "sleeper", move |me| async move {
                me.at("locking", 0);
                lock.lock_async().await
            });
            let held = other.join();
            drop(aside);
            assert!(lock.is_locked(), "others have it");
            drop(held);
            assert!(!lock.is_locked());
        });
    }
}

/// Locks that come and go while they are watched.
#[test]
fn watched_locks_may_go() {
    watchdog(60, |crew| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                crew.thread(format!("maker {number}"), move |me| {
                    let end = Instant::now() + Duration::from_millis(300);
                    let mut round = 0;
                    while Instant::now() < end {
                        me.at("making", round);
                        let lock = Arc::new(Mutex::new(0));
                        let held = lock.lock_arc();
                        let mut line: Vec<_> =
                            (0..3).map(|_| Box::pin(lock.lock_arc_async())).collect();
                        for locking in &mut line {
                            assert!(poll_noop(locking).is_pending());
                        }
                        drop(held);
                        if round % 64 == 0 {
                            std::thread::sleep(Duration::from_millis(5));
                        }
                        drop(line);
                        assert!(!lock.is_locked());
                        round += 1;
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join());
    });
}

/// The next in line are forgotten, which ends their borrow, and the lock goes: nobody looks at it any
/// more. (With the memory in use again, a late look would be seen.)
#[test]
fn a_lock_may_go_after_its_futures_were_forgotten() {
    for _ in 0..50 {
        let lock = Box::new(Mutex::new(0));
        let held = lock.lock();
        let line = [in_line(&lock), in_line(&lock), in_line(&lock)];
        drop(held);
        line.into_iter().for_each(std::mem::forget);
        drop(lock);
        let reused = Box::new([usize::MAX; 4]);
        let until = Instant::now() + Duration::from_millis(10);
        while Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(reused.iter().all(|word| *word == usize::MAX));
    }
}

/// The same with a lock that moves, and is used where it is now.
#[test]
fn a_lock_may_move_after_its_futures_were_forgotten() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let line = [in_line(&lock), in_line(&lock)];
    drop(held);
    line.into_iter().for_each(std::mem::forget);
    let lock = Box::new(lock);
    let held = lock.try_lock().expect("it is free");
    let (alarm, waker) = Alarm::new();
    let mut locking = Box::pin(lock.lock_async());
    assert!(poll(&mut locking, &waker).is_pending());
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(20);
    while alarm.rings() == 0 {
        assert!(Instant::now() < deadline, "it waits behind those forgotten");
        std::thread::yield_now();
    }
    assert!(poll(&mut locking, &waker).is_ready());
}

/// A select whose other case was told in vain gets in line again: behind those who came meanwhile, as it
/// does at a channel, and not before those who were first.
#[test]
fn a_select_does_not_overtake_the_line() {
    let lock = Mutex::new(0);
    let held = lock.lock();
    let (first_told, first_waker) = Alarm::new();
    let mut first: Locking<'_> = Box::pin(lock.lock_async());
    assert!(poll(&mut first, &first_waker).is_pending());
    // A ring: its messages are there for whoever comes first.
    let (tx, rx) = towpath::bounded(4);
    let (select_told, select_waker) = Alarm::new();
    let mut select = Box::pin(async {
        towpath::select_async! {
            recv(rx) -> _ => unreachable!("its message is taken"),
            wait(lock.lock_async()) -> held => drop(held),
        }
    });
    assert!(poll(&mut select, &select_waker).is_pending());
    tx.send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1));
    assert!(poll(&mut select, &select_waker).is_pending());
    let before = select_told.rings();
    drop(held);
    assert_eq!((first_told.rings(), select_told.rings()), (1, before));
}
