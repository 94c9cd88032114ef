//! The unbounded list. Its blocks have two slots under loom.

use loom::sync::Arc;
use towpath::queue::{Claims, List, PushClaim, Queue, Refusal};
use towpath_loom_tests::{check, check_beyond};

use crate::queues::{self, assert_all, beside, drain, drain_closed, pop, with};

fn list_of(values: impl IntoIterator<Item = usize>) -> Arc<List<usize>> {
    with(List::new(), values)
}

/// A receiver frees a block, and that very block is reused behind the next one: a position in it
/// must not be taken for the same position of its former life.
#[test]
fn reused_block_is_not_taken_for_the_one_it_was() {
    check(|| {
        let list = list_of([0, 1]);
        assert_eq!(pop(&*list), Some(0));
        let receiver = beside(&list, pop);
        for value in 2..5 {
            assert!(list.push(value).is_ok());
        }
        // Three messages are behind the first two, and at most one of them is taken.
        let mine = list.pop();
        assert!(
            matches!(mine, Ok(_) | Err(Refusal::Lagging)),
            "not empty, but {mine:?}"
        );
        let theirs = receiver.join().unwrap();
        assert_all(theirs.into_iter().chain(mine).chain(drain(&*list)), 1..5);
    });
}

/// The same by one thread, while another one is between reading `head` and reading `tail`.
#[test]
fn slow_look_is_not_fooled_by_a_block_that_came_back() {
    check(|| {
        let list = list_of(0..3);
        assert_eq!(pop(&*list), Some(0));
        let busy = beside(&list, |list| {
            let oldest = list.pop();
            assert!(list.push(3).is_ok() && list.push(4).is_ok());
            oldest
        });
        assert!(!list.is_empty(), "there is a message at every moment");
        let mine = list.pop();
        assert!(
            matches!(mine, Ok(_) | Err(Refusal::Lagging)),
            "not empty, but {mine:?}"
        );
        let theirs = busy.join().unwrap();
        assert_all(theirs.into_iter().chain(mine).chain(drain(&*list)), 1..5);
    });
}

#[test]
fn two_first_pushes_install_one_block() {
    check(|| {
        let list = list_of([]);
        let other = beside(&list, |list| list.push(1).is_ok());
        assert!(list.push(2).is_ok());
        assert!(other.join().unwrap());
        assert_all(drain(&*list), 1..3);
    });
}

#[test]
fn first_push_against_pop() {
    check(|| {
        let list = list_of([]);
        let sender = beside(&list, |list| list.push(1).is_ok());
        let early = pop(&*list);
        assert!(sender.join().unwrap());
        assert_all(early.into_iter().chain(drain(&*list)), [1]);
    });
}

#[test]
fn last_slot_of_a_block_races_with_pop() {
    check(|| {
        let list = list_of([0]);
        let sender = beside(&list, |list| (1..3).all(|value| list.push(value).is_ok()));
        let early: Vec<_> = [pop(&*list), pop(&*list)].into_iter().flatten().collect();
        assert!(sender.join().unwrap());
        let all: Vec<_> = early.into_iter().chain(drain(&*list)).collect();
        assert_eq!(all, [0, 1, 2]);
    });
}

#[test]
fn two_pushes_race_for_the_last_slot_of_a_block() {
    check(|| {
        let list = list_of([0]);
        let other = beside(&list, |list| list.push(1).is_ok());
        assert!(list.push(2).is_ok());
        assert!(other.join().unwrap());
        assert_all(drain(&*list), 0..3);
    });
}

#[test]
fn two_pops_race_over_the_end_of_a_block() {
    check(|| {
        let list = list_of(0..3);
        let other = beside(&list, pop);
        let mine = pop(&*list);
        let other = other.join().unwrap();
        assert!(mine.is_some() && other.is_some(), "there was one for each");
        assert_all(mine.into_iter().chain(other).chain(drain(&*list)), 0..3);
    });
}

/// The receiver may take a message ahead of a slot that was claimed first and is not filled. What
/// one sender sent comes out in its order all the same.
#[test]
fn stalled_sender_keeps_its_own_order() {
    check(|| queues::each_sender_keeps_its_own_order(List::new()));
}

/// As above, with both messages of the one sender behind a claim of the other's.
#[test]
fn message_is_taken_ahead_of_a_stalled_sender() {
    check(|| queues::message_is_taken_ahead_of_a_stalled_sender(List::new()));
}

/// What the first of them took ahead of its turn, the second one steps over.
#[test]
fn two_receivers_take_ahead_of_a_stalled_sender() {
    check(|| {
        let list = list_of([]);
        let claim = list.claim_push().expect("the list is open");
        assert!(list.push(20).is_ok() && list.push(21).is_ok());
        let other = beside(&list, |list| list.pop());
        let mine = list.pop();
        claim.write(10);
        let other = other.join().unwrap();
        assert_all(
            mine.into_iter().chain(other).chain(drain(&*list)),
            [10, 20, 21],
        );
    });
}

