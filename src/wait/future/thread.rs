//! Waiting as a thread: watching, parking, and running out of time.

use std::pin::Pin;
use std::task::Context;

use super::{End, Phase, Wait, end};
use crate::sys::Backoff;
use crate::wait::parker::{self, Poller};
use crate::wait::{Attempt, Operation, Patience, Signal, spin_until};

/// What ended a thread's sleep.
enum Slept {
    Signalled(Signal),
    /// The operation may have become possible by the passing of time, or a future of it can go on.
    Due,
    /// It is late.
    Expired,
}

/// A thread that waits.
struct Blocking<'a, O: Operation> {
    wait: &'a mut Wait<O>,
    end: Option<End>,
    /// It got in line, late or not.
    was_in_line: bool,
    /// If the operation polls futures.
    poller: Option<Poller>,
}

impl<O: Operation> Wait<O> {
    /// Waits as a thread. `None`: it is late, the wait is out of line again.
    pub(super) fn block(self: Pin<&mut Self>, end: Option<End>) -> Option<O::Done> {
        let mut blocking = Blocking {
            // SAFETY: nothing is moved out of it.
            wait: unsafe { self.get_unchecked_mut() },
            end,
            was_in_line: false,
            poller: O::POLLS.then(Poller::take),
        };
        let done = blocking.run();
        if let Some(poller) = blocking.poller {
            poller.keep();
        }
        done
    }
}

impl<O: Operation> Blocking<'_, O> {
    fn run(&mut self) -> Option<O::Done> {
        let mut outcome = self.watch();
        let mut backoff = Backoff::new();
        loop {
            outcome = match outcome {
                Attempt::Ready(done) => {
                    self.wait.phase = Phase::Done;
                    return Some(done);
                }
                Attempt::Lagging => {
                    if !self.is_late() {
                        backoff.snooze();
                    } else if !backoff.linger() {
                        return self.expire(backoff);
                    }
                    self.attempt()
                }
                Attempt::Blocked | Attempt::Promised if self.wait.phase != Phase::Enlisted => {
                    // Others might signal it without end, and for nothing.
                    if std::mem::replace(&mut self.was_in_line, true) && self.is_late() {
                        return self.expire(Backoff::new());
                    }
                    backoff = Backoff::new();
                    self.enlist()
                }
                Attempt::Blocked | Attempt::Promised => match self.sleep() {
                    Slept::Signalled(signal) => self.wait.finish(signal, Patience::Block),
                    Slept::Due => self.attempt(),
                    Slept::Expired => return self.expire(Backoff::new()),
                },
            };
        }
    }

    /// Attempts, watching the resource for a while if that is this operation's style.
    fn watch(&mut self) -> Attempt<O::Done> {
        let first = self.attempt();
        let op = &self.wait.op;
        if !matches!(first, Attempt::Blocked) || !op.watches_resource() {
            return first;
        }
        self.wait.steps_aside(Patience::Block);
        let mut outcome = Attempt::Blocked;
        spin_until(|| {
            if op.looks_ready() {
                outcome = op.attempt(Patience::Block);
            }
            !matches!(outcome, Attempt::Blocked) || self.is_called()
        });
        outcome
    }

    /// It is late, and out of line. What came in time is not missed because a peer is at work
    /// there; but nor is the peer waited for without bound.
    fn expire(&mut self, mut backoff: Backoff) -> Option<O::Done> {
        loop {
            match self.attempt_at_last() {
                Attempt::Ready(done) => {
                    self.wait.phase = Phase::Done;
                    return Some(done);
                }
                Attempt::Lagging if backoff.linger() || self.wait.op.pass_by() => {}
                _ => {
                    self.wait.pass_on();
                    return None;
                }
            }
        }
    }

    fn attempt(&self) -> Attempt<O::Done> {
        let op = &self.wait.op;
        match &self.poller {
            Some(poller) => poller.poll(|cx| op.attempt_polling(Patience::Block, cx)),
            None => op.attempt(Patience::Block),
        }
    }

    fn attempt_at_last(&self) -> Attempt<O::Done> {
        let attempt =
            |cx: Option<&mut Context<'_>>| self.wait.attempt_at_last(Patience::Block, self.end, cx);
        match &self.poller {
            Some(poller) => poller.poll(|cx| attempt(Some(cx))),
            None => attempt(None),
        }
    }

    /// Gets in line. Futures are polled once more before that: what is attempted there has no context for them, and
    /// a less urgent case would pass one by that was woken meanwhile.
    fn enlist(&mut self) -> Attempt<O::Done> {
        if O::POLLS {
            let outcome = self.attempt();
            if !outcome.is_in_line() {
                return outcome;
            }
        }
        self.wait.enlist(None, Patience::Block)
    }

    /// Sleeps as a thread until signalled, or until it is time to look again. Out of line afterwards.
    fn sleep(&mut self) -> Slept {
        let waiter = &self.wait.entry().waiter;
        if !self.wait.op.watches_resource() {
            spin_until(|| waiter.signal().is_some() || self.is_called());
        }
        if let Some(signal) = waiter.signal() {
            return Slept::Signalled(signal);
        }
        // SAFETY: the owner is here; it was enlisted awake.
        if let Err(signal) = unsafe { waiter.park(parker::current_waker()) } {
            return Slept::Signalled(signal);
        }
        let mut due = match self.wait.op.due(Patience::Block) {
            Attempt::Ready(due) => due,
            _ => None,
        };
        loop {
            let is_called = self.is_called();
            let in_time = is_called || end::park(self.end, due);
            if let Some(signal) = self.wait.entry().waiter.signal() {
                return Slept::Signalled(signal);
            }
            if self.is_late() {
                return self.get_out(Slept::Expired);
            }
            if is_called {
                // A future must be polled, promise or not: it may hold what others need.
                return self.get_out(Slept::Due);
            }
            if in_time {
                continue;
            }
            // Only what may be due retires: nobody else loses a waiter that he found in line.
            if due.take().is_some() && self.wait.retire() {
                return Slept::Due;
            }
            // Somebody is about to signal it, or is bound to.
        }
    }

    fn is_called(&self) -> bool {
        self.poller.as_ref().is_some_and(Poller::is_called)
    }

    fn is_late(&self) -> bool {
        self.end.is_some_and(End::has_passed)
    }

    fn get_out(&mut self, unsignalled: Slept) -> Slept {
        let signal = self.wait.get_out();
        signal.map_or(unsignalled, Slept::Signalled)
    }
}
