//! Time by the real clock: how late things are, and what a test clock leaves behind.
//!
//! A binary of its own, because a test clock is one for the process.

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;

use common::{Alarm, Crew, Place, poll, watchdog};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};
use towpath::time::{TestClock, Timer, now, sleep, sleep_until, timeout};
use towpath::{Receiver, after, at, tick};

/// One test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// How late `wait` is for deadlines of a few milliseconds; it must never be early. The best of many:
/// a busy machine delays some of them by anything.
fn best_lateness(mut wait: impl FnMut(Instant)) -> Duration {
    let lateness = (0..60).map(|n| {
        let deadline = Instant::now() + Duration::from_micros(500 + 37 * n);
        wait(deadline);
        let after = Instant::now();
        assert!(after >= deadline, "early by {:?}", deadline - after);
        after - deadline
    });
    lateness.min().expect("there are some")
}

#[test]
fn nothing_is_early_and_the_best_is_hardly_late() {
    let _alone = alone();
    watchdog(60, |_| {
        let sleeps = best_lateness(|at| pollster::block_on(sleep_until(at)));
        let threads = best_lateness(|at| sleep_until(at).wait());
        let receives = best_lateness(|at| {
            assert_eq!(pollster::block_on(towpath::at(at).recv_async()), Ok(at));
        });
        let bounds = best_lateness(|at| {
            let never = towpath::never::<()>();
            assert!(pollster::block_on(never.recv_async().deadline(at)).is_err());
        });
        for best in [sleeps, threads, receives, bounds] {
            assert!(best < ms(2), "late by {best:?} at best");
        }
    });
}

fn ticks_at_every_place(crew: &Crew, rx: &Receiver<Instant>) -> Vec<Instant> {
    let actors: Vec<_> = Place::TASKS
        .into_iter()
        .chain([Place::Thread])
        .map(|place| {
            let rx = rx.clone();
            crew.act(place, "collects ticks", move |me| async move {
                let mut got = Vec::new();
                for number in 0..5 {
                    me.at("waiting for tick", number);
                    let due = me.recv(&rx).await.unwrap();
                    assert!(Instant::now() >= due, "early");
                    got.push(due);
                }
                got
            })
        })
        .collect();
    actors.into_iter().flat_map(|actor| actor.join()).collect()
}

#[test]
fn ticks_reach_threads_and_tasks_on_every_executor() {
    let _alone = alone();
    watchdog(60, |crew| {
        let period = ms(1);
        let start = Instant::now();
        let mut ticks = ticks_at_every_place(crew, &tick(period));
        ticks.sort();
        let count = ticks.len();
        ticks.dedup();
        assert_eq!(ticks.len(), count, "each tick is received once");
        assert!(ticks[0] >= start + period);
        let whole = |pair: &[Instant]| (pair[1] - pair[0]).as_nanos() % period.as_nanos() == 0;
        assert!(ticks.windows(2).all(whole), "the schedule drifts");
    });
}

#[test]
fn a_timeout_runs_out_and_a_reset_shortens_a_wait() {
    let _alone = alone();
    watchdog(60, |crew| {
        let waits = timeout(ms(5), std::future::pending::<()>());
        assert!(pollster::block_on(waits).is_err());
        let timer = Timer::new(Duration::from_secs(3600));
        let rx = timer.channel().clone();
        let thread = crew.thread("waits", move |_| rx.recv());
        let rx = timer.channel().clone();
        let task = crew.act(Place::TokioMulti, "waits", move |_| async move {
            rx.recv_async().await
        });
        timer.reset(ms(1));
        // One message each, and their receivers go.
        while timer.channel().receiver_count() > 1 {
            if timer.channel().is_empty() {
                timer.reset(ms(1));
            }
            std::thread::yield_now();
        }
        assert!(thread.join().is_ok() && task.join().is_ok());
    });
}

