//! The backend for model checking: the same names, loom's meaning.

use super::Zeroed;

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::lazy_static;
pub(crate) use loom::sync::Arc;

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{
        AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

pub(crate) mod hint {
    /// A spinning thread lets the others run, or the model would not end.
    pub(crate) fn spin_loop() {
        loom::thread::yield_now();
    }
}

/// See the real backend: loom's stand-in for the total order of SeqCst accesses.
pub(crate) fn handshake() {
    // ORDERING: SeqCst fence; both sides of a handshake call this between their write and their
    // read, so at least one of them sees the other's write.
    atomic::fence(atomic::Ordering::SeqCst);
}

/// See the real backend.
pub(crate) fn overwrite(word: &atomic::AtomicUsize, value: usize) {
    // ORDERING: AcqRel, as Release it pairs with what the caller says.
    word.swap(value, atomic::Ordering::AcqRel);
}

/// See the real backend.
pub(crate) fn overwrite_byte(byte: &atomic::AtomicU8, value: u8) {
    // ORDERING: AcqRel, as Release it pairs with what the caller says.
    byte.swap(value, atomic::Ordering::AcqRel);
}

/// Loom's waker cell with the real one's interface.
#[derive(Debug)]
pub(crate) struct WakerCell(loom::future::AtomicWaker);

impl WakerCell {
    pub(crate) fn new() -> Self {
        Self(loom::future::AtomicWaker::new())
    }

    pub(crate) fn register(&self, waker: std::task::Waker) {
        self.0.register(waker);
    }

    pub(crate) fn take(&self) -> Option<std::task::Waker> {
        self.0.take_waker()
    }
}

/// Loom's mutex with parking_lot's interface.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().expect("a model does not panic under a lock")
    }
}

/// Builds the values one by one: loom's types cannot come from zeroed memory.
#[track_caller]
pub(crate) fn zeroed_slice<S: Zeroed>(len: usize) -> Box<[S]> {
    (0..len).map(|_| S::zeroed()).collect()
}

pub(crate) mod thread {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{Duration, Instant};

    pub(crate) use loom::thread::{JoinHandle, spawn, yield_now};
    pub(crate) use std::thread::panicking;

    loom::thread_local! {
        static CURRENT: Thread = Thread(Arc::default());
    }

    /// A thread to unpark. Loom's own `unpark` also wakes a thread that waits for a lock, and is
    /// forgotten by a thread that yields; its `Notify` does neither.
    #[derive(Clone, Debug)]
    pub(crate) struct Thread(Arc<loom::sync::Notify>);

    impl Thread {
        pub(crate) fn unpark(&self) {
            assert_eq!(short_locks(), 0, "a thread is unparked under a lock");
            self.0.notify();
        }
    }

    pub(crate) fn current() -> Thread {
        CURRENT.with(Clone::clone)
    }

    /// See the real backend. (Loom's threads share one thread of the system.)
    pub(crate) fn id() -> usize {
        ID.with(|id| *id)
    }

    /// May return early, once per thread and model run.
    pub(crate) fn park() {
        current().0.wait();
    }

    /// Loom has no clock: a timed park is a chance for the others to run.
    pub(crate) fn park_deadline(_: Instant) {
        yield_now();
    }

    pub(crate) fn park_for(_: Duration) -> bool {
        yield_now();
        false
    }

    loom::lazy_static! {
        static ref NEXT_ID: AtomicUsize = AtomicUsize::new(1);
    }

    loom::thread_local! {
        // Not an address: that of a thread that has ended would be used again, and a stale load could
        // take the one for the other.
        // ORDERING: Relaxed, loom runs all threads on one.
        static ID: usize = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    }

    loom::lazy_static! {
        /// How many threads the system will refuse. No part of the model: it only steers it.
        static ref REFUSED: AtomicUsize = AtomicUsize::new(0);
    }

    /// The next `count` threads are refused.
    pub(crate) fn refuse(count: usize) {
        // ORDERING: Relaxed, loom runs all threads on one.
        REFUSED.store(count, Ordering::Relaxed);
    }

    /// Starts nothing: a model does itself what a thread in the background would do.
    pub(crate) fn spawn_in_background(
        _: &str,
        _: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        assert_eq!(short_locks(), 0, "a thread is started under a lock");
        // ORDERING: Relaxed, as in `refuse`.
        let refused = REFUSED.load(Ordering::Relaxed);
        // ORDERING: Relaxed, as in `refuse`.
        REFUSED.store(refused.saturating_sub(1), Ordering::Relaxed);
        match refused {
            0 => Ok(()),
            _ => Err(std::io::ErrorKind::WouldBlock.into()),
        }
    }

    loom::thread_local! {
        static SHORT_LOCKS: Cell<usize> = Cell::new(0);
        static WAITS: Cell<usize> = Cell::new(0);
    }

    /// Counts the short locks that this thread holds, up or down.
    pub(crate) fn count_short_lock(change: isize) {
        // It may be dropped with other thread-local values.
        let _ = SHORT_LOCKS.try_with(|locks| locks.set(locks.get().wrapping_add_signed(change)));
    }

    fn short_locks() -> usize {
        SHORT_LOCKS.try_with(Cell::get).unwrap_or(0)
    }

    /// This thread waits for the holder of a short lock, for as long as it takes.
    pub(crate) fn count_wait() {
        let _ = WAITS.try_with(|waits| waits.set(waits.get() + 1));
    }

    /// How often it did.
    pub(crate) fn waits() -> usize {
        WAITS.with(Cell::get)
    }

    pub(crate) fn nap(_: Duration) {
        yield_now();
    }

    pub(crate) fn processors() -> usize {
        2
    }
}

pub(crate) mod time {
    use std::sync::OnceLock;

    use super::super::{Duration, Instant};
    use super::atomic::{AtomicU64, Ordering};

    loom::lazy_static! {
        /// How far the model has moved its clock, in nanoseconds.
        static ref ADVANCED: AtomicU64 = AtomicU64::new(0);
    }

    /// Moves the clock, which stands still otherwise.
    pub(crate) fn advance(span: Duration) {
        let nanos = u64::try_from(span.as_nanos()).expect("a model is short");
        // ORDERING: SeqCst: a clock is read in one order by all.
        ADVANCED.fetch_add(nanos, Ordering::SeqCst);
    }

    pub(crate) fn after(limit: Duration) -> Option<Instant> {
        now().checked_add(limit)
    }

    pub(crate) fn now() -> Instant {
        static START: OnceLock<Instant> = OnceLock::new();
        // ORDERING: SeqCst, as in `advance`.
        let advanced = ADVANCED.load(Ordering::SeqCst);
        *START.get_or_init(Instant::now) + Duration::from_nanos(advanced)
    }

    /// The model has but one clock.
    pub(crate) fn real_now() -> Instant {
        now()
    }

    /// In the model a deadline that is set has passed: the interesting race is the one between
    /// giving up and being notified, and loom explores it at every step.
    pub(crate) fn expired(_: Instant) -> bool {
        true
    }

    pub(crate) fn really_expired(deadline: Instant) -> bool {
        expired(deadline)
    }
}
