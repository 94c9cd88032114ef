//! What the models of queues share.

use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use towpath::queue::{Claims, PushClaim, Queue, Refusal};
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
            // Whoever counts may be in its way.
            assert_eq!(pop(queue), Some(value));
            assert!(queue.push(value + 1).is_ok());
        }
    });
    let len = queue.len();
    assert!(len <= 1, "{len} messages, where there is one at most");
    other.join().unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!(drain(&*queue), [2]);
}

/// The model of two senders to a list, one of which may stall.
pub(crate) fn each_sender_keeps_its_own_order<Q: Queue<usize> + 'static>(list: Q) {
    let list = with(list, []);
    let one = beside(&list, |list: &Q| {
        (10..12).all(|value| list.push(value).is_ok())
    });
    let other = beside(&list, |list: &Q| list.push(20).is_ok());
    let early = pop(&*list);
    assert!(one.join().unwrap() && other.join().unwrap());
    let all: Vec<_> = early.into_iter().chain(drain(&*list)).collect();
    let of_one: Vec<_> = all.iter().copied().filter(|value| *value < 20).collect();
    assert_eq!(of_one, [10, 11], "all of it: {all:?}");
    assert_all(all, [10, 11, 20]);
}

/// The same with both messages of the one sender behind a claim of the other's: what was taken ahead of its turn is
/// stepped over in the end, also at the end of a block.
pub(crate) fn message_is_taken_ahead_of_a_stalled_sender<Q: Claims<usize> + 'static>(list: Q) {
    let list = with(list, []);
    let claim = list.claim_push().expect("the list is open");
    let other = beside(&list, |list: &Q| {
        (20..22).all(|value| list.push(value).is_ok())
    });
    let early = [list.pop(), list.pop()];
    let early: Vec<_> = early.into_iter().filter_map(Result::ok).collect();
    assert_eq!(early, [20, 21][..early.len()], "in the sender's order");
    claim.write(10);
    assert!(other.join().unwrap());
    let all: Vec<_> = early.into_iter().chain(drain(&*list)).collect();
    let of_other: Vec<_> = all.iter().copied().filter(|value| *value >= 20).collect();
    assert_eq!(of_other, [20, 21], "all of it: {all:?}");
    assert_all(all, [10, 20, 21]);
    assert_eq!(list.probe_pop(), Err(Refusal::Blocked));
}
