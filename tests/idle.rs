//! A waiter burns no CPU, whether thread or task.
//!
//! A binary of its own with one test, because it measures the process.
#![cfg(unix)]

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;

use common::{Place, channel, fill, watchdog};
use std::mem::MaybeUninit;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use towpath::{bounded, oneshot, unbounded};

/// CPU time of the process, and how often its threads went to sleep.
#[derive(Clone, Copy, Debug)]
struct Usage {
    cpu: Duration,
    switches: i64,
}

fn usage() -> Usage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is a valid place for an rusage.
    let result = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    assert_eq!(result, 0);
    // SAFETY: all zeroes is a valid rusage, and getrusage has filled it.
    let usage = unsafe { usage.assume_init() };
    let time = |t: libc::timeval| {
        Duration::from_secs(t.tv_sec as u64) + Duration::from_micros(t.tv_usec as u64)
    };
    Usage {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        switches: usage.ru_nvcsw,
    }
}

fn used_in(window: Duration) -> Usage {
    let before = usage();
    sleep(window);
    let after = usage();
    Usage {
        cpu: after.cpu - before.cpu,
        switches: after.switches - before.switches,
    }
}

/// Counts how often a future is polled.
async fn counting<F: Future>(polls: Arc<AtomicUsize>, future: F) -> F::Output {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        polls.fetch_add(1, Ordering::SeqCst);
        future.as_mut().poll(cx)
    })
    .await
}

/// Blocked receivers and senders, timed waits, pending tasks on every executor,
/// `closed` and oneshots: together they use next to nothing, sleep through (a
/// polling loop shows as context switches), and no pending task is polled again.
#[test]
fn waiters_of_every_kind_use_no_cpu() {
    watchdog(60, |crew| {
        let polls = Arc::new(AtomicUsize::new(0));
        let mut tasks = 0;
        let mut handles = Vec::new();
        let mut finish: Vec<Box<dyn FnOnce()>> = Vec::new();
        for capacity in [Some(0), Some(1), Some(3), Some(100), None] {
            let (tx, rx) = channel::<u64>(capacity);
            let hour = Duration::from_secs(3600);
            let (a, b) = (rx.clone(), rx.clone());
            handles.push(crew.thread("recv", move |_| assert!(a.recv().is_err())));
            handles.push(crew.thread("recv_timeout", move |_| {
                assert!(
                    b.recv_timeout(hour)
                        .is_err_and(|error| error.is_disconnected())
                );
            }));
            for place in Place::TASKS {
                tasks += 1;
                let (rx, polls) = (rx.clone(), Arc::clone(&polls));
                handles.push(crew.act(place, "recv_async", move |_| async move {
                    assert!(counting(polls, rx.recv_async()).await.is_err());
                }));
            }
            finish.push(Box::new(move || drop(tx)));
        }
        for capacity in [0, 1, 3, 100] {
            let (tx, rx) = bounded::<u64>(capacity);
            fill(&tx, |i| i);
            let (a, b, c) = (tx.clone(), tx.clone(), Arc::clone(&polls));
            tasks += 1;
            handles.push(crew.thread("send", move |_| assert!(a.send(1).is_err())));
            handles.push(crew.thread("closed", move |_| tx.closed()));
            handles.push(
                crew.act(Place::TokioMulti, "send_async", move |_| async move {
                    assert!(counting(c, b.send_async(1)).await.is_err());
                }),
            );
            finish.push(Box::new(move || drop(rx)));
        }
        let (tx, rx) = oneshot::<u64>();
        handles.push(crew.thread("oneshot", move |_| assert!(rx.recv().is_err())));
        finish.push(Box::new(move || drop(tx)));
        // A timed-out wait must not have left a timer that ticks.
        let (_tx, rx) = unbounded::<u64>();
        assert!(rx.recv_timeout(Duration::from_millis(5)).is_err());

        // The spin before parking is over once a window passes without work. While they all get in
        // line at once, a poll that meets a preempted holder of the line's lock asks to be polled
        // again; that is over then, too.
        let deadline = Instant::now() + Duration::from_secs(20);
        let settled = |before: usize| {
            let quiet = used_in(Duration::from_millis(50)).switches < 5;
            before >= tasks && quiet && polls.load(Ordering::SeqCst) == before
        };
        while !settled(polls.load(Ordering::SeqCst)) {
            assert!(Instant::now() < deadline, "the waiters never settle");
        }
        let polled = polls.load(Ordering::SeqCst);
        let used = used_in(Duration::from_millis(1500));
        assert!(
            used.cpu < Duration::from_millis(15),
            "waiting is not free: {used:?}"
        );
        assert!(used.switches < 30, "somebody wakes up to look: {used:?}");
        assert_eq!(
            polls.load(Ordering::SeqCst),
            polled,
            "a pending task is polled again although nothing happened"
        );

        finish.into_iter().for_each(|end| end());
        handles.into_iter().for_each(|handle| handle.join());
    });
}
