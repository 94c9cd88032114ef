//! A channel for one message, from one sender to one receiver.
//!
//! # The word
//!
//! | bit  | set by                        | means                                       |
//! |------|-------------------------------|---------------------------------------------|
//! | SENT | the sender, once              | a message was written                       |
//! | TX   | the sender, once              | the sender is done: it sent, or it is gone  |
//! | RX   | the receiver, once            | the receiver takes no message any more      |
//!
//! # Invariants
//!
//! 1. The message is written by the sender before it sets SENT. If SENT was set before RX, it is the
//!    receiver's; otherwise it is the sender's, which takes it back.
//! 2. The receiver takes the message at most once, and remembers that it did.

use std::future::Future;
use std::mem::MaybeUninit;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::sys::atomic::AtomicU8;
use crate::sys::{Arc, Duration, Instant, Ordering, UnsafeCell, time};
use crate::wait::{self, WakerSlot};

const SENT: u8 = 1;
const TX: u8 = 2;
const RX: u8 = 4;

struct Shared<T> {
    word: AtomicU8,
    message: UnsafeCell<MaybeUninit<T>>,
    receiver: WakerSlot,
    sender: WakerSlot,
}

// SAFETY: the message moves between threads, one owner at a time (invariant 1).
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn word(&self) -> u8 {
        // ORDERING: Acquire, pairs with the AcqRel of `set`: the message is visible.
        self.word.load(Ordering::Acquire)
    }

    /// Sets `bits`: the word before.
    fn set(&self, bits: u8) -> u8 {
        // ORDERING: AcqRel. Release publishes the message with SENT; Acquire pairs with that when
        // the other side comes second.
        self.word.fetch_or(bits, Ordering::AcqRel)
    }

    /// Moves the message out.
    ///
    /// # Safety
    ///
    /// The message is there, and the caller's by invariants 1 and 2.
    unsafe fn take(&self) -> T {
        // SAFETY: the caller's promise.
        self.message
            .with(|message| unsafe { message.cast::<T>().read() })
    }
}

/// The sending side of a [`oneshot()`]: it sends at most once, and never waits.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::oneshot();
/// tx.send("done").unwrap();
/// assert_eq!(rx.recv(), Ok("done"));
/// ```
pub struct OneshotSender<T> {
    shared: Arc<Shared<T>>,
}

/// The receiving side of a [`oneshot()`]. It is a future itself.
///
/// # Cancel safety
///
/// As a future it can be polled, left alone and polled again; the message waits in the channel until
/// it is taken. If it is dropped, the message is dropped, or comes back to the sender.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::oneshot();
/// std::thread::spawn(move || tx.send(5).unwrap());
/// assert_eq!(pollster::block_on(rx), Ok(5));
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub struct OneshotReceiver<T> {
    shared: Arc<Shared<T>>,
    taken: bool,
    /// RX was set before SENT: the message, if any, went back to the sender.
    refused: bool,
}

impl<T> UnwindSafe for OneshotSender<T> {}
impl<T> RefUnwindSafe for OneshotSender<T> {}
impl<T> UnwindSafe for OneshotReceiver<T> {}
impl<T> RefUnwindSafe for OneshotReceiver<T> {}

// The message is never pinned.
impl<T> Unpin for OneshotReceiver<T> {}

/// Creates a channel for one message, from one sender to one receiver.
///
/// # Examples
///
/// ```
/// let (tx, rx) = towpath::oneshot();
/// let worker = std::thread::spawn(move || tx.send(6 * 7));
/// assert_eq!(rx.recv(), Ok(42));
/// assert!(worker.join().unwrap().is_ok());
/// ```
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    let shared = Arc::new(Shared {
        word: AtomicU8::new(0),
        message: UnsafeCell::new(MaybeUninit::uninit()),
        receiver: WakerSlot::new(),
        sender: WakerSlot::new(),
    });
    let receiver = OneshotReceiver {
        shared: Arc::clone(&shared),
        taken: false,
        refused: false,
    };
    (OneshotSender { shared }, receiver)
}

impl<T> OneshotSender<T> {
    /// Sends the message. Never waits.
    ///
    /// # Errors
    ///
    /// Gives the message back if the receiver is gone, or closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::oneshot();
    /// drop(rx);
    /// assert_eq!(tx.send(1), Err(1));
    /// ```
    pub fn send(self, message: T) -> Result<(), T> {
        // SAFETY: invariant 1: SENT is not set yet, so the place is the sender's.
        self.shared
            .message
            .with_mut(|place| unsafe { place.cast::<T>().write(message) });
        if self.shared.set(SENT | TX) & RX != 0 {
            // SAFETY: invariant 1: RX was first.
            return Err(unsafe { self.shared.take() });
        }
        self.shared.receiver.wake();
        Ok(())
    }

    /// True if the receiver is gone, or closed: a send would fail.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::oneshot::<i32>();
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.word() & RX != 0
    }

    /// Blocks the thread until the receiver is gone, or closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, rx) = towpath::oneshot::<i32>();
    /// std::thread::spawn(move || drop(rx));
    /// tx.closed();
    /// assert!(tx.is_closed());
    /// ```
    pub fn closed(&mut self) {
        wait::block_on(self.closed_async(), None).expect("a wait without a deadline ends");
    }

    /// A future that is done when the receiver is gone, or closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, rx) = towpath::oneshot::<i32>();
    /// drop(rx);
    /// pollster::block_on(tx.closed_async());
    /// ```
    pub fn closed_async(&mut self) -> OneshotClosed<'_, T> {
        OneshotClosed { sender: self }
    }
}

