//! A value that makes itself when it is first used.

use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::once_cell::OnceCell;
use crate::sys::UnsafeCell;

/// A value with the closure that makes it, when it is first used.
///
/// Whoever wants it while it is being made waits; later uses are one Acquire load. If the closure
/// panics it is gone, so this and every later use panics.
///
/// # Examples
///
/// ```
/// use towpath::sync::Lazy;
///
/// static WORDS: Lazy<Vec<&str>> = Lazy::new(|| "a b c".split(' ').collect());
/// assert_eq!(WORDS.len(), 3);
/// ```
#[doc(alias = "LazyLock")]
#[doc(alias = "OnceValue")]
pub struct Lazy<T, F = fn() -> T> {
    cell: OnceCell<T>,
    made_by: Spent<F>,
}

impl<T, F> Lazy<T, F> {
    constant! {
        /// To be made by `f`.
        ///
        /// # Examples
        ///
        /// ```
        /// let lazy = towpath::sync::Lazy::new(|| 6 * 7);
        /// assert_eq!(*lazy, 42);
        /// ```
        #[must_use]
        pub fn new(f: F) -> Self {
            Self {
                cell: OnceCell::new(),
                made_by: Spent::new(f),
            }
        }
    }

    /// The value, if it was made.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Lazy;
    ///
    /// let lazy = Lazy::new(|| 42);
    /// assert_eq!(Lazy::get(&lazy), None);
    /// Lazy::force(&lazy);
    /// assert_eq!(Lazy::get(&lazy), Some(&42));
    /// ```
    #[inline]
    pub fn get(this: &Self) -> Option<&T> {
        this.cell.get()
    }
}

impl<T, F: FnOnce() -> T> Lazy<T, F> {
    /// The value, made now if it was not yet. Blocks the thread while somebody else makes it.
    ///
    /// # Panics
    ///
    /// Panics if the closure does, or did before, or uses this very value.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::Lazy;
    ///
    /// let lazy = Lazy::new(|| 42);
    /// assert_eq!(Lazy::force(&lazy), &42);
    /// ```
    #[inline]
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        match this.cell.get() {
            Some(value) => value,
            None => Self::make(this),
        }
    }

    #[cold]
    #[track_caller]
    fn make(this: &Self) -> &T {
        // A closure that found `f` gone gives the turn up, so that all who wait find out.
        let made = this.cell.get_or_try_init(|| {
            // SAFETY: whoever initialises the cell is alone.
            match unsafe { this.made_by.take() } {
                Some(f) => Ok(f()),
                None => Err(()),
            }
        });
        match made {
            Ok(value) => value,
            Err(()) => panic!("the closure of a lazy value panicked before"),
        }
    }
}

impl<T, F: FnOnce() -> T> Deref for Lazy<T, F> {
    type Target = T;

    /// [`Lazy::force`].
    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: Default> Default for Lazy<T> {
    /// To be made by `T::default`.
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T, F> fmt::Debug for Lazy<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy")
            .field("made", &Self::get(self).is_some())
            .finish_non_exhaustive()
    }
}

/// A closure that is called once, by whoever is alone with it.
pub(super) struct Spent<F>(UnsafeCell<Option<F>>);

// SAFETY: shared, it only gives the closure away, once, to one thread (the contract of `take`).
unsafe impl<F: Send> Sync for Spent<F> {}

// Nobody sees a closure that was left half-way: it is gone by then.
impl<F: UnwindSafe> RefUnwindSafe for Spent<F> {}

impl<F> Spent<F> {
    constant! {
        pub(super) fn new(f: F) -> Self {
            Self(UnsafeCell::new(Some(f)))
        }
    }

    /// # Safety
    ///
    /// Nobody else is in here now, and what the last one did is visible.
    pub(super) unsafe fn take(&self) -> Option<F> {
        // SAFETY: the caller's promise.
        self.0.with_mut(|f| unsafe { (*f).take() })
    }
}
