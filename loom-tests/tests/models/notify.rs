//! Notifications that meet those who come and those who go.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use towpath::sync::{Event, Notify};
use towpath_loom_tests::{Alarm, check, poll_once, spawn};

#[test]
fn notify_one_against_a_thread() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let thread = spawn(move || other.notified());
        notify.notify_one();
        thread.join().unwrap();
        assert!(!notify.try_notified());
    });
}

#[test]
fn notify_one_against_a_task() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let thread = spawn(move || other.notify_one());
        Alarm::new().finish(pin!(notify.notified_async()));
        thread.join().unwrap();
        assert!(!notify.try_notified());
    });
}

/// The permit is one: of two who come, one gets it.
#[test]
fn permit_is_taken_once() {
    check(|| {
        let notify = Arc::new(Notify::new());
        notify.notify_one();
        let other = Arc::clone(&notify);
        let thread = spawn(move || other.try_notified());
        let here = notify.try_notified();
        assert!(here != thread.join().unwrap());
    });
}

/// Coalesced into a permit that is being taken: what was done before it is seen.
#[test]
fn notify_against_take_shows_the_work() {
    check(|| {
        let state = Arc::new((Notify::new(), AtomicUsize::new(0)));
        state.0.notify_one();
        let other = Arc::clone(&state);
        let thread = spawn(move || {
            other.1.store(1, Ordering::Relaxed);
            other.0.notify_one();
        });
        assert!(state.0.try_notified());
        if state.1.load(Ordering::Relaxed) == 0 {
            // It was not seen, so its notification is still to come.
            state.0.notified();
        }
        assert_eq!(state.1.load(Ordering::Relaxed), 1);
        thread.join().unwrap();
    });
}

#[test]
fn drop_against_notify_one_passes_it_on() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(notify.notified_async());
        let mut next = pin!(notify.notified_async());
        assert!(poll_once(gives_up.as_mut()).is_pending());
        assert!(alarm.poll(next.as_mut()).is_pending());
        let thread = spawn(move || other.notify_one());
        drop(gives_up);
        alarm.finish(next);
        thread.join().unwrap();
        assert!(!notify.try_notified());
    });
}

#[test]
fn drop_against_notify_one_leaves_the_permit() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let mut gives_up = Box::pin(notify.notified_async());
        assert!(poll_once(gives_up.as_mut()).is_pending());
        let thread = spawn(move || other.notify_one());
        drop(gives_up);
        thread.join().unwrap();
        assert!(notify.try_notified());
        assert!(!notify.try_notified());
    });
}

#[test]
fn timeout_against_notify_one() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let thread = spawn(move || other.notify_one());
        let here = notify.notified_deadline(Instant::now());
        thread.join().unwrap();
        assert!(here != notify.try_notified());
    });
}

/// Made, then looked, then waited: the edge is not missed.
#[test]
fn notify_all_against_look_and_wait() {
    check(|| {
        let state = Arc::new((Notify::new(), AtomicUsize::new(0)));
        let other = Arc::clone(&state);
        let thread = spawn(move || {
            other.1.store(1, Ordering::Relaxed);
            other.0.notify_all();
        });
        let notified = state.0.notified_async();
        if state.1.load(Ordering::Relaxed) == 0 {
            notified.wait();
            assert_eq!(state.1.load(Ordering::Relaxed), 1);
        }
        thread.join().unwrap();
    });
}

/// More than are woken at a time, one of whom goes meanwhile, and one comes.
#[test]
fn drop_and_arrival_while_everybody_is_told() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let alarm = Alarm::new();
        let mut waits: Vec<_> = (0..4).map(|_| Box::pin(notify.notified_async())).collect();
        for wait in &mut waits {
            assert!(alarm.poll(wait.as_mut()).is_pending());
        }
        let thread = spawn(move || other.notify_all());
        drop(waits.remove(2));
        for wait in &mut waits {
            alarm.finish(wait.as_mut());
        }
        let mut late = pin!(notify.notified_async());
        let come = poll_once(late.as_mut());
        thread.join().unwrap();
        assert!(come.is_pending() && poll_once(late.as_mut()).is_pending());
        assert!(!notify.try_notified());
    });
}

