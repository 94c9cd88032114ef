//! What timers cost in memory: nothing once they are cancelled, and no allocation while they wait.
//!
//! A binary of its own, for the counting allocator and for a quiet process.

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;
#[allow(dead_code)]
#[path = "common/counting.rs"]
mod counting;

use common::{poll_noop, watchdog};
use counting::{Counting, allocations, enrol, live_bytes};
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use towpath::time::{TestClock, sleep, timeout};
use towpath::{after, bounded};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MANY: u64 = 1_000_000;

/// One test at a time: they look at the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Has the timer thread started, and keeps it from ending.
fn keep_timers() -> impl Sized {
    let mut nap = Box::pin(sleep(Duration::from_secs(3_000_000)));
    while poll_noop(&mut nap).is_pending() && !TestClock::has_timer_thread() {}
    nap
}

#[test]
fn a_million_timeouts_that_are_cancelled_leave_nothing() {
    let _alone = alone();
    watchdog(300, |crew| {
        let worker = crew.thread("times out", |me| {
            let _clock = TestClock::install();
            let _counted = enrol();
            let _kept = keep_timers();
            let before = live_bytes();
            let mut bounds: Vec<Pin<Box<dyn Future<Output = _>>>> = (0..MANY)
                .map(|n| -> Pin<Box<dyn Future<Output = _>>> {
                    Box::pin(timeout(Duration::from_micros(n * 997), pending::<()>()))
                })
                .collect();
            let made = allocations();
            me.at("polling", MANY);
            for bound in &mut bounds[1..] {
                assert!(poll_noop(bound).is_pending());
            }
            assert_eq!(allocations(), made, "waiting allocates");
            // From both ends and the middle, so that it is no question of order.
            me.at("cancelling", MANY);
            let mut last = bounds.split_off(MANY as usize / 2);
            bounds.reverse();
            drop(bounds);
            last.drain(..1000);
            drop(last);
            assert_eq!(live_bytes(), before, "all memory is returned");
        });
        worker.join();
    });
}

/// Also that of receivers for which a task waited, whose alarm is set when they go.
#[test]
fn receivers_that_tasks_waited_for_leave_nothing() {
    let _alone = alone();
    watchdog(300, |crew| {
        let worker = crew.thread("waits", |_| {
            let _clock = TestClock::install();
            let _counted = enrol();
            let _kept = keep_timers();
            let before = live_bytes();
            let waits: Vec<_> = (0..10_000)
                .map(|n| {
                    let rx = after(Duration::from_millis(n + 1));
                    let mut waits = Box::pin(rx.into_recv_async());
                    assert!(poll_noop(&mut waits).is_pending());
                    waits
                })
                .collect();
            assert!(live_bytes() > before);
            drop(waits);
            assert_eq!(live_bytes(), before, "all memory is returned");
        });
        worker.join();
    });
}

#[test]
fn a_bound_allocates_nothing() {
    let _alone = alone();
    watchdog(60, |crew| {
        let worker = crew.thread("bounds", |_| {
            let clock = TestClock::install();
            let _counted = enrol();
            let _kept = keep_timers();
            let (tx, rx) = bounded::<u64>(8);
            let limit = Duration::from_millis(10);
            // The first wait of a thread makes its waker.
            assert!(rx.recv_async().deadline(clock.now()).wait().is_err());
            let before = allocations();
            for n in 0..100 {
                assert!(rx.recv_async().deadline(clock.now()).wait().is_err());
                let mut bound = std::pin::pin!(rx.recv_async().timeout(limit));
                let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(bound.as_mut().poll(&mut cx).is_pending());
                tx.try_send(n).unwrap();
                while bound.as_mut().poll(&mut cx).is_pending() {}
            }
            assert_eq!(allocations(), before);
        });
        worker.join();
    });
}
