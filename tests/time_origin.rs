//! What was begun under a test's clock that was ahead, by a process that had not used its timers before,
//! makes nothing early once that clock is given back.
//!
//! A binary of its own with one test: the first use of the timers is once in a process.

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;

use common::{Alarm, poll, watchdog};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::Duration;
use towpath::time::{Sleep, TestClock, after_func, sleep};

const HOUR: Duration = Duration::from_secs(3600);

/// Polls until it waits. (A poll that meets the holder of a short lock wakes itself.)
#[track_caller]
fn get_in_line(sleep: &mut Pin<Box<Sleep>>) -> Arc<Alarm> {
    for _ in 0..1000 {
        let (alarm, waker) = Alarm::new();
        assert!(poll(sleep, &waker).is_pending());
        if alarm.rings() == 0 {
            return alarm;
        }
        thread::yield_now();
    }
    panic!("woken again and again");
}

#[test]
fn timers_first_used_an_hour_ahead_are_not_early_afterwards() {
    watchdog(60, |_| {
        let clock = TestClock::install();
        clock.advance(HOUR);
        let mut first = Box::pin(sleep(HOUR));
        get_in_line(&mut first);
        drop(clock);

        // An hour back.
        let clock = TestClock::install();
        let mut nap = Box::pin(sleep(HOUR / 2));
        let alarm = get_in_line(&mut nap);
        let call = after_func(HOUR / 2, || {});
        clock.advance(HOUR / 2 - Duration::from_nanos(1));
        assert_eq!(alarm.rings(), 0, "early");
        assert!(call.stop(), "the call was made early");
        clock.advance(Duration::from_nanos(1));
        assert_eq!(alarm.rings(), 1);
        assert!(poll(&mut nap, Waker::noop()).is_ready());
        // Two hours from the start by the first clock: as far by the second.
        assert!(poll(&mut first, Waker::noop()).is_pending());
        clock.advance(HOUR * 3 / 2);
        assert!(poll(&mut first, Waker::noop()).is_ready());
    });
}
