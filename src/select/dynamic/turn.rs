//! One turn of a dynamic select: its cases, and what the turn is for.

use std::marker::PhantomData;
use std::task::Context;

use super::LastTurn;
use super::entry::Entry;
use crate::select::case::Case;
use crate::select::cases::Cases;
use crate::select::operation::SelectOp;
use crate::wait::{Attempt, Patience};

/// What a turn is for: to begin one of the operations, or to see which is possible.
pub trait Purpose: Sized {
    /// See [`Cases::Chosen`]; of a select of operations that live for `'a`.
    type Chosen<'a>;
    /// See [`Cases::Timeout`].
    type Timeout;

    /// See [`Cases::case`]: of the two that each operation has, the one that serves it.
    fn case<'t>(turn: &'t Turn<'_, '_, Self>, number: usize) -> &'t dyn Case;

    /// See [`Cases::chosen`].
    fn chosen<'a>(turn: &Turn<'_, 'a, Self>, number: usize) -> Self::Chosen<'a>;

    /// See [`Cases::timeout`].
    fn timeout() -> Self::Timeout;
}

/// The cases of one turn.
#[doc(hidden)]
#[derive(Debug)]
pub struct Turn<'s, 'a, P> {
    pub(super) entries: &'s [Entry<'a>],
    pub(super) last: &'s LastTurn,
    pub(super) purpose: PhantomData<P>,
}

/// A turn as an operation, in an order that its select keeps.
pub(super) type TurnOp<'s, 'a, P> = SelectOp<Turn<'s, 'a, P>, TurnOrder<'s>>;

/// A biased select has none.
pub(super) type TurnOrder<'s> = Option<&'s mut [u16]>;

// SAFETY: as for `Select`, which is borrowed exclusively.
unsafe impl<P> Send for Turn<'_, '_, P> {}

impl<'a, P: Purpose> Cases for Turn<'_, 'a, P> {
    type Chosen = P::Chosen<'a>;
    type Timeout = P::Timeout;
    const POLLS: bool = false;

    fn count(&self) -> usize {
        self.entries.len()
    }

    fn case(&self, number: usize) -> &dyn Case {
        P::case(self, number)
    }

    #[inline]
    fn glance(
        &self,
        number: usize,
        patience: Patience,
        cx: Option<&mut Context<'_>>,
    ) -> Attempt<()> {
        if self.looks_ready(number) {
            self.case(number).attempt(patience, cx)
        } else {
            Attempt::Blocked
        }
    }

    #[inline]
    fn looks_ready(&self, number: usize) -> bool {
        self.entries[number].glance.looks_ready()
    }

    fn chosen(&self, number: usize) -> P::Chosen<'a> {
        P::chosen(self, number)
    }

    fn timeout(&self) -> P::Timeout {
        P::timeout()
    }

    fn keep_in_mind(&self, in_line: bool) {
        self.last.in_line.set(in_line);
    }
}
