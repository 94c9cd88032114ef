//! Sizes, and which types may go where.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, MutexGuard as StdGuard};

use static_assertions::{assert_impl_all, assert_not_impl_any, const_assert};
use towpath::sync::{
    ArcMappedMutexGuard, ArcMutexFut, ArcMutexGuard, Condvar, CondvarFut, KeyedMutex,
    KeyedMutexFut, KeyedMutexGuard, MappedMutexGuard, Mutex, MutexFut, MutexGuard,
};

const_assert!(size_of::<Mutex<()>>() <= 32);
const_assert!(size_of::<Mutex<u64>>() <= 40);
const_assert!(size_of::<MutexGuard<'static, u64>>() == size_of::<usize>());
const_assert!(size_of::<Option<MutexGuard<'static, u64>>>() == size_of::<usize>());
const_assert!(size_of::<MappedMutexGuard<'static, u64>>() == 2 * size_of::<usize>());

// A value that may be sent is enough for everything but sharing a guard.
type Sent = Cell<u8>;
assert_impl_all!(Mutex<Sent>: Send, Sync);
assert_impl_all!(MutexFut<'static, Sent>: Send);
assert_impl_all!(ArcMutexFut<Sent>: Send);
assert_impl_all!(MutexGuard<'static, Sent>: Send);
assert_impl_all!(ArcMutexGuard<Sent>: Send);
assert_impl_all!(MappedMutexGuard<'static, Sent>: Send);
assert_impl_all!(ArcMappedMutexGuard<Sent, Sent>: Send);
assert_not_impl_any!(MutexGuard<'static, Sent>: Sync);
assert_not_impl_any!(ArcMutexGuard<Sent>: Sync);
assert_not_impl_any!(MappedMutexGuard<'static, Sent>: Sync);
assert_not_impl_any!(ArcMappedMutexGuard<u8, Sent>: Sync);
assert_impl_all!(MutexGuard<'static, u8>: Sync);
assert_impl_all!(ArcMappedMutexGuard<u8, u8>: Sync);

// One that may only be shared: nothing at all.
type Shared = StdGuard<'static, u8>;
assert_impl_all!(Shared: Sync);
assert_not_impl_any!(Mutex<Shared>: Send, Sync);
assert_not_impl_any!(MutexGuard<'static, Shared>: Send);
assert_not_impl_any!(ArcMutexGuard<Shared>: Send, Sync);
assert_not_impl_any!(MappedMutexGuard<'static, Shared>: Send);

// One that stays where it is.
assert_not_impl_any!(Mutex<Rc<u8>>: Send, Sync);
assert_not_impl_any!(MutexFut<'static, Rc<u8>>: Send);
assert_not_impl_any!(MutexGuard<'static, Rc<u8>>: Send, Sync);
assert_not_impl_any!(ArcMappedMutexGuard<Rc<u8>, u8>: Send, Sync);

const_assert!(size_of::<Condvar>() <= 32);
assert_impl_all!(Condvar: Send, Sync);
assert_impl_all!(CondvarFut<'static, MutexGuard<'static, Sent>>: Send);
assert_not_impl_any!(CondvarFut<'static, MutexGuard<'static, Rc<u8>>>: Send);

assert_impl_all!(KeyedMutex<u8>: Send, Sync);
assert_impl_all!(KeyedMutexGuard<'static, u8>: Send, Sync);
assert_impl_all!(KeyedMutexFut<'static, u8>: Send);
// Keys are compared by whoever comes: sharing the locks shares and sends the keys.
assert_not_impl_any!(KeyedMutex<Rc<u8>>: Send, Sync);
assert_not_impl_any!(KeyedMutexGuard<'static, Rc<u8>>: Send, Sync);
assert_not_impl_any!(KeyedMutex<Cell<u8>>: Sync);

static CHANGED: Condvar = Condvar::new();
static COUNT: Mutex<u64> = Mutex::new(0);

#[test]
fn made_at_compile_time() {
    *COUNT.lock() += 1;
    assert!(!CHANGED.notify_one());
    assert_eq!(*COUNT.lock(), 1);
    let array = [const { Mutex::new(None::<String>) }; 3];
    *array[1].lock() = Some("set".into());
    assert!(array[0].lock().is_none());
}

/// The value comes along with an owned guard that outlives every other handle.
#[test]
fn an_owned_guard_keeps_the_lock_alive() {
    let lock = Arc::new(Mutex::new(5));
    let held = lock.lock_arc();
    drop(lock);
    assert_eq!(*held, 5);
}
