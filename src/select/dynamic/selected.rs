//! An operation that was begun.

use std::fmt;
use std::ptr;

use super::entry::{HandleCase, RecvCase, SendCase};
use crate::channel::{Disconnected, Receiver, RecvError, SendError, Sender};
use crate::sys::{PlainArc, thread};

/// An operation that a [`Select`](crate::Select) has begun. It must be completed, with the handle that was added.
///
/// # Panics
///
/// Dropping it uncompleted panics, unless the thread panics already. What it was begun with goes to others, but a message
/// that it had received is leaked. (One that is forgotten, by `std::mem::forget`, keeps its place in the channel for good,
/// and messages behind that are not received.)
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(1);
/// let mut select = towpath::Select::new();
/// select.send(&tx);
/// let operation = select.select();
/// assert_eq!(operation.index(), 0);
/// operation.send(&tx, 5).unwrap();
/// assert_eq!(rx.recv(), Ok(5));
/// ```
#[must_use = "an operation that was selected must be completed"]
pub struct SelectedOperation<'a> {
    pub(super) index: usize,
    pub(super) case: PlainArc<dyn HandleCase + 'a>,
}

impl SelectedOperation<'_> {
    /// The number of the operation.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_, rx) = towpath::bounded::<i32>(1);
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// let operation = select.select();
    /// assert_eq!(operation.index(), 0);
    /// assert!(operation.recv(&rx).is_err());
    /// ```
    pub fn index(&self) -> usize {
        self.index
    }

    /// Completes a send.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the message, if the channel is disconnected.
    ///
    /// # Panics
    ///
    /// Panics if `tx` is not the very handle that was added.
    ///
    /// # Examples
    ///
    /// See [`SelectedOperation`].
    #[track_caller]
    pub fn send<T>(self, tx: &Sender<T>, message: T) -> Result<(), SendError<T>> {
        assert!(self.is_for(tx), "passed a sender that wasn't selected");
        // SAFETY: a sender of messages `T` is at that address, borrowed since the case was added for
        // it, so this is the case of a `Sender<T>`.
        let case = unsafe { &*self.case.typed().cast::<SendCase<'_, T>>() };
        let reserved = case.take_if_chosen().expect("it was begun");
        match reserved {
            Ok(reservation) => reservation.send(message),
            Err(Disconnected) => Err(SendError(message)),
        }
    }

    /// Completes a receive.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the channel is drained and disconnected.
    ///
    /// # Panics
    ///
    /// Panics if `rx` is not the very handle that was added.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send(5).unwrap();
    /// let mut select = towpath::Select::new();
    /// select.recv(&rx);
    /// assert_eq!(select.select().recv(&rx), Ok(5));
    /// ```
    #[track_caller]
    pub fn recv<T>(self, rx: &Receiver<T>) -> Result<T, RecvError> {
        assert!(self.is_for(rx), "passed a receiver that wasn't selected");
        // SAFETY: as in `send`, for a `Receiver<T>`.
        let case = unsafe { &*self.case.typed().cast::<RecvCase<'_, T>>() };
        case.take_if_chosen().expect("it was begun")
    }

    /// True if `handle` is the one that was added.
    fn is_for<H>(&self, handle: &H) -> bool {
        ptr::addr_eq(self.case.handle(), ptr::from_ref(handle))
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        if self.case.give_up() && !thread::panicking() {
            panic!("dropped `SelectedOperation` without completing the operation");
        }
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectedOperation")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
