//! Bounds for operations and for futures.

use crate::common::{
    Alarm, Fault, Faulty, Ledger, Place, Scripted, panics_as_planned, poll, poll_noop,
};
use crate::stalled_peer::stalled;
use crate::{HOUR, clocked, done, ms, pend};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use towpath::time::{Elapsed, sleep, timeout, timeout_at};
use towpath::{
    RecvTimeoutError, SendTimeoutError, TryRecvError, after, bounded, never, select, select_async,
    sync,
};

#[test]
fn a_receive_that_runs_out_of_time_leaves_the_line() {
    clocked(|_, clock| {
        for capacity in [0, 1, 8] {
            let (tx, rx) = bounded(capacity);
            let mut bound = Box::pin(rx.recv_async().timeout(ms(10)));
            let alarm = pend(&mut bound);
            clock.advance(ms(11));
            assert_eq!(alarm.rings(), 1);
            assert_eq!(done(&mut bound), Err(RecvTimeoutError::Timeout));
            // It is out of line: the next one gets the message.
            let mut next = Box::pin(rx.recv_async());
            pend(&mut next);
            tx.try_send(1).unwrap();
            assert_eq!(done(&mut next), Ok(1));
        }
    });
}

#[test]
fn a_send_that_runs_out_of_time_gives_its_message_back() {
    clocked(|_, clock| {
        for capacity in [0, 1, 8] {
            let (tx, rx) = bounded(capacity);
            crate::common::fill(&tx, |_| Arc::new(0));
            let message = Arc::new(5);
            let mut bound = Box::pin(tx.send_async(Arc::clone(&message)).timeout(ms(10)));
            pend(&mut bound);
            clock.advance(ms(11));
            match poll_noop(&mut bound) {
                Poll::Ready(Err(SendTimeoutError::Timeout(back))) => {
                    assert!(Arc::ptr_eq(&back, &message));
                }
                other => panic!("{other:?}"),
            }
            drop(bound);
            assert_eq!(Arc::strong_count(&message), 1);
            assert!(rx.try_iter().all(|other| *other == 0));
        }
    });
}

#[test]
fn a_batch_that_runs_out_of_time_gives_back_the_rest() {
    clocked(|_, clock| {
        let (tx, rx) = bounded(3);
        let mut bound = Box::pin(tx.send_many_async([1, 2, 3, 4, 5]).timeout(ms(10)));
        pend(&mut bound);
        clock.advance(ms(11));
        assert_eq!(done(&mut bound), Err(SendTimeoutError::Timeout(vec![4, 5])));
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    });
}

/// The message was handed over, then the time ran out, then it was polled.
#[test]
fn what_came_first_wins() {
    clocked(|_, clock| {
        for capacity in [0, 1, 8] {
            let (tx, rx) = bounded(capacity);
            let mut bound = Box::pin(rx.recv_async().timeout(ms(10)));
            pend(&mut bound);
            tx.try_send(1).unwrap();
            clock.advance(HOUR);
            assert_eq!(done(&mut bound), Ok(1));
        }
    });
}

/// It was notified, somebody else took the message, the time ran out.
#[test]
fn a_notification_that_found_nothing_is_no_result() {
    clocked(|_, clock| {
        let (tx, rx) = bounded(8);
        let mut bound = Box::pin(rx.recv_async().timeout(ms(10)));
        let mut next = Box::pin(rx.recv_async());
        pend(&mut bound);
        let alarm = pend(&mut next);
        tx.send(1).unwrap();
        rx.try_recv().unwrap();
        clock.advance(HOUR);
        assert_eq!(done(&mut bound), Err(RecvTimeoutError::Timeout));
        tx.send(2).unwrap();
        assert!(alarm.rings() > 0);
        assert_eq!(done(&mut next), Ok(2));
    });
}

#[test]
fn a_bound_that_is_dropped_passes_its_notification_on() {
    clocked(|_, _| {
        let (tx, rx) = bounded(8);
        let mut bound = Box::pin(rx.recv_async().timeout(HOUR));
        let mut next = Box::pin(rx.recv_async().timeout(HOUR));
        pend(&mut bound);
        let alarm = pend(&mut next);
        tx.send(1).unwrap();
        drop(bound);
        assert_eq!(alarm.rings(), 1);
        assert_eq!(done(&mut next), Ok(1));
    });
}

