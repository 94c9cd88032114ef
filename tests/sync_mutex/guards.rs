//! What the guards do, and what is left when they go.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use towpath::sync::{ArcMutexGuard, MappedMutexGuard, Mutex, MutexGuard};

use crate::common::{Place, watchdog};

#[test]
fn a_panic_lets_the_lock_go_and_does_not_poison_it() {
    let lock = Mutex::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        *lock.lock() = 2;
        let _held = lock.lock();
        panic!("with the lock held");
    }));
    assert!(outcome.is_err());
    assert_eq!(*lock.try_lock().expect("let go"), 2);
}

/// A part function that panics lets go, too.
#[test]
fn a_panic_while_mapping_lets_the_lock_go() {
    let lock = Arc::new(Mutex::new((1, 2)));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _part = MutexGuard::map(lock.lock(), |_| -> &mut i32 { panic!("no part") });
    }));
    assert!(outcome.is_err());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _part = ArcMutexGuard::map(lock.lock_arc(), |_| -> &mut i32 { panic!("no part") });
    }));
    assert!(outcome.is_err());
    assert!(!lock.is_locked());
    assert_eq!(Arc::strong_count(&lock), 1);
}

#[test]
fn a_panic_wakes_the_next() {
    watchdog(60, |crew| {
        let lock = Arc::new(Mutex::new(0));
        let held = lock.lock_arc();
        let waiting = {
            let lock = Arc::clone(&lock);
            crew.act(Place::Smol, "waiting", move |me| async move {
                me.at("locking", 0);
                *lock.lock_async().await += 1;
            })
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _held = held;
            panic!("with the lock held");
        }));
        assert!(outcome.is_err());
        waiting.join();
        assert_eq!(*lock.lock(), 1);
    });
}

#[test]
fn mapped_guards_hold_the_lock() {
    let lock = Arc::new(Mutex::new((vec![1, 2], String::from("three"))));
    let list = MutexGuard::map(lock.lock(), |pair| &mut pair.0);
    let mut second = MappedMutexGuard::try_map(list, |list| list.get_mut(1)).unwrap();
    assert!(lock.try_lock().is_none());
    *second = 20;
    drop(second);
    assert!(!lock.is_locked());

    let list = MutexGuard::map(lock.lock(), |pair| &mut pair.0);
    let list = MappedMutexGuard::try_map(list, |list| list.get_mut(9)).unwrap_err();
    assert_eq!(*list, [1, 20]);
    drop(list);
    let pair = MutexGuard::try_map(lock.lock(), |_| None::<&mut u8>).unwrap_err();
    assert_eq!(pair.1, "three");
    drop(pair);

    let text = ArcMutexGuard::try_map(lock.lock_arc(), |pair| Some(pair.1.as_mut_str())).unwrap();
    assert_eq!(&*text, "three");
    assert!(lock.is_locked());
    assert_eq!(Arc::strong_count(&lock), 2);
    drop(text);
    assert!(!lock.is_locked());
    assert_eq!(Arc::strong_count(&lock), 1);
    let pair = ArcMutexGuard::try_map(lock.lock_arc(), |_| None::<&mut u8>).unwrap_err();
    assert!(Arc::ptr_eq(ArcMutexGuard::mutex(&pair), &lock));
    drop(pair);
    assert!(!lock.is_locked());
}

#[test]
fn a_guard_may_be_dropped_elsewhere() {
    let lock = Mutex::new(Cell::new(1));
    let held = lock.lock();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            held.set(2);
            drop(held);
        });
    });
    assert_eq!(lock.into_inner().get(), 2);
}

#[test]
fn unsized_values() {
    let list: Box<Mutex<[i32]>> = Box::new(Mutex::new([3, 1, 2]));
    list.lock().sort_unstable();
    assert_eq!(*list.lock(), [1, 2, 3]);
    let shown: Arc<Mutex<dyn std::fmt::Debug + Send>> = Arc::new(Mutex::new(5));
    assert_eq!(format!("{:?}", &*shown.lock_arc()), "5");
}

#[test]
fn shown() {
    let lock = Mutex::new(5);
    assert_eq!(format!("{lock:?}"), "Mutex { value: 5, .. }");
    let held = lock.lock();
    assert_eq!(format!("{lock:?}"), "Mutex { value: <locked>, .. }");
    assert_eq!(format!("{held:?} {held}"), "5 5");
    let mapped = MutexGuard::map(held, |value| value);
    assert_eq!(format!("{mapped:?} {mapped}"), "5 5");
    assert_eq!(*Mutex::<i32>::default().lock(), 0);
    assert_eq!(*Mutex::from(7).lock(), 7);
}

/// The value is dropped once, with the lock.
#[test]
fn the_value_is_dropped_once() {
    let value = Arc::new(());
    let lock = Mutex::new(Arc::clone(&value));
    drop(lock.lock());
    assert_eq!(Arc::strong_count(&value), 2);
    drop(lock);
    assert_eq!(Arc::strong_count(&value), 1);
    let inner = Mutex::new(Arc::clone(&value)).into_inner();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(inner);
}
