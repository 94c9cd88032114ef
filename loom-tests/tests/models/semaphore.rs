//! `Semaphore`: permits go round and do not get lost.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use loom::cell::UnsafeCell;
use towpath::sync::{AcquireError, AcquireTimeoutError, Semaphore};
use towpath_loom_tests::{Alarm, block_on, check, spawn};

fn shared(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits))
}

/// A value that one permit guards; loom finds two users at once.
struct Guarded(UnsafeCell<usize>);

// SAFETY: used by the holder of the one permit only, which is what the model checks.
unsafe impl Sync for Guarded {}
// SAFETY: as above.
unsafe impl Send for Guarded {}

impl Guarded {
    fn add(&self) {
        // SAFETY: the caller has the one permit.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}

#[test]
fn one_permit_is_a_lock() {
    check(|| {
        let permits = shared(1);
        let guarded = Arc::new(Guarded(UnsafeCell::new(0)));
        let workers = [true, false].map(|blocks| {
            let (permits, guarded) = (Arc::clone(&permits), Arc::clone(&guarded));
            spawn(move || {
                let permit = if blocks {
                    permits.acquire(1)
                } else {
                    block_on(permits.acquire_async(1))
                };
                guarded.add();
                drop(permit);
            })
        });
        let permit = permits.acquire(1);
        guarded.add();
        drop(permit);
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(permits.available_permits(), 1);
    });
}

#[test]
fn a_large_request_among_small_ones() {
    check(|| {
        let permits = shared(2);
        let (one, other) = (Arc::clone(&permits), Arc::clone(&permits));
        let large = spawn(move || drop(one.acquire(2).unwrap()));
        let small = spawn(move || drop(other.acquire(1).unwrap()));
        drop(permits.acquire(1).unwrap());
        large.join().unwrap();
        small.join().unwrap();
        assert_eq!(permits.available_permits(), 2);
    });
}

#[test]
fn two_returns_serve_one_large_waiter() {
    check(|| {
        let permits = shared(2);
        let held = [(); 2].map(|()| permits.acquire_owned(1).unwrap());
        let alarm = Alarm::new();
        let mut large = pin!(permits.acquire_async(2));
        assert!(alarm.poll(large.as_mut()).is_pending());
        let [one, other] = held;
        let returner = spawn(move || drop(one));
        drop(other);
        drop(alarm.finish(large).unwrap());
        returner.join().unwrap();
        assert_eq!(permits.available_permits(), 2);
    });
}

#[test]
fn the_first_gives_up_while_permits_come_back() {
    check(|| {
        let permits = shared(1);
        let held = permits.acquire_owned(1).unwrap();
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut quits = Box::pin(permits.acquire_async(1));
        let mut stays = pin!(permits.acquire_async(1));
        assert!(one.poll(quits.as_mut()).is_pending());
        assert!(other.poll(stays.as_mut()).is_pending());
        let returner = spawn(move || drop(held));
        drop(quits);
        drop(other.finish(stays).unwrap());
        returner.join().unwrap();
        assert_eq!(permits.available_permits(), 1);
    });
}

#[test]
fn a_large_first_gives_up_and_a_small_one_is_served() {
    check(|| {
        let permits = shared(2);
        let held = permits.acquire_owned(1).unwrap();
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut large = Box::pin(permits.acquire_async(2));
        let mut small = pin!(permits.acquire_async(1));
        assert!(one.poll(large.as_mut()).is_pending());
        assert!(other.poll(small.as_mut()).is_pending());
        let returner = spawn(move || drop(held));
        drop(large);
        drop(other.finish(small).unwrap());
        returner.join().unwrap();
        assert_eq!(permits.available_permits(), 2);
    });
}

#[test]
fn timeout_against_return() {
    check(|| {
        let permits = shared(1);
        let held = permits.acquire_owned(1).unwrap();
        let returner = spawn(move || drop(held));
        match permits.acquire_timeout(1, Duration::from_secs(1)) {
            Ok(permit) => drop(permit),
            Err(error) => assert_eq!(error, AcquireTimeoutError::Timeout),
        }
        returner.join().unwrap();
        assert_eq!(permits.available_permits(), 1);
        assert!(permits.try_acquire(1).is_ok());
    });
}

#[test]
fn close_against_return_and_getting_in_line() {
    check(|| {
        let permits = shared(1);
        let held = permits.acquire_owned(1).unwrap();
        let other = Arc::clone(&permits);
        let waiter = spawn(move || other.acquire(1).map(drop));
        drop(held);
        assert!(permits.close());
        if let Err(error) = waiter.join().unwrap() {
            assert_eq!(error, AcquireError);
        }
        assert_eq!(permits.available_permits(), 1);
        assert!(permits.try_acquire(1).is_err());
    });
}

#[test]
fn added_permits_serve_two_waiters() {
    check(|| {
        let permits = shared(0);
        let other = Arc::clone(&permits);
        let (one, two) = (Alarm::new(), Alarm::new());
        let mut first = pin!(permits.acquire_async(1));
        let mut second = pin!(permits.acquire_async(1));
        assert!(one.poll(first.as_mut()).is_pending());
        let adder = spawn(move || other.add_permits(2));
        two.finish(second.as_mut()).unwrap().forget();
        one.finish(first.as_mut()).unwrap().forget();
        adder.join().unwrap();
        assert_eq!(permits.available_permits(), 0);
    });
}

#[test]
fn forgetting_against_acquiring() {
    check(|| {
        let permits = shared(2);
        let other = Arc::clone(&permits);
        let forgetter = spawn(move || other.forget_permits(1));
        let acquired = permits.try_acquire(2).map(drop).is_ok();
        let forgotten = forgetter.join().unwrap();
        assert!(acquired || forgotten == 1);
        assert_eq!(permits.available_permits(), 2 - forgotten);
    });
}
