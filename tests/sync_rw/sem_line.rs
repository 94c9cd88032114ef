//! The line of a semaphore, step by step: first come, first served, whatever the sizes.

use crate::common::{Alarm, Scripted, poll, poll_noop, ready, watchdog};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use towpath::sync::{AcquireError, AcquireFut, Permit, Semaphore, TryAcquireError};

type Fut<'a> = Pin<Box<AcquireFut<'a>>>;

#[track_caller]
fn waits(semaphore: &Semaphore, n: usize) -> Fut<'_> {
    let mut waiting = Box::pin(semaphore.acquire_async(n));
    not_yet(&mut waiting);
    waiting
}

#[track_caller]
fn not_yet(waiting: &mut Fut<'_>) {
    assert!(poll_noop(waiting).is_pending(), "it should have to wait");
}

#[track_caller]
fn now<'a>(waiting: &mut Fut<'a>) -> Permit<'a> {
    match poll_noop(waiting) {
        Poll::Ready(permit) => permit.expect("the semaphore is open"),
        Poll::Pending => panic!("it should have been served"),
    }
}

#[test]
fn weights_are_served_in_order() {
    let semaphore = Semaphore::new(0);
    let mut line = [2, 1, 3, 1].map(|n| waits(&semaphore, n));
    semaphore.add_permits(1);
    line.iter_mut().for_each(not_yet);
    semaphore.add_permits(1);
    let [two, one, three, last] = &mut line;
    assert_eq!(now(two).len(), 2);
    // They came back at once: one and one of the three.
    let held = now(one);
    not_yet(three);
    not_yet(last);
    semaphore.add_permits(1);
    not_yet(three);
    drop(held);
    let held = now(three);
    not_yet(last);
    drop(held);
    drop(now(last));
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn nobody_passes_a_large_request() {
    let semaphore = Arc::new(Semaphore::new(3));
    let held = semaphore.acquire(2).unwrap();
    let mut large = waits(&semaphore, 3);
    assert_eq!(semaphore.available_permits(), 1, "kept for the large one");
    assert_eq!(
        semaphore.try_acquire(1).unwrap_err(),
        TryAcquireError::NoPermits
    );
    assert!(semaphore.try_acquire_owned(1).is_err());
    assert!(
        semaphore
            .acquire_timeout(1, Duration::from_millis(2))
            .is_err()
    );
    let mut small = waits(&semaphore, 1);
    drop(held);
    let held = now(&mut large);
    not_yet(&mut small);
    drop(held);
    drop(now(&mut small));
}

#[test]
fn the_first_gives_up_and_the_rest_is_served() {
    let semaphore = Semaphore::new(2);
    let mut large = waits(&semaphore, 3);
    let (alarm, waker) = Alarm::new();
    let mut small = [1, 1, 1].map(|n| Box::pin(semaphore.acquire_async(n)));
    for waiting in &mut small {
        assert!(poll(waiting, &waker).is_pending());
    }
    not_yet(&mut large);
    drop(large);
    assert_eq!(alarm.rings(), 2);
    let [one, other, third] = &mut small;
    let held = [now(one), now(other)];
    not_yet(third);
    drop(held);
    drop(now(third));
    assert!(semaphore.try_acquire(2).is_ok());
}

#[test]
fn forgetting_permits_makes_the_line_wait() {
    let semaphore = Semaphore::new(2);
    let mut large = waits(&semaphore, 3);
    assert_eq!(semaphore.forget_permits(1), 1);
    semaphore.add_permits(1);
    not_yet(&mut large);
    semaphore.add_permits(1);
    now(&mut large).forget();
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn none_are_there_at_once_even_behind_a_line() {
    let semaphore = Semaphore::new(0);
    let waiting = waits(&semaphore, 1);
    assert!(ready(semaphore.acquire_async(0)).unwrap().is_empty());
    drop(waiting);
}

#[test]
fn closing_tells_everybody_and_keeps_permits_going_round() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.acquire(1).unwrap();
    let mut line: Vec<_> = (0..50).map(|_| waits(&semaphore, 1)).collect();
    let mut granted = line.remove(0);
    drop(held);
    semaphore.close();
    for waiting in &mut line {
        assert!(matches!(poll_noop(waiting), Poll::Ready(Err(AcquireError))));
    }
    // Handed over before: it stands.
    let held = now(&mut granted);
    assert_eq!(semaphore.available_permits(), 0);
    drop(held);
    assert_eq!(semaphore.available_permits(), 1);
    assert!(semaphore.is_closed());
}

/// Told one batch after the other; a permit that comes back between two of them is nobody's.
#[test]
fn nobody_is_served_once_it_is_closed() {
    let semaphore = Arc::new(Semaphore::new(1));
    let held = Mutex::new(Some(semaphore.acquire_owned(1).unwrap()));
    let returns = Scripted::waker(move || {
        let held = held.lock().unwrap().take();
        drop(held);
    });
    let mut line: Vec<Fut<'_>> = (0..50)
        .map(|_| Box::pin(semaphore.acquire_async(1)))
        .collect();
    for waiting in &mut line {
        assert!(poll(waiting, &returns).is_pending());
    }
    semaphore.close();
    assert_eq!(semaphore.available_permits(), 1);
    for waiting in &mut line {
        assert!(matches!(poll_noop(waiting), Poll::Ready(Err(AcquireError))));
    }
}

#[test]
fn one_return_serves_more_than_a_batch() {
    let semaphore = Semaphore::new(100);
    let held = semaphore.acquire(100).unwrap();
    let mut line: Vec<_> = (0..100).map(|_| waits(&semaphore, 1)).collect();
    drop(held);
    let held: Vec<_> = line.iter_mut().map(now).collect();
    assert_eq!((held.len(), semaphore.available_permits()), (100, 0));
}

#[test]
fn threads_wait_too() {
    watchdog(60, |crew| {
        let semaphore = Arc::new(Semaphore::new(0));
        let waiters = [3, 2, 1].map(|n| {
            let semaphore = Arc::clone(&semaphore);
            crew.thread(format!("acquirer of {n}"), move |me| {
                me.at("acquiring", n);
                semaphore.acquire(n as usize).unwrap().len()
            })
        });
        semaphore.add_permits(3);
        let sum: usize = waiters.into_iter().map(crate::common::Join::join).sum();
        assert_eq!((sum, semaphore.available_permits()), (6, 3));
    });
}

/// As many as are told in one go, and all of them: while they are woken the rest can be had.
#[test]
fn what_nobody_waits_for_can_be_had_while_others_are_woken() {
    let semaphore = Arc::new(Semaphore::new(0));
    let seen = Arc::new(Mutex::new(Vec::new()));
    // Its panics would be contained: it tells what it saw.
    let waker = {
        let (semaphore, seen) = (Arc::clone(&semaphore), Arc::clone(&seen));
        Scripted::waker(move || {
            let there = semaphore.available_permits();
            let got = semaphore.try_acquire(1).is_ok();
            seen.lock().unwrap().push((there, got));
        })
    };
    let mut waiting: Vec<_> = (0..16)
        .map(|_| Box::pin(semaphore.acquire_async(1)))
        .collect();
    for wait in &mut waiting {
        assert!(poll(wait, &waker).is_pending());
    }
    semaphore.add_permits(20);
    assert_eq!(*seen.lock().unwrap(), [(4, true); 16]);
}
