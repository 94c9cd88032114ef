//! What a bounded select owes when its time is out: whatever was possible before that.

use crate::common::{Alarm, poll_noop, watchdog};
use crate::promise::Promise;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use towpath::{bounded, select, select_async, select_biased, select_biased_async, unbounded};

fn until_ready<F: Future>(future: &mut Pin<Box<F>>) -> F::Output {
    loop {
        match poll_noop(future) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::yield_now(),
        }
    }
}

/// A message is there all the time that a promise is outstanding, and still when the time is out.
#[test]
fn a_thread_that_was_promised_a_message_does_not_miss_the_one_that_is_there() {
    let (promising, promised) = bounded::<u64>(0);
    let (tx, ready) = unbounded::<u64>();
    let mut promise = Promise::make(&promising);
    let (alarm, waker) = Alarm::new();
    promise.look(&waker);
    let got = thread::scope(|scope| {
        let got = scope.spawn(|| {
            select! {
                recv(promised) -> got => got.ok(),
                recv(ready) -> got => got.ok(),
                default(Duration::from_millis(500)) => None,
            }
        });
        // It is bound.
        while alarm.rings() == 0 {
            thread::yield_now();
        }
        tx.send(1).unwrap();
        got.join().unwrap()
    });
    drop(promise);
    assert_eq!(got, Some(1));
}

/// The same for a task, which lined up first and was pledged then.
#[test]
fn a_task_that_was_promised_a_message_does_not_miss_the_one_that_is_there() {
    watchdog(20, |_| {
        let (promising, promised) = bounded::<u64>(0);
        let (tx, ready) = unbounded::<u64>();
        let mut select = Box::pin(async {
            select_async! {
                recv(promised) -> got => got.ok(),
                recv(ready) -> got => got.ok(),
                default(Duration::from_millis(50)) => None,
            }
        });
        assert!(poll_noop(&mut select).is_pending());
        let promise = Promise::make(&promising);
        tx.send(1).unwrap();
        let got = until_ready(&mut select);
        drop(promise);
        assert_eq!(got, Some(1));
    });
}

/// A task is bound where it sleeps. A future that is done gets it out of there.
#[test]
fn a_task_that_was_promised_a_message_does_not_miss_a_future_that_is_done() {
    watchdog(20, |_| {
        let (promising, promised) = bounded::<u64>(0);
        let (tell, told) = futures::channel::oneshot::channel();
        let mut select = Box::pin(async {
            select_async! {
                recv(promised) -> got => got.ok(),
                wait(told) -> got => got.ok(),
                default(Duration::from_millis(50)) => None,
            }
        });
        assert!(poll_noop(&mut select).is_pending());
        let promise = Promise::make(&promising);
        tell.send(1).unwrap();
        let got = until_ready(&mut select);
        drop(promise);
        assert_eq!(got, Some(1));
    });
}

/// A future in an arm is done, and has said so, well before the deadline; the thread gets to look at it after that.
#[test]
fn a_thread_does_not_miss_a_future_that_was_done_in_time() {
    const LIMIT: Duration = Duration::from_millis(20);
    let (done, woken_by) = (Cell::new(false), RefCell::new(None));
    let future = poll_fn(|cx| {
        woken_by.replace(Some(cx.waker().clone()));
        if done.get() {
            Poll::Ready(1)
        } else {
            Poll::Pending
        }
    });
    let (start, slow_polls) = (Instant::now(), Cell::new(0));
    // Polled last before the thread falls asleep: the other one is done meanwhile.
    let slow = poll_fn(|_| {
        slow_polls.set(slow_polls.get() + 1);
        if slow_polls.get() == 2 {
            done.set(true);
            let waker = woken_by.borrow_mut().take();
            waker.expect("it was polled").wake();
            while start.elapsed() < LIMIT {
                thread::yield_now();
            }
        }
        Poll::<()>::Pending
    });
    let got = select_biased! {
        wait(future) -> got => Some(got),
        wait(slow) -> () => None,
        default(LIMIT) => None,
    };
    assert_eq!(got, Some(1));
}

/// The same for a task: the future is done between the poll of it and the look at the time.
#[test]
fn a_task_does_not_miss_a_future_that_was_done_in_time() {
    const LIMIT: Duration = Duration::from_millis(20);
    let (done, woken_by) = (Cell::new(false), RefCell::new(None));
    let future = poll_fn(|cx| {
        woken_by.replace(Some(cx.waker().clone()));
        if done.get() {
            Poll::Ready(1)
        } else {
            Poll::Pending
        }
    });
    let (start, slow_polls) = (Instant::now(), Cell::new(0));
    let slow = poll_fn(|_| {
        slow_polls.set(slow_polls.get() + 1);
        if slow_polls.get() == 1 {
            done.set(true);
            let waker = woken_by.borrow_mut().take();
            waker.expect("it was polled").wake();
            while start.elapsed() < LIMIT {
                thread::yield_now();
            }
        }
        Poll::<()>::Pending
    });
    let mut select = Box::pin(async {
        select_biased_async! {
        wait(future) -> got => Some(got),
        wait(slow) -> () => None,
        default(LIMIT) => None,
        }
    });
    assert_eq!(poll_noop(&mut select), Poll::Ready(Some(1)));
}
