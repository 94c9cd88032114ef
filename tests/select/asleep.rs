//! A thread that waits for what user code is about to make uses no CPU, however long that takes.

use crate::common::{Alarm, watchdog};
use crate::promise::Promise;
use std::mem::MaybeUninit;
use std::thread::{self, sleep, yield_now};
use std::time::Duration;
use towpath::time::after;
use towpath::{Receiver, Select, Sender, bounded, select};

/// How long a message is on its way: what is measured, not what anybody waits for.
const WINDOW: Duration = Duration::from_millis(200);

/// The CPU time of this thread.
fn cpu_time() -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: `time` is a valid place for a timespec.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr()) };
    assert_eq!(result, 0);
    // SAFETY: clock_gettime has filled it.
    let time = unsafe { time.assume_init() };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Receives, with another arm whose time comes meanwhile: what it got and how much CPU that took. 0: that
/// arm was chosen.
fn receive_or_time_out(rx: &Receiver<u64>, limit: Duration) -> (u64, Duration) {
    let before = cpu_time();
    let time = after(limit);
    let got = select! {
        recv(rx) -> message => message.unwrap(),
        recv(time) -> _ => 0,
    };
    (got, cpu_time() - before)
}

/// Runs `promise` beside a receiver; again with more time, should the machine be so slow that the
/// receiver's time came first. Then checks that the receiver slept.
fn sleeps_through(promise: fn(&Sender<u64>)) {
    watchdog(60, move |crew| {
        for limit in [10, 100, 1000].map(Duration::from_millis) {
            let (tx, rx) = bounded(0);
            let receiver = crew.thread("receiver", move |me| {
                me.at("select with a case that becomes due", 0);
                let received = receive_or_time_out(&rx, limit);
                // So that a promise that came too late is not waited for.
                drop(rx);
                received
            });
            promise(&tx);
            match receiver.join() {
                (0, _) => {}
                (got, cpu) => {
                    assert_eq!(got, 5);
                    assert!(cpu < WINDOW / 4, "awake for {cpu:?} of {WINDOW:?}");
                    return;
                }
            }
        }
        panic!("the receiver was never in time");
    });
}

/// It was pledged to a sender; then another case of its select becomes due.
#[test]
fn a_pledged_select_sleeps_past_the_time_of_another_case() {
    sleeps_through(|tx| {
        let mut select = Select::new();
        select.send(tx);
        let chosen = loop {
            match select.try_select() {
                Ok(chosen) => break chosen,
                Err(_) => yield_now(),
            }
        };
        sleep(WINDOW);
        let _ = chosen.send(tx, 5);
    });
}

/// It has bound a sender that was in line before it.
#[test]
fn a_select_that_bound_a_sender_sleeps_past_the_time_of_another_case() {
    watchdog(60, |_| {
        let (tx, rx) = bounded(0);
        let mut promise = Promise::make(&tx);
        let (bound, waker) = Alarm::new();
        promise.look(&waker);
        thread::scope(|scope| {
            let receiver = scope.spawn(|| receive_or_time_out(&rx, Duration::from_millis(10)));
            while bound.rings() == 0 {
                yield_now();
            }
            promise.look(&waker);
            sleep(WINDOW);
            assert!(promise.keep(5).is_ready(), "it was bound");
            let (got, cpu) = receiver.join().unwrap();
            assert_eq!(got, 5);
            assert!(cpu < WINDOW / 4, "awake for {cpu:?} of {WINDOW:?}");
        });
    });
}

/// It waits behind a place in a ring that was reserved.
#[test]
fn a_receiver_sleeps_behind_a_reserved_place() {
    watchdog(60, |crew| {
        for closes in [false, true] {
            for capacity in [1, 2, 4] {
                let (tx, rx) = bounded(capacity);
                let promise = Promise::make(&tx);
                if closes {
                    tx.close();
                }
                let receiver = crew.thread("receiver", move |me| {
                    me.at("recv behind a reserved place", capacity as u64);
                    let before = cpu_time();
                    (rx.recv(), cpu_time() - before)
                });
                sleep(WINDOW);
                assert!(promise.keep(5).is_ready());
                let (got, cpu) = receiver.join();
                assert_eq!(got, Ok(5));
                assert!(cpu < WINDOW / 4, "awake for {cpu:?} of {WINDOW:?}");
            }
        }
    });
}
