//! Polling futures by hand, with a waker that loom knows about.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Notify;

/// A waker that counts how often it rang. One thread can wait for it.
///
/// The count is a plain atomic, not one of loom's: it steers and checks the model without being a
/// part of it.
#[derive(Debug, Default)]
pub struct Alarm {
    rings: AtomicUsize,
    notify: Notify,
}

impl Alarm {
    /// A fresh alarm, to be used inside a model.
    #[must_use]
    pub fn new() -> Arc<Alarm> {
        Arc::default()
    }

    /// A waker that rings this alarm.
    #[must_use]
    pub fn waker(self: &Arc<Alarm>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// How often it rang so far.
    #[must_use]
    pub fn rings(&self) -> usize {
        self.rings.load(Ordering::Relaxed)
    }

    /// Polls `future` with this alarm's waker.
    pub fn poll<F: Future>(self: &Arc<Alarm>, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&self.waker()))
    }

    /// Polls `future` until it is done or in line: again for as long as it asks for that by itself.
    pub fn poll_into_line<F: Future>(
        self: &Arc<Alarm>,
        mut future: Pin<&mut F>,
    ) -> Poll<F::Output> {
        loop {
            let before = self.rings();
            let polled = self.poll(future.as_mut());
            if polled.is_ready() || self.rings() == before {
                return polled;
            }
            loom::thread::yield_now();
        }
    }

    /// Sleeps until the alarm rings, or has rung since it was last waited for.
    pub fn wait(&self) {
        self.notify.wait();
    }

    /// Polls `future` until it is done, sleeping until the alarm rings in between. If it never
    /// does, loom reports a deadlock.
    pub fn finish<F: Future>(self: &Arc<Alarm>, mut future: Pin<&mut F>) -> F::Output {
        loop {
            let before = self.rings();
            if let Poll::Ready(output) = self.poll(future.as_mut()) {
                return output;
            }
            if self.rings() == before {
                self.notify.wait();
            } else {
                // It asked to be polled again: a peer is in the middle of something, so let it run.
                loom::thread::yield_now();
            }
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Alarm>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Alarm>) {
        self.rings.fetch_add(1, Ordering::Relaxed);
        self.notify.notify();
    }
}

/// Runs `future` to its end as a task.
pub fn block_on<F: Future>(future: F) -> F::Output {
    Alarm::new().finish(pin!(future))
}

/// Polls `future` once, with a waker that nobody listens to.
pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
