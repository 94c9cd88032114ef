//! Iterators over messages.

use std::fmt;
use std::iter::FusedIterator;

use super::receiver::Receiver;

/// Messages until the channel is drained and disconnected; see [`Receiver::iter`].
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(2);
/// tx.send(1).unwrap();
/// drop(tx);
/// let mut messages: towpath::Iter<'_, i32> = rx.iter();
/// assert_eq!(messages.next(), Some(1));
/// assert_eq!(messages.next(), None);
/// ```
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
    ended: bool,
}

/// Messages until there is none; see [`Receiver::try_iter`].
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(2);
/// let mut messages: towpath::TryIter<'_, i32> = rx.try_iter();
/// assert_eq!(messages.next(), None);
/// tx.send(1).unwrap();
/// assert_eq!(messages.next(), Some(1));
/// ```
pub struct TryIter<'a, T>(&'a Receiver<T>);

/// The messages that were there; see [`Receiver::drain`]. Those that are not iterated over are
/// dropped with it.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(2);
/// tx.send_many([1, 2]).unwrap();
/// let messages: towpath::Drain<'_, i32> = rx.drain();
/// assert_eq!(messages.len(), 2);
/// assert!(rx.is_empty());
/// # drop(messages);
/// ```
pub struct Drain<'a, T> {
    receiver: &'a Receiver<T>,
    taken: std::vec::IntoIter<T>,
}

/// Messages until the channel is drained and disconnected, owning the receiver.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::bounded(2);
/// tx.send_many([1, 2]).unwrap();
/// drop(tx);
/// let messages: towpath::IntoIter<i32> = rx.into_iter();
/// assert_eq!(messages.sum::<i32>(), 3);
/// ```
pub struct IntoIter<T> {
    receiver: Receiver<T>,
    ended: bool,
}

impl<'a, T> Iter<'a, T> {
    pub(crate) fn new(receiver: &'a Receiver<T>) -> Self {
        Self {
            receiver,
            ended: false,
        }
    }
}

impl<'a, T> TryIter<'a, T> {
    pub(crate) fn new(receiver: &'a Receiver<T>) -> Self {
        Self(receiver)
    }
}

impl<'a, T> Drain<'a, T> {
    /// Takes the messages at once, so that the iterator knows how many it has.
    pub(crate) fn new(receiver: &'a Receiver<T>) -> Self {
        let mut left = receiver.len();
        let mut taken = Vec::with_capacity(left);
        while let Ok(count @ 1..) = receiver.try_recv_many(&mut taken, left) {
            left -= count;
        }
        Self {
            receiver,
            taken: taken.into_iter(),
        }
    }
}

impl<T> IntoIter<T> {
    pub(crate) fn new(receiver: Receiver<T>) -> Self {
        Self {
            receiver,
            ended: false,
        }
    }
}

/// The next message until there was none: after that a receive that gives up may still leave one.
#[inline]
fn next<T>(receiver: &Receiver<T>, ended: &mut bool) -> Option<T> {
    if *ended {
        return None;
    }
    let message = receiver.recv().ok();
    *ended = message.is_none();
    message
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        next(self.receiver, &mut self.ended)
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.taken.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.taken.size_hint()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        next(&self.receiver, &mut self.ended)
    }
}

impl<T> ExactSizeIterator for Drain<'_, T> {}
impl<T> FusedIterator for Drain<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}
impl<T> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(self.receiver).finish()
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryIter").field(self.0).finish()
    }
}

impl<T> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("receiver", self.receiver)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.receiver).finish()
    }
}
