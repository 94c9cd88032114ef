//! Waiting for the first of several cases, as one operation.
//!
//! Each case has a node of its own; all of them are bound to the one waiter of the select's
//! [`Wait`](crate::wait::Wait), so exactly one notifier completes it (`wait::waiter`, invariant 1).
//! A select attempts its cases while none of its nodes is in line, so nobody else can complete it
//! meanwhile; it lines up without completing anything, and steps out again as soon as one case looks
//! ready. So it never commits to two.
//!
//! Two selects that need each other cannot sleep past each other: lining up and looking for a peer is
//! one step under the lock of each line, so the second of them finds the node of the first, steps
//! out, and attempts. (If both step out at once, both attempt again; they go on missing each other
//! only as long as each is preempted between two of its own lines, time after time.)

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ptr;
use std::task::Context;

use super::cases::Cases;
use super::first_round::{FirstRound, Seen};
use super::order::Order;
use crate::sys::Instant;
use crate::wait::sealed::Sealed;
use crate::wait::{self, Attempt, Node, Operation, Patience, Place, Signal, Waiter, earlier};

/// Waits for the first of its cases, and says which.
pub struct SelectOp<L, S> {
    cases: L,
    order: RefCell<S>,
    /// A look at what seems ready is not enough: a peer was in mid-claim.
    in_earnest: Cell<bool>,
    /// It was blocked in its first round: the next attempt takes that for granted.
    just_looked: Cell<bool>,
    /// Cases where a peer stays in mid-claim no longer stop promises, nor what a biased order has behind them.
    passes_by: Cell<bool>,
    /// Whose signal came, once lined up.
    waiter: Cell<*const Waiter>,
    /// The case to which a peer has bound itself.
    committed: Cell<Option<usize>>,
    /// The case that was notified and did not use it yet.
    owed: Cell<Option<usize>>,
    /// The case that was notified in vain: others were faster, so it goes to the front.
    beaten: Cell<Option<usize>>,
    /// It only stepped out of line to look, at futures or at the time: it goes to the front of all
    /// lines, or one that is woken often would never be served.
    returning: Cell<bool>,
}

/// What a round over the cases came to.
#[derive(Default)]
struct Round {
    chosen: Option<usize>,
    /// The first to which a peer would bind itself.
    promised: Option<usize>,
    /// A peer was in mid-claim at one of them.
    lagging: bool,
}

// SAFETY: the waiter is made to be used from any thread, and is the select's own.
unsafe impl<L: Send, S: Send> Send for SelectOp<L, S> {}

impl<L: Cases, S: Order> SelectOp<L, S> {
    /// The cases are in no line.
    #[inline]
    pub(crate) fn new(cases: L, order: S) -> Self {
        Self {
            cases,
            order: RefCell::new(order),
            in_earnest: Cell::new(false),
            just_looked: Cell::new(false),
            passes_by: Cell::new(false),
            waiter: Cell::new(ptr::null()),
            committed: Cell::new(None),
            owed: Cell::new(None),
            beaten: Cell::new(None),
            returning: Cell::new(false),
        }
    }

    /// The cases, after a first round in which none of them was possible.
    #[inline]
    pub(crate) fn after(cases: L, first: FirstRound<S>) -> Self {
        let op = Self::new(cases, first.order);
        op.just_looked.set(first.seen == Seen::Blocked);
        op.in_earnest.set(first.seen == Seen::Promised);
        op
    }

    /// True if there is more than one case.
    #[inline]
    pub(super) fn has_several(&self) -> bool {
        self.cases.count() > 1
    }

    /// True if a glance at the only case tells as much as an attempt.
    #[inline]
    pub(super) fn has_exact_glance(&self) -> bool {
        self.cases.count() == 0 || self.cases.case(0).glance_is_exact()
    }

    /// The next attempt tries each case, also those that do not look ready.
    #[inline]
    pub(super) fn be_in_earnest(&self) {
        self.in_earnest.set(true);
        self.just_looked.set(false);
    }

    fn attempt_with(
        &self,
        patience: Patience,
        mut cx: Option<&mut Context<'_>>,
    ) -> Attempt<L::Chosen> {
        if self.just_looked.take() {
            return Attempt::Blocked;
        }
        // Not in line for a promise yet, or no longer: all cases count again.
        self.committed.set(None);
        let is_biased = self.order.borrow().is_biased();
        let in_earnest = is_biased || self.in_earnest.get();
        let round = self.round(patience, cx.as_deref_mut(), in_earnest);
        if let Some(chosen) = round.chosen {
            return self.choose(chosen);
        }
        match round.promised {
            // What does not look ready, or has a peer in mid-claim, may be ready: it comes before a promise.
            Some(promised) if in_earnest && (!round.lagging || self.passes_by.get()) => {
                self.commit(promised)
            }
            Some(_) if !in_earnest => {
                self.in_earnest.set(true);
                self.attempt_with(patience, cx)
            }
            _ => {
                self.in_earnest.set(round.lagging);
                if round.lagging {
                    Attempt::Lagging
                } else {
                    Attempt::Blocked
                }
            }
        }
    }