#[test]
fn a_deadline_that_has_passed_still_takes_what_is_there() {
    clocked(|_, clock| {
        let (tx, rx) = bounded(1);
        let past = clock.now() - ms(1);
        assert!(poll_noop(&mut Box::pin(tx.send_async(1).deadline(past))).is_ready());
        let sent = poll_noop(&mut Box::pin(tx.send_async(2).deadline(past)));
        assert_eq!(sent, Poll::Ready(Err(SendTimeoutError::Timeout(2))));
        assert_eq!(
            poll_noop(&mut Box::pin(rx.recv_async().deadline(past))),
            Poll::Ready(Ok(1))
        );
        assert_eq!(
            rx.recv_async().deadline(past).wait(),
            Err(RecvTimeoutError::Timeout)
        );
    });
}

#[test]
fn no_limit_is_no_limit() {
    clocked(|_, clock| {
        let (tx, rx) = bounded(1);
        let mut bound = Box::pin(rx.recv_async().timeout(Duration::MAX));
        pend(&mut bound);
        clock.advance(HOUR * 1000);
        pend(&mut bound);
        tx.send(1).unwrap();
        assert_eq!(done(&mut bound), Ok(1));
        tx.send(2).unwrap();
        assert_eq!(rx.recv_async().timeout(Duration::MAX).wait(), Ok(2));
    });
}

#[test]
fn other_operations_have_bounds_too() {
    clocked(|_, clock| {
        let (tx, rx) = bounded::<i32>(1);
        let mut closed = Box::pin(tx.closed_async().timeout(ms(10)));
        pend(&mut closed);
        let mut nap = Box::pin(sleep(HOUR).timeout(ms(10)));
        pend(&mut nap);
        clock.advance(ms(11));
        assert!(!done(&mut closed));
        assert!(!done(&mut nap));
        drop(rx);
        assert!(tx.closed_async().timeout(ms(10)).wait());
    });
}

#[test]
fn bounds_on_every_executor() {
    clocked(|crew, clock| {
        let (tx, rx) = bounded::<i32>(0);
        let deadline = clock.now() + HOUR;
        let waits: Vec<_> = Place::TASKS
            .into_iter()
            .chain([Place::Thread])
            .map(|place| {
                let rx = rx.clone();
                crew.act(place, "receives with a bound", move |me| async move {
                    let bound = rx.recv_async().deadline(deadline);
                    if me.blocks() {
                        bound.wait()
                    } else {
                        bound.await
                    }
                })
            })
            .collect();
        clock.advance(HOUR + ms(1));
        for waits in waits {
            assert_eq!(waits.join(), Err(RecvTimeoutError::Timeout));
        }
        drop((tx, rx));
    });
}

#[test]
fn any_future_has_a_bound() {
    clocked(|_, clock| {
        let mut bound = Box::pin(timeout(ms(10), pending::<()>()));
        let alarm = pend(&mut bound);
        clock.advance(ms(11));
        assert_eq!(alarm.rings(), 1);
        assert_eq!(done(&mut bound), Err(Elapsed));
        let at_once = pin!(timeout_at(clock.now() - ms(1), async { 1 }));
        assert_eq!(pollster::block_on(at_once), Ok(1));
        let nested = timeout(ms(10), timeout(Duration::MAX, pending::<()>()));
        let mut nested = Box::pin(nested);
        pend(&mut nested);
        clock.advance(ms(11));
        assert_eq!(done(&mut nested), Err(Elapsed));
    });
}

/// A peer that was preempted knows no test clock: what waits for it does not stand still with the clock, and is not
/// over as soon as that moves.
#[test]
fn a_peer_is_waited_for_by_the_real_clock() {
    clocked(|_, clock| {
        let (_tx, rx, _peer) = stalled();
        for moves in [false, true] {
            let mut bound = Box::pin(rx.recv_async().timeout(ms(0)));
            let start = Instant::now();
            while poll_noop(&mut bound).is_pending() {
                if moves {
                    clock.advance(ms(100));
                }
                thread::yield_now();
            }
            assert!(start.elapsed() >= ms(20), "gave up early");
        }
    });
}

