//! `Once`: what Go's tests ask, and what Rust's add.

use crate::common::{Place, poll_noop, watchdog};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use towpath::sync::{Latch, Once};

/// Everywhere at once: it runs once, and is done when any call returns.
#[test]
fn runs_once_for_threads_and_tasks() {
    watchdog(60, |crew| {
        for round in 0..50 {
            let state = Arc::new((Once::new(), AtomicUsize::new(0)));
            let places = Place::TASKS.into_iter().chain([Place::Thread; 4]);
            let actors: Vec<_> = places
                .map(|place| {
                    let state = Arc::clone(&state);
                    crew.act(place, "caller", move |me| async move {
                        let (once, count) = &*state;
                        me.at("calls", round);
                        let run = || {
                            std::thread::yield_now();
                            count.fetch_add(1, Ordering::Relaxed);
                        };
                        if me.blocks() {
                            once.call_once(run);
                        } else {
                            once.call_once_async(async { run() }).await;
                        }
                        assert!(once.is_completed());
                        count.load(Ordering::Relaxed)
                    })
                })
                .collect();
            for actor in actors {
                assert_eq!(actor.join(), 1);
            }
        }
    });
}

#[test]
fn a_panic_is_not_done_and_the_next_may_try() {
    let once = Once::new();
    for _ in 0..3 {
        let panicked = catch_unwind(|| once.call_once(|| panic!("planned")));
        let payload = panicked.expect_err("the panic goes on");
        assert_eq!(payload.downcast_ref(), Some(&"planned"));
        assert!(!once.is_completed());
    }
    let mut ran = false;
    once.call_once(|| ran = true);
    assert!(ran && once.is_completed());
    once.call_once(|| unreachable!());
}

#[test]
fn a_panicking_future_is_not_done() {
    let once = Once::new();
    let future = once.call_once_async(async { panic!("planned") });
    let panicked = catch_unwind(AssertUnwindSafe(|| pollster::block_on(future)));
    assert!(panicked.is_err() && !once.is_completed());
    pollster::block_on(once.call_once_async(async {}));
    assert!(once.is_completed());
}

/// Those who wait while another thread panics: one runs, all return.
#[test]
fn waiting_threads_survive_a_panic() {
    watchdog(60, |crew| {
        let state = Arc::new((Once::new(), Latch::new(9), AtomicUsize::new(0)));
        let threads: Vec<_> = (0..9)
            .map(|i| {
                let state = Arc::clone(&state);
                crew.thread(format!("caller {i}"), move |_| {
                    let (once, ready, runs) = &*state;
                    ready.count_down(1);
                    ready.wait();
                    catch_unwind(|| {
                        once.call_once(|| {
                            if runs.fetch_add(1, Ordering::SeqCst) < 3 {
                                std::panic::resume_unwind(Box::new("planned"));
                            }
                        });
                    })
                    .is_err()
                })
            })
            .collect();
        let panicked = threads.into_iter().map(|thread| thread.join());
        assert_eq!(panicked.filter(|&panicked| panicked).count(), 3);
        assert_eq!(state.2.load(Ordering::SeqCst), 4);
    });
}

/// A thread would wait for itself: that is found, and the cell is not spoilt.
#[test]
fn reentry_from_the_same_thread_panics() {
    watchdog(60, |_| {
        let once = Once::new();
        for reenter in [|once: &Once| once.call_once(|| {}), Once::wait] {
            let panicked = catch_unwind(|| once.call_once(|| reenter(&once)));
            let payload = panicked.expect_err("it waits for itself");
            let text = payload.downcast_ref::<&str>().copied().unwrap_or_default();
            assert!(text.contains("itself"), "{text}");
        }
        once.call_once(|| {});
        assert!(once.is_completed());
    });
}

/// A bounded wait ends by itself, and other objects are nobody's business.
#[test]
fn reentry_that_ends_or_is_none_is_allowed() {
    let (once, other) = (Once::new(), Once::new());
    once.call_once(|| {
        assert!(!once.wait_timeout(Duration::from_millis(1)));
        let mut waiting = Box::pin(once.wait_async());
        assert!(poll_noop(&mut waiting).is_pending());
        other.call_once(|| {});
    });
    assert!(once.is_completed() && other.is_completed());
}

/// The turn of a thread that gave it up is not remembered against it.
#[test]
fn a_thread_that_failed_may_wait_for_another() {
    watchdog(60, |crew| {
        let once = Arc::new(Once::new());
        assert!(catch_unwind(|| once.call_once(|| panic!("planned"))).is_err());
        let other = Arc::clone(&once);
        crew.thread("does it", move |_| other.call_once(|| {}));
        once.wait();
        assert!(once.is_completed());
    });
}

/// `wait` does not do it itself, and hears of it through failures.
#[test]
fn watchers_wait_through_failures() {
    let once = Once::new();
    let mut watching = Box::pin(once.wait_async());
    assert!(poll_noop(&mut watching).is_pending());
    assert!(catch_unwind(|| once.call_once(|| panic!("planned"))).is_err());
    assert!(poll_noop(&mut watching).is_pending());
    once.call_once(|| {});
    assert!(poll_noop(&mut watching).is_ready());
    once.wait();
    assert!(once.wait_timeout(Duration::ZERO));
}
