//! `Lazy`, `once_fn`, `once_value`.

use crate::common::{Ledger, watchdog};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use towpath::sync::{Barrier, Lazy, once_fn, once_value};

/// What a call panics with.
fn payload_of<R>(call: impl FnOnce() -> R) -> Box<dyn Any + Send> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(_) => panic!("it did not panic"),
        Err(payload) => payload,
    }
}

fn text_of<R>(call: impl FnOnce() -> R) -> String {
    let payload = payload_of(call);
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.unwrap_or_else(|| *payload.downcast().expect("a text"))
}

#[test]
fn a_lazy_value_is_made_once_and_dropped_once() {
    let ledger = Ledger::new();
    let runs = AtomicUsize::new(0);
    let lazy = Lazy::new(|| ledger.token(runs.fetch_add(1, Ordering::SeqCst) as u64));
    assert!(Lazy::get(&lazy).is_none());
    std::thread::scope(|scope| {
        let ids = [0; 4].map(|_| scope.spawn(|| lazy.id));
        assert_eq!(ids.map(|id| id.join().unwrap()), [0; 4]);
    });
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    ledger.assert_live(1);
    drop(lazy);
    ledger.assert_live(0);
}

/// Its closure is dropped when it was called, or with the value that was never made.
#[test]
fn an_unused_closure_is_dropped_with_the_lazy_value() {
    let ledger = Ledger::new();
    let token = ledger.token(1);
    drop(Lazy::<u64, _>::new(move || { token }.id));
    ledger.assert_live(0);
    let token = ledger.token(2);
    let lazy = Lazy::new(move || { token }.id);
    assert_eq!(*lazy, 2);
    ledger.assert_live(0);
}

#[test]
fn a_lazy_value_whose_closure_panicked_panics_for_ever() {
    let lazy = Lazy::<u8>::new(|| panic!("planned"));
    assert_eq!(text_of(|| *lazy), "planned");
    for _ in 0..2 {
        assert!(text_of(|| *lazy).contains("before"));
    }
}

/// Everybody who waits for a lazy value whose closure panics finds out.
#[test]
fn all_who_wait_for_a_panicking_closure_find_out() {
    watchdog(60, |crew| {
        static ALL: Barrier = Barrier::new(6);
        static LAZY: Lazy<u8> = Lazy::new(|| {
            std::thread::yield_now();
            std::panic::resume_unwind(Box::new("planned"))
        });
        let threads = [0; 6].map(|_| {
            crew.thread("user", |_| {
                ALL.wait();
                text_of(|| *LAZY)
            })
        });
        let texts = threads.map(|thread| thread.join());
        let planned = texts.iter().filter(|&text| text == "planned").count();
        assert_eq!(planned, 1, "{texts:?}");
    });
}

#[test]
fn a_lazy_value_that_needs_itself_panics() {
    watchdog(60, |_| {
        static SELF: Lazy<u8> = Lazy::new(|| *SELF + 1);
        assert!(text_of(|| *SELF).contains("itself"));
    });
}

#[test]
fn once_fn_runs_once() {
    let runs = AtomicUsize::new(0);
    let call = once_fn(|| _ = runs.fetch_add(1, Ordering::SeqCst));
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(&call))));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn once_value_clones_its_result() {
    let make = once_value(|| vec![1, 2]);
    assert_eq!((make(), make()), (vec![1, 2], vec![1, 2]));
}

/// As Go documents it: every call panics, with the same.
#[test]
fn every_call_panics_if_one_did() {
    let call = once_fn(|| panic!("planned"));
    for _ in 0..3 {
        assert_eq!(text_of(&call), "planned");
    }
    let number = 7;
    let formatted = once_value(|| -> u8 { panic!("planned {number}") });
    for _ in 0..3 {
        assert_eq!(text_of(&formatted), "planned 7");
    }
    // The one that ran it gets the very payload, the others a text.
    let other = once_fn(|| panic_any(number));
    assert_eq!(payload_of(&other).downcast_ref(), Some(&7));
    assert!(text_of(&other).contains("not with text"));
}
