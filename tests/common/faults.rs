//! Wakers that panic: when they wake, when they are cloned, when they are dropped.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What these wakers panic with.
struct Planned;

thread_local! {
    static REPORTED: Cell<usize> = const { Cell::new(0) };
}

/// Counts planned panics where the hook sees them, and keeps them out of the output.
fn count_reports() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload().is::<Planned>() {
                REPORTED.set(REPORTED.get() + 1);
            } else {
                others(info);
            }
        }));
    });
}

/// How many planned panics the panic hook was told of on this thread.
pub(crate) fn reported() -> usize {
    REPORTED.get()
}

/// Whether `action` ended with a planned panic. Any other panic goes on.
pub(crate) fn panics_as_planned(action: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(()) => false,
        Err(payload) if payload.is::<Planned>() => true,
        Err(payload) => panic::resume_unwind(payload),
    }
}

/// What a waker's owner knows of it. The fault is on from the start; see [`Faulty::mend`].
pub(crate) struct Faulty {
    fault: Fault,
    on: AtomicBool,
    wakes: AtomicUsize,
    /// What else it does when it is cloned next.
    when_cloned: Mutex<Option<Script>>,
}

type Script = Box<dyn FnOnce() + Send>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Wake,
    Clone,
    Drop,
}

impl Faulty {
    /// A waker that panics when it is told to do what `fault` says.
    pub(crate) fn new(fault: Fault) -> (Arc<Faulty>, Waker) {
        count_reports();
        let faulty = Arc::new(Faulty {
            fault,
            on: AtomicBool::new(true),
            wakes: AtomicUsize::new(0),
            when_cloned: Mutex::new(None),
        });
        let data = Arc::into_raw(Arc::clone(&faulty));
        // SAFETY: the table keeps the contract: `data` is an `Arc` that each waker owns one
        // count of, and `Faulty` may be used from any thread.
        let waker = unsafe { Waker::new(data.cast(), &TABLE) };
        (faulty, waker)
    }

    /// A waker that panics when it wakes.
    pub(crate) fn bomb() -> (Arc<Faulty>, Waker) {
        Faulty::new(Fault::Wake)
    }

    /// What happens in the middle of a poll: when the waker is cloned next.
    pub(crate) fn when_cloned(&self, script: impl FnOnce() + Send + 'static) {
        *self.when_cloned.lock().unwrap() = Some(Box::new(script));
    }

    /// How often it was told to wake.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }

    /// From now on nothing panics.
    pub(crate) fn mend(&self) {
        self.on.store(false, Ordering::SeqCst);
    }

    /// How many wakers there are.
    pub(crate) fn wakers(self: &Arc<Self>) -> usize {
        Arc::strong_count(self) - 1
    }

    fn trip(&self, fault: Fault) {
        let on = self.on.load(Ordering::SeqCst);
        // A panic within a panic would end the process.
        if self.fault == fault && on && !std::thread::panicking() {
            panic_any(Planned);
        }
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

fn borrowed<'a>(data: *const ()) -> &'a Faulty {
    // SAFETY: called with the pointer of a waker that is alive for the call.
    unsafe { &*data.cast::<Faulty>() }
}

fn clone(data: *const ()) -> RawWaker {
    let script = borrowed(data).when_cloned.lock().unwrap().take();
    script.into_iter().for_each(|script| script());
    borrowed(data).trip(Fault::Clone);
    // SAFETY: `data` came from `Arc::into_raw`, and the waker that is cloned holds a count.
    unsafe { Arc::increment_strong_count(data.cast::<Faulty>()) };
    RawWaker::new(data, &TABLE)
}

fn wake(data: *const ()) {
    // SAFETY: the waker gives its count away.
    let faulty = unsafe { Arc::from_raw(data.cast::<Faulty>()) };
    faulty.wakes.fetch_add(1, Ordering::SeqCst);
    faulty.trip(Fault::Wake);
    // Woken by value, a waker is dropped as well.
    faulty.trip(Fault::Drop);
}

fn wake_by_ref(data: *const ()) {
    borrowed(data).wakes.fetch_add(1, Ordering::SeqCst);
    borrowed(data).trip(Fault::Wake);
}

fn drop_waker(data: *const ()) {
    // SAFETY: the waker gives its count away.
    let faulty = unsafe { Arc::from_raw(data.cast::<Faulty>()) };
    faulty.trip(Fault::Drop);
}
