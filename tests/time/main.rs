//! Black-box tests of time. They drive the crate's clock, so they take no time of their own; the real
//! clock is tested in `time_real.rs`.

#[allow(dead_code, unused_imports)] // each binary uses a part
#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code)]
#[path = "../common/stalled_peer.rs"]
mod stalled_peer;

mod bounds;
mod calls;
mod clock;
mod oracle;
mod receivers;
mod sleeps;
mod timers;
mod waiting;

use common::{Alarm, Crew, poll, watchdog};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use towpath::time::TestClock;

/// Runs `body` with the clock in its hands, under the watchdog.
fn clocked(body: impl FnOnce(&Crew, &TestClock) + Send + 'static) {
    watchdog(120, |crew| body(crew, &TestClock::install()));
}

/// Polls, with an alarm that has not rung before. (A poll that meets the holder of a short lock wakes
/// itself: then this polls again.)
fn settle<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> (Poll<F::Output>, Arc<Alarm>) {
    loop {
        let (alarm, waker) = Alarm::new();
        let polled = poll(future, &waker);
        if polled.is_ready() || alarm.rings() == 0 {
            return (polled, alarm);
        }
    }
}

/// Polls; the future must be pending, and waits in line with the alarm.
#[track_caller]
fn pend<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Arc<Alarm> {
    let (polled, alarm) = settle(future);
    assert!(polled.is_pending(), "ready too early");
    alarm
}

/// Polls; the future must be ready.
#[track_caller]
fn done<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> F::Output {
    match settle(future).0 {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("still pending"),
    }
}

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const HOUR: Duration = Duration::from_secs(3600);
