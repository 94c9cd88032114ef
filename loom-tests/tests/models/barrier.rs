//! Parties that meet, and some that give up.

use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use towpath::sync::Barrier;
use towpath::{bounded, select_biased_async};
use towpath_loom_tests::{Alarm, check, poll_once, spawn};

/// What was done before is visible after, in two generations.
#[test]
fn two_meet_twice() {
    check(|| {
        let state = Arc::new((Barrier::new(2), UnsafeCell::new(0)));
        let other = Arc::clone(&state);
        let thread = spawn(move || {
            // SAFETY: loom checks that nobody else is here.
            other.1.with_mut(|value| unsafe { *value = 1 });
            let first = other.0.wait().is_leader();
            (first, other.0.wait().is_leader())
        });
        let first = state.0.wait().is_leader();
        // SAFETY: loom checks that nobody else writes.
        assert_eq!(state.1.with(|value| unsafe { *value }), 1);
        let second = Alarm::new().finish(pin!(state.0.wait_async())).is_leader();
        let (others_first, others_second) = thread.join().unwrap();
        assert!(first != others_first && second != others_second);
    });
}

/// One has come before; the other two race to be the last.
#[test]
fn three_meet() {
    check(|| {
        let barrier = Arc::new(Barrier::new(3));
        let other = Arc::clone(&barrier);
        let alarm = Alarm::new();
        let mut early = pin!(barrier.wait_async());
        assert!(alarm.poll(early.as_mut()).is_pending());
        let thread = spawn(move || other.wait().is_leader());
        let here = barrier.wait().is_leader();
        assert!(here != thread.join().unwrap());
        assert!(!alarm.finish(early).is_leader());
    });
}

/// Two generations' worth of room for a mistake: whoever gives up is either counted or not.
#[test]
fn drop_against_the_last_to_arrive() {
    check(|| {
        let barrier = Arc::new(Barrier::new(2));
        let other = Arc::clone(&barrier);
        let mut gives_up = Box::pin(barrier.wait_async());
        assert!(poll_once(gives_up.as_mut()).is_pending());
        let thread = spawn(move || {
            let mut arrival = Box::pin(other.wait_async());
            match poll_once(arrival.as_mut()) {
                Poll::Ready(result) => assert!(result.is_leader()),
                // Alone (or the lock was taken): takes that back.
                Poll::Pending => {}
            }
        });
        drop(gives_up);
        thread.join().unwrap();
        // Nobody is counted any more.
        let mut first = pin!(barrier.wait_async());
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(barrier.wait().is_leader());
        assert!(poll_once(first.as_mut()).is_ready());
    });
}

#[test]
fn timeout_against_the_last_to_arrive() {
    check(|| {
        let barrier = Arc::new(Barrier::new(2));
        let other = Arc::clone(&barrier);
        let thread = spawn(move || {
            other
                .wait_deadline(Instant::now())
                .map(|met| met.is_leader())
        });
        let here = barrier
            .wait_deadline(Instant::now())
            .map(|met| met.is_leader());
        match (here, thread.join().unwrap()) {
            (Some(one), Some(other)) => assert!(one != other),
            (None, None) => {}
            met => panic!("one alone went on: {met:?}"),
        }
        assert!(
            barrier.wait_deadline(Instant::now()).is_none(),
            "nobody is counted"
        );
    });
}

/// A select looks around, out of line, while the last one arrives: both go on, or the select arrives
/// again.
#[test]
fn a_select_that_looks_around_against_the_last() {
    check(|| {
        let barrier = Arc::new(Barrier::new(2));
        let other = Arc::clone(&barrier);
        let alarm = Alarm::new();
        let mut selecting = pin!(async {
            select_biased_async! {
                wait(std::future::pending::<()>()) -> () => unreachable!("it never ends"),
                wait(barrier.wait_async()) -> met => met.is_leader(),
            }
        });
        assert!(alarm.poll(selecting.as_mut()).is_pending());
        let thread = spawn(move || other.wait().is_leader());
        let here = match alarm.poll(selecting.as_mut()) {
            Poll::Ready(leader) => leader,
            Poll::Pending => alarm.finish(selecting),
        };
        assert!(here != thread.join().unwrap());
    });
}

/// The last one arrives while another case of the select is served: either both go on, or neither.
#[test]
fn another_case_against_the_last() {
    check(|| {
        let barrier = Arc::new(Barrier::new(2));
        let (tx, rx) = bounded(1);
        let alarm = Alarm::new();
        let mut selecting = pin!(async {
            select_biased_async! {
                recv(rx) -> message => message.is_err(),
                wait(barrier.wait_async()) -> _ => true,
            }
        });
        assert!(alarm.poll(selecting.as_mut()).is_pending());
        let thread = spawn(move || tx.send(()).map(|()| tx));
        let mut arrival = pin!(barrier.wait_async());
        let went_on = poll_once(arrival.as_mut()).is_ready();
        let _tx = thread.join().unwrap();
        assert_eq!(alarm.finish(selecting), went_on);
    });
}
