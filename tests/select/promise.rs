//! A send of a select whose value takes its time: what user code can hold for as long as it likes.

use crate::common::{poll, poll_noop};
use std::pin::Pin;
use std::task::{Poll, RawWaker, RawWakerVTable, Waker};
use towpath::{SendError, Sender, select_async};

/// In line, or with a place or a receiver of its own, and without a message. Dropped, it is given up.
pub(crate) struct Promise<'a, T> {
    sending: Pin<Box<dyn Future<Output = Result<(), SendError<T>>> + 'a>>,
    message: futures::channel::oneshot::Sender<T>,
}

impl<'a, T: 'a> Promise<'a, T> {
    /// Takes what there is, room or a receiver, or else gets in line.
    #[track_caller]
    pub(crate) fn make(tx: &'a Sender<T>) -> Self {
        let (message, coming) = futures::channel::oneshot::channel();
        let mut promise = Self {
            sending: Box::pin(async move {
                select_async! { send(tx, coming.await.expect("kept")) -> sent => sent }
            }),
            message,
        };
        promise.look(Waker::noop());
        promise
    }

    /// Sees whether it was bound meanwhile.
    #[track_caller]
    pub(crate) fn look(&mut self, waker: &Waker) {
        let looked = poll(&mut self.sending, waker);
        assert!(looked.is_pending(), "it has no message yet");
    }

    /// Makes the message. `Pending`: it was still in line.
    pub(crate) fn keep(mut self, message: T) -> Poll<Result<(), SendError<T>>> {
        assert!(self.message.send(message).is_ok(), "the select is there");
        poll_noop(&mut self.sending)
    }

    /// It stays for good, neither kept nor given up.
    pub(crate) fn forget(self) {
        std::mem::forget(self.sending);
    }
}

/// Runs `poll` with a waker that runs `script` whenever it is cloned, on this thread. The clones wake nobody.
pub(crate) fn with_scripted_clone<R>(script: &dyn Fn(), poll: impl FnOnce(&Waker) -> R) -> R {
    fn clone(script: *const ()) -> RawWaker {
        // SAFETY: made below, of a reference that outlives the waker.
        (unsafe { *script.cast::<&dyn Fn()>() })();
        RawWaker::new(Waker::noop().data(), Waker::noop().vtable())
    }
    fn nothing(_: *const ()) {}
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, nothing, nothing, nothing);
    let script: *const &dyn Fn() = &script;
    // SAFETY: `clone` keeps nothing of the data, and the waker is gone before the script.
    poll(&unsafe { Waker::from_raw(RawWaker::new(script.cast(), &TABLE)) })
}
