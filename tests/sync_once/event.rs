//! `Event`.

use crate::common::{Alarm, Place, poll, poll_noop, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use towpath::sync::Event;

#[test]
fn manual_stays_set_until_reset() {
    let event = Event::manual_reset();
    event.set();
    event.set();
    event.wait();
    assert!(event.try_wait() && event.is_set());
    assert!(event.reset() && !event.reset());
    assert!(!event.try_wait());
}

#[test]
fn auto_lets_one_pass() {
    let event = Event::auto_reset();
    event.set();
    event.set();
    assert!(event.try_wait() && !event.try_wait());
    event.set();
    assert!(event.reset() && !event.is_set());
}

/// Set and reset before anybody has looked: those who waited go on all the same.
#[test]
fn a_pulse_is_not_missed() {
    let event = Event::manual_reset();
    let (alarm, waker) = Alarm::new();
    let mut polled = Box::pin(event.wait_async());
    let mut made = Box::pin(event.wait_async());
    assert!(poll(&mut polled, &waker).is_pending());
    event.set();
    event.reset();
    let mut late = Box::pin(event.wait_async());
    assert_eq!(alarm.rings(), 1);
    assert!(poll_noop(&mut polled).is_ready());
    assert!(poll_noop(&mut made).is_ready());
    assert!(poll_noop(&mut late).is_pending());
}

/// Each set lets one go on of those who wait; none is coalesced away.
#[test]
fn two_sets_let_two_go_on() {
    let event = Event::auto_reset();
    let mut waits = [0; 3].map(|_| Box::pin(event.wait_async()));
    assert!(waits.iter_mut().all(|wait| poll_noop(wait).is_pending()));
    event.set();
    event.set();
    let over = waits.each_mut().map(|wait| poll_noop(wait).is_ready());
    assert_eq!(over, [true, true, false]);
    assert!(!event.is_set());
}

/// An auto-reset event that is set at the start is a lock: the counter is never wrong.
#[test]
fn auto_excludes_threads_and_tasks_from_each_other() {
    watchdog(60, |crew| {
        const TURNS: usize = 300;
        let state = Arc::new((Event::auto_reset(), AtomicUsize::new(0)));
        state.0.set();
        let places: Vec<_> = Place::TASKS.into_iter().chain([Place::Thread; 3]).collect();
        let count = places.len();
        let actors = places.into_iter().map(|place| {
            let state = Arc::clone(&state);
            crew.act(place, "party", move |me| async move {
                let (event, counter) = &*state;
                for turn in 0..TURNS {
                    me.at("waits", turn as u64);
                    if me.blocks() {
                        event.wait();
                    } else {
                        event.wait_async().await;
                    }
                    // Not an atomic step: wrong unless nobody else is in here.
                    let before = counter.load(Ordering::Relaxed);
                    std::hint::spin_loop();
                    counter.store(before + 1, Ordering::Relaxed);
                    event.set();
                }
            })
        });
        let actors: Vec<_> = actors.collect();
        actors.into_iter().for_each(|actor| actor.join());
        assert_eq!(state.1.load(Ordering::Relaxed), count * TURNS);
    });
}

/// It was set when the wait was made, whatever has become of it when the wait looks.
#[test]
fn a_wait_that_is_made_while_it_is_set_is_over() {
    for sets_again in [false, true] {
        let event = Event::manual_reset();
        event.set();
        let mut waits = Box::pin(event.wait_async());
        if sets_again {
            event.set();
        }
        event.reset();
        assert!(poll_noop(&mut waits).is_ready());
        assert!(poll_noop(&mut Box::pin(event.wait_async())).is_pending());
    }
}
