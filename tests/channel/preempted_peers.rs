//! Peers that stop between claim and publish, as if they had been preempted there. Whoever
//! meets that gets an answer at once, and nothing is lost once the peer goes on.

use crate::common::watchdog;
use std::time::{Duration, Instant};
use towpath::queue::{Claims, List, PushClaim, Queue, Refusal, Ring};

/// More than three blocks of the list.
const MANY: u64 = 200;

/// Runs `test`, which hangs if somebody waits for a peer that has stopped.
fn beside_a_stopped_peer(test: impl FnOnce() + Send + 'static) {
    watchdog(60, |crew| {
        let actor = crew.thread("the one that meets it", |me| {
            me.at("meeting a sender that stopped before it wrote", 0);
            test();
        });
        actor.join();
    });
}

/// Every call of `action` gives the same; together they take no time to speak of. One that
/// waits for the peer never returns; one that sleeps a little each time is too slow.
#[track_caller]
fn answers_at_once<R: PartialEq + std::fmt::Debug>(expected: R, mut action: impl FnMut() -> R) {
    let start = Instant::now();
    for _ in 0..1000 {
        assert_eq!(action(), expected);
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "1000 answers took {took:?}");
}

#[track_caller]
fn assert_lagging(queue: &impl Queue<u64>) {
    answers_at_once(Err(Refusal::Lagging), || queue.pop());
    let mut out = Vec::new();
    answers_at_once(Err(Refusal::Lagging), || queue.pop_many(&mut out, 8));
    assert!(out.is_empty());
}

fn pop_all(queue: &impl Queue<u64>) -> Vec<u64> {
    std::iter::from_fn(|| queue.pop().ok()).collect()
}

#[test]
fn a_ring_lags_behind_an_unwritten_place() {
    beside_a_stopped_peer(|| {
        for capacity in [3, 4, 8] {
            let ring = Ring::new(capacity);
            // In every place of the ring, on several laps.
            for lap in 0..3 * capacity as u64 {
                let claim = ring.claim_push().expect("it is empty");
                assert_lagging(&ring);
                for i in 1..capacity as u64 {
                    ring.push(i).expect("there is room");
                }
                assert_lagging(&ring);
                assert_eq!(ring.len(), capacity);
                answers_at_once(Err(Refusal::Blocked), || {
                    ring.push(9).map_err(|(why, _)| why)
                });
                claim.write(0);
                assert!(pop_all(&ring).into_iter().eq(0..capacity as u64), "{lap}");
                assert_eq!(ring.pop(), Err(Refusal::Blocked));
                // Start the next lap one place further on.
                ring.push(0).expect("it is empty");
                ring.pop().expect("just pushed");
            }
        }
    });
}

/// Messages before the unwritten place come out; then it lags.
#[test]
fn a_ring_gives_what_is_before_an_unwritten_place() {
    beside_a_stopped_peer(|| {
        let ring = Ring::new(8);
        (0..3).for_each(|i| ring.push(i).expect("there is room"));
        let claim = ring.claim_push().expect("there is room");
        (4..6).for_each(|i| ring.push(i).expect("there is room"));
        let mut out = Vec::new();
        assert_eq!(ring.pop_many(&mut out, 8), Ok(3));
        assert_eq!(out, [0, 1, 2]);
        assert_lagging(&ring);
        claim.write(3);
        assert_eq!(pop_all(&ring), [3, 4, 5]);
    });
}

/// A message that was accepted before the close: not drained until it is out.
#[test]
fn a_closed_queue_is_not_drained_before_an_unwritten_place_is() {
    beside_a_stopped_peer(|| {
        fn check(queue: &impl Claims<u64>) {
            let claim = queue.claim_push().expect("there is room");
            assert!(queue.close());
            assert_lagging(queue);
            answers_at_once(Err(Refusal::Closed), || {
                queue.push(1).map_err(|(why, _)| why)
            });
            claim.write(0);
            assert_eq!(queue.pop(), Ok(0));
            assert_eq!(queue.pop(), Err(Refusal::Closed));
        }
        check(&Ring::new(3));
        check(&List::new());
    });
}

/// The list steps over one unwritten place, wherever it is in its block, and gives it as
/// soon as it is written.
#[test]
fn a_list_steps_over_an_unwritten_place() {
    beside_a_stopped_peer(|| {
        for stalled in 0..MANY {
            let list = List::new();
            (0..stalled).for_each(|i| list.push(i).expect("open"));
            let claim = list.claim_push().expect("open");
            (stalled + 1..MANY).for_each(|i| list.push(i).expect("open"));
            assert_eq!(list.len(), MANY as usize);
            let got = pop_all(&list);
            assert!(got.into_iter().eq((0..MANY).filter(|&i| i != stalled)));
            assert_eq!(list.pop(), Err(Refusal::Lagging));
            assert_eq!((list.len(), list.is_empty()), (1, false), "{stalled}");
            claim.write(stalled);
            assert_eq!(list.pop(), Ok(stalled));
            assert_eq!(list.pop(), Err(Refusal::Blocked));
            assert!(list.is_empty());
        }
    });
}

/// In batches too: it gives what is there, at least one message.
#[test]
fn a_list_gives_batches_beside_an_unwritten_place() {
    beside_a_stopped_peer(|| {
        let list = List::new();
        let claim = list.claim_push().expect("open");
        (1..MANY).for_each(|i| list.push(i).expect("open"));
        let mut out = Vec::new();
        while let Ok(count) = list.pop_many(&mut out, 8) {
            assert!((1..=8).contains(&count));
        }
        assert!(out.iter().copied().eq(1..MANY));
        assert_lagging(&list);
        claim.write(0);
        assert_eq!(list.pop_many(&mut out, 8), Ok(1));
        assert_eq!(out.last(), Some(&0));
    });
}

/// Several senders stalled at once, going on in any order. What each sender sent before and
/// after (here: by whole messages beside) keeps its order.
#[test]
fn a_list_steps_over_several_unwritten_places() {
    beside_a_stopped_peer(|| {
        // The order in which the stalled senders go on.
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let list = List::new();
            let mut claims = Vec::new();
            for i in 0..3 {
                claims.push(Some(list.claim_push().expect("open")));
                (0..40).for_each(|j| list.push(100 * i + j).expect("open"));
            }
            let whole = (0..3).flat_map(|i| (0..40).map(move |j| 100 * i + j));
            assert!(pop_all(&list).into_iter().eq(whole));
            for (n, i) in order.into_iter().enumerate() {
                assert_lagging(&list);
                assert_eq!(list.len(), 3 - n);
                let claim = claims[i].take().expect("each goes on once");
                claim.write(1000 + i as u64);
                assert_eq!(list.pop(), Ok(1000 + i as u64), "{order:?}");
            }
            assert_eq!(list.pop(), Err(Refusal::Blocked));
            assert_eq!(list.len(), 0);
        }
    });
}

/// While it lags, others go on sending and receiving: block after block is taken out behind
/// the place that holds the first, and nothing is lost, repeated or leaked.
#[test]
fn a_list_works_on_behind_an_unwritten_place() {
    beside_a_stopped_peer(|| {
        let list = List::new();
        let claim = list.claim_push().expect("open");
        for i in 0..10 * MANY {
            list.push(i).expect("open");
            assert_eq!(list.pop(), Ok(i));
            assert_eq!(list.len(), 1);
        }
        claim.write(7);
        assert_eq!(list.pop(), Ok(7));
        assert!(list.is_empty());
        list.push(8).expect("open");
        assert_eq!(pop_all(&list), [8]);
    });
}
