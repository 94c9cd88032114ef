//! Every form of every operation, sizes, markers, drops and panics.

use crate::common::{Ledger, ready, watchdog};
use static_assertions::{assert_impl_all, assert_not_impl_any, const_assert};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use towpath::sync::{
    ArcRwMutexMappedWriteGuard, ArcRwMutexReadGuard, ArcRwMutexWriteGuard, RwMutex,
    RwMutexMappedReadGuard, RwMutexReadGuard, RwMutexUpgradableReadGuard, RwMutexWriteGuard,
};

const_assert!(size_of::<RwMutex<()>>() <= 32);
const_assert!(size_of::<RwMutex<[u64; 8]>>() <= 32 + 64);
const_assert!(size_of::<RwMutexReadGuard<'_, [u64; 8]>>() == size_of::<usize>());
const_assert!(size_of::<ArcRwMutexWriteGuard<u8>>() == size_of::<usize>());

assert_impl_all!(RwMutex<Cell<u8>>: Send);
assert_not_impl_any!(RwMutex<Cell<u8>>: Sync);
assert_not_impl_any!(RwMutex<Rc<u8>>: Send, Sync);
assert_impl_all!(RwMutex<String>: Send, Sync);
assert_impl_all!(RwMutexReadGuard<'static, String>: Send, Sync);
assert_impl_all!(RwMutexWriteGuard<'static, String>: Send, Sync);
assert_impl_all!(RwMutexUpgradableReadGuard<'static, String>: Send, Sync);
assert_impl_all!(ArcRwMutexReadGuard<String>: Send, Sync);
assert_impl_all!(RwMutexMappedReadGuard<'static, str>: Send, Sync);
assert_impl_all!(ArcRwMutexMappedWriteGuard<String, str>: Send, Sync);
assert_not_impl_any!(RwMutexReadGuard<'static, Cell<u8>>: Send, Sync);
assert_not_impl_any!(RwMutexWriteGuard<'static, Cell<u8>>: Send, Sync);
assert_not_impl_any!(RwMutexWriteGuard<'static, Rc<u8>>: Send, Sync);
assert_not_impl_any!(RwMutexMappedReadGuard<'static, Cell<u8>>: Send, Sync);
assert_not_impl_any!(ArcRwMutexMappedWriteGuard<Rc<u8>, u8>: Send, Sync);

static COUNT: RwMutex<u64> = RwMutex::new(7);

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn a_static_lock() {
    *COUNT.write() += 1;
    assert_eq!(*COUNT.read(), 8);
}

/// Consumes the guard: one that stays in an expression would be in the way of the next.
fn had<G>(guard: Option<G>) -> bool {
    guard.is_some()
}

/// `[read, write, upgradable_read]`: whether each could be had now, tried in every form.
fn possible(lock: &Arc<RwMutex<u64>>) -> [bool; 3] {
    let soon = || Instant::now() + SHORT;
    let forms = [
        [
            had(lock.try_read()),
            had(lock.read_timeout(SHORT)),
            had(lock.read_deadline(soon())),
            had(lock.try_read_arc()),
            had(lock.read_arc_timeout(SHORT)),
            had(lock.read_arc_deadline(soon())),
            had(lock.read_async().wait_timeout(SHORT)),
            had(lock.read_arc_async().wait_timeout(SHORT)),
        ],
        [
            had(lock.try_write()),
            had(lock.write_timeout(SHORT)),
            had(lock.write_deadline(soon())),
            had(lock.try_write_arc()),
            had(lock.write_arc_timeout(SHORT)),
            had(lock.write_arc_deadline(soon())),
            had(lock.write_async().wait_timeout(SHORT)),
            had(lock.write_arc_async().wait_timeout(SHORT)),
        ],
        [
            had(lock.try_upgradable_read()),
            had(lock.upgradable_read_timeout(SHORT)),
            had(lock.upgradable_read_deadline(soon())),
            had(lock.try_upgradable_read_arc()),
            had(lock.upgradable_read_arc_timeout(SHORT)),
            had(lock.upgradable_read_arc_deadline(soon())),
            had(lock.upgradable_read_async().wait_timeout(SHORT)),
            had(lock.upgradable_read_arc_async().wait_timeout(SHORT)),
        ],
    ];
    forms.map(|outcomes| {
        assert!(
            outcomes.iter().all(|one| *one == outcomes[0]),
            "{outcomes:?}"
        );
        outcomes[0]
    })
}

#[test]
fn who_excludes_whom() {
    watchdog(60, |_| {
        let lock = Arc::new(RwMutex::new(5));
        assert_eq!(possible(&lock), [true, true, true], "free");
        let reader = lock.read();
        assert_eq!(possible(&lock), [true, false, true], "a reader");
        let upgradable = lock.upgradable_read();
        assert_eq!(possible(&lock), [true, false, false], "both");
        drop(reader);
        assert_eq!(
            possible(&lock),
            [true, false, false],
            "an upgradable reader"
        );
        drop(upgradable);
        let writer = lock.write();
        assert_eq!(possible(&lock), [false, false, false], "a writer");
        drop(writer);
        let others = [lock.read_arc(), ready(lock.read_arc_async())];
        assert_eq!(possible(&lock), [true, false, true], "readers");
        drop(others);
        let writer = lock.write_arc();
        assert_eq!(possible(&lock), [false, false, false], "a writer");
        drop(writer);
        let upgradable = lock.upgradable_read_arc();
        assert_eq!(
            possible(&lock),
            [true, false, false],
            "an upgradable reader"
        );
        drop(upgradable);
        assert_eq!(possible(&lock), [true, true, true], "free again");
    });
}

#[test]
fn value_in_and_out() {
    let mut lock = RwMutex::from(1);
    *lock.get_mut() += 1;
    *ready(lock.write_async()) += 1;
    assert_eq!(lock.into_inner(), 3);
    assert_eq!(RwMutex::<u8>::default().into_inner(), 0);
    let unsized_lock: &RwMutex<[u8]> = &RwMutex::new([1, 2, 3]);
    unsized_lock.write()[1] = 7;
    assert_eq!(&*unsized_lock.read(), [1, 7, 3]);
}

#[test]
fn debug_shows_the_value_unless_it_is_locked() {
    let lock = RwMutex::new(5);
    assert_eq!(format!("{lock:?}"), "RwMutex { value: 5, .. }");
    let guard = lock.write();
    assert_eq!(
        format!("{lock:?} {guard:?} {guard}"),
        "RwMutex { value: <locked>, .. } 5 5"
    );
}

#[test]
fn a_panic_lets_the_lock_go() {
    let lock = RwMutex::new(0);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut guard = lock.write();
        *guard = 1;
        panic!("planned");
    }));
    assert!(panicked.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let guard = lock.read();
        let _ = RwMutexReadGuard::map(guard, |_| -> &u8 { panic!("planned") });
    }));
    assert!(panicked.is_err());
    assert_eq!(*lock.try_write().expect("both let go"), 1);
}

#[test]
fn mapped_guards_hold_the_lock() {
    let lock = Arc::new(RwMutex::new((1, String::from("one"))));
    let name = RwMutexReadGuard::map(lock.read(), |pair| pair.1.as_str());
    assert!(lock.try_write().is_none());
    let byte = RwMutexMappedReadGuard::try_map(name, |name| name.as_bytes().first()).unwrap();
    assert_eq!(*byte, b'o');
    drop(byte);
    let number = ArcRwMutexWriteGuard::map(lock.write_arc(), |pair| &mut pair.0);
    assert!(lock.try_read().is_none());
    let mut number = ArcRwMutexMappedWriteGuard::map(number, |number| number);
    *number += 1;
    drop(number);
    let guard = RwMutexWriteGuard::try_map(lock.write(), |_| None::<&mut u8>).unwrap_err();
    assert_eq!(guard.0, 2);
    drop(guard);
    assert!(lock.try_write().is_some());
}

#[test]
fn the_value_is_dropped_once() {
    let ledger = Ledger::new();
    let lock = Arc::new(RwMutex::new(ledger.token(1)));
    let guard = lock.read_arc();
    drop(lock);
    ledger.assert_live(1);
    drop(guard);
    ledger.assert_live(0);
    drop(RwMutex::new(ledger.token(2)).into_inner());
    ledger.assert_live(0);
}

#[test]
fn guards_travel() {
    watchdog(60, |crew| {
        let lock = Arc::new(RwMutex::new(0));
        let guard = lock.write_arc();
        crew.thread("taker", move |_| drop(guard)).join();
        assert!(lock.try_write().is_some());
    });
}
