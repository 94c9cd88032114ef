//! Initialisers that race, fail and give up.

use std::future::pending;
use std::pin::pin;
use std::time::Instant;

use loom::sync::Arc;
use towpath::sync::{Once, OnceCell};
use towpath_loom_tests::{Alarm, Ledger, Parcel, check, poll_once, spawn};

fn cell<T>() -> Arc<OnceCell<T>> {
    Arc::new(OnceCell::new())
}

#[test]
fn init_against_init() {
    check(|| {
        let (ledger, cell) = (Ledger::default(), cell::<Parcel>());
        let (other, others) = (Arc::clone(&cell), ledger.clone());
        let thread = spawn(move || other.get_or_init(|| others.parcel(1)).id);
        let here = cell.get_or_init(|| ledger.parcel(2)).id;
        assert_eq!(thread.join().unwrap(), here);
        assert_eq!(ledger.live(), 1);
        drop(cell);
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn init_against_get_and_set() {
    check(|| {
        let (ledger, cell) = (Ledger::default(), cell::<Parcel>());
        let (other, others) = (Arc::clone(&cell), ledger.clone());
        let thread = spawn(move || other.get_or_init(|| others.parcel(1)).id);
        let seen = cell.get().map(|parcel| parcel.id);
        assert!(matches!(seen, None | Some(1)), "{seen:?}");
        let set = cell.set(ledger.parcel(2)).is_ok();
        let expected = if set { 2 } else { 1 };
        assert_eq!(thread.join().unwrap(), expected);
        assert_eq!(cell.get().map(|parcel| parcel.id), Some(expected));
        assert_eq!(ledger.live(), 1);
    });
}

#[test]
fn wait_against_init() {
    check(|| {
        let cell = cell::<Box<usize>>();
        let other = Arc::clone(&cell);
        let thread = spawn(move || **other.wait());
        cell.set(Box::new(5)).unwrap();
        assert_eq!(thread.join().unwrap(), 5);
    });
}

#[test]
fn async_wait_against_init() {
    check(|| {
        let cell = cell::<Box<usize>>();
        let other = Arc::clone(&cell);
        let thread = spawn(move || other.set(Box::new(5)));
        let value = Alarm::new().finish(pin!(cell.wait_async()));
        assert_eq!(**value, 5);
        thread.join().unwrap().unwrap();
    });
}

/// Out of time while everybody is told: whoever is in line behind is told as well.
#[test]
fn timeout_against_init() {
    check(|| {
        let once = Arc::new(Once::new());
        let other = Arc::clone(&once);
        let thread = spawn(move || other.wait_deadline(Instant::now()));
        let alarm = Alarm::new();
        let mut behind = pin!(once.wait_async());
        assert!(alarm.poll_into_line(behind.as_mut()).is_pending());
        let before = alarm.rings();
        once.call_once(|| {});
        assert_eq!(alarm.rings(), before + 1);
        assert!(alarm.poll(behind).is_ready());
        let _ = thread.join().unwrap();
    });
}

#[test]
fn dropped_watcher_against_init() {
    check(|| {
        let once = Arc::new(Once::new());
        let other = Arc::clone(&once);
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(once.wait_async());
        let mut stays = pin!(once.wait_async());
        assert!(first.poll(gives_up.as_mut()).is_pending());
        assert!(second.poll(stays.as_mut()).is_pending());
        let thread = spawn(move || other.call_once(|| {}));
        drop(gives_up);
        second.finish(stays);
        thread.join().unwrap();
    });
}

#[test]
fn failed_init_hands_over() {
    check(|| {
        let cell = cell::<usize>();
        let other = Arc::clone(&cell);
        let thread = spawn(move || other.get_or_try_init(|| Err(())).copied());
        assert_eq!(cell.get_or_init(|| 2), &2);
        assert!(matches!(thread.join().unwrap(), Err(()) | Ok(2)));
    });
}

/// The one that runs is dropped while a thread gets in line.
#[test]
fn dropped_init_hands_over_to_a_thread() {
    check(|| {
        let cell = cell::<usize>();
        let other = Arc::clone(&cell);
        let mut gives_up = Box::pin(cell.get_or_init_async(pending::<usize>));
        assert!(poll_once(gives_up.as_mut()).is_pending());
        let thread = spawn(move || *other.get_or_init(|| 2));
        drop(gives_up);
        assert_eq!(thread.join().unwrap(), 2);
    });
}

/// The one that was told to take over goes away: the next takes over.
#[test]
fn dropped_heir_hands_over_to_the_next() {
    check(|| {
        let cell = cell::<usize>();
        let other = Arc::clone(&cell);
        let (second, third) = (Alarm::new(), Alarm::new());
        let gate = Arc::new(Once::new());
        let opened = Arc::clone(&gate);
        let thread = spawn(move || {
            let init = async || {
                opened.wait_async().await;
                Err(())
            };
            Alarm::new()
                .finish(pin!(other.get_or_try_init_async(init)))
                .copied()
        });
        let mut heir = Box::pin(cell.get_or_init_async(async || 2));
        let mut next = Box::pin(cell.get_or_init_async(async || 3));
        let early = second.poll(heir.as_mut()).is_ready();
        let value = if early { 2 } else { 3 };
        let _ = third.poll(next.as_mut());
        gate.call_once(|| {});
        drop(heir);
        if cell.get().is_none() {
            assert_eq!(third.finish(next.as_mut()), &value);
        }
        let outcome = thread.join().unwrap();
        assert!(outcome == Err(()) || outcome == Ok(value), "{outcome:?}");
    });
}

/// Somebody comes by while the heir is told: one of the two does it, both have it.
#[test]
fn newcomer_against_heir() {
    check(|| {
        let cell = cell::<usize>();
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(cell.get_or_init_async(pending::<usize>));
        let mut heir = Box::pin(cell.get_or_init_async(async || 2));
        assert!(poll_once(gives_up.as_mut()).is_pending());
        assert!(alarm.poll(heir.as_mut()).is_pending());
        let other = Arc::clone(&cell);
        let thread = spawn(move || *other.get_or_init(|| 3));
        drop(gives_up);
        let here = *alarm.finish(heir.as_mut());
        assert_eq!(thread.join().unwrap(), here);
    });
}

/// The newcomer fails: the heir it overtook is told again.
#[test]
fn failing_newcomer_against_heir() {
    check(|| {
        let cell = cell::<usize>();
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(cell.get_or_init_async(pending::<usize>));
        let mut heir = Box::pin(cell.get_or_init_async(async || 2));
        assert!(poll_once(gives_up.as_mut()).is_pending());
        assert!(alarm.poll(heir.as_mut()).is_pending());
        let other = Arc::clone(&cell);
        let thread = spawn(move || other.get_or_try_init(|| Err(())).copied());
        drop(gives_up);
        assert_eq!(alarm.finish(heir.as_mut()), &2);
        assert!(matches!(thread.join().unwrap(), Err(()) | Ok(2)));
    });
}
