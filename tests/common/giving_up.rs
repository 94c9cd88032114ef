//! Futures that are dropped at random, and the accounts of what became of their messages.

use super::{Random, poll};
use std::future::poll_fn;
use std::task::Poll;

/// What one sender did: the tokens it is sure went in, and those that either went
/// in or were dropped with a cancelled future.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) surely: Vec<u64>,
    pub(crate) perhaps: Vec<u64>,
}

/// Polls `future` a random number of times, yielding to the executor in between,
/// then drops it, notified or not.
pub(crate) async fn give_up_at_random<F: Future>(
    future: F,
    random: &mut Random,
) -> Option<F::Output> {
    let mut patience = random.below(4);
    let mut boxed = Box::pin(future);
    let limited = poll_fn(|cx| {
        if let Poll::Ready(output) = poll(&mut boxed, cx.waker()) {
            return Poll::Ready(Some(output));
        }
        if patience == 0 {
            return Poll::Ready(None);
        }
        patience -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    limited.await
}

/// Lets the other tasks of this thread run.
pub(crate) async fn pause() {
    let mut paused = false;
    let pausing = poll_fn(|cx| match std::mem::replace(&mut paused, true) {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    });
    pausing.await;
}

/// Everything surely sent was received; what else was received was perhaps sent;
/// nothing twice.
pub(crate) fn settle(mut got: Vec<u64>, mut surely: Vec<u64>, mut perhaps: Vec<u64>) {
    got.sort_unstable();
    surely.sort_unstable();
    perhaps.sort_unstable();
    assert!(!surely.is_empty(), "nothing was sent");
    let twice = got.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "received twice");
    let lost = surely.iter().find(|id| got.binary_search(id).is_err());
    assert_eq!(lost, None, "sent and not received");
    let known = |id: &&u64| surely.binary_search(id).is_err() && perhaps.binary_search(id).is_err();
    assert_eq!(got.iter().find(known), None, "received and never sent");
}
