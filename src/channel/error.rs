//! What can go wrong with a channel. The types, fields and helpers are crossbeam-channel's, so that
//! code which matches on them keeps compiling; messages come back inside.

use std::error::Error;
use std::fmt;

/// The message could not be sent: the channel is disconnected.
///
/// # Examples
///
/// ```
/// use towpath::SendError;
///
/// let (tx, rx) = towpath::bounded(1);
/// drop(rx);
/// assert_eq!(tx.send("lost?"), Err(SendError("lost?")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// A `try_send` did not send the message.
///
/// # Examples
///
/// ```
/// use towpath::TrySendError;
///
/// let (tx, _rx) = towpath::bounded(1);
/// tx.try_send(1).unwrap();
/// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room (capacity 0: no receiver waits).
    Full(T),
    /// The channel is disconnected.
    Disconnected(T),
}

/// A bounded send did not send the message.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::SendTimeoutError;
///
/// let (tx, _rx) = towpath::bounded(0);
/// let sent = tx.send_timeout(1, Duration::from_millis(1));
/// assert_eq!(sent, Err(SendTimeoutError::Timeout(1)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// Time ran out.
    Timeout(T),
    /// The channel is disconnected.
    Disconnected(T),
}

/// Nothing can be received any more: the channel is drained and disconnected.
///
/// # Examples
///
/// ```
/// use towpath::RecvError;
///
/// let (tx, rx) = towpath::bounded::<i32>(1);
/// drop(tx);
/// assert_eq!(rx.recv(), Err(RecvError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

/// A `try_recv` received nothing.
///
/// # Examples
///
/// ```
/// use towpath::TryRecvError;
///
/// let (tx, rx) = towpath::bounded::<i32>(1);
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
/// drop(tx);
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// There is no message (capacity 0: no sender waits).
    Empty,
    /// The channel is drained and disconnected.
    Disconnected,
}

/// A bounded receive received nothing.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::RecvTimeoutError;
///
/// let (_tx, rx) = towpath::bounded::<i32>(1);
/// assert_eq!(rx.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::Timeout));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// Time ran out.
    Timeout,
    /// The channel is drained and disconnected.
    Disconnected,
}

const NO_ROOM: &str = "the channel is full";
const NO_MESSAGE: &str = "the channel is empty";
const TIMED_OUT: &str = "time ran out on the channel operation";
const SEND_DISCONNECTED: &str = "the channel is disconnected";
const RECV_DISCONNECTED: &str = "the channel is drained and disconnected";

impl<T> SendError<T> {
    /// The message that was not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(towpath::SendError(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> TrySendError<T> {
    /// The message that was not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(towpath::TrySendError::Full(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Disconnected(message) => message,
        }
    }

    /// True if there was no room.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::TrySendError::Full(5).is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// True if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::TrySendError::Disconnected(5).is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The message that was not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(towpath::SendTimeoutError::Timeout(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(message) | Self::Disconnected(message) => message,
        }
    }

    /// True if time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::SendTimeoutError::Timeout(5).is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// True if the channel is disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::SendTimeoutError::Disconnected(5).is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }
}

impl TryRecvError {
    /// True if there was no message.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::TryRecvError::Empty.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// True if the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::TryRecvError::Disconnected.is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected)
    }
}

impl RecvTimeoutError {
    /// True if time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::RecvTimeoutError::Timeout.is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// True if the channel is drained and disconnected.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(towpath::RecvTimeoutError::Disconnected.is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected)
    }
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(error: SendError<T>) -> Self {
        Self::Disconnected(error.0)
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(error: SendError<T>) -> Self {
        Self::Disconnected(error.0)
    }
}

impl From<RecvError> for TryRecvError {
    fn from(_: RecvError) -> Self {
        Self::Disconnected
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(_: RecvError) -> Self {
        Self::Disconnected
    }
}

// The messages are not shown: they need not be `Debug`.

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() {
            "Full(..)"
        } else {
            "Disconnected(..)"
        })
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() {
            "Timeout(..)"
        } else {
            "Disconnected(..)"
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SEND_DISCONNECTED)
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() {
            NO_ROOM
        } else {
            SEND_DISCONNECTED
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() {
            TIMED_OUT
        } else {
            SEND_DISCONNECTED
        })
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(RECV_DISCONNECTED)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() {
            NO_MESSAGE
        } else {
            RECV_DISCONNECTED
        })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() {
            TIMED_OUT
        } else {
            RECV_DISCONNECTED
        })
    }
}

impl<T> Error for SendError<T> {}
impl<T> Error for TrySendError<T> {}
impl<T> Error for SendTimeoutError<T> {}
impl Error for RecvError {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}
