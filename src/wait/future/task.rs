//! Waiting as a task: polls, which never sleep and never wait for anybody in mid-claim.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{End, Phase, Wait};
use crate::sys::thread::processors;
use crate::sys::{Instant, hint};
use crate::wait::waiter::Renewal;
use crate::wait::{Attempt, Operation, Patience, Signal};

impl<O: Operation> Future for Wait<O> {
    type Output = O::Output;

    /// One attempt, inlined; all the rest is elsewhere.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        if this.phase != Phase::Idle || this.entered {
            return this.poll_again(cx);
        }
        let itself: *mut Self = this;
        // SAFETY: `enter` leaves the operation alone.
        let op = unsafe { &(*itself).op };
        // Under a lock, perhaps: this is its first entry, so no waker is dropped.
        // SAFETY: idle, so not in line; only the operation is borrowed.
        let enter = || unsafe { Self::enter(itself, None) };
        // SAFETY: the node is ours, in no line, and pinned with `self` until it is withdrawn (by `drop` or
        // `give_up`) or signalled.
        match unsafe { op.attempt_or_enlist(Patience::Poll, cx, enter) } {
            Attempt::Ready(done) => this.done(done, Poll::Ready),
            Attempt::Blocked | Attempt::Promised if this.phase == Phase::Idle => {
                this.poll_enlist(cx)
            }
            Attempt::Blocked | Attempt::Promised => this.poll_asleep(cx),
            Attempt::Lagging => this.poll_lagging(cx),
        }
    }
}

