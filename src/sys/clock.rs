//! The clock while a test drives it: it stands still unless it is told to go on.
//!
//! Whoever parks until a deadline puts itself on a list and looks at the time, then parks; whoever
//! changes the time takes the list, then unparks all on it. Both under one lock, so nobody sleeps
//! through a change, the first one included.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};

use parking_lot::Mutex;

use super::{Duration, Instant};

/// True while a test drives the clock, so that everybody else need not ask under the lock.
static DRIVEN: AtomicBool = AtomicBool::new(false);
static STATE: Mutex<State> = Mutex::new(State {
    now: None,
    parked: Vec::new(),
});

struct State {
    now: Option<Instant>,
    parked: Vec<Thread>,
}

/// The time, if a test drives the clock.
pub(crate) fn now() -> Option<Instant> {
    // ORDERING: Acquire, pairs with the Release in `set`: what was done before the clock was taken
    // over is visible to those who see it taken over.
    if DRIVEN.load(Ordering::Acquire) {
        STATE.lock().now
    } else {
        None
    }
}

/// Whoever parks and has to look at the time, which has changed.
#[must_use = "they sleep through the change"]
pub(crate) struct Parked(Vec<Thread>);

impl Parked {
    pub(crate) fn unpark(self) {
        self.0.iter().for_each(Thread::unpark);
    }
}

/// Stops the clock at the time that it is.
pub(crate) fn freeze() -> Parked {
    let mut state = STATE.lock();
    // Under the lock, and under that of the timers: neither has seen a later time.
    let now = Instant::now();
    state.change(Some(now))
}

/// Lets `span` pass on the clock that stands still. `None`: it does not reach that far.
pub(crate) fn advance(span: Duration) -> Option<Parked> {
    let mut state = STATE.lock();
    let then = state.now?.checked_add(span)?;
    Some(state.change(Some(then)))
}

/// Lets the clock go its own way.
pub(crate) fn release() -> Parked {
    STATE.lock().change(None)
}

impl State {
    /// The thread is awake.
    fn leave(&mut self, thread: &Thread) {
        // The last ones to park are the first to leave, more often than not.
        let place = |other: &Thread| other.id() == thread.id();
        if let Some(place) = self.parked.iter().rposition(place) {
            self.parked.swap_remove(place);
        }
    }

    fn change(&mut self, now: Option<Instant>) -> Parked {
        self.now = now;
        // ORDERING: Release, pairs with the Acquire in `now`.
        DRIVEN.store(now.is_some(), Ordering::Release);
        Parked(std::mem::take(&mut self.parked))
    }
}

/// Parks until unparked, until `deadline` or until the time is changed.
pub(crate) fn park_deadline(deadline: Instant) {
    let me = thread::current();
    let mut state = STATE.lock();
    let driven = state.now;
    if driven.is_some_and(|now| now >= deadline) {
        return;
    }
    // Also while no test drives the clock: one may begin to.
    state.parked.push(me.clone());
    drop(state);
    match driven {
        Some(_) => thread::park(),
        None => thread::park_timeout(deadline.saturating_duration_since(Instant::now())),
    }
    STATE.lock().leave(&me);
}
