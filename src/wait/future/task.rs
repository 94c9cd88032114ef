//! Waiting as a task: polls, which never sleep and never wait for anybody in mid-claim.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Entry, Phase, Wait};
use crate::wait::waiter::Renewal;
use crate::wait::{Attempt, Operation, Patience};

impl<O: Operation> Future for Wait<O> {
    type Output = O::Output;

    /// One attempt, inlined; all the rest is elsewhere.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        if this.phase != Phase::Idle {
            return this.poll_again(cx);
        }
        match this.op.attempt_polling(Patience::Poll, cx) {
            Attempt::Ready(done) => this.done(done, Poll::Ready),
            Attempt::Lagging => this.poll_soon(cx),
            Attempt::Blocked | Attempt::Promised => this.poll_enlist(cx),
        }
    }
}

impl<O: Operation> Wait<O> {
    /// Ends a task's wait, whose time has run out: with its output, if a signal came first. Blocked: it is
    /// out of line, where it may be moved. Lagging: a signal came first, but a peer is in the way: look
    /// again soon. (It gets out of line as it would if it were dropped: that waits for the line's lock.)
    pub(crate) fn give_up(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Attempt<O::Output> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        let outcome = match this.phase {
            Phase::Enlisted => {
                let Entry { waiter, node } = this.entry();
                // SAFETY: enlisted with this operation.
                unsafe { this.op.withdraw(node) };
                let signal = waiter.signal();
                this.phase = Phase::Idle;
                let finish = |signal| this.finish(signal, Patience::Poll);
                signal.map_or(Attempt::Blocked, finish)
            }
            // A signal came, and what it was for was out of reach.
            Phase::Notified => this.op.attempt_polling(Patience::Poll, cx),
            Phase::Idle | Phase::Done => Attempt::Blocked,
        };
        match outcome {
            Attempt::Ready(done) => this.done(done, Attempt::Ready),
            Attempt::Lagging if this.phase == Phase::Notified => Attempt::Lagging,
            _ => {
                this.pass_on();
                Attempt::Blocked
            }
        }
    }

    /// Polls what was polled before.
    #[inline(never)]
    fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        match self.phase {
            Phase::Idle | Phase::Notified => self.poll_idle(cx),
            Phase::Enlisted => self.poll_enlisted(cx),
            Phase::Done => panic!("an operation was polled after it was done"),
        }
    }

    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        let outcome = self.op.attempt_polling(Patience::Poll, cx);
        self.poll_outcome(outcome, cx)
    }

    #[inline]
    fn poll_outcome(&mut self, outcome: Attempt<O::Done>, cx: &mut Context<'_>) -> Poll<O::Output> {
        match outcome {
            Attempt::Ready(done) => self.done(done, Poll::Ready),
            Attempt::Blocked | Attempt::Promised => self.poll_enlist(cx),
            Attempt::Lagging => self.poll_soon(cx),
        }
    }

    fn poll_enlisted(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        if O::POLLS && self.retire() {
            return self.poll_idle(cx);
        }
        // SAFETY: the owner is here.
        match unsafe { self.entry().waiter.renew(cx.waker()) } {
            Renewal::Waiting => Poll::Pending,
            Renewal::Claimed => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Renewal::Signalled(signal) => match self.finish(signal, Patience::Poll) {
                // Whatever has woken the task may have woken a future, too.
                Attempt::Blocked | Attempt::Promised if O::POLLS => self.poll_idle(cx),
                outcome => self.poll_outcome(outcome, cx),
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_enlist(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        if self.steps_aside(Patience::Poll) {
            if let Attempt::Ready(done) = self.op.attempt_polling(Patience::Poll, cx) {
                return self.done(done, Poll::Ready);
            }
        }
        match self.enlist(Some(cx.waker().clone()), Patience::Poll) {
            Attempt::Ready(done) => self.done(done, Poll::Ready),
            Attempt::Blocked | Attempt::Promised => Poll::Pending,
            Attempt::Lagging => self.poll_soon(cx),
        }
    }

    /// A peer is in mid-claim: a poll does not wait for it, it asks to be polled again.
    #[cold]
    fn poll_soon(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