/// It was done between the two looks: at the future, and at the time.
#[test]
fn any_future_that_was_done_in_time_is_looked_at_once_more() {
    clocked(|_, clock| {
        let mut polls = 0;
        let future = poll_fn(|_| {
            polls += 1;
            if polls == 1 {
                Poll::Pending
            } else {
                Poll::Ready(polls)
            }
        });
        let mut bound = Box::pin(timeout_at(clock.now(), future));
        assert_eq!(poll_noop(&mut bound), Poll::Ready(Ok(2)));
        drop(bound);
        assert_eq!(polls, 2);
    });
}

/// What does not wait gives a peer that has promised a message half a millisecond, by the real clock.
#[test]
fn a_promise_is_waited_for_by_the_real_clock() {
    clocked(|_, _| {
        let (tx, rx) = bounded::<u64>(0);
        let silent = never::<()>();
        let mut promise = Box::pin(async {
            select_async! {
                send(tx, 1) -> sent => sent.is_ok(),
                recv(silent) -> _never => false,
            }
        });
        assert!(poll_noop(&mut promise).is_pending());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        let mut got = Vec::new();
        assert!(rx.try_recv_many(&mut got, 8).is_err() && got.is_empty());
        let nothing = select! {
            recv(rx) -> _message => false,
            default => true,
        };
        assert!(nothing);
    });
}

/// Both are due when the clock moves. Whoever polls the task before it was told of the message finds that its time
/// is out, but the message came first.
#[test]
fn a_message_that_was_due_first_is_in_time() {
    clocked(|_, clock| {
        let due = clock.now() + ms(10);
        let message = after(ms(10));
        let mut bound = Box::pin(message.into_recv_async().timeout(ms(20)));
        let _ = pend(&mut bound);
        let mut slept = Box::pin(sleep(ms(10)).timeout(ms(20)));
        let _ = pend(&mut slept);
        let both = Arc::new(Mutex::new((bound, slept)));
        let outcome = Arc::new(Mutex::new(None));
        let (polled, found) = (Arc::clone(&both), Arc::clone(&outcome));
        // It is due before either, and told first.
        let waker = Scripted::waker(move || {
            let (bound, slept) = &mut *polled.lock().unwrap();
            let outcome = (poll_noop(bound), poll_noop(slept));
            *found.lock().unwrap() = Some(outcome);
        });
        let mut first = Box::pin(sleep(ms(5)));
        assert!(poll(&mut first, &waker).is_pending());
        clock.advance(HOUR);
        let outcome = outcome.lock().unwrap().take();
        assert_eq!(outcome, Some((Poll::Ready(Ok(due)), Poll::Ready(true))));
    });
}

/// What a bound gives back when time is out is not lost if the waker panics as it is dropped there.
#[test]
fn a_waker_that_panics_as_time_runs_out_takes_no_message_along() {
    clocked(|_, clock| {
        let ledger = Ledger::new();
        let (tx, _rx) = bounded(3);
        (0..3).for_each(|id| assert!(tx.try_send(ledger.token(id)).is_ok()));
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let mut bound = Box::pin(tx.send_async(ledger.token(3)).timeout(ms(10)));
        assert!(poll(&mut bound, &waker).is_pending());
        clock.advance(ms(11));
        assert!(panics_as_planned(|| drop(poll(&mut bound, &waker))));
        faulty.mend();
        drop((bound, waker));
        ledger.assert_live(3);
    });
}

/// Nor is a notification that is owed to the next.
#[test]
fn a_waker_that_panics_as_time_runs_out_takes_no_notification_along() {
    clocked(|_, clock| {
        let (changed, lock) = (sync::Condvar::new(), sync::Mutex::new(()));
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let mut first = Box::pin(changed.wait_async(lock.lock()).timeout(ms(10)));
        assert!(poll(&mut first, &waker).is_pending());
        let (alarm, other) = Alarm::new();
        let mut next = Box::pin(changed.wait_async(lock.lock()));
        assert!(poll(&mut next, &other).is_pending());
        let held = lock.lock();
        assert!(changed.notify_one());
        assert!(poll(&mut first, &waker).is_pending(), "the lock is held");
        clock.advance(ms(11));
        assert!(panics_as_planned(|| drop(poll(&mut first, &waker))));
        faulty.mend();
        drop((first, waker, held));
        assert_eq!(alarm.rings(), 1);
    });
}
