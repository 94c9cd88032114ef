//! Everybody is told, and it is not over for anybody: each is told once, and whoever tells comes to an
//! end, even if the wakers poll at once, so that those who were told are back in line, at its front.

use crate::common::{Scripted, poll, watchdog};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Waker;
use std::time::Duration;
use towpath::sync::WaitGroup;
use towpath::time::Timer;

const MANY: usize = 20;
const HOUR: Duration = Duration::from_secs(3600);

/// A future whose waker polls it, and counts how often that was in vain.
struct Eager<F> {
    future: Mutex<Pin<Box<F>>>,
    rings: AtomicUsize,
    waker: OnceLock<Waker>,
}

fn eager<F: Future + Send + 'static>(future: F) -> Arc<Eager<F>> {
    let eager = Arc::new(Eager {
        future: Mutex::new(Box::pin(future)),
        rings: AtomicUsize::new(0),
        waker: OnceLock::new(),
    });
    let rung = Arc::clone(&eager);
    let waker = Scripted::waker(move || {
        let mut future = rung.future.lock().unwrap();
        if poll(&mut future, rung.waker.get().unwrap()).is_pending() {
            rung.rings.fetch_add(1, Ordering::SeqCst);
        }
    });
    assert!(poll(&mut eager.future.lock().unwrap(), &waker).is_pending());
    eager.waker.set(waker).unwrap();
    eager
}

fn assert_rung_once<F>(line: &[Arc<Eager<F>>]) {
    for one in line {
        assert_eq!(one.rings.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_timer_that_is_set_to_later() {
    watchdog(60, |_| {
        let timer: &'static Timer = Box::leak(Box::new(Timer::new(HOUR)));
        let line: Vec<_> = (0..MANY).map(|_| eager(timer.recv_async())).collect();
        assert!(timer.reset(2 * HOUR));
        assert_rung_once(&line);
    });
}

#[test]
fn a_group_in_which_others_are_left() {
    watchdog(60, |_| {
        let stays: &'static WaitGroup = Box::leak(Box::new(WaitGroup::new()));
        let goes = stays.clone();
        let line: Vec<_> = (0..MANY)
            .map(|_| eager(stays.clone().wait_async()))
            .collect();
        // Now one could be alone, so everybody is told.
        drop(goes);
        assert_rung_once(&line);
        assert_eq!(stays.len(), 1);
    });
}
