//! The system gives no thread for the timers: who waits for the time panics, and by then is in line. It
//! must get out of it before it is freed.
//!
//! A binary of its own with one test, because it lowers a limit of the process, and because a thread
//! that has ended would leave a stack behind for the next one.
#![cfg(target_os = "linux")]

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;

use common::{Alarm, poll};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};
use towpath::time::{after, sleep};
use towpath::{never, select_async};

/// Long enough that it is not over before somebody gets in line.
const SOON: Duration = Duration::from_millis(300);

/// Runs `action` while nothing more can be mapped into memory, such as a stack.
fn without_memory<R>(action: impl FnOnce() -> R) -> R {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid place for an rlimit.
    let done = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) };
    assert_eq!(done, 0);
    let lowered = libc::rlimit {
        rlim_cur: 0,
        ..limit
    };
    // SAFETY: an rlimit that is no higher than before.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const lowered) };
    assert_eq!(done, 0);
    let result = action();
    // SAFETY: the rlimit as it was.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(done, 0);
    result
}

/// Polls `future`, which panics as it gets in line, and drops it. Its memory stays, so that whoever
/// still finds it in line does no worse than make the test fail.
fn panics_and_is_dropped<F: Future>(future: F, waker: &Waker) -> Pin<Box<Option<F>>> {
    let mut pinned = Box::pin(Some(future));
    let inside = pinned.as_mut().as_pin_mut().expect("it is there");
    let panicked = without_memory(|| {
        let poll = || inside.poll(&mut Context::from_waker(waker)).is_ready();
        catch_unwind(AssertUnwindSafe(poll)).is_err()
    });
    assert!(panicked, "there was a thread");
    pinned.set(None);
    pinned
}

#[test]
fn a_select_that_panics_as_it_gets_in_line_leaves_it() {
    // To report a panic takes memory.
    let report = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (gone, waker) = Alarm::new();
    let rx = after(SOON);
    let silent = never::<()>();
    // In line for the wheel of timers.
    let _first = panics_and_is_dropped(
        async {
            select_async! {
                wait(sleep(SOON)) -> _ => {}
                recv(silent) -> _ => {}
            }
        },
        &waker,
    );
    // In line for a channel of the time, with others.
    let _second = panics_and_is_dropped(
        async {
            select_async! {
                recv(rx) -> _ => {}
                recv(silent) -> _ => {}
            }
        },
        &waker,
    );
    panic::set_hook(report);
    drop(waker);
    assert_eq!(Arc::strong_count(&gone), 1, "a waker was kept");

    // Behind it in both lines.
    let (first, first_waker) = Alarm::new();
    let (second, second_waker) = Alarm::new();
    let mut sleeping = Box::pin(sleep(SOON));
    let mut receiving = Box::pin(rx.recv_async());
    assert!(poll(&mut sleeping, &first_waker).is_pending());
    assert!(poll(&mut receiving, &second_waker).is_pending());
    let deadline = Instant::now() + Duration::from_secs(20);
    while first.rings() == 0 || second.rings() == 0 {
        let rung = (first.rings(), second.rings());
        assert!(Instant::now() < deadline, "somebody is not woken: {rung:?}");
        thread::yield_now();
    }
    assert!(poll(&mut sleeping, &first_waker).is_ready());
    assert!(poll(&mut receiving, &second_waker).is_ready());
    assert_eq!(gone.rings(), 0, "what is gone was woken");
}
