//! Readiness: one of the operations becomes possible, and none is begun.

use super::Select;
use super::turn::{Purpose, Turn, TurnOp};
use crate::select::case::Case;
use crate::select::error::{ReadyTimeoutError, TryReadyError};
use crate::select::run::attempt_now;
use crate::sys::{Duration, Instant};
use crate::wait::Wait;

/// To see which is ready.
#[doc(hidden)]
#[derive(Debug)]
pub struct ToBeReady;

impl Purpose for ToBeReady {
    type Chosen<'a> = usize;
    type Timeout = ReadyTimeoutError;

    #[inline]
    fn case<'t>(turn: &'t Turn<'_, '_, Self>, number: usize) -> &'t dyn Case {
        turn.entries[number].case.ready()
    }

    fn chosen(turn: &Turn<'_, '_, Self>, number: usize) -> usize {
        turn.entries[number].index
    }

    fn timeout() -> ReadyTimeoutError {
        ReadyTimeoutError
    }
}

/// A wait for readiness as a value: what [`Select::ready_async`] returns.
///
/// # Cancel safety
///
/// Dropping it has no effect.
pub type ReadyFut<'s, 'a> = Wait<TurnOp<'s, 'a, ToBeReady>>;

impl<'a> Select<'a> {
    /// The number of an operation that is possible now, if there is one. Begins nothing.
    ///
    /// # Errors
    ///
    /// [`TryReadyError`] if none is.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let mut select = towpath::Select::new();
    /// let index = select.recv(&rx);
    /// assert!(select.try_ready().is_err());
    /// tx.send(5).unwrap();
    /// assert_eq!(select.try_ready(), Ok(index));
    /// ```
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        attempt_now(self.turn_op::<ToBeReady>(), None).ok_or(TryReadyError)
    }

    /// Blocks the thread until an operation is possible: its number. Begins nothing, so another thread
    /// may do it first: attempt it with `try_send` or `try_recv`.
    ///
    /// # Panics
    ///
    /// Panics if no operation was added.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// std::thread::spawn(move || tx.send(5).unwrap());
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert_eq!(select.ready(), 0);
    /// assert_eq!(rx.try_recv(), Ok(5));
    /// ```
    #[track_caller]
    pub fn ready(&mut self) -> usize {
        self.ready_async().wait()
    }

    /// As [`ready`](Select::ready), for at most `limit`. Without operations it just waits.
    ///
    /// # Errors
    ///
    /// [`ReadyTimeoutError`] if none became possible.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (_tx, rx) = towpath::bounded::<i32>(0);
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert!(select.ready_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn ready_timeout(&mut self, limit: Duration) -> Result<usize, ReadyTimeoutError> {
        Wait::new(self.turn_op::<ToBeReady>()).wait_timeout(limit)
    }

    /// As [`ready`](Select::ready), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`ready_timeout`](Select::ready_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = towpath::bounded::<i32>(0);
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert!(select.ready_deadline(std::time::Instant::now()).is_err());
    /// ```
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        Wait::new(self.turn_op::<ToBeReady>()).wait_deadline(deadline)
    }

    /// [`ready`](Select::ready) as a value.
    ///
    /// # Panics
    ///
    /// Panics if no operation was added.
    ///
    /// # Cancel safety
    ///
    /// See [`ReadyFut`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send(5).unwrap();
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert_eq!(pollster::block_on(select.ready_async()), 0);
    /// ```
    #[track_caller]
    pub fn ready_async(&mut self) -> ReadyFut<'_, 'a> {
        self.assert_not_empty();
        Wait::new(self.turn_op::<ToBeReady>())
    }
}
