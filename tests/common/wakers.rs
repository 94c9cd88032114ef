//! Polling by hand, with wakers that count.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that counts how often it is woken.
#[derive(Default)]
pub(crate) struct Alarm(AtomicUsize);

impl Alarm {
    pub(crate) fn new() -> (Arc<Alarm>, Waker) {
        let alarm = Arc::new(Alarm::default());
        (Arc::clone(&alarm), Waker::from(alarm))
    }

    pub(crate) fn rings(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once.
pub(crate) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Polls once with a waker that does nothing.
pub(crate) fn poll_noop<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    poll(future, Waker::noop())
}

/// Polls once; the future must be ready.
#[track_caller]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match poll_noop(&mut Box::pin(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending, though it had nothing to wait for"),
    }
}

/// A waker that runs a script.
pub(crate) struct Scripted<F>(F);

impl<F: Fn() + Send + Sync + 'static> Scripted<F> {
    pub(crate) fn waker(script: F) -> Waker {
        Waker::from(Arc::new(Scripted(script)))
    }
}

impl<F: Fn() + Send + Sync> Wake for Scripted<F> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        (self.0)();
    }
}
