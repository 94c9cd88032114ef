//! What a bounded select owes when its time is out: whatever was possible before that.

use crate::common::{Alarm, poll_noop, watchdog};
use crate::promise::Promise;
use crate::until_ready;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};
use towpath::{
    Receiver, Sender, bounded, select, select_async, select_biased, select_biased_async, unbounded,
};

/// A message is there all the time that a promise is outstanding, and still when the time is out.
#[test]
fn a_thread_that_was_promised_a_message_does_not_miss_the_one_that_is_there() {
    watchdog(60, |_| {
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
    });
}

/// The same for a task, which lined up first and was pledged then.
#[test]
fn a_task_that_was_promised_a_message_does_not_miss_the_one_that_is_there() {
    watchdog(60, |_| {
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
    watchdog(60, |_| {
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

const LIMIT: Duration = Duration::from_millis(20);

/// Two futures. The second one is never done, but when it is polled for that time, it sees the first one done (which
/// says so), and then the time run out.
fn done_just_in_time(poll_number: u32) -> (impl Future<Output = u32>, impl Future<Output = ()>) {
    let (start, polls) = (Instant::now(), Cell::new(0));
    let (done, woken_by) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(None)));
    let (is_done, sleeper) = (Rc::clone(&done), Rc::clone(&woken_by));
    let first = poll_fn(move |cx| {
        sleeper.set(Some(cx.waker().clone()));
        if is_done.get() {
            Poll::Ready(1)
        } else {
            Poll::Pending
        }
    });
    let second = poll_fn(move |_| {
        polls.set(polls.get() + 1);
        if polls.get() == poll_number {
            done.set(true);
            let waker: Option<Waker> = woken_by.take();
            waker.expect("it was polled").wake();
            // The select's time began after `start`.
            while start.elapsed() < 2 * LIMIT {
                thread::yield_now();
            }
        }
        Poll::Pending
    });
    (first, second)
}

/// The future is done after a thread has polled it for the last time before it falls asleep.
#[test]
fn a_thread_does_not_miss_a_future_that_was_done_in_time() {
    let (future, slow) = done_just_in_time(2);
    let got = select_biased! {
        wait(future) -> got => Some(got),
        wait(slow) -> () => None,
        default(LIMIT) => None,
    };
    assert_eq!(got, Some(1));
}

/// The future is done after a task has polled it, and before the task looks at the time.
#[test]
fn a_task_does_not_miss_a_future_that_was_done_in_time() {
    let (future, slow) = done_just_in_time(1);
    let mut select = Box::pin(async {
        select_biased_async! {
            wait(future) -> got => Some(got),
            wait(slow) -> () => None,
            default(LIMIT) => None,
        }
    });
    assert_eq!(poll_noop(&mut select), Poll::Ready(Some(1)));
}

/// After so many the storm lets up: a wait that is bound again and again would never end.
const MANY: usize = 5000;

/// A wait that is over may be bound once in line, and by its last looks.
const FEW: usize = 10;

/// Promises that are made and broken, for one wait after the other.
struct Storm {
    /// How long a wait may take.
    limit: Duration,
    /// When the first one was broken in this wait. It had begun by then.
    first: Mutex<Option<Instant>>,
    /// How many were broken when the wait's time was out.
    late: AtomicUsize,
    /// How many were broken in all.
    broken: AtomicUsize,
    over: AtomicBool,
}

impl Storm {
    /// Three tasks of one thread promise a message, and break the promise as soon as somebody is bound to it.
    fn rage(&self, tx: &Sender<u64>) {
        let refuse = || -> Option<u64> {
            let first = *self.first.lock().unwrap().get_or_insert_with(Instant::now);
            let is_late = first.elapsed() > self.limit;
            self.late.fetch_add(usize::from(is_late), Ordering::SeqCst);
            self.broken.fetch_add(1, Ordering::SeqCst);
            None
        };
        let begin = || {
            Box::pin(async {
                select_async! { send(tx, refuse()?) -> _sent => Some(()) }
            })
        };
        let mut tasks: Vec<_> = (0..3).map(|_| begin()).collect();
        let late = || self.late.load(Ordering::SeqCst);
        while !self.over.load(Ordering::SeqCst) {
            if late() >= MANY {
                thread::yield_now();
                continue;
            }
            for task in &mut tasks {
                if poll_noop(task).is_ready() {
                    *task = begin();
                }
            }
        }
    }
}

/// Many times, among broken promises, `wait`, which is over after `limit`: hardly any is bound again and again after that.
fn assert_is_not_kept_by_promises(limit: Duration, wait: impl Fn(&Receiver<u64>)) {
    let (tx, rx) = bounded::<u64>(0);
    let storm = Storm {
        limit,
        first: Mutex::new(None),
        late: AtomicUsize::new(0),
        broken: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    };
    let (mut waits, mut bound, mut kept) = (0, 0, 0);
    thread::scope(|scope| {
        scope.spawn(|| storm.rage(&tx));
        while waits < 10 || (bound < 30 && storm.broken.load(Ordering::SeqCst) < MANY) {
            *storm.first.lock().unwrap() = None;
            storm.late.store(0, Ordering::SeqCst);
            waits += 1;
            wait(&rx);
            let late = storm.late.load(Ordering::SeqCst);
            bound += usize::from(late > 0);
            kept += usize::from(late > FEW);
        }
        storm.over.store(true, Ordering::SeqCst);
    });
    assert!(
        3 * kept <= bound,
        "{kept} of {bound} waits were bound again and again after their time"
    );
}

#[test]
fn broken_promises_do_not_keep_a_select_beyond_its_time() {
    watchdog(60, |_| {
        let limit = Duration::from_millis(3);
        assert_is_not_kept_by_promises(limit, |rx| {
            select! {
                recv(rx) -> message => panic!("nobody sends, and yet {message:?}"),
                default(limit) => {}
            }
        });
    });
}

/// What does not wait gives a promise half a millisecond.
#[test]
fn broken_promises_do_not_keep_a_select_that_does_not_wait() {
    watchdog(60, |_| {
        assert_is_not_kept_by_promises(Duration::from_millis(1), |rx| {
            select! {
                recv(rx) -> message => panic!("nobody sends, and yet {message:?}"),
                default => {}
            }
        });
    });
}