/// The one is for who is in line, or leaves a permit if everybody was told before.
#[test]
fn notify_one_against_notify_all() {
    check(|| {
        // Who was first is asked of plain atomics: not a part of the model.
        let state = Arc::new((Notify::new(), AtomicBool::new(false)));
        let other = Arc::clone(&state);
        let (notify, rung) = &*state;
        let alarm = Alarm::new();
        let mut waiting = pin!(notify.notified_async());
        assert!(alarm.poll(waiting.as_mut()).is_pending());
        let thread = spawn(move || {
            let one_was_first = other.1.load(Ordering::Relaxed);
            other.0.notify_all();
            one_was_first
        });
        let all_were_first = alarm.rings() == 1;
        notify.notify_one();
        rung.store(true, Ordering::Relaxed);
        alarm.finish(waiting);
        let one_was_first = thread.join().unwrap();
        let permit = notify.try_notified();
        assert!(
            !(all_were_first && !permit),
            "nobody was in line for the one"
        );
        assert!(
            !(one_was_first && permit),
            "the one was for who was in line"
        );
        assert!(!notify.try_notified());
    });
}

/// Everybody is told, so the one is for whoever comes next: the wait that is over leaves it alone.
#[test]
fn notify_all_then_one_against_a_wait() {
    check(|| {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let waiting = notify.notified_async();
        let thread = spawn(move || {
            other.notify_all();
            other.notify_one();
        });
        Alarm::new().finish(pin!(waiting));
        thread.join().unwrap();
        assert!(notify.try_notified());
    });
}

/// Whoever comes after the mark was taken away waits for another set.
#[test]
fn set_against_reset_and_a_wait() {
    check(|| {
        let event = Arc::new(Event::manual_reset());
        let other = Arc::clone(&event);
        let thread = spawn(move || other.set());
        let later = event.reset().then(|| event.wait_async());
        thread.join().unwrap();
        if let Some(later) = later {
            assert!(poll_once(pin!(later)).is_pending(), "it was not set again");
        }
    });
}

#[test]
fn pulse_against_wait() {
    check(|| {
        let event = Arc::new(Event::manual_reset());
        let other = Arc::clone(&event);
        let waiting = event.wait_async();
        let thread = spawn(move || {
            other.set();
            other.reset();
        });
        waiting.wait();
        thread.join().unwrap();
        assert!(!event.is_set());
    });
}

#[test]
fn reset_against_set_and_wait() {
    check(|| {
        let event = Arc::new(Event::manual_reset());
        event.set();
        let (setter, waiter) = (Arc::clone(&event), Arc::clone(&event));
        let set = spawn(move || setter.set());
        let wait = spawn(move || waiter.wait_deadline(Instant::now()));
        event.reset();
        set.join().unwrap();
        let _ = wait.join().unwrap();
        // Whoever waits now goes on if and only if it is set.
        assert_eq!(event.wait_deadline(Instant::now()), event.is_set());
    });
}

#[test]
fn auto_event_excludes() {
    check(|| {
        let state = Arc::new((Event::auto_reset(), loom::cell::UnsafeCell::new(0)));
        state.0.set();
        let other = Arc::clone(&state);
        let add = |state: &(Event, loom::cell::UnsafeCell<usize>)| {
            state.0.wait();
            // SAFETY: loom checks that nobody else is here.
            state.1.with_mut(|value| unsafe { *value += 1 });
            state.0.set();
        };
        let thread = spawn(move || add(&other));
        add(&state);
        thread.join().unwrap();
        // SAFETY: the other thread is done.
        assert_eq!(state.1.with(|value| unsafe { *value }), 2);
    });
}
