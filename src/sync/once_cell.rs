//! A value that is made once, when it is first wanted.
//!
//! # Invariants
//!
//! 1. The value is initialised if and only if `once` is completed.
//! 2. It is written by whoever has the turn, before it completes it; and otherwise only by whoever
//!    has the cell to itself.

mod op;

use std::fmt;
use std::future::Future;
use std::mem::MaybeUninit;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::once::{Once, Turn};
use crate::sys::{Duration, Instant, UnsafeCell};
use crate::wait::Wait;
use op::ValueOp;

/// A cell that is filled once, by a thread or by a task.
///
/// Whoever wants the value while it is being made waits for it. If making it fails or panics, or the
/// future that makes it is dropped, *one* of those who wait takes over, with its own closure or
/// future. There is no poisoning.
///
/// A future that is forgotten (`std::mem::forget`) while it makes the value keeps all others waiting,
/// until [`get_mut`](OnceCell::get_mut) or [`take`](OnceCell::take), which have the cell to
/// themselves, make it an empty one again.
///
/// Once it is filled, getting the value is one Acquire load. Nothing is allocated.
///
/// # Examples
///
/// ```
/// use towpath::sync::OnceCell;
///
/// static CONFIG: OnceCell<String> = OnceCell::new();
/// assert_eq!(CONFIG.get(), None);
/// assert_eq!(CONFIG.get_or_init(|| "from a file".to_string()), "from a file");
/// let config = CONFIG.get_or_init_async(async || unreachable!());
/// assert_eq!(pollster::block_on(config), "from a file");
/// ```
#[doc(alias = "OnceLock")]
pub struct OnceCell<T> {
    once: Once,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value may be made by one thread and dropped by another, and is shared by all
// (invariants 1 and 2 keep writes apart from everything else).
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}
// SAFETY: the lines are made to be used from any thread; the value may be sent.
unsafe impl<T: Send> Send for OnceCell<T> {}

// A value that was not made completely is not there.
impl<T: UnwindSafe> UnwindSafe for OnceCell<T> {}
impl<T: UnwindSafe + RefUnwindSafe> RefUnwindSafe for OnceCell<T> {}

/// The wait for a value, as a value: what [`OnceCell::wait_async`] returns.
///
/// # Cancel safety
///
/// Dropping it has no effect on the cell.
///
/// # Examples
///
/// ```
/// use towpath::sync::{OnceCell, OnceCellWait};
///
/// let cell = OnceCell::from(5);
/// let value: OnceCellWait<'_, i32> = cell.wait_async();
/// assert_eq!(value.wait(), &5);
/// ```
pub type OnceCellWait<'a, T> = Wait<ValueOp<'a, T>>;

impl<T> OnceCell<T> {
    constant! {
        /// An empty cell.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::OnceCell;
        ///
        /// static CELL: OnceCell<u32> = OnceCell::new();
        /// assert_eq!(CELL.get(), None);
        /// ```
        #[must_use]
        pub fn new() -> Self {
            Self {
                once: Once::new(),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            }
        }
    }