    /// Looks at the cases, or tries each of them, until one is chosen.
    fn round(
        &self,
        patience: Patience,
        mut cx: Option<&mut Context<'_>>,
        in_earnest: bool,
    ) -> Round {
        let mut round = Round::default();
        let stops = self.order.borrow().is_biased() && !self.passes_by.get();
        let chosen = self.in_order(|number| {
            let cx = cx.as_deref_mut();
            let outcome = if in_earnest {
                self.cases.case(number).attempt(patience, cx)
            } else {
                self.cases.glance(number, patience, cx)
            };
            match outcome {
                Attempt::Ready(()) => return Some(Some(number)),
                Attempt::Promised => round.promised = round.promised.or(Some(number)),
                Attempt::Lagging => {
                    round.lagging = true;
                    // It may be the first that is ready.
                    return stops.then_some(None);
                }
                // Whoever is owed is tried in earnest.
                Attempt::Blocked if in_earnest => self.notification_is_void(number),
                Attempt::Blocked => {}
            }
            None
        });
        round.chosen = chosen.flatten();
        round
    }

    /// Runs `visit` for all cases, until it returns something.
    #[inline]
    fn in_order<R>(&self, mut visit: impl FnMut(usize) -> Option<R>) -> Option<R> {
        let count = self.cases.count();
        let (mut order, mut round) = (self.order.borrow_mut(), S::Round::default());
        (0..count).find_map(|turn| visit(order.pick(&mut round, turn, count)))
    }

    fn choose(&self, number: usize) -> Attempt<L::Chosen> {
        self.committed.set(None);
        // First: what follows may panic.
        let chosen = self.cases.chosen(number);
        self.pass_on_unless(number);
        Attempt::Ready(chosen)
    }

    fn commit(&self, number: usize) -> Attempt<L::Chosen> {
        self.committed.set(Some(number));
        self.pass_on_unless(number);
        Attempt::Promised
    }

    /// A notification that another case has not used is for the next in that line.
    fn pass_on_unless(&self, number: usize) {
        if let Some(owed) = self.owed.take().filter(|owed| *owed != number) {
            self.cases.case(owed).abandon(Signal::Notified);
        }
    }

    fn notification_is_void(&self, number: usize) {
        if self.owed.get() == Some(number) {
            self.beaten.set(self.owed.take());
        }
    }

    fn withdraw_all(&self) {
        for number in 0..self.cases.count() {
            self.cases.case(number).withdraw();
        }
        self.cases.keep_in_mind(false);
    }

    /// Gets out of line again, unless somebody has signalled or bound this already: then what it is in
    /// line for will come.
    fn step_out(&self, waiter: &Waiter, outcome: Attempt<()>) -> Attempt<()> {
        if waiter.retire().is_err() {
            self.pass_on_unless(usize::MAX);
            return Attempt::Blocked;
        }
        self.withdraw_all();
        self.waiter.set(ptr::null());
        outcome
    }

    /// Waits for the case to which a peer has bound itself, alone.
    ///
    /// # Safety
    ///
    /// As [`Operation::enlist`].
    unsafe fn enlist_committed(
        &self,
        number: usize,
        waiter: &Waiter,
        patience: Patience,
    ) -> Attempt<L::Chosen> {
        let case = self.cases.case(number);
        // SAFETY: the caller's promise.
        match unsafe { case.enlist(waiter, number, Place::Front, patience) } {
            Attempt::Ready(()) => {
                self.waiter.set(ptr::null());
                self.choose(number)
            }
            // All cases count again: another one may become possible meanwhile.
            Attempt::Lagging => {
                self.waiter.set(ptr::null());
                self.committed.set(None);
                Attempt::Lagging
            }
            Attempt::Promised => Attempt::Blocked,
            Attempt::Blocked => {
                // The promise went to somebody else.
                self.committed.set(None);
                match self.step_out(waiter, Attempt::Lagging) {
                    Attempt::Blocked => Attempt::Blocked,
                    _ => Attempt::Lagging,
                }
            }
        }
    }

    /// The waiter that `node` is bound to, remembered for its signal.
    ///
    /// # Safety
    ///
    /// As [`Operation::line_up`].
    unsafe fn waiter_of(&self, node: &Node) -> &Waiter {
        // SAFETY: the node is in no line; a select never puts it in one.
        let waiter = unsafe { node.waiter() };
        self.waiter.set(waiter);
        // SAFETY: the waiter stays until it is withdrawn.
        unsafe { &*waiter }
    }
}

impl<L, S> Sealed for SelectOp<L, S> {}

// SAFETY: the cases keep to the contract, each for its own node; `withdraw` withdraws them all.
unsafe impl<L: Cases, S: Order> Operation for SelectOp<L, S> {
    type Output = L::Chosen;
    type Done = L::Chosen;
    type Bounded = Result<L::Chosen, L::Timeout>;
    const POLLS: bool = L::POLLS;

    fn watches_resource(&self) -> bool {
        (0..self.cases.count()).all(|number| self.cases.case(number).watches_resource())
    }

