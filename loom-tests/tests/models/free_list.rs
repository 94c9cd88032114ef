//! The free list.

use loom::sync::Arc;
use towpath::queue::FreeList;
use towpath_loom_tests::{Ledger, check};

use crate::queues::beside;

fn list_of(capacity: usize, values: impl IntoIterator<Item = usize>) -> Arc<FreeList<usize>> {
    let list = FreeList::new(capacity);
    for value in values {
        assert!(list.push(value).is_ok());
    }
    Arc::new(list)
}

fn drain(list: &FreeList<usize>) -> Vec<usize> {
    let mut all: Vec<_> = std::iter::from_fn(|| list.pop()).collect();
    all.sort_unstable();
    all
}

#[test]
fn push_against_pop() {
    check(|| {
        let list = list_of(1, []);
        let other = beside(&list, |list| list.push(1));
        let early = list.pop();
        other.join().unwrap().expect("there was room");
        let all: Vec<_> = early.into_iter().chain(drain(&list)).collect();
        assert_eq!(all, [1]);
    });
}

#[test]
fn two_pops_take_different_values() {
    check(|| {
        let list = list_of(2, 1..3);
        let other = beside(&list, |list| list.pop());
        let mine = list.pop();
        let other = other.join().unwrap();
        assert!(mine.is_some() && other.is_some() && mine != other);
        assert_eq!(drain(&list), []);
    });
}

#[test]
fn two_pushes_race_for_the_last_place() {
    check(|| {
        let list = list_of(1, []);
        let other = beside(&list, |list| list.push(1));
        let mine = list.push(2);
        let other = other.join().unwrap();
        assert!(mine.is_ok() != other.is_ok(), "{mine:?}, {other:?}");
        assert_eq!(drain(&list), [if mine.is_ok() { 2 } else { 1 }]);
    });
}

/// A pop reads what is below the top; meanwhile others take both and put one back, so that the same
/// node is on top of something else.
#[test]
fn slow_pop_is_not_fooled_by_a_node_that_came_back() {
    check(|| {
        let list = list_of(2, 1..3);
        let other = beside(&list, |list| list.pop());
        let mine: Vec<_> = [list.pop(), list.pop()].into_iter().flatten().collect();
        list.push(3).expect("there is room");
        let other = other.join().unwrap();
        let mut all: Vec<_> = mine.into_iter().chain(other).chain(drain(&list)).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3]);
    });
}

#[test]
fn values_left_inside_are_dropped_once() {
    check(|| {
        let ledger = Ledger::default();
        let list = Arc::new(FreeList::new(2));
        let parcel = ledger.parcel(1);
        let other = beside(&list, |list| list.push(parcel).is_ok());
        assert!(list.push(ledger.parcel(2)).is_ok());
        assert!(other.join().unwrap());
        drop(list);
        assert_eq!(ledger.live(), 0);
    });
}