/// A wait that began by the test's clock, an hour ahead, goes by the real clock when that is back.
#[test]
fn a_test_clock_that_is_given_back_leaves_no_trace() {
    let _alone = alone();
    watchdog(60, |_| {
        let (alarm, waker) = Alarm::new();
        let mut before = Box::pin(sleep(Duration::from_secs(3000)));
        assert!(poll(&mut before, &waker).is_pending());
        let clock = TestClock::install();
        clock.advance(Duration::from_secs(1000));
        let mut ahead = Box::pin(sleep(ms(1)));
        assert!(poll(&mut ahead, Waker::noop()).is_pending());
        drop(clock);
        assert!(now() - Instant::now() < ms(1000));
        assert_eq!(alarm.rings(), 0);
        // The wheel has gone back, too: a timer of now is not an hour late.
        pollster::block_on(sleep(ms(1)));
        assert!(poll(&mut ahead, Waker::noop()).is_pending());
        let rx = after(ms(1));
        assert!(pollster::block_on(rx.recv_async()).is_ok());
    });
}

/// True while the thread sleeps in the kernel.
#[cfg(target_os = "linux")]
fn is_asleep(tid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{tid}/stat")).unwrap();
    let state = stat.rsplit(')').next().unwrap();
    state.trim_start().starts_with('S')
}

/// Threads that are parked by the real clock go by a test's clock that is installed meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_parked_before_a_test_clock_came_follows_it() {
    let _alone = alone();
    watchdog(60, |crew| {
        let hour = Duration::from_secs(3600);
        let deadline = now() + hour;
        let (tell, told) = std::sync::mpsc::channel();
        let thread = crew.thread("waits an hour", move |_| {
            // SAFETY: it has no preconditions.
            tell.send(unsafe { libc::gettid() }).unwrap();
            sleep_until(deadline).wait();
            now()
        });
        let tid = told.recv().unwrap();
        while !is_asleep(tid) {
            std::thread::yield_now();
        }
        let clock = TestClock::install();
        clock.advance(hour);
        assert!(thread.join() >= deadline);
    });
}

/// A test takes the clock over while the timer thread turns the wheel: whatever it sets then is due when
/// its time has come, to the nanosecond.
#[test]
fn a_test_clock_is_not_behind_the_wheel_that_turns_as_it_comes() {
    let _alone = alone();
    watchdog(60, |crew| {
        let nanosecond = Duration::from_nanos(1);
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let turner = crew.thread("keeps the wheel turning", move |_| {
            while !ends.load(Ordering::Relaxed) {
                pollster::block_on(sleep(nanosecond * 1000));
            }
        });
        for round in 0..30_000 {
            let clock = TestClock::install();
            let (mut nap, alarm) = loop {
                let (alarm, waker) = Alarm::new();
                let mut nap = Box::pin(sleep(nanosecond));
                assert!(poll(&mut nap, &waker).is_pending());
                if alarm.rings() == 0 {
                    break (nap, alarm);
                }
            };
            clock.advance(nanosecond);
            assert_eq!(alarm.rings(), 1, "round {round}");
            assert!(poll(&mut nap, Waker::noop()).is_ready());
        }
        over.store(true, Ordering::Relaxed);
        turner.join();
    });
}

/// A thread wakes after both; what was due first came first.
#[test]
fn what_is_due_before_the_bound_is_in_time() {
    let _alone = alone();
    let tick = Duration::from_nanos(1);
    let soon = || Instant::now() + ms(1);
    for _ in 0..50 {
        let due = soon();
        assert!(sleep_until(due).wait_deadline(due + tick));
        let due = soon();
        assert_eq!(at(due).recv_deadline(due + tick), Ok(due));
        let due = soon();
        let bound = at(due).into_recv_async().deadline(due);
        assert_eq!(bound.wait(), Ok(due));
    }
    // What is due later is late, unless the last look before it sleeps came after both, as always where a thread that
    // yields gets its turn later than that.
    let sleeps = |bound| sleep_until(bound + tick).wait_deadline(bound);
    assert!((0..2000).any(|_| !sleeps(soon())));
    let receives = |bound| at(bound + tick).recv_deadline(bound);
    assert!((0..2000).any(|_| receives(soon()).is_err()));
}

/// However many receive it.
#[test]
fn a_tick_without_a_period_is_always_there() {
    let _alone = alone();
    let ticks = tick(Duration::ZERO);
    let counts: Vec<_> = thread::scope(|scope| {
        let count = || (0..100_000).filter(|_| ticks.try_recv().is_err()).count();
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(count)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(counts, [0; 3]);
}
