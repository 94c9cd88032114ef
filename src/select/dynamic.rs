//! A select whose cases are only known at run time.

use std::fmt;
use std::mem;
use std::ptr;

use super::case::{Case, OpCase};
use super::cases::Cases;
use super::error::{ReadyTimeoutError, SelectTimeoutError, TryReadyError, TrySelectError};
use super::operation::SelectOp;
use super::run::attempt_now;
use crate::channel::{
    ByValue, Disconnected, Link, ReadyOp, Receiver, RecvError, RecvOp, ReserveOp, SendError,
    Sender, Side,
};
use crate::sys::{Duration, Instant, PlainArc, thread};
use crate::wait::Wait;

/// The most cases: their numbers are shuffled as `u16`.
const MOST_CASES: usize = u16::MAX as usize;

type RecvCase<'a, T> = OpCase<RecvOp<T, Link<'a, T, Receiver<T>>, ByValue>>;
type SendCase<'a, T> = OpCase<ReserveOp<'a, T>>;

/// Waits for one of several channel operations that are chosen at run time.
///
/// Add operations with [`send`](Select::send) and [`recv`](Select::recv), each of which returns a
/// number, then either
///
/// * *select*: one operation becomes possible and is begun; its [`SelectedOperation`] must be completed
///   with the same handle; or
/// * ask what is *ready*: nothing is begun, so another thread may be faster.
///
/// A disconnected channel is ready. Of several ready operations one is chosen at random, or with
/// [`new_biased`](Select::new_biased) the first. The [macros](crate::select!) are simpler where the
/// operations are known.
///
/// A select may be used again and again: only adding an operation allocates.
///
/// # Examples
///
/// ```
/// use towpath::{Select, unbounded};
///
/// let (tx1, rx1) = unbounded();
/// let (tx2, rx2) = unbounded();
/// tx1.send(1).unwrap();
/// tx2.send(2).unwrap();
///
/// let receivers = [rx1, rx2];
/// let mut select = Select::new();
/// for rx in &receivers {
///     select.recv(rx);
/// }
/// let mut sum = 0;
/// for _ in 0..2 {
///     let operation = select.select();
///     let rx = &receivers[operation.index()];
///     sum += operation.recv(rx).unwrap();
/// }
/// assert_eq!(sum, 3);
/// ```
#[doc(alias = "reflect.Select")]
pub struct Select<'a> {
    cases: Vec<Entry<'a>>,
    /// The number of the next case that is added; numbers are not used twice.
    next: usize,
    /// Room to shuffle in.
    order: Vec<u16>,
    biased: bool,
}

// SAFETY: a select moves messages about, but never looks at one and never drops one: that takes a
// handle of its type, which is shared between threads only if the message may be sent.
unsafe impl Send for Select<'_> {}
// SAFETY: a shared select offers no way to anything in it.
unsafe impl Sync for Select<'_> {}

struct Entry<'a> {
    index: usize,
    case: PlainArc<dyn HandleCase + 'a>,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.index)
    }
}

/// A case of either kind: to select, and to become ready.
trait HandleCase {
    fn select(&self) -> &dyn Case;
    fn ready(&self) -> &dyn Case;
    /// The handle that it was added with.
    fn handle(&self) -> *const ();
    /// The case to select, for whoever knows its type from the handle.
    fn typed(&self) -> *const ();
    /// True if it was begun and is not completed.
    fn is_begun(&self) -> bool;
    /// Another one for the same handle.
    fn renew<'s>(&self) -> PlainArc<dyn HandleCase + 's>
    where
        Self: 's;
}

struct Receiving<'a, T> {
    handle: &'a Receiver<T>,
    select: RecvCase<'a, T>,
    ready: OpCase<ReadyOp<'a, T>>,
}

struct Sending<'a, T> {
    handle: &'a Sender<T>,
    select: SendCase<'a, T>,
    ready: OpCase<ReadyOp<'a, T>>,
}

impl<'a, T> Receiving<'a, T> {
    fn new(handle: &'a Receiver<T>) -> Self {
        Self {
            handle,
            select: OpCase::new(RecvOp::one(Link::Borrowed(handle.channel()))),
            ready: OpCase::new(ReadyOp::new(handle.channel(), Side::Recv)),
        }
    }
}