    /// The value, if it is there. Never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::from(5);
    /// assert_eq!(cell.get(), Some(&5));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if self.once.is_completed() {
            // SAFETY: completed.
            Some(unsafe { self.get_unchecked() })
        } else {
            None
        }
    }

    /// # Safety
    ///
    /// `once` is completed.
    #[inline]
    unsafe fn get_unchecked(&self) -> &T {
        // SAFETY: invariants 1 and 2: initialised, and only shared from now on.
        self.value.with(|value| unsafe { &*value.cast::<T>() })
    }

    /// The value, if it is there, to change it.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = towpath::sync::OnceCell::from(5);
    /// *cell.get_mut().unwrap() += 1;
    /// assert_eq!(cell.get(), Some(&6));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if self.is_filled() {
            // SAFETY: invariant 1, and the cell is ours alone.
            Some(
                self.value
                    .with_mut(|value| unsafe { &mut *value.cast::<T>() }),
            )
        } else {
            None
        }
    }

    /// Whether the value is there, asked by whoever has the cell to itself. If it is not, nobody makes
    /// it: a turn that is still out belongs to a future that was forgotten, and is taken back.
    fn is_filled(&mut self) -> bool {
        let filled = self.once.is_completed();
        if !filled {
            self.once = Once::new();
        }
        filled
    }

    /// Takes the value out; the cell is empty again.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = towpath::sync::OnceCell::from(5);
    /// assert_eq!(cell.take(), Some(5));
    /// assert_eq!(cell.get(), None);
    /// ```
    pub fn take(&mut self) -> Option<T> {
        if !self.is_filled() {
            return None;
        }
        self.once = Once::new();
        // SAFETY: invariant 1, and the cell is ours alone; it counts as empty already.
        Some(
            self.value
                .with_mut(|value| unsafe { value.cast::<T>().read() }),
        )
    }

    /// The value, if it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(towpath::sync::OnceCell::from(5).into_inner(), Some(5));
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// Fills the cell, if it is empty. Never waits: while somebody else is making the value, the cell
    /// does not count as empty.
    ///
    /// # Errors
    ///
    /// The value comes back if there is one already, or soon will be.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// assert_eq!(cell.set(1), Ok(()));
    /// assert_eq!(cell.set(2), Err(2));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        self.try_insert(value).map(drop)
    }

    /// Fills the cell, if it is empty: the value in its place. Never waits, as [`set`](OnceCell::set).
    ///
    /// # Errors
    ///
    /// The value comes back if there is one already, or soon will be.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// assert_eq!(cell.try_insert(1), Ok(&1));
    /// assert_eq!(cell.try_insert(2), Err(2));
    /// ```
    pub fn try_insert(&self, value: T) -> Result<&T, T> {
        match self.once.try_begin() {
            Some(turn) => Ok(self.fill(turn, value)),
            None => Err(value),
        }
    }

    /// The value, which `f` makes if there is none. Blocks the thread while somebody else makes it.
    ///
    /// # Panics
    ///
    /// If `f` panics, that goes on; somebody else may then try. Panics if this thread makes the value
    /// already in a call that blocks (`f` itself gets here): it would wait for itself. A future is not
    /// found out: if it makes the value, and blocks here itself or is polled by nobody but this thread,
    /// this waits for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// assert_eq!(cell.get_or_init(|| 5), &5);
    /// assert_eq!(cell.get_or_init(|| unreachable!()), &5);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.init(f),
        }
    }

    #[cold]
    #[track_caller]
    fn init(&self, f: impl FnOnce() -> T) -> &T {
        match self.once.begin() {
            Some(turn) => self.fill(turn, f()),
            None => self.there(),
        }
    }

    /// The value, which `f` makes if there is none. Blocks the thread while somebody else makes it.
    ///
    /// # Errors
    ///
    /// That of `f`; the cell is still empty, and somebody else may try.
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](OnceCell::get_or_init).
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// assert!(cell.get_or_try_init(|| "five".parse::<u8>()).is_err());
    /// assert_eq!(cell.get_or_try_init(|| "5".parse()), Ok(&5));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_try_init<E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.get() {
            Some(value) => Ok(value),
            None => self.try_init(f),
        }
    }

    #[cold]
    #[track_caller]
    fn try_init<E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.once.begin() {
            Some(turn) => f().map(|value| self.fill(turn, value)),
            None => Ok(self.there()),
        }
    }

    /// The value, which the future that `f` gives makes if there is none. Waits while somebody else
    /// makes it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it makes the value drops the future of `f`, then lets one of those who wait
    /// take over. Dropping it while it waits has no effect.
    ///
    /// # Panics
    ///
    /// If `f` panics, that goes on; somebody else may then try. If it awaits the same cell, or blocks on
    /// it, it waits for itself, for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// assert_eq!(pollster::block_on(cell.get_or_init_async(async || 5)), &5);
    /// ```
    pub async fn get_or_init_async<F: Future<Output = T>>(&self, f: impl FnOnce() -> F) -> &T {
        match self.once.begin_async().await {
            Some(turn) => {
                let value = f().await;
                self.fill(turn, value)
            }
            None => self.there(),
        }
    }

    /// The value, which the future that `f` gives makes if there is none. Waits while somebody else
    /// makes it.
    ///
    /// # Errors
    ///
    /// That of the future; the cell is still empty, and somebody else may try.
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init_async`](OnceCell::get_or_init_async).
    ///
    /// # Panics
    ///
    /// As [`get_or_init_async`](OnceCell::get_or_init_async).
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// let parsed = cell.get_or_try_init_async(async || "5".parse::<u8>());
    /// assert_eq!(pollster::block_on(parsed), Ok(&5));
    /// ```
    pub async fn get_or_try_init_async<E, F: Future<Output = Result<T, E>>>(
        &self,
        f: impl FnOnce() -> F,
    ) -> Result<&T, E> {
        match self.once.begin_async().await {
            Some(turn) => f().await.map(|value| self.fill(turn, value)),
            None => Ok(self.there()),
        }
    }

    /// Puts `value` in its place.
    fn fill(&self, turn: Turn<'_>, value: T) -> &T {
        // SAFETY: invariant 2: the turn is ours; the cell is empty, so nothing is overwritten.
        self.value.with_mut(|place| unsafe {
            (*place).write(value);
        });
        turn.complete();
        self.there()
    }

    /// The value, after it was completed.
    fn there(&self) -> &T {
        self.get()
            .expect("a cell is filled once its initialisation is completed")
    }

    /// The value; blocks the thread until others have made it.
    ///
    /// # Panics
    ///
    /// Panics if it is this thread that makes it, in a call that blocks. (A future is not found out, see
    /// [`get_or_init`](OnceCell::get_or_init).)
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| cell.set(5));
    ///     assert_eq!(cell.wait(), &5);
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> &T {
        self.once.wait();
        self.there()
    }

    /// The value; blocks the thread until others have made it, for at most `limit`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let cell = towpath::sync::OnceCell::<u8>::new();
    /// assert_eq!(cell.wait_timeout(Duration::from_millis(1)), None);
    /// ```
    #[must_use = "there may be none"]
    pub fn wait_timeout(&self, limit: Duration) -> Option<&T> {
        self.wait_async().wait_timeout(limit)
    }

    /// The value; blocks the thread until others have made it or `deadline` has passed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let cell = towpath::sync::OnceCell::<u8>::new();
    /// assert_eq!(cell.wait_deadline(Instant::now()), None);
    /// ```
    #[must_use = "there may be none"]
    pub fn wait_deadline(&self, deadline: Instant) -> Option<&T> {
        self.wait_async().wait_deadline(deadline)
    }

    /// Waits for the value that others make.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the cell.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = towpath::sync::OnceCell::from(5);
    /// assert_eq!(pollster::block_on(cell.wait_async()), &5);
    /// ```
    #[inline]
    pub fn wait_async(&self) -> OnceCellWait<'_, T> {
        Wait::new(ValueOp::new(self))
    }
}

impl<T> Drop for OnceCell<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    /// A cell that is filled.
    fn from(value: T) -> Self {
        Self {
            once: Once::new_done(),
            value: UnsafeCell::new(MaybeUninit::new(value)),
        }
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    /// A cell with a clone of the value, empty if there is none.
    fn clone(&self) -> Self {
        self.get().cloned().map_or_else(Self::new, Self::from)
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell")
            .field("filled", &self.once.is_completed())
            .finish_non_exhaustive()
    }
}