/// The sender behind a stalled one came after the receivers had looked at `tail`: what is taken ahead of
/// its turn lies beyond what they saw. Once that is all, the list says so at once.
#[test]
fn drained_after_a_message_was_taken_beyond_what_was_seen() {
    check(|| {
        let list = list_of([]);
        let claim = list.claim_push().expect("the list is open");
        assert_eq!(list.pop(), Err(Refusal::Lagging), "it is not filled");
        let other = beside(&list, |list| list.pop().ok());
        assert!(list.push(20).is_ok());
        let mine = list.pop().ok();
        claim.write(10);
        let mut all: Vec<_> = other.join().unwrap().into_iter().chain(mine).collect();
        while all.len() < 2 {
            all.push(list.pop().expect("nobody else is there"));
        }
        assert_eq!(list.probe_pop(), Err(Refusal::Blocked));
        assert_eq!(list.pop(), Err(Refusal::Blocked));
        assert_all(all, [10, 20]);
    });
}

/// A receiver looks at `head`, and steps inside when `head` is there again, in a reused block, at the end
/// of an empty list. What it takes then is a message that nobody had seen.
#[test]
fn drained_by_a_receiver_that_came_in_too_late() {
    check(|| {
        let list = list_of([0]);
        let late = beside(&list, |list| list.pop().ok());
        let mut all = Vec::new();
        all.extend(pop(&*list));
        assert!(list.push(1).is_ok());
        all.extend(pop(&*list));
        assert!(list.push(2).is_ok() && list.push(3).is_ok());
        all.extend([pop(&*list), pop(&*list)].into_iter().flatten());
        assert!(list.push(4).is_ok());
        all.extend(late.join().unwrap());
        while all.len() < 5 {
            all.push(list.pop().expect("nobody else is there"));
        }
        assert_eq!(list.probe_pop(), Err(Refusal::Blocked));
        assert_eq!(list.pop(), Err(Refusal::Blocked));
        assert_all(all, 0..5);
    });
}

/// One claim for two slots: the second is filled after the receiver passed the first.
#[test]
fn batch_is_not_taken_from_its_middle() {
    check(|| {
        let list = list_of([]);
        let sender = beside(&list, |list| {
            let mut batch = vec![10, 11].into_iter();
            while batch.len() > 0 {
                assert!(list.push_many(&mut batch).is_ok());
            }
        });
        let early = list.pop().ok();
        sender.join().unwrap();
        let all: Vec<_> = early.into_iter().chain(drain(&*list)).collect();
        assert_eq!(all, [10, 11]);
    });
}

#[test]
fn batch_claim_against_single_pops() {
    check(|| {
        let list = list_of(0..3);
        let single = beside(&list, pop);
        let mut batch = Vec::new();
        let outcome = list.pop_many(&mut batch, 2);
        assert!(outcome == Ok(batch.len()) || outcome == Err(Refusal::Lagging));
        assert!(batch.is_sorted(), "{batch:?}");
        let single = single.join().unwrap();
        assert_all(single.into_iter().chain(batch).chain(drain(&*list)), 0..3);
    });
}

#[test]
fn batch_push_against_single_push() {
    check(|| {
        let list = list_of([0, 1]);
        let single = beside(&list, |list| list.push(9).is_ok());
        let mut values = vec![2, 3].into_iter();
        while values.len() > 0 {
            assert!(list.push_many(&mut values).is_ok());
        }
        assert!(single.join().unwrap());
        let all = drain(&*list);
        let batch: Vec<_> = all.iter().copied().filter(|value| *value != 9).collect();
        assert_eq!(batch, [0, 1, 2, 3]);
        assert_eq!(all.len(), 5);
    });
}

#[test]
fn len_while_a_block_is_installed() {
    check(|| {
        let list = list_of([0]);
        let sender = beside(&list, |list| (1..3).all(|value| list.push(value).is_ok()));
        let len = list.len();
        assert!((1..=3).contains(&len), "{len}");
        assert!(sender.join().unwrap());
        assert_eq!(list.len(), 3);
        assert_eq!(drain(&*list), [0, 1, 2]);
        assert_eq!(list.len(), 0);
    });
}

#[test]
fn is_empty_while_a_block_is_left() {
    check(|| {
        let list = list_of(0..3);
        let receiver = beside(&list, |list| (pop(list), pop(list)));
        assert!(!list.is_empty(), "one message is never taken");
        assert_eq!(receiver.join().unwrap(), (Some(0), Some(1)));
        assert_eq!(drain(&*list), [2]);
        assert!(list.is_empty());
    });
}

#[test]
fn close_against_push() {
    check(|| {
        let list = list_of([0]);
        let sender = beside(&list, |list| list.push(1).is_ok());
        assert!(list.close(), "nobody else closes it");
        let seen = drain_closed(&*list);
        let accepted = sender.join().unwrap();
        assert_eq!(seen, [0, 1][..1 + usize::from(accepted)]);
    });
}

/// The first block is there before its first place is claimed, and that is no message: whoever sees one sees it
/// again, as nobody takes any.
#[test]
fn emptiness_beside_the_first_push() {
    check_beyond(3, || {
        let list = list_of([]);
        let sender = beside(&list, |list| assert!(list.push(1).is_ok()));
        let looks = [list.is_empty(), list.is_empty()];
        assert_ne!(looks, [false, true], "nobody took the message");
        sender.join().unwrap();
    });
}