impl<'a, T> Sending<'a, T> {
    fn new(handle: &'a Sender<T>) -> Self {
        Self {
            handle,
            select: OpCase::new(ReserveOp::new(handle.channel())),
            ready: OpCase::new(ReadyOp::new(handle.channel(), Side::Send)),
        }
    }
}

macro_rules! handle_case {
    ($case:ident) => {
        impl<'a, T> HandleCase for $case<'a, T> {
            fn select(&self) -> &dyn Case {
                &self.select
            }

            fn ready(&self) -> &dyn Case {
                &self.ready
            }

            fn handle(&self) -> *const () {
                ptr::from_ref(self.handle).cast()
            }

            fn typed(&self) -> *const () {
                ptr::from_ref(&self.select).cast()
            }

            fn is_begun(&self) -> bool {
                self.select.is_chosen()
            }

            fn renew<'s>(&self) -> PlainArc<dyn HandleCase + 's>
            where
                Self: 's,
            {
                PlainArc::new(Self::new(self.handle))
            }
        }
    };
}

handle_case!(Receiving);
handle_case!(Sending);

impl<T> Drop for Receiving<'_, T> {
    /// A message that nobody has taken out is leaked: this may be the wrong thread to drop it.
    fn drop(&mut self) {
        mem::forget(self.select.take_if_chosen());
    }
}

/// The cases, to select one.
#[doc(hidden)]
#[derive(Debug)]
pub struct ToSelect<'s, 'a>(&'s [Entry<'a>]);

/// The cases, to see which is ready.
#[doc(hidden)]
#[derive(Debug)]
pub struct ToBeReady<'s, 'a>(&'s [Entry<'a>]);

// SAFETY: as for `Select`, which is borrowed exclusively.
unsafe impl Send for ToSelect<'_, '_> {}
// SAFETY: as for `Select`, which is borrowed exclusively.
unsafe impl Send for ToBeReady<'_, '_> {}

impl<'a> Cases for ToSelect<'_, 'a> {
    type Chosen = SelectedOperation<'a>;
    type Timeout = SelectTimeoutError;
    const POLLS: bool = false;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn case(&self, number: usize) -> &dyn Case {
        self.0[number].case.select()
    }

    fn chosen(&self, number: usize) -> SelectedOperation<'a> {
        let Entry { index, case } = &self.0[number];
        SelectedOperation {
            index: *index,
            case: PlainArc::clone(case),
        }
    }

    fn timeout(&self) -> SelectTimeoutError {
        SelectTimeoutError
    }
}

impl Cases for ToBeReady<'_, '_> {
    type Chosen = usize;
    type Timeout = ReadyTimeoutError;
    const POLLS: bool = false;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn case(&self, number: usize) -> &dyn Case {
        self.0[number].case.ready()
    }

    fn chosen(&self, number: usize) -> usize {
        self.0[number].index
    }

    fn timeout(&self) -> ReadyTimeoutError {
        ReadyTimeoutError
    }
}

/// A select as a value: what [`Select::select_async`] returns.
///
/// # Cancel safety
///
/// If it is dropped before it is done, no operation was begun and nothing stays queued.
pub type SelectFut<'s, 'a> = Wait<SelectOp<ToSelect<'s, 'a>, &'s mut [u16]>>;

/// A wait for readiness as a value: what [`Select::ready_async`] returns.
///
/// # Cancel safety
///
/// Dropping it has no effect.
pub type ReadyFut<'s, 'a> = Wait<SelectOp<ToBeReady<'s, 'a>, &'s mut [u16]>>;

impl<'a> Select<'a> {
    /// A select without operations, fair.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut select = towpath::Select::new();
    /// assert!(select.try_select().is_err());
    /// ```
    pub fn new() -> Self {
        Self::with_bias(false)
    }

    /// A select that prefers the operation that was added first.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_tx, rx) = towpath::bounded::<i32>(1);
    /// let mut select = towpath::Select::new_biased();
    /// select.recv(&rx);
    /// assert!(select.try_ready().is_err());
    /// ```
    pub fn new_biased() -> Self {
        Self::with_bias(true)
    }

    fn with_bias(biased: bool) -> Self {
        Self {
            cases: Vec::new(),
            next: 0,
            order: Vec::new(),
            biased,
        }
    }

