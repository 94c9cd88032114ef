//! Channels with one receiver, and if they are bounded with one sender: handles that cannot be cloned, and need
//! not share.
//!
//! [`bounded`] makes the same channel as [`towpath::bounded`](crate::bounded): threads and tasks on either
//! side, in the same forms, with the same errors, order and end. Its handles are for one owner each, so
//! neither side has to reckon with others beside it: no place is claimed before it is written, no peer
//! is ever in the way between the two, and a side that streams hardly looks at the other one's memory.
//!
//! [`unbounded`] makes the same channel as [`towpath::unbounded`](crate::unbounded), with any number of senders. Its
//! receiver takes most messages without any read-modify-write, since no other can be at the same place.
//!
//! Whatever sends or receives by such a handle takes `&mut self`, also where it returns a future. So the compiler
//! sees to it that there is one of each at a time:
//!
//! ```compile_fail,E0499
//! let (mut tx, rx) = towpath::unique::bounded(4);
//! let one = tx.send_async(1);
//! let two = tx.send_async(2); // the first is still there
//! drop((one, two));
//! ```
//!
//! ```compile_fail,E0599
//! let (tx, rx) = towpath::unique::bounded::<i32>(4);
//! let another = tx.clone();
//! ```
//!
//! Handles can be sent to other threads, and put behind a `Mutex`. What they lack beside the shared ones is
//! what takes more than one owner: clones, weak handles, and `force_send` (the sender would have to
//! receive). In a `select!` they stand as operations: `wait(rx.recv_async()) -> message`,
//! `wait(tx.send_async(message)) -> sent`; a send that loses has dropped its message.
//!
//! From capacity 3 a bounded one is a ring without locks, on which every attempt takes a fixed number of steps,
//! whatever the other side does. Its memory is for the next power of two. Capacities 0 to 2 hand messages
//! over, as those of the shared channels do. An unbounded one is the list of blocks that the shared one is:
//! senders never wait for each other, and one that is preempted before its message is complete hides nobody
//! else's for longer than a few pauses.

mod receiver;
mod sender;

pub use receiver::UniqueReceiver;
pub use sender::UniqueSender;

use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::Channel;

/// Creates a channel with one sender and one receiver that holds at most `capacity` messages.
///
/// With capacity 0 it holds none: a send is done only when the receiver owns the message.
///
/// Memory for the messages is reserved at once, for the next power of two of them, but a large capacity
/// costs no resident pages until it is used.
///
/// # Panics
///
/// Panics with "capacity overflow" if that many messages do not fit in the address space.
///
/// # Examples
///
/// ```
/// let (mut tx, mut rx) = towpath::unique::bounded(8);
/// std::thread::spawn(move || tx.send("from a thread").unwrap());
/// let received = pollster::block_on(rx.recv_async());
/// assert_eq!(received, Ok("from a thread"));
/// ```
#[doc(alias = "spsc")]
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (UniqueSender<T>, UniqueReceiver<T>) {
    // SAFETY: one handle of each side, which are never cloned, nor lent to others; what sends or receives
    // takes `&mut`, and what it returns keeps it.
    let channel = unsafe { Channel::unique(capacity) };
    (
        UniqueSender::new(Sender::first(channel.clone())),
        UniqueReceiver::new(Receiver::first(channel)),
    )
}

/// Creates a channel of unlimited capacity with one receiver, and as many senders as there are clones of the first.
///
/// A send never waits. Memory is allocated in blocks of up to 64 messages, the first with the first message;
/// blocks that were drained are used again or freed.
///
/// # Examples
///
/// ```
/// let (tx, mut rx) = towpath::unique::unbounded();
/// for id in 0..3 {
///     let tx = tx.clone();
///     std::thread::spawn(move || tx.send(id).unwrap());
/// }
/// drop(tx);
/// assert_eq!(rx.iter().sum::<i32>(), 3);
/// ```
#[doc(alias = "mpsc")]
pub fn unbounded<T>() -> (Sender<T>, UniqueReceiver<T>) {
    // SAFETY: one receiver, which is never cloned, nor lent to others; what receives takes `&mut`, and what it
    // returns keeps it. Senders do not receive: to push by force needs no room here.
    let channel = unsafe { Channel::unique_unbounded() };
    (
        Sender::first(channel.clone()),
        UniqueReceiver::new(Receiver::first(channel)),
    )
}

/// What both handles tell about their channel. The second argument is the handle's name in the examples.
macro_rules! unique_introspection {
    ($Handle:ident, $handle:ident) => {
        impl<T> $Handle<T> {
            /// Closes the channel for both: sends fail from now on, the receiver drains what was
            /// accepted. Whoever waits is woken. True if this call closed it.
            ///
            /// # Examples
            ///
            /// ```
            /// let (mut tx, mut rx) = towpath::unique::bounded(8);
            /// tx.send(1).unwrap();
            #[doc = concat!("assert!(", stringify!($handle), ".close());")]
            /// assert!(tx.send(2).is_err());
            /// assert_eq!(rx.recv(), Ok(1));
            /// assert!(rx.recv().is_err());
            /// ```
            pub fn close(&self) -> bool {
                self.0.close()
            }

            /// True once the channel takes no more messages: it was closed, or one of its handles is
            /// gone. There may still be messages to receive.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::unique::bounded::<i32>(2);
            #[doc = concat!("assert!(!", stringify!($handle), ".is_disconnected());")]
            /// tx.close();
            #[doc = concat!("assert!(", stringify!($handle), ".is_disconnected());")]
            /// # drop(rx);
            /// ```
            pub fn is_disconnected(&self) -> bool {
                self.0.is_disconnected()
            }

            /// How many messages are in the channel now. One that waits for room does not count. One that a
            /// cancelled receive gave back does, even beside a full channel (capacities 0 to 2).
            ///
            /// # Examples
            ///
            /// ```
            /// let (mut tx, rx) = towpath::unique::bounded(2);
            /// tx.send(1).unwrap();
            #[doc = concat!("assert_eq!(", stringify!($handle), ".len(), 1);")]
            /// # drop(rx);
            /// ```
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// True if there is no message in the channel.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::unique::bounded::<i32>(2);
            #[doc = concat!("assert!(", stringify!($handle), ".is_empty());")]
            /// # drop((tx, rx));
            /// ```
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// True if there is no room in the channel. With capacity 0 there never is.
            ///
            /// # Examples
            ///
            /// ```
            /// let (mut tx, rx) = towpath::unique::bounded(1);
            /// tx.send(1).unwrap();
            #[doc = concat!("assert!(", stringify!($handle), ".is_full());")]
            /// # drop(rx);
            /// ```
            pub fn is_full(&self) -> bool {
                self.0.is_full()
            }

            /// The most messages that the channel holds; `None` if there is no bound.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::unique::bounded::<i32>(5);
            #[doc = concat!("assert_eq!(", stringify!($handle), ".capacity(), Some(5));")]
            /// # drop((tx, rx));
            /// ```
            pub fn capacity(&self) -> Option<usize> {
                self.0.capacity()
            }
        }

        impl<T> std::fmt::Debug for $Handle<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Handle)).finish_non_exhaustive()
            }
        }
    };
}
use unique_introspection;
