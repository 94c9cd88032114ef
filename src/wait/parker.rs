//! A thread, as a waker.

#[cfg(not(towpath_loom))]
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use crate::sys::atomic::AtomicU8;
use crate::sys::{Instant, Ordering, PlainArc, thread, time};

struct Unparker(thread::Thread);

impl Wake for Unparker {
    fn wake(self: PlainArc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &PlainArc<Self>) {
        self.0.unpark();
    }
}

/// A thread that polls futures, in one wait: their waker, and whether it was used.
///
/// That the thread is unparked would not be enough: a poll may park the thread, too (it takes a lock, or it is a
/// select of its own), and so use up what another future's waker has left for it.
pub(crate) struct Poller {
    call: PlainArc<Call>,
    waker: Waker,
}

struct Call {
    thread: thread::Thread,
    /// 1 if a future is to be polled.
    pending: AtomicU8,
}

impl Wake for Call {
    fn wake(self: PlainArc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &PlainArc<Self>) {
        // ORDERING: Release, pairs with the Acquire in `Poller::poll`: what the future is to find. A swap, not a
        // store: whoever sees it sees what all calls before it stand for.
        self.pending.swap(1, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(not(towpath_loom))]
thread_local!(static KEPT: Cell<Option<Poller>> = const { Cell::new(None) });

impl Poller {
    fn new() -> Self {
        let call = PlainArc::new(Call {
            thread: thread::current(),
            pending: AtomicU8::new(0),
        });
        let waker = Waker::from(PlainArc::clone(&call));
        Self { call, waker }
    }

    /// The current thread's, for one wait: a wait within it has its own. (One is kept per thread.)
    pub(crate) fn take() -> Self {
        #[cfg(not(towpath_loom))]
        if let Ok(Some(kept)) = KEPT.try_with(Cell::take) {
            return kept;
        }
        Self::new()
    }

    /// Keeps it for the thread's next wait.
    pub(crate) fn keep(self) {
        #[cfg(not(towpath_loom))]
        let _ = KEPT.try_with(|place| place.set(Some(self)));
    }

    /// Runs `poll`, which answers all calls up to now.
    pub(crate) fn poll<R>(&self, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        // ORDERING: Acquire, pairs with the Release in `wake_by_ref`: what the futures are to find. A call that it
        // does not see stands.
        self.call.pending.swap(0, Ordering::Acquire);
        poll(&mut Context::from_waker(&self.waker))
    }

    /// True if the waker was used since the last poll began. If it is not seen yet, the thread will be unparked
    /// again.
    pub(crate) fn is_called(&self) -> bool {
        // ORDERING: Relaxed: the swap in `poll` orders, and parking orders what was stored before an unpark.
        self.call.pending.load(Ordering::Relaxed) != 0
    }
}

/// Ends a thread's park.
#[derive(Clone, Debug)]
pub(crate) struct Unpark(thread::Thread);

impl Unpark {
    /// The current thread's.
    pub(crate) fn current() -> Self {
        Self(thread::current())
    }

    pub(crate) fn unpark(&self) {
        self.0.unpark();
    }
}

fn new_waker() -> Waker {
    Waker::from(PlainArc::new(Unparker(thread::current())))
}

/// A waker that unparks the current thread. One is kept per thread; in a destructor of another
/// thread-local value, when ours may be gone, a fresh one is made.
pub(crate) fn current_waker() -> Waker {
    #[cfg(not(towpath_loom))]
    {
        thread_local!(static WAKER: Waker = new_waker());
        WAKER.try_with(Waker::clone).unwrap_or_else(|_| new_waker())
    }
    #[cfg(towpath_loom)]
    new_waker()
}

/// Runs `poll` as a task whose waker unparks the current thread.
pub(crate) fn with_context<R>(poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
    poll(&mut Context::from_waker(&current_waker()))
}

/// Parks the current thread until it is woken or until `deadline`; may return early. False: the
/// deadline has passed.
pub(crate) fn park(deadline: Option<Instant>) -> bool {
    match deadline {
        None => {
            thread::park();
            true
        }
        Some(deadline) if time::expired(deadline) => false,
        Some(deadline) => {
            thread::park_deadline(deadline);
            true
        }
    }
}

/// Runs `future`, which must not park the thread, on the current thread, or gives up at `deadline`.
pub(crate) fn block_on<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = current_waker();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        if !park(deadline) {
            // A last look: the wake may have come with the deadline.
            return match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => Some(output),
                Poll::Pending => None,
            };
        }
    }
}
