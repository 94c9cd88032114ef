//! The first round of a select, before there is an operation that may wait. Most selects end here.
//!
//! A macro writes its round out arm by arm, before there are cases (`match number { 0 => .., 1 => .. }`):
//! whatever is possible is done where its type is known. That is one jump that cannot be foreseen, instead
//! of one for each of several calls through a table, and the outcome is where it is wanted. What a round
//! looks at next, and what it makes of what it sees, is said here.

use super::case::TypedCase;
use super::cases::Cases;
use super::handles::Arm;
use super::order::Order;
use crate::wait::{Attempt, Patience};

/// What an arm comes to.
pub(super) type OutputOf<A> = <<A as Arm>::Case as TypedCase>::Output;

/// The first look at each arm.
#[derive(Debug)]
pub struct FirstRound<S: Order> {
    pub(super) order: S,
    round: S::Round,
    turn: usize,
    count: usize,
    patience: Patience,
    pub(super) seen: Seen,
}

/// What a first round that chose nothing has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// No arm was possible.
    Blocked,
    /// Nor was any, but a peer would make the message of one.
    Promised,
    /// One may be possible: a peer was in mid-claim, or there was no round.
    Unsure,
}

impl<S: Order> FirstRound<S> {
    /// A round of a macro on a thread; `polls` says which of the arms are futures.
    #[inline(always)]
    pub fn select(order: S, polls: &[bool]) -> Self {
        Self::of_arms(order, polls, Patience::Block)
    }

    /// A round of a macro in a task.
    #[inline(always)]
    pub fn select_async(order: S, polls: &[bool]) -> Self {
        Self::of_arms(order, polls, Patience::Poll)
    }

    /// A future needs a waker, so there is no round if there is one.
    #[inline(always)]
    fn of_arms(order: S, polls: &[bool], patience: Patience) -> Self {
        if polls.contains(&true) {
            let mut round = Self::new(order, 0, patience);
            round.seen = Seen::Unsure;
            round
        } else {
            Self::new(order, polls.len(), patience)
        }
    }

    /// A round over that many cases.
    #[inline(always)]
    pub(super) fn new(order: S, count: usize, patience: Patience) -> Self {
        Self {
            order,
            round: S::Round::default(),
            turn: 0,
            count,
            patience,
            seen: Seen::Blocked,
        }
    }

    /// The number of the arm to look at next.
    #[inline(always)]
    pub fn next_number(&mut self) -> Option<usize> {
        if self.turn >= self.count || self.has_to_wait() {
            return None;
        }
        let number = self.order.pick(&mut self.round, self.turn, self.count);
        self.turn += 1;
        Some(number)
    }

    /// Looks at that arm: what it comes to, if it is possible.
    ///
    /// # Safety
    ///
    /// An arm that was possible is not looked at again, and no case is made of it.
    #[inline(always)]
    pub unsafe fn look_at_arm<A: Arm>(&mut self, arm: &A) -> Option<OutputOf<A>> {
        self.see(if self.order.is_biased() {
            arm.attempt(self.patience)
        } else {
            arm.glance(self.patience)
        })
    }

    /// As [`look_at_arm`](FirstRound::look_at_arm), for a select of so many arms that the code counts.
    ///
    /// # Safety
    ///
    /// As [`look_at_arm`](FirstRound::look_at_arm).
    #[inline(never)]
    pub unsafe fn look_at_arm_of_many<A: Arm>(&mut self, arm: &A) -> Option<OutputOf<A>> {
        // SAFETY: the caller's promise.
        unsafe { self.look_at_arm(arm) }
    }

    /// Looks at the case of that number. True: it was possible.
    #[inline(always)]
    pub(super) fn look_at_case<L: Cases>(&mut self, cases: &L, number: usize) -> bool {
        let outcome = if self.order.is_biased() {
            cases.case(number).attempt(self.patience, None)
        } else {
            cases.glance(number, self.patience, None)
        };
        self.see(outcome).is_some()
    }

    #[inline(always)]
    fn see<R>(&mut self, outcome: Attempt<R>) -> Option<R> {
        match outcome {
            Attempt::Ready(output) => return Some(output),
            Attempt::Promised if self.seen == Seen::Blocked => self.seen = Seen::Promised,
            Attempt::Blocked | Attempt::Promised => {}
            Attempt::Lagging => self.seen = Seen::Unsure,
        }
        None
    }

    /// A better arm may become possible before a lesser one.
    #[inline(always)]
    fn has_to_wait(&self) -> bool {
        self.seen == Seen::Unsure && self.order.is_biased()
    }
}
