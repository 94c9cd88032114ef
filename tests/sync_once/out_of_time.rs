//! Time runs out just as those who wait are told: whoever was meant is told so.
//!
//! Everybody is told under a lock, a handful at a time, and woken in between. The waker of the first
//! polls one that is at the end, whose turn has not come, until its time has run out.

use crate::common::{Scripted, poll, poll_noop, watchdog};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use towpath::sync::{Barrier, Event, Latch, Notify, Once, OnceCell};

/// More than are told in one go.
const MANY: usize = 40;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What `last` comes to, whose time runs out while `tell` is about to tell it: behind `MANY` others who
/// wait as `waiting` says.
fn while_telling<W, T: Send + 'static>(
    waiting: impl Fn() -> W,
    last: impl Future<Output = T> + Send + 'static,
    tell: impl FnOnce(),
) -> T
where
    W: Future + Send + 'static,
{
    let last: Arc<Mutex<Boxed<T>>> = Arc::new(Mutex::new(Box::pin(last)));
    let outcome = Arc::new(Mutex::new(None));
    let (polled, found) = (Arc::clone(&last), Arc::clone(&outcome));
    let script = Scripted::waker(move || {
        if found.lock().unwrap().is_some() {
            return;
        }
        let mut last = polled.lock().unwrap();
        let result = loop {
            if let Poll::Ready(result) = poll_noop(&mut last) {
                break result;
            }
            std::thread::yield_now();
        };
        *found.lock().unwrap() = Some(result);
    });
    let mut crowd: Vec<_> = (0..MANY).map(|_| Box::pin(waiting())).collect();
    assert!(poll(&mut crowd[0], &script).is_pending());
    for one in &mut crowd[1..] {
        assert!(poll_noop(one).is_pending());
    }
    assert!(poll_noop(&mut last.lock().unwrap()).is_pending());
    tell();
    let result = outcome.lock().unwrap().take();
    result.expect("the first was woken")
}

/// Long enough to get in line before.
const SOON: Duration = Duration::from_millis(50);

#[test]
fn an_arrival_that_was_counted_is_not_taken_back() {
    watchdog(60, |_| {
        let barrier: &'static Barrier = Box::leak(Box::new(Barrier::new(MANY + 2)));
        let last = barrier.wait_async().timeout(SOON);
        let result = while_telling(
            || barrier.wait_async(),
            last,
            || {
                assert!(barrier.wait().is_leader());
            },
        );
        assert!(!result.expect("the others went with it").is_leader());
    });
}

/// The same as the case of a select.
#[test]
fn a_selects_arrival_that_was_counted_is_not_taken_back() {
    watchdog(60, |_| {
        let barrier: &'static Barrier = Box::leak(Box::new(Barrier::new(MANY + 2)));
        let (_tx, silent) = towpath::bounded::<()>(1);
        let last = async move {
            towpath::select_async! {
                recv(silent) -> _ => None,
                wait(barrier.wait_async()) -> met => Some(met),
                default(SOON) => None,
            }
        };
        let result = while_telling(
            || barrier.wait_async(),
            last,
            || {
                assert!(barrier.wait().is_leader());
            },
        );
        assert!(!result.expect("the others went with it").is_leader());
    });
}

#[test]
fn an_event_that_was_set_has_happened() {
    watchdog(60, |_| {
        let event: &'static Event = Box::leak(Box::new(Event::manual_reset()));
        let last = event.wait_async().timeout(SOON);
        assert!(while_telling(|| event.wait_async(), last, || event.set()));
    });
}

#[test]
fn a_notification_of_all_is_for_whoever_waited() {
    watchdog(60, |_| {
        let notify: &'static Notify = Box::leak(Box::new(Notify::new()));
        let last = notify.notified_async().timeout(SOON);
        let told = while_telling(|| notify.notified_async(), last, || notify.notify_all());
        assert!(told);
    });
}

#[test]
fn a_once_that_is_done_is_done() {
    watchdog(60, |_| {
        let once: &'static Once = Box::leak(Box::new(Once::new()));
        let last = once.wait_async().timeout(SOON);
        let told = while_telling(|| once.wait_async(), last, || once.call_once(|| {}));
        assert!(told);
    });
}

#[test]
fn a_cell_that_is_set_has_its_value() {
    watchdog(60, |_| {
        let cell: &'static OnceCell<u32> = Box::leak(Box::default());
        let last = cell.wait_async().timeout(SOON);
        let value = while_telling(
            || cell.wait_async(),
            last,
            || {
                cell.set(5).unwrap();
            },
        );
        assert_eq!(value, Some(&5));
    });
}

#[test]
fn a_latch_that_is_open_is_open() {
    watchdog(60, |_| {
        let latch: &'static Latch = Box::leak(Box::new(Latch::new(1)));
        let last = latch.wait_async().timeout(SOON);
        let open = while_telling(|| latch.wait_async(), last, || latch.count_down(1));
        assert!(open);
    });
}
