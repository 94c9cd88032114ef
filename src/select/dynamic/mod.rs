//! A select whose cases are only known at run time.
//!
//! Here is how it is built; `selecting` begins one of its operations, as a `SelectedOperation`
//! (`selected`), `readying` only says which is possible; both take a `turn`. `entry` is what it knows of
//! each operation.

mod entry;
mod readying;
mod selected;
mod selecting;
mod turn;

pub use readying::{ReadyFut, ToBeReady};
pub use selected::SelectedOperation;
pub use selecting::{SelectFut, ToSelect};
pub use turn::{Purpose, Turn};

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use crate::channel::{Glance, Receiver, Sender, Side};
use crate::select::operation::SelectOp;
use crate::sys::atomic::fence;
use crate::sys::{Ordering, PlainArc};
use entry::{Entry, HandleCase, Receiving, Sending};
use turn::{TurnOp, TurnOrder};

/// The most cases: their numbers are shuffled as `u16`.
const MOST_CASES: usize = u16::MAX as usize;

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
    /// Their places in the order of the last turn, from which the next one is drawn.
    order: Vec<u16>,
    biased: bool,
    last: LastTurn,
}

/// What a turn left behind.
#[derive(Debug, Default)]
struct LastTurn {
    /// The place of the case that was begun. It may not be completed yet, or never be.
    begun: Cell<Option<usize>>,
    /// Cases may be in line: of a future that is still there, or was forgotten.
    in_line: Cell<bool>,
}

// SAFETY: a select moves messages about, but never looks at one and never drops one: that takes a
// handle of its type, which is shared between threads only if the message may be sent.
unsafe impl Send for Select<'_> {}
// SAFETY: a shared select offers no way to anything in it.
unsafe impl Sync for Select<'_> {}

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
            last: LastTurn::default(),
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
        let glance = Glance::at(tx.channel(), Side::Send);
        self.add(PlainArc::new(Sending::new(tx)), glance)
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
        let glance = Glance::at(rx.channel(), Side::Recv);
        self.add(PlainArc::new(Receiving::new(rx)), glance)
    }

    #[track_caller]
    fn add(&mut self, case: PlainArc<dyn HandleCase + 'a>, glance: Glance<'a>) -> usize {
        assert!(
            self.cases.len() < MOST_CASES,
            "a select has at most {MOST_CASES} operations"
        );
        let index = self.next;
        self.next += 1;
        self.order.push(self.cases.len() as u16);
        self.cases.push(Entry {
            index,
            case,
            glance,
        });
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
        self.clear_up();
        self.cases.remove(place);
        // The others move up, so the last place is one too many.
        let last = self.cases.len() as u16;
        self.order.retain(|at| *at != last);
    }

    /// Makes all cases ready for the next turn.
    fn clear_up(&mut self) {
        if self.last.in_line.take() {
            for Entry { case, .. } in &self.cases {
                case.select().withdraw();
                case.ready().withdraw();
            }
        }
        if let Some(place) = self.last.begun.take() {
            let case = &mut self.cases[place].case;
            let is_ours = PlainArc::strong_count(case) == 1;
            // ORDERING: Acquire, pairs with the Release in the drop of the `SelectedOperation`, which may
            // have ended on another thread: it is done with the case, before we look at that.
            fence(Ordering::Acquire);
            if !is_ours || case.is_begun() {
                *case = case.renew();
            }
        }
    }

    /// The next turn, and its order.
    #[inline]
    fn turn<P: Purpose>(&mut self) -> (Turn<'_, 'a, P>, TurnOrder<'_>) {
        self.clear_up();
        let turn = Turn {
            entries: &self.cases,
            last: &self.last,
            purpose: PhantomData,
        };
        (turn, (!self.biased).then_some(&mut *self.order))
    }

    /// The next turn as an operation.
    fn turn_op<P: Purpose>(&mut self) -> TurnOp<'_, 'a, P> {
        let (turn, order) = self.turn();
        SelectOp::new(turn, order)
    }

    #[track_caller]
    fn assert_not_empty(&self) {
        assert!(
            !self.cases.is_empty(),
            "no operations have been added to `Select`"
        );
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
            glance: entry.glance,
        });
        Self {
            cases: cases.collect(),
            next: self.next,
            order: self.order.clone(),
            biased: self.biased,
            last: LastTurn::default(),
        }
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.cases).finish()
    }
}
