//! Selecting: one of the operations becomes possible and is begun.

use super::entry::Entry;
use super::turn::{Purpose, Turn, TurnOp};
use super::{Select, SelectedOperation};
use crate::select::case::Case;
use crate::select::error::{SelectTimeoutError, TrySelectError};
use crate::select::run::{self, attempt_now};
use crate::sys::{Duration, Instant, PlainArc};
use crate::wait::Wait;

/// To select one.
#[doc(hidden)]
#[derive(Debug)]
pub struct ToSelect;

impl Purpose for ToSelect {
    type Chosen<'a> = SelectedOperation<'a>;
    type Timeout = SelectTimeoutError;

    #[inline]
    fn case<'t>(turn: &'t Turn<'_, '_, Self>, number: usize) -> &'t dyn Case {
        turn.entries[number].case.select()
    }

    fn chosen<'a>(turn: &Turn<'_, 'a, Self>, number: usize) -> SelectedOperation<'a> {
        turn.last.begun.set(Some(number));
        let Entry { index, case, .. } = &turn.entries[number];
        SelectedOperation {
            index: *index,
            case: PlainArc::clone(case),
        }
    }

    fn timeout() -> SelectTimeoutError {
        SelectTimeoutError
    }
}

/// A select as a value: what [`Select::select_async`] returns.
///
/// # Cancel safety
///
/// If it is dropped before it is done, no operation was begun and nothing stays queued.
pub type SelectFut<'s, 'a> = Wait<TurnOp<'s, 'a, ToSelect>>;

impl<'a> Select<'a> {
    /// Begins an operation if one is possible without waiting.
    ///
    /// # Errors
    ///
    /// [`TrySelectError`] if none is.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert!(select.try_select().is_err());
    /// tx.send(5).unwrap();
    /// assert_eq!(select.try_select().unwrap().recv(&rx), Ok(5));
    /// ```
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        attempt_now(self.turn_op::<ToSelect>(), None).ok_or(TrySelectError)
    }

    /// Blocks the thread until an operation is possible, and begins it.
    ///
    /// # Panics
    ///
    /// Panics if no operation was added.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(0);
    /// std::thread::spawn(move || tx.send(5).unwrap());
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert_eq!(select.select().recv(&rx), Ok(5));
    /// ```
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        self.assert_not_empty();
        let (turn, order) = self.turn::<ToSelect>();
        run::block(turn, order)
    }

    /// As [`select`](Select::select), for at most `limit`. Without operations it just waits.
    ///
    /// # Errors
    ///
    /// [`SelectTimeoutError`] if none became possible.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (_tx, rx) = towpath::bounded::<i32>(0);
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert!(select.select_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn select_timeout(
        &mut self,
        limit: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        Wait::new(self.turn_op::<ToSelect>()).wait_timeout(limit)
    }

    /// As [`select`](Select::select), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`select_timeout`](Select::select_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = towpath::bounded::<i32>(0);
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert!(select.select_deadline(std::time::Instant::now()).is_err());
    /// ```
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        Wait::new(self.turn_op::<ToSelect>()).wait_deadline(deadline)
    }

    /// The select as a value: `.await` it, or wait for it.
    ///
    /// # Panics
    ///
    /// Panics if no operation was added.
    ///
    /// # Cancel safety
    ///
    /// See [`SelectFut`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(0);
    /// std::thread::spawn(move || tx.send(5).unwrap());
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// let received = pollster::block_on(async { select.select_async().await.recv(&rx) });
    /// assert_eq!(received, Ok(5));
    /// ```
    #[track_caller]
    pub fn select_async(&mut self) -> SelectFut<'_, 'a> {
        self.assert_not_empty();
        Wait::new(self.turn_op::<ToSelect>())
    }
}