/// A future that is done when the receiver is gone, or closed; see [`OneshotSender::closed_async`].
///
/// # Cancel safety
///
/// Dropping it has no effect on the channel.
///
/// # Examples
///
/// ```
/// let (mut tx, rx) = towpath::oneshot::<i32>();
/// std::thread::spawn(move || drop(rx));
/// pollster::block_on(tx.closed_async());
/// assert!(tx.is_closed());
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub struct OneshotClosed<'a, T> {
    sender: &'a mut OneshotSender<T>,
}

impl<T> Future for OneshotClosed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.sender.is_closed() {
            return Poll::Ready(());
        }
        // Register, then look again: the receiver sets RX, then wakes.
        self.sender.shared.sender.register(cx);
        if self.sender.is_closed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl<T> Drop for OneshotClosed<'_, T> {
    fn drop(&mut self) {
        self.sender.shared.sender.clear();
    }
}

impl<T> Drop for OneshotSender<T> {
    fn drop(&mut self) {
        if self.shared.set(TX) & TX == 0 {
            self.shared.receiver.wake();
        }
    }
}

impl<T> OneshotReceiver<T> {
    /// Receives the message, blocking the thread until it is sent.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the sender went without sending.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::oneshot::<i32>();
    /// std::thread::spawn(move || drop(tx));
    /// assert!(rx.recv().is_err());
    /// ```
    pub fn recv(self) -> Result<T, RecvError> {
        wait::block_on(self, None).expect("a wait without a deadline ends")
    }

    /// The receive as a future: the receiver itself.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::oneshot();
    /// tx.send(1).unwrap();
    /// assert_eq!(pollster::block_on(rx.recv_async()), Ok(1));
    /// ```
    pub fn recv_async(self) -> Self {
        self
    }

    /// Receives the message if it was sent already.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`], or [`TryRecvError::Disconnected`] if the sender went without sending, if the
    /// message was received before, or if this was closed before it was sent.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = towpath::oneshot();
    /// assert!(rx.try_recv().unwrap_err().is_empty());
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert!(rx.try_recv().unwrap_err().is_disconnected());
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let word = self.shared.word();
        if word & SENT != 0 && !self.taken && !self.refused {
            self.taken = true;
            // SAFETY: invariants 1 and 2: SENT was first, and it is taken once.
            return Ok(unsafe { self.shared.take() });
        }
        // A receiver that closed gets nothing any more, even from a sender that still is there.
        if word & (TX | RX) != 0 {
            Err(TryRecvError::Disconnected)
        } else {
            Err(TryRecvError::Empty)
        }
    }

    /// Receives the message, blocking the thread for at most `limit`.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`], or [`RecvTimeoutError::Disconnected`] where
    /// [`try_recv`](Self::try_recv) says so. After a timeout the receiver can be used again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (tx, mut rx) = towpath::oneshot();
    /// assert!(rx.recv_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.recv_timeout(Duration::from_millis(1)), Ok(1));
    /// ```
    pub fn recv_timeout(&mut self, limit: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_bounded(time::after(limit))
    }

    /// Receives the message, blocking the thread until `deadline` at most.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](OneshotReceiver::recv_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let (_tx, mut rx) = towpath::oneshot::<i32>();
    /// assert!(rx.recv_deadline(Instant::now()).unwrap_err().is_timeout());
    /// ```
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_bounded(Some(deadline))
    }

    /// Refuses the message, unless it was sent already: then it can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = towpath::oneshot();
    /// rx.close();
    /// assert_eq!(tx.send(1), Err(1));
    /// assert!(rx.recv().is_err());
    /// ```
    pub fn close(&mut self) {
        let before = self.shared.set(RX);
        if before & RX == 0 {
            self.refused = before & SENT == 0;
            self.shared.sender.wake();
            // Otherwise the sender wakes whoever waits here, or has.
            if self.refused {
                self.shared.receiver.clear();
            }
        }
    }

    fn recv_bounded(&mut self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        match wait::block_on(&mut *self, deadline) {
            Some(received) => received.map_err(RecvTimeoutError::from),
            None => {
                self.shared.receiver.clear();
                Err(RecvTimeoutError::Timeout)
            }
        }
    }
}

impl<T> Future for OneshotReceiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let outcome = match this.try_recv() {
            Err(TryRecvError::Empty) => {
                // Register, then look again: the sender sets its bits, then wakes.
                this.shared.receiver.register(cx);
                this.try_recv()
            }
            outcome => return polled(outcome),
        };
        // The sender may not have found the waker. It goes now, which is foreign code: should it panic, the message
        // is dropped, which whoever drops this future later might leak (as `Wait::done_with_waker`).
        if !matches!(outcome, Err(TryRecvError::Empty)) {
            this.shared.receiver.clear();
        }
        polled(outcome)
    }
}

fn polled<T>(outcome: Result<T, TryRecvError>) -> Poll<Result<T, RecvError>> {
    match outcome {
        Ok(message) => Poll::Ready(Ok(message)),
        Err(TryRecvError::Disconnected) => Poll::Ready(Err(RecvError)),
        Err(TryRecvError::Empty) => Poll::Pending,
    }
}

impl<T> Drop for OneshotReceiver<T> {
    fn drop(&mut self) {
        self.close();
        // What was sent before that is dropped here.
        drop(self.try_recv());
    }
}

impl<T> std::fmt::Debug for OneshotSender<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneshotSender")
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for OneshotReceiver<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneshotReceiver")
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for OneshotClosed<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneshotClosed").finish_non_exhaustive()
    }
}