impl<O: Operation> Wait<O> {
    /// Ends a task's wait, whose time has run out at `deadline`: with its output, if that came first. Blocked: it is
    /// out of line, where it may be moved. Lagging, only if it `lingers`: a peer is in the way of what may have
    /// come in time: look again soon. (It gets out of line as it would if it were dropped: that waits for the
    /// line's lock.)
    pub(crate) fn give_up(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        deadline: Option<Instant>,
        lingers: bool,
    ) -> Attempt<O::Output> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        if !lingers {
            this.op.pass_by();
        }
        let outcome = match this.phase {
            Phase::Enlisted => {
                let signal = this.get_out();
                let finish = |signal| this.finish(signal, Patience::Poll);
                signal.map_or(Attempt::Blocked, finish)
            }
            // What there is, or what a signal was for, was out of reach.
            Phase::Idle | Phase::Notified => this.op.attempt_polling(Patience::Poll, cx),
            Phase::Done => polled_after_done(),
        };
        let outcome = match outcome {
            Attempt::Blocked | Attempt::Promised => {
                this.attempt_at_last(Patience::Poll, deadline.map(End::At), Some(cx))
            }
            outcome => outcome,
        };
        match outcome {
            Attempt::Ready(done) => this.done_with_waker(done, Attempt::Ready),
            Attempt::Lagging if lingers => Attempt::Lagging,
            _ => {
                this.pass_on();
                Attempt::Blocked
            }
        }
    }

    /// Goes on after the first attempt, which is not in line.
    #[cold]
    #[inline(never)]
    fn poll_lagging(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        self.phase = Phase::Idle;
        self.poll_soon(cx)
    }

    /// Falls asleep in line.
    #[cold]
    #[inline(never)]
    fn poll_asleep(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        let waiter = &self.entry().waiter;
        if self.lingers_until(|| waiter.signal().is_some()) {
            return self.poll_again(cx);
        }
        // Foreign code: should it panic, this stays awake in line, which is safe.
        let waker = cx.waker().clone();
        // SAFETY: the owner is here; it was enlisted awake.
        match unsafe { self.entry().waiter.park(waker) } {
            Ok(()) => Poll::Pending,
            Err(_) => self.poll_again(cx),
        }
    }

    /// Looks on for a while, if what it waits for is about to come. True: `came` has said so.
    #[inline]
    fn lingers_until(&self, came: impl Fn() -> bool) -> bool {
        let pauses = self.op.linger();
        pauses > 0 && self.lingers(pauses, came)
    }

    /// The same, out of line: only the resource of a notified operation can be looked at.
    #[inline]
    fn lingers_at_resource(&self) -> bool {
        let pauses = self.op.linger();
        pauses > 0 && self.op.watches_resource() && self.lingers(pauses, || self.op.looks_ready())
    }

    #[cold]
    #[inline(never)]
    fn lingers(&self, pauses: u32, came: impl Fn() -> bool) -> bool {
        if processors() == 1 {
            return false;
        }
        let paid = (0..pauses).any(|_| {
            hint::spin_loop();
            came()
        });
        self.op.lingered(paid);
        paid
    }

    /// Polls what was polled before: most of the time it was signalled.
    #[inline(never)]
    fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        let is_enlisted = self.phase == Phase::Enlisted;
        match is_enlisted.then(|| self.entry().waiter.signal()).flatten() {
            Some(Signal::Handed) => self.poll_signalled(Signal::Handed, cx),
            Some(signal) => self.poll_told(signal, cx),
            None => self.poll_unsignalled(cx),
        }
    }

    /// Apart, since it has an attempt in it.
    #[inline(never)]
    fn poll_told(&mut self, signal: Signal, cx: &mut Context<'_>) -> Poll<O::Output> {
        self.poll_signalled(signal, cx)
    }

    #[inline(always)]
    fn poll_signalled(&mut self, signal: Signal, cx: &mut Context<'_>) -> Poll<O::Output> {
        // SAFETY: it was signalled.
        if unsafe { self.entry().waiter.was_woken_elsewhere() } {
            self.op.woken_elsewhere();
        }
        match self.finish(signal, Patience::Poll) {
            // SAFETY: it was signalled.
            Attempt::Ready(done) if unsafe { self.entry().waiter.keeps_waker() } => {
                self.done_with_waker(done, Poll::Ready)
            }
            Attempt::Ready(done) => {
                // The waker is gone with the signal, so there is nothing left to drop.
                self.entered = false;
                self.done(done, Poll::Ready)
            }
            outcome => self.poll_signalled_in_vain(outcome, cx),
        }
    }

    /// Whatever has woken the task may have woken a future, too.
    #[cold]
    #[inline(never)]
    fn poll_signalled_in_vain(
        &mut self,
        outcome: Attempt<O::Done>,
        cx: &mut Context<'_>,
    ) -> Poll<O::Output> {
        match outcome {
            Attempt::Lagging => self.poll_soon(cx),
            _ if O::POLLS => self.poll_idle(cx),
            _ => self.poll_enlist(cx),
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_unsignalled(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        match self.phase {
            Phase::Idle | Phase::Notified => self.poll_idle(cx),
            Phase::Enlisted => self.poll_enlisted(cx),
            Phase::Done => polled_after_done(),
        }
    }

    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        match self.op.attempt_polling(Patience::Poll, cx) {
            Attempt::Ready(done) => self.done_with_waker(done, Poll::Ready),
            Attempt::Blocked | Attempt::Promised => self.poll_enlist(cx),
            Attempt::Lagging => self.poll_soon(cx),
        }
    }

    fn poll_enlisted(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        if O::POLLS {
            // As in `sleep`.
            return match self.get_out() {
                Some(signal) => self.poll_signalled(signal, cx),
                None => self.poll_idle(cx),
            };
        }
        // SAFETY: the owner is here.
        match unsafe { self.entry().waiter.renew(cx.waker()) } {
            Renewal::Waiting => Poll::Pending,
            Renewal::Claimed => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Renewal::Signalled => self.poll_again(cx),
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_enlist(&mut self, cx: &mut Context<'_>) -> Poll<O::Output> {
        if self.steps_aside(Patience::Poll) || self.lingers_at_resource() {
            if let Attempt::Ready(done) = self.op.attempt_polling(Patience::Poll, cx) {
                return self.done_with_waker(done, Poll::Ready);
            }
        }
        match self.enlist(Some(cx.waker().clone()), Patience::Poll) {
            Attempt::Ready(done) => self.done_with_waker(done, Poll::Ready),
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

#[cold]
fn polled_after_done() -> ! {
    panic!("an operation was polled after it was done");
}