    /// Adds a send. Returns its number: 0 for the first operation, 1 for the second, and so on.
    ///
    /// # Panics
    ///
    /// Panics if there are 65,535 operations already.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let mut select = towpath::Select::new();
    /// let index = select.send(&tx);
    /// let operation = select.select();
    /// assert_eq!(operation.index(), index);
    /// operation.send(&tx, 5).unwrap();
    /// assert_eq!(rx.recv(), Ok(5));
    /// ```
    #[track_caller]
    pub fn send<T>(&mut self, tx: &'a Sender<T>) -> usize {
        self.add(PlainArc::new(Sending::new(tx)))
    }

    /// Adds a receive. Returns its number, as [`send`](Select::send).
    ///
    /// # Panics
    ///
    /// As [`send`](Select::send).
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send(5).unwrap();
    /// let mut select = towpath::Select::new();
    /// let index = select.recv(&rx);
    /// let operation = select.select();
    /// assert_eq!(operation.index(), index);
    /// assert_eq!(operation.recv(&rx), Ok(5));
    /// ```
    #[track_caller]
    pub fn recv<T>(&mut self, rx: &'a Receiver<T>) -> usize {
        self.add(PlainArc::new(Receiving::new(rx)))
    }

    #[track_caller]
    fn add(&mut self, case: PlainArc<dyn HandleCase + 'a>) -> usize {
        assert!(
            self.cases.len() < MOST_CASES,
            "a select has at most {MOST_CASES} operations"
        );
        let index = self.next;
        self.next += 1;
        self.cases.push(Entry { index, case });
        self.order.push(0);
        index
    }

    /// Takes an operation out, by its number. The numbers of the others stay.
    ///
    /// # Panics
    ///
    /// Panics if there is no operation with this number.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// tx.send(5).unwrap();
    /// let mut select = towpath::Select::new();
    /// let index = select.recv(&rx);
    /// select.remove(index);
    /// assert!(select.try_ready().is_err());
    /// ```
    #[track_caller]
    pub fn remove(&mut self, index: usize) {
        assert!(
            index < self.next,
            "index out of bounds; {index} >= {}",
            self.next
        );
        let place = self.cases.iter().position(|entry| entry.index == index);
        let Some(place) = place else {
            panic!("no operation with this index");
        };
        self.cases.remove(place);
        self.order.pop();
    }

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
        attempt_now(self.selecting(), None).ok_or(TrySelectError)
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
        self.select_async().wait()
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
        Wait::new(self.selecting()).wait_timeout(limit)
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
        Wait::new(self.selecting()).wait_deadline(deadline)
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
        Wait::new(self.selecting())
    }

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
        attempt_now(self.readying(), None).ok_or(TryReadyError)
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
        Wait::new(self.readying()).wait_timeout(limit)
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
        Wait::new(self.readying()).wait_deadline(deadline)
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
        Wait::new(self.readying())
    }

    #[track_caller]
    fn assert_not_empty(&self) {
        assert!(
            !self.cases.is_empty(),
            "no operations have been added to `Select`"
        );
    }

    fn selecting(&mut self) -> SelectOp<ToSelect<'_, 'a>, &mut [u16]> {
        for entry in &mut self.cases {
            // An operation that was begun before may not be completed yet, or never be.
            if PlainArc::get_mut(&mut entry.case).is_none_or(|case| case.is_begun()) {
                entry.case = entry.case.renew();
            }
        }
        let order = (!self.biased).then_some(&mut *self.order);
        SelectOp::new(ToSelect(&self.cases), order)
    }

    fn readying(&mut self) -> SelectOp<ToBeReady<'_, 'a>, &mut [u16]> {
        let order = (!self.biased).then_some(&mut *self.order);
        SelectOp::new(ToBeReady(&self.cases), order)
    }
}

impl Default for Select<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Clone for Select<'a> {
    /// Another select with the same operations.
    fn clone(&self) -> Self {
        let cases = self.cases.iter().map(|entry| Entry {
            index: entry.index,
            case: entry.case.renew(),
        });
        Self {
            cases: cases.collect(),
            next: self.next,
            order: self.order.clone(),
            biased: self.biased,
        }
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.cases).finish()
    }
}

/// An operation that a [`Select`] has begun. It must be completed, with the handle that was added.
///
/// # Panics
///
/// Dropping it uncompleted panics. A message that it had received is leaked then.
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
    index: usize,
    case: PlainArc<dyn HandleCase + 'a>,
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
        if self.case.is_begun() && !thread::panicking() {
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
