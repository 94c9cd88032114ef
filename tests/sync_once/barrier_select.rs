//! A barrier among the cases of a select: an arrival is used up by the select that goes on with it.

use crate::common::{Alarm, poll, poll_noop, watchdog};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::task::Poll;
use towpath::sync::Barrier;
use towpath::{bounded, select, select_async, select_biased_async};

/// A select with a future among its cases steps out of line at each poll, and so does its arrival.
#[test]
fn a_select_that_is_woken_for_nothing_has_arrived_once() {
    let barrier = Barrier::new(3);
    let (alarm, waker) = Alarm::new();
    let mut selecting = Box::pin(async {
        select_async! {
            wait(pending::<()>()) -> () => None,
            wait(barrier.wait_async()) -> met => Some(met),
        }
    });
    for _ in 0..5 {
        assert!(poll(&mut selecting, &waker).is_pending());
    }
    assert_eq!(alarm.rings(), 0);
    let mut second = Box::pin(barrier.wait_async());
    assert!(poll_noop(&mut second).is_pending(), "two of three");
    assert!(barrier.wait().is_leader());
    assert_eq!(alarm.rings(), 1);
    let Poll::Ready(Some(met)) = poll(&mut selecting, &waker) else {
        panic!("all have arrived");
    };
    assert!(!met.is_leader());
    assert!(poll_noop(&mut second).is_ready());
}

/// While it looks around it has not arrived; the last one to come finds out, and waits.
#[test]
fn a_select_that_looks_around_is_not_there() {
    let barrier = Barrier::new(2);
    let (second, second_waits) = (Cell::new(None), Cell::new(None));
    let mut selecting = Box::pin(async {
        select_biased_async! {
            // Polled out of line, before the barrier is asked.
            wait(poll_fn(|_| {
                if let Some(arrival) = second.take() {
                    let mut arrival = Box::pin(arrival);
                    assert!(poll_noop(&mut arrival).is_pending(), "alone for now");
                    second_waits.set(Some(arrival));
                }
                Poll::<()>::Pending
            })) -> () => None,
            wait(barrier.wait_async()) -> met => Some(met),
        }
    });
    assert!(poll_noop(&mut selecting).is_pending());
    second.set(Some(barrier.wait_async()));
    let Poll::Ready(Some(met)) = poll_noop(&mut selecting) else {
        panic!("both are there");
    };
    assert!(met.is_leader());
    let mut arrival = second_waits.take().expect("it was polled");
    assert!(poll_noop(&mut arrival).is_ready());
}

/// The program: one sends and then meets, the other handles messages until they meet.
#[test]
fn a_select_that_was_given_something_else_has_not_arrived() {
    let barrier = Barrier::new(2);
    let (tx, rx) = bounded(1);
    let mut selecting = Box::pin(async {
        let mut messages = 0;
        loop {
            select_async! {
                wait(barrier.wait_async()) -> met => return (messages, met),
                recv(rx) -> message => messages += message.unwrap(),
            }
        }
    });
    assert!(poll_noop(&mut selecting).is_pending());
    tx.send(1).unwrap();
    // The select was given the message, though it did not run yet.
    let mut arrival = Box::pin(barrier.wait_async());
    assert!(poll_noop(&mut arrival).is_pending());
    let Poll::Ready((1, met)) = poll_noop(&mut selecting) else {
        panic!("it handles the message, comes again, and is the last");
    };
    assert!(met.is_leader());
    assert!(poll_noop(&mut arrival).is_ready());
}

/// The same among threads, time after time. (They may meet while a message is on its way; it is handled
/// in the next round.)
#[test]
fn threads_that_handle_messages_until_they_meet() {
    watchdog(60, |crew| {
        let barrier: &'static Barrier = Box::leak(Box::new(Barrier::new(2)));
        let (tx, rx) = bounded(1);
        let (there, here) = towpath::oneshot();
        let sender = crew.thread("sends, then meets", move |me| {
            let mut leads = 0;
            for round in 0..2000 {
                me.at("sending", round);
                tx.send(round).unwrap();
                me.at("meeting", round);
                leads += u64::from(barrier.wait().is_leader());
            }
            there.send(leads).unwrap();
        });
        let receiver = crew.thread("handles messages until they meet", move |me| {
            let (mut leads, mut next) = (0, 0);
            for round in 0..2000 {
                me.at("handling or meeting", round);
                let met = loop {
                    select! {
                        wait(barrier.wait_async()) -> met => break met,
                        recv(rx) -> message => {
                            assert_eq!(message, Ok(next));
                            next += 1;
                        }
                    }
                };
                leads += u64::from(met.is_leader());
            }
            assert!(next >= 1999, "{next} messages");
            leads
        });
        sender.join();
        assert_eq!(receiver.join() + here.recv().unwrap(), 2000);
    });
}

/// Two cases at one barrier: one arrival.
#[test]
fn two_cases_of_one_select_arrive_once() {
    let barrier = Barrier::new(3);
    let (alarm, waker) = Alarm::new();
    let mut twice = Box::pin(async {
        select_async! {
            wait(barrier.wait_async()) -> met => met,
            wait(barrier.wait_async()) -> met => met,
        }
    });
    assert!(poll(&mut twice, &waker).is_pending());
    let mut second = Box::pin(barrier.wait_async());
    assert!(poll_noop(&mut second).is_pending(), "two of three");
    assert_eq!(alarm.rings(), 0, "it does not go round and round");
    assert!(barrier.wait().is_leader());
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut twice, &waker).is_ready());
    assert!(poll_noop(&mut second).is_ready());
    // Given up, both are taken back.
    let mut twice = Box::pin(async {
        select_async! {
            wait(barrier.wait_async()) -> _ => {}
            wait(barrier.wait_async()) -> _ => {}
        }
    });
    assert!(poll_noop(&mut twice).is_pending());
    drop(twice);
    let mut second = Box::pin(barrier.wait_async());
    let mut third = Box::pin(barrier.wait_async());
    assert!(poll_noop(&mut second).is_pending());
    assert!(poll_noop(&mut third).is_pending());
    assert!(barrier.wait().is_leader());
}

/// And at a barrier for two it does not meet itself.
#[test]
fn a_select_does_not_meet_itself() {
    let barrier = Barrier::new(2);
    let (alarm, waker) = Alarm::new();
    let mut twice = Box::pin(async {
        select_async! {
            wait(barrier.wait_async()) -> met => met,
            wait(barrier.wait_async()) -> met => met,
        }
    });
    assert!(poll(&mut twice, &waker).is_pending());
    assert!(poll(&mut twice, &waker).is_pending());
    assert_eq!(alarm.rings(), 0);
    assert!(barrier.wait().is_leader());
    assert!(poll(&mut twice, &waker).is_ready());
}
