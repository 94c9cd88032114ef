//! What the models of queues share.

use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use towpath::queue::{Queue, Refusal};
use towpath_loom_tests::spawn;

/// The queue with `values` in it.
pub(crate) fn with<T, Q: Queue<T>>(queue: Q, values: impl IntoIterator<Item = T>) -> Arc<Q> {
    for value in values {
        assert!(queue.push(value).is_ok());
    }
    Arc::new(queue)
}

/// Runs `run` on the queue on another thread.
pub(crate) fn beside<Q: 'static, R: 'static>(
    queue: &Arc<Q>,
    run: impl FnOnce(&Q) -> R + 'static,
) -> JoinHandle<R> {
    let queue = Arc::clone(queue);
    spawn(move || run(&queue))
}

/// Pops until there is a message or none; a peer in mid-claim lets others run.
pub(crate) fn pop<T>(queue: &impl Queue<T>) -> Option<T> {
    loop {
        match queue.pop() {
            Ok(value) => return Some(value),
            Err(Refusal::Blocked | Refusal::Closed) => return None,
            Err(_) => thread::yield_now(),
        }
    }
}

/// Pops until there is no message.
pub(crate) fn drain<T>(queue: &impl Queue<T>) -> Vec<T> {
    std::iter::from_fn(|| pop(queue)).collect()
}

/// Pops until the queue says that it is closed and drained.
pub(crate) fn drain_closed<T>(queue: &impl Queue<T>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        match queue.pop() {
            Ok(value) => all.push(value),
            Err(Refusal::Closed) => return all,
            Err(_) => thread::yield_now(),
        }
    }
}

/// In any order.
pub(crate) fn assert_all(
    parts: impl IntoIterator<Item = usize>,
    expected: impl IntoIterator<Item = usize>,
) {
    let mut all: Vec<_> = parts.into_iter().collect();
    all.sort_unstable();
    assert!(all.iter().copied().eq(expected), "what came out: {all:?}");
}

/// The model of `len`, for a queue with room for three: messages come and go, one at a time, while
/// another thread looks. Two positions that are not of one instant would be further apart.
pub(crate) fn len_is_of_one_instant<Q: Queue<usize> + 'static>(queue: Q) {
    let queue = with(queue, [0]);
    let other = beside(&queue, |queue| {
        for value in 0..2 {
            assert_eq!(queue.pop(), Ok(value));
            assert!(queue.push(value + 1).is_ok());
        }
    });
    let len = queue.len();
    assert!(len <= 1, "{len} messages, where there is one at most");
    other.join().unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!(drain(&*queue), [2]);
}
