//! The bounded ring by itself.

use loom::sync::Arc;
use loom::thread;
use towpath::queue::{Queue, Ring};
use towpath_loom_tests::{Ledger, Parcel, check};

use crate::queues::{self, assert_all, beside, drain, drain_closed, pop, with};

fn ring_of(capacity: usize, values: impl IntoIterator<Item = usize>) -> Arc<Ring<usize>> {
    with(Ring::new(capacity), values)
}

fn push(ring: &Ring<usize>, value: usize) {
    while ring.push(value).is_err() {
        thread::yield_now();
    }
}

#[test]
fn push_against_pop_keeps_the_order() {
    check(|| {
        let ring = ring_of(2, []);
        let producer = beside(&ring, |ring| (1..3).for_each(|value| push(ring, value)));
        let first = pop(&*ring);
        producer.join().unwrap();
        let all: Vec<_> = first.into_iter().chain(drain(&*ring)).collect();
        assert_eq!(all, [1, 2]);
    });
}

#[test]
fn slot_is_reused_only_after_its_message_was_read() {
    check(|| {
        let ring = ring_of(1, [1]);
        let producer = beside(&ring, |ring| push(ring, 2));
        let first = pop(&*ring);
        producer.join().unwrap();
        assert_eq!((first, pop(&*ring)), (Some(1), Some(2)));
    });
}

#[test]
fn two_pushes_claim_different_slots() {
    check(|| {
        let ring = ring_of(2, []);
        let other = beside(&ring, |ring| ring.push(1).is_ok());
        let mine = ring.push(2).is_ok();
        assert!(other.join().unwrap() && mine, "there was room for both");
        assert_all(drain(&*ring), 1..3);
    });
}

#[test]
fn two_pushes_race_for_the_last_place() {
    check(|| {
        let ring = ring_of(2, [0]);
        let other = beside(&ring, |ring| ring.push(1).map_err(|(why, _)| why));
        let mine = ring.push(2).map_err(|(why, _)| why);
        let other = other.join().unwrap();
        assert!(mine.is_ok() != other.is_ok(), "{mine:?}, {other:?}");
        assert_eq!(drain(&*ring), [0, if mine.is_ok() { 2 } else { 1 }]);
    });
}

#[test]
fn two_pops_take_different_messages() {
    check(|| {
        let ring = ring_of(3, 0..3);
        let other = beside(&ring, pop);
        let mine = pop(&*ring);
        let other = other.join().unwrap();
        assert!(mine.is_some() && other.is_some(), "there was one for each");
        assert_all(other.into_iter().chain(mine).chain(drain(&*ring)), 0..3);
    });
}

#[test]
fn batch_claim_against_single_pops() {
    check(|| {
        let ring = ring_of(3, 0..3);
        let single = beside(&ring, pop);
        let mut batch = Vec::new();
        let count = ring.pop_many(&mut batch, 2);
        assert_eq!(count, Ok(batch.len()));
        assert!(batch.is_sorted() && !batch.is_empty(), "{batch:?}");
        let single = single.join().unwrap();
        assert_all(single.into_iter().chain(batch).chain(drain(&*ring)), 0..3);
    });
}

#[test]
fn batch_push_against_single_push() {
    check(|| {
        let ring = ring_of(2, []);
        let single = beside(&ring, |ring| ring.push(9).is_ok());
        let mut values = vec![1, 2].into_iter();
        let count = ring.push_many(&mut values).unwrap_or(0);
        let single = single.join().unwrap();
        assert_eq!(count, 2 - values.len());
        assert_eq!(count + usize::from(single), 2, "both places are used");
        let all = drain(&*ring);
        let batch: Vec<_> = all.iter().copied().filter(|value| *value != 9).collect();
        assert_eq!(batch, [1, 2][..count]);
    });
}

