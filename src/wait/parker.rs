//! A thread, as a waker.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use crate::sys::{Instant, thread, time};

struct Unparker(thread::Thread);

impl Wake for Unparker {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &std::sync::Arc<Self>) {
        self.0.unpark();
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
    Waker::from(std::sync::Arc::new(Unparker(thread::current())))
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

/// Runs `future` on the current thread, or gives up at `deadline`.
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
