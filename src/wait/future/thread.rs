//! Waiting as a thread: watching, parking, and running out of time.

use std::pin::Pin;

use super::{Phase, Wait};
use crate::sys::{Backoff, Instant, time};
use crate::wait::{Attempt, Operation, Patience, Signal, earlier, parker, spin_until};

/// What ended a thread's sleep.
enum Slept {
    Signalled(Signal),
    /// The operation may have become possible by the passing of time.
    Due,
    /// The deadline has passed.
    Expired,
}

impl<O: Operation> Wait<O> {
    /// Waits as a thread. `None`: the deadline has passed, the wait is out of line again.
    pub(super) fn block(self: Pin<&mut Self>, deadline: Option<Instant>) -> Option<O::Done> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        let mut outcome = this.watch();
        let mut backoff = Backoff::new();
        loop {
            outcome = match outcome {
                Attempt::Ready(done) => {
                    this.phase = Phase::Done;
                    return Some(done);
                }
                Attempt::Lagging => {
                    if !deadline.is_some_and(time::expired) {
                        backoff.snooze();
                    } else if !backoff.linger() {
                        return this.expire(backoff);
                    }
                    this.attempt_thread()
                }
                Attempt::Blocked | Attempt::Promised if this.phase != Phase::Enlisted => {
                    backoff = Backoff::new();
                    this.enlist_thread()
                }
                Attempt::Blocked | Attempt::Promised => match this.sleep(deadline) {
                    Slept::Signalled(signal) => this.finish(signal, Patience::Block),
                    Slept::Due => this.attempt_thread(),
                    Slept::Expired => return this.expire(Backoff::new()),
                },
            };
        }
    }

    /// Attempts, watching the resource for a while if that is this operation's style.
    fn watch(&mut self) -> Attempt<O::Done> {
        let first = self.attempt_thread();
        if !matches!(first, Attempt::Blocked) || !self.op.watches_resource() {
            return first;
        }
        self.steps_aside(Patience::Block);
        let mut outcome = Attempt::Blocked;
        spin_until(|| {
            if self.op.looks_ready() {
                outcome = self.op.attempt(Patience::Block);
            }
            !matches!(outcome, Attempt::Blocked)
        });
        outcome
    }

    /// The deadline has passed, and it is out of line. What came in time is not missed because a peer is at work
    /// there; but nor is the peer waited for without bound.
    fn expire(&mut self, mut backoff: Backoff) -> Option<O::Done> {
        loop {
            match self.attempt_thread_at_last() {
                Attempt::Ready(done) => {
                    self.phase = Phase::Done;
                    return Some(done);
                }
                Attempt::Lagging if backoff.linger() || self.op.pass_by() => {}
                _ => {
                    self.pass_on();
                    return None;
                }
            }
        }
    }

    fn attempt_thread_at_last(&self) -> Attempt<O::Done> {
        if O::POLLS {
            parker::with_context(|cx| self.op.attempt_at_last(Patience::Block, Some(cx)))
        } else {
            self.op.attempt_at_last(Patience::Block, None)
        }
    }

    fn enlist_thread(&mut self) -> Attempt<O::Done> {
        if O::POLLS {
            // Whatever has woken the thread may have woken a future, too.
            let outcome = self.attempt_thread();
            if !outcome.is_in_line() {
                return outcome;
            }
        }
        self.enlist(None, Patience::Block)
    }

    fn attempt_thread(&self) -> Attempt<O::Done> {
        if O::POLLS {
            parker::with_context(|cx| self.op.attempt_polling(Patience::Block, cx))
        } else {
            self.op.attempt(Patience::Block)
        }
    }

    /// Sleeps as a thread until signalled, or until it is time to look again. Out of line afterwards.
    fn sleep(&mut self, deadline: Option<Instant>) -> Slept {
        let waiter = &self.entry().waiter;
        if !self.op.watches_resource() {
            spin_until(|| waiter.signal().is_some());
        }
        if let Some(signal) = waiter.signal() {
            return Slept::Signalled(signal);
        }
        // SAFETY: the owner is here; it was enlisted awake.
        if let Err(signal) = unsafe { waiter.park(parker::current_waker()) } {
            return Slept::Signalled(signal);
        }
        let mut due = self.op.due();
        loop {
            let in_time = parker::park(earlier(deadline, due));
            if let Some(signal) = self.entry().waiter.signal() {
                return Slept::Signalled(signal);
            }
            if deadline.is_some_and(time::expired) {
                return self.get_out().map_or(Slept::Expired, Slept::Signalled);
            }
            if O::POLLS {
                // Whatever has woken it may have woken a future, which must be polled then, promise or not: it
                // may hold what others need.
                return self.get_out().map_or(Slept::Due, Slept::Signalled);
            }
            if in_time {
                continue;
            }
            if self.retire() {
                return Slept::Due;
            }
            // Somebody is about to signal it, or is bound to.
            due = None;
        }
    }
}
