//! The backend that ships: the standard library, parking_lot, the real clock.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::ptr::NonNull;

use super::{Duration, Instant, Zeroed};

pub(crate) use parking_lot::Mutex;
pub(crate) use std::sync::Arc;

pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{
        AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

pub(crate) mod hint {
    pub(crate) use std::hint::spin_loop;
}

/// The part of a store–load handshake that only the model needs; see `wait::queue`.
///
/// Both sides of the handshake are SeqCst accesses, which is enough for the language and for every
/// machine. Loom treats SeqCst accesses as AcqRel and knows SeqCst fences only, so its backend puts
/// a fence here.
#[inline(always)]
pub(crate) fn handshake() {}

/// A Release store to a word that others may change by read-modify-writes meanwhile: theirs are lost.
///
/// Loom lets a read-modify-write find the value before such a store and yet puts it after the store,
/// so its backend swaps.
#[inline(always)]
pub(crate) fn overwrite(word: &atomic::AtomicUsize, value: usize) {
    // ORDERING: Release, pairs with what the caller says.
    word.store(value, atomic::Ordering::Release);
}

/// As [`overwrite`], for a byte.
#[inline(always)]
pub(crate) fn overwrite_byte(byte: &atomic::AtomicU8, value: u8) {
    // ORDERING: Release, pairs with what the caller says.
    byte.store(value, atomic::Ordering::Release);
}

/// An `UnsafeCell` with loom's interface: access through closures over raw pointers.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    #[inline(always)]
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// The value.
    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Reads through a shared pointer.
    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Reads or writes through an exclusive pointer.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// Allocates a slice whose pages stay untouched until they are used.
///
/// # Panics
///
/// Panics with "capacity overflow" if the slice would be larger than the address space.
#[track_caller]
pub(crate) fn zeroed_slice<S: Zeroed>(len: usize) -> Box<[S]> {
    let Ok(layout) = Layout::array::<S>(len) else {
        panic!("capacity overflow")
    };
    let start = if layout.size() == 0 {
        NonNull::<S>::dangling()
    } else {
        // SAFETY: the layout's size is not zero.
        let start = unsafe { alloc_zeroed(layout) };
        NonNull::new(start.cast::<S>()).unwrap_or_else(|| handle_alloc_error(layout))
    };
    let slice = NonNull::slice_from_raw_parts(start, len);
    // SAFETY: the global allocator gave this memory with the layout of `[S; len]`, or its size is
    // zero; zeroes are a valid `S` by the contract of `Zeroed`.
    unsafe { Box::from_raw(slice.as_ptr()) }
}

pub(crate) mod thread {
    use super::{Duration, Instant};
    use std::sync::atomic::{AtomicUsize, Ordering};

    pub(crate) use std::thread::{JoinHandle, Thread, current, panicking, park, yield_now};

    /// Starts a thread: for what users start explicitly.
    pub(crate) fn spawn<T: Send + 'static>(
        run: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        std::thread::spawn(run)
    }

    /// A number that no other living thread has; never 0.
    pub(crate) fn id() -> usize {
        // Constant and without a destructor, so it is there for as long as the thread is.
        thread_local!(static ME: u8 = const { 0 });
        ME.with(|me| std::ptr::from_ref(me).addr())
    }

    /// Parks until unparked or until `deadline`; may return early.
    pub(crate) fn park_deadline(deadline: Instant) {
        #[cfg(feature = "test-clock")]
        super::super::clock::park_deadline(deadline);
        #[cfg(not(feature = "test-clock"))]
        park_for(deadline.saturating_duration_since(Instant::now()));
    }

    /// Parks until unparked or for `span`, whatever the clock of a test says; may return early. True
    /// if it was that long.
    pub(crate) fn park_for(span: Duration) -> bool {
        if span.is_zero() {
            return true;
        }
        let start = Instant::now();
        std::thread::park_timeout(span);
        start.elapsed() >= span
    }

    /// Starts a thread that nobody joins.
    pub(crate) fn spawn_in_background(
        name: &str,
        run: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread.spawn(run).map(drop)
    }

    /// Gives up the processor for about `span`.
    pub(crate) fn nap(span: Duration) {
        std::thread::sleep(span);
    }

    /// How many threads can run at once; 1 if unknown.
    pub(crate) fn processors() -> usize {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        // ORDERING: Relaxed, a cached constant; whoever loses the race stores the same number.
        match COUNT.load(Ordering::Relaxed) {
            0 => {
                let count = std::thread::available_parallelism().map_or(1, usize::from);
                // ORDERING: Relaxed, as above.
                COUNT.store(count, Ordering::Relaxed);
                count
            }
            count => count,
        }
    }
}

pub(crate) mod time {
    use super::{Duration, Instant};

    /// The instant `limit` from now; `None` if that is beyond the clock: never.
    pub(crate) fn after(limit: Duration) -> Option<Instant> {
        now().checked_add(limit)
    }

    /// The time.
    #[inline]
    pub(crate) fn now() -> Instant {
        #[cfg(feature = "test-clock")]
        if let Some(now) = super::super::clock::now() {
            return now;
        }
        real_now()
    }

    /// The time, whatever a test's clock says.
    pub(crate) fn real_now() -> Instant {
        Instant::now()
    }

    /// True once `deadline` has passed.
    pub(crate) fn expired(deadline: Instant) -> bool {
        now() >= deadline
    }

    /// True once `deadline` has passed, whatever a test's clock says.
    pub(crate) fn really_expired(deadline: Instant) -> bool {
        real_now() >= deadline
    }
}
