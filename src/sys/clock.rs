//! The clock while a test drives it: it stands still unless it is told to go on.
//!
//! Whoever parks until a deadline puts itself on a list first, then looks at the time, then parks;
//! whoever changes the time changes it first, then unparks all on the list. Both under one lock, so
//! nobody sleeps through a change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};

use parking_lot::Mutex;

use super::Instant;

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

/// Sets the time, or lets it go its own way (`None`), and has everybody look at it who waits.
pub(crate) fn set(now: Option<Instant>) {
    let mut state = STATE.lock();
    state.now = now;
    // ORDERING: Release, pairs with the Acquire in `now`.
    DRIVEN.store(now.is_some(), Ordering::Release);
    let parked = std::mem::take(&mut state.parked);
    drop(state);
    parked.iter().for_each(Thread::unpark);
}

/// Parks until unparked or until the time changes, unless it is `deadline` already. False: no test
/// drives the clock.
pub(crate) fn park_deadline(deadline: Instant) -> bool {
    let me = thread::current();
    let mut state = STATE.lock();
    match state.now {
        None => return false,
        Some(now) if now >= deadline => return true,
        Some(_) => state.parked.push(me.clone()),
    }
    drop(state);
    thread::park();
    STATE.lock().parked.retain(|other| other.id() != me.id());
    true
}
