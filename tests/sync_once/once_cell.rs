//! `OnceCell`: the value, its owner, its drops. Who makes it is in `take_over`.

use crate::common::{Ledger, Place, poll_noop, watchdog};
use std::future::pending;
use std::sync::Arc;
use towpath::sync::OnceCell;

#[test]
fn a_value_is_dropped_once_wherever_it_is() {
    let ledger = Ledger::new();
    drop(OnceCell::from(ledger.token(1)));
    ledger.assert_live(0);

    let mut cell = OnceCell::new();
    assert!(cell.set(ledger.token(2)).is_ok());
    assert_eq!(cell.set(ledger.token(3)).map_err(|token| token.id), Err(3));
    ledger.assert_live(1);
    assert_eq!(cell.get_mut().unwrap().id, 2);
    assert_eq!(cell.take().map(|token| token.id), Some(2));
    assert!(cell.take().is_none() && cell.get_mut().is_none());
    ledger.assert_live(0);

    // Emptied, it can be filled again.
    assert_eq!(cell.get_or_init(|| ledger.token(4)).id, 4);
    assert_eq!(cell.into_inner().map(|token| token.id), Some(4));
    assert!(OnceCell::<u8>::new().into_inner().is_none());
    ledger.assert_live(0);
}

/// `set` and `try_insert` never wait, and do not get in the way of whoever is at it.
#[test]
fn setting_is_refused_while_somebody_makes_the_value() {
    let cell = OnceCell::new();
    let mut making = Box::pin(cell.get_or_init_async(pending::<u8>));
    assert!(poll_noop(&mut making).is_pending());
    assert_eq!(cell.set(1), Err(1));
    assert_eq!(cell.try_insert(2), Err(2));
    assert_eq!(cell.get(), None);
    drop(making);
    assert_eq!(cell.try_insert(3), Ok(&3));
    assert_eq!(cell.set(4), Err(4));
}

/// A future that is forgotten keeps its turn; whoever has the cell to itself takes that back.
#[test]
fn a_forgotten_initialiser_is_forgotten_by_the_owner_too() {
    let look = |cell: &mut OnceCell<u8>| assert_eq!(cell.get_mut(), None);
    let take = |cell: &mut OnceCell<u8>| assert_eq!(cell.take(), None);
    for alone in [look, take] {
        let mut cell = OnceCell::new();
        let mut making = Box::pin(cell.get_or_init_async(pending::<u8>));
        let mut waiting = Box::pin(cell.get_or_init_async(async || 1));
        let mut watching = Box::pin(cell.wait_async());
        assert!(poll_noop(&mut making).is_pending());
        assert!(poll_noop(&mut waiting).is_pending());
        assert!(poll_noop(&mut watching).is_pending());
        // Those in line as well: nobody looks for them any more.
        std::mem::forget((making, waiting, watching));
        assert_eq!(cell.set(2), Err(2));
        alone(&mut cell);
        assert_eq!(cell.set(3), Ok(()));
        assert_eq!(cell.into_inner(), Some(3));
    }
}

#[test]
fn errors_leave_the_cell_empty() {
    let cell = OnceCell::new();
    assert_eq!(cell.get_or_try_init(|| Err("no")), Err("no"));
    let making = cell.get_or_try_init_async(async || Err("no"));
    assert_eq!(pollster::block_on(making), Err("no"));
    assert_eq!(cell.get(), None);
    assert_eq!(cell.get_or_try_init(|| Ok::<_, ()>(5)), Ok(&5));
    let making = cell.get_or_try_init_async(async || Err("no"));
    assert_eq!(pollster::block_on(making), Ok(&5));
}

#[test]
fn clones_and_comparisons() {
    let (empty, five) = (OnceCell::new(), OnceCell::from(5));
    assert!(empty.clone() == empty && five.clone() == five && empty != five);
    empty.set(5).unwrap();
    assert_eq!(empty, five);
}

/// What was written by the one who made it is visible to everybody, however they wait.
#[test]
fn everybody_gets_the_value() {
    watchdog(60, |crew| {
        for round in 0..50_u64 {
            let cell = Arc::new(OnceCell::<Box<u64>>::new());
            let places = Place::TASKS.into_iter().chain([Place::Thread; 4]);
            let actors: Vec<_> = places
                .enumerate()
                .map(|(i, place)| {
                    let cell = Arc::clone(&cell);
                    crew.act(place, format!("wants it {i}"), move |me| async move {
                        me.at("waits", round);
                        match (me.blocks(), i % 2) {
                            (true, 0) => **cell.wait(),
                            (false, 0) => **cell.wait_async().await,
                            (true, _) => **cell.get_or_init(|| Box::new(round)),
                            (false, _) => **cell.get_or_init_async(async || Box::new(round)).await,
                        }
                    })
                })
                .collect();
            for actor in actors {
                assert_eq!(actor.join(), round);
            }
        }
    });
}

#[test]
fn reentry_from_the_same_thread_panics() {
    watchdog(60, |_| {
        let cell = OnceCell::<u8>::new();
        let make = std::panic::AssertUnwindSafe(|| *cell.get_or_init(|| *cell.get_or_init(|| 1)));
        assert!(std::panic::catch_unwind(make).is_err());
        assert_eq!(cell.get_or_init(|| 2), &2);
    });
}