#[test]
fn force_push_against_pop() {
    check(|| {
        let ring = ring_of(2, 0..2);
        let forced = beside(&ring, |ring| ring.force_push(2));
        let popped = pop(&*ring);
        let evicted = forced.join().unwrap().expect("the ring is open");
        let rest = drain(&*ring);
        assert!(rest.is_sorted() && rest.last() == Some(&2), "{rest:?}");
        assert_all(evicted.into_iter().chain(popped).chain(rest), 0..3);
    });
}

#[test]
fn force_push_against_force_push() {
    check(|| {
        let ring = ring_of(2, 0..2);
        let other = beside(&ring, |ring| ring.force_push(2));
        let mine = ring.force_push(3).expect("the ring is open");
        let other = other.join().unwrap().expect("the ring is open");
        assert_eq!(mine.is_some() as usize + other.is_some() as usize, 2);
        assert_all(mine.into_iter().chain(other).chain(drain(&*ring)), 0..4);
    });
}

/// A message that `force_push` says it added appears before the ring says that it is drained.
#[test]
fn force_push_against_close() {
    check(|| {
        let ring = ring_of(1, [0]);
        let forced = beside(&ring, |ring| ring.force_push(1));
        ring.close();
        let mut seen = drain_closed(&*ring);
        match forced.join().unwrap() {
            Ok(evicted) => seen.extend(evicted),
            Err(back) => seen.push(back),
        }
        assert_all(seen, 0..2);
    });
}

#[test]
fn close_against_push() {
    check(|| {
        let ledger = Ledger::default();
        let ring = Arc::new(Ring::<Parcel>::new(1));
        let parcel = ledger.parcel(1);
        let pushed = beside(&ring, move |ring| ring.push(parcel).is_ok());
        assert!(ring.close(), "nobody else closes it");
        let received = drain_closed(&*ring);
        assert_eq!(usize::from(pushed.join().unwrap()), received.len());
        drop((received, ring));
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn len_is_of_one_instant() {
    check(|| queues::len_is_of_one_instant(Ring::new(3)));
}

/// Two places are given up, the later one perhaps first, while a sender comes that steps over the earlier
/// one: no void is left at the head, which is room that nobody would be told of.
#[test]
fn places_given_up_against_a_push_that_steps_over_one() {
    check(|| {
        let ring = ring_of(2, []);
        let give_up = |ring: &Ring<usize>| {
            let place = ring.reserve().ok().flatten();
            place.map_or(0, |place| place.give_up())
        };
        let others = [beside(&ring, give_up), beside(&ring, give_up)];
        let _ = ring.push(7);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(ring.step_over(), 0, "a void is left at the head");
    });
}

/// The oldest place is reserved only once the ring has room again: so the message is added, and does not come
/// back.
#[test]
fn force_push_against_room_and_then_a_reserved_place() {
    check(|| {
        let ring = ring_of(2, 0..2);
        let forced = beside(&ring, |ring| ring.force_push(2));
        let popped = [pop(&*ring), pop(&*ring)];
        let place = ring.reserve().ok().flatten();
        let forced = forced.join().unwrap();
        assert_ne!(forced, Ok(Some(2)), "after {popped:?} there was room");
        if let Some(place) = place {
            place.give_up();
        }
    });
}

/// The place at the head is given up while a message is forced in, and one is taken: nothing is lost, nor comes twice,
/// and no void is left at the head.
#[test]
fn force_push_against_a_place_given_up_and_a_pop() {
    check(|| {
        let ring = ring_of(2, []);
        let place = ring.reserve().ok().flatten().expect("there is room");
        assert!(ring.push(0).is_ok());
        let forced = beside(&ring, |ring| {
            let out = ring.force_push(1).expect("the ring is open");
            if out.is_some() {
                ring.step_over();
            }
            out
        });
        place.give_up();
        let popped = pop(&*ring);
        ring.step_over();
        let out = forced.join().unwrap();
        assert_eq!(ring.step_over(), 0, "a void is left at the head");
        assert_all(out.into_iter().chain(popped).chain(drain(&*ring)), 0..2);
    });
}