    fn looks_ready(&self) -> bool {
        (0..self.cases.count()).any(|number| self.cases.looks_ready(number))
    }

    fn attempt(&self, patience: Patience) -> Attempt<L::Chosen> {
        self.attempt_with(patience, None)
    }

    fn attempt_polling(&self, patience: Patience, cx: &mut Context<'_>) -> Attempt<L::Chosen> {
        self.attempt_with(patience, Some(cx))
    }

    unsafe fn line_up(&self, node: &Node, _: Place, patience: Patience) -> Attempt<()> {
        // SAFETY: the caller's promise.
        let waiter = unsafe { self.waiter_of(node) };
        self.cases.keep_in_mind(true);
        let mut lagging = false;
        // In random order: of two cases in the same line the first one is taken.
        let ready = self.in_order(|number| {
            let was_told = [self.owed.get(), self.beaten.get()].contains(&Some(number));
            let place = if was_told || self.returning.get() {
                Place::Front
            } else {
                Place::Back
            };
            let case = self.cases.case(number);
            // SAFETY: the caller's promise: the cases stay where they are with the select.
            match unsafe { case.line_up(waiter, number, place, patience) } {
                Attempt::Ready(()) => return Some(()),
                Attempt::Lagging => lagging = true,
                Attempt::Blocked | Attempt::Promised => self.notification_is_void(number),
            }
            None
        });
        if ready.is_some() {
            // What is ready in truth need not look ready.
            self.be_in_earnest();
            self.step_out(waiter, Attempt::Ready(()))
        } else if lagging {
            self.be_in_earnest();
            self.step_out(waiter, Attempt::Lagging)
        } else {
            self.beaten.set(None);
            self.returning.set(false);
            Attempt::Blocked
        }
    }

    unsafe fn enlist(&self, node: &Node, place: Place, patience: Patience) -> Attempt<L::Chosen> {
        if let Some(number) = self.committed.get() {
            // SAFETY: the caller's promise.
            let waiter = unsafe { self.waiter_of(node) };
            self.cases.keep_in_mind(true);
            // SAFETY: the caller's promise.
            return unsafe { self.enlist_committed(number, waiter, patience) };
        }
        // SAFETY: the caller's promise.
        unsafe { wait::line_up_or_attempt(self, node, place, patience) }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<L::Chosen> {
        self.withdraw_all();
        self.returning.set(false);
        // Kept or broken, the promise is over.
        self.committed.set(None);
        let number = self.signalled();
        match self.cases.case(number).finish(signal, patience) {
            Attempt::Ready(()) => self.choose(number),
            Attempt::Blocked => {
                self.beaten.set(Some(number));
                Attempt::Blocked
            }
            // A promise was broken, and here is the next one: another case may have become possible meanwhile.
            Attempt::Lagging | Attempt::Promised => {
                self.owed
                    .set((signal == Signal::Notified).then_some(number));
                self.be_in_earnest();
                Attempt::Lagging
            }
        }
    }

    /// A case that is ready does not go by because a peer has promised a message that did not come.
    fn attempt_at_last(
        &self,
        patience: Patience,
        cx: Option<&mut Context<'_>>,
    ) -> Attempt<L::Chosen> {
        self.be_in_earnest();
        self.attempt_with(patience, cx)
    }

    fn pass_by(&self) -> bool {
        !self.passes_by.replace(true)
    }

    unsafe fn withdraw(&self, _: &Node) {
        self.withdraw_all();
        self.returning.set(true);
        // Whatever has woken it may have made another case possible.
        self.committed.set(None);
    }

    fn abandon(&self, signal: Signal) {
        if !self.waiter.get().is_null() {
            self.cases.case(self.signalled()).abandon(signal);
        }
        self.pass_on_unless(usize::MAX);
    }

    fn due(&self, patience: Patience) -> Attempt<Option<Instant>> {
        if let Some(committed) = self.committed.get() {
            return self.cases.case(committed).due(patience);
        }
        let mut earliest = None;
        for number in 0..self.cases.count() {
            match self.cases.case(number).due(patience) {
                Attempt::Ready(due) => earliest = earlier(earliest, due),
                outcome => return outcome,
            }
        }
        Attempt::Ready(earliest)
    }

    fn output<R>(&self, chosen: L::Chosen, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(chosen)
    }

    fn bounded(outcome: Result<L::Chosen, Self>) -> Self::Bounded {
        outcome.map_err(|op| op.cases.timeout())
    }
}

impl<L: Cases, S> SelectOp<L, S> {
    /// The case whose signal came. Its waiter is no longer of use after that.
    fn signalled(&self) -> usize {
        let waiter = self.waiter.replace(ptr::null());
        assert!(!waiter.is_null(), "a signal comes to who is in line");
        // SAFETY: the waiter lives as long as the wait that drives this.
        let signal = unsafe { &*waiter }.signal_and_case();
        // As bound in `OpCase`.
        signal.expect("it was signalled").1 - 1
    }
}

impl<L, S> fmt::Debug for SelectOp<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectOp").finish_non_exhaustive()
    }
}
