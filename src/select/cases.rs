//! The cases of one select.

use std::task::Context;

use super::case::{Case, TypedCase};
use crate::wait::{Attempt, Patience};

/// Cases, numbered in the order of the arms.
pub trait Cases {
    /// What a select says of the chosen one.
    type Chosen;
    /// What it says if time runs out.
    type Timeout;

    /// True if there is a future among them.
    const POLLS: bool;

    /// How many there are.
    fn count(&self) -> usize;

    /// The case of that number.
    fn case(&self, number: usize) -> &dyn Case;

    /// See [`Case::glance`].
    #[inline]
    fn glance(
        &self,
        number: usize,
        patience: Patience,
        cx: Option<&mut Context<'_>>,
    ) -> Attempt<()> {
        self.case(number).glance(patience, cx)
    }

    /// See [`Case::looks_ready`].
    fn looks_ready(&self, number: usize) -> bool {
        self.case(number).looks_ready()
    }

    /// The case of that number was chosen.
    fn chosen(&self, number: usize) -> Self::Chosen;

    /// Time ran out.
    fn timeout(&self) -> Self::Timeout;

    /// Remembers whether some of them may be in line, for cases that outlive a select: its future may
    /// be forgotten.
    fn keep_in_mind(&self, _in_line: bool) {}
}

/// No cases.
#[derive(Debug)]
pub struct Empty;

/// Cases, and one more.
#[derive(Debug)]
pub struct Chain<'a, L, C> {
    first: L,
    last: &'a C,
}

// SAFETY: made from an exclusive borrow, so whoever has the chain has the case to itself.
unsafe impl<L: Send, C: Send> Send for Chain<'_, L, C> {}

/// Makes a list of cases longer.
pub trait With: Cases + Sized {
    /// These cases, and `case`.
    fn with<C: TypedCase>(self, case: &mut C) -> Chain<'_, Self, C> {
        Chain {
            first: self,
            last: case,
        }
    }
}

impl<L: Cases> With for L {}

impl Cases for Empty {
    type Chosen = usize;
    type Timeout = ();
    const POLLS: bool = false;

    fn count(&self) -> usize {
        0
    }

    fn case(&self, number: usize) -> &dyn Case {
        unreachable!("there is no case {number}")
    }

    fn chosen(&self, number: usize) -> usize {
        number
    }

    fn timeout(&self) {}
}

impl<L: Cases, C: TypedCase> Cases for Chain<'_, L, C> {
    type Chosen = usize;
    type Timeout = ();
    const POLLS: bool = L::POLLS || C::POLLS;

    #[inline]
    fn count(&self) -> usize {
        self.first.count() + 1
    }

    #[inline]
    fn case(&self, number: usize) -> &dyn Case {
        if number == self.first.count() {
            self.last
        } else {
            self.first.case(number)
        }
    }

    #[inline]
    fn chosen(&self, number: usize) -> usize {
        number
    }

    fn timeout(&self) {}
}
