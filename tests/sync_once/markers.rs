//! Sizes, and what the types promise the compiler.

use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any, const_assert};
use std::cell::Cell;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::size_of;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard};
use towpath::sync::{
    Barrier, Event, Latch, Lazy, Notify, Once, OnceCell, OnceCellWait, WaitGroup, once_fn,
    once_value,
};

#[cfg(target_pointer_width = "64")]
mod sizes {
    use super::*;

    assert_eq_size!(Once, [u64; 7]);
    assert_eq_size!(OnceCell<()>, Once);
    assert_eq_size!(Lazy<()>, [u64; 8]);
    assert_eq_size!(WaitGroup, usize);
    assert_eq_size!(Latch, [u64; 4]);
    assert_eq_size!(Barrier, [u64; 8]);
    assert_eq_size!(Notify, [u64; 6]);
    assert_eq_size!(Event, Notify);
    const_assert!(size_of::<OnceCell<u64>>() == size_of::<Once>() + 8);
}

/// `Send` but not `Sync`.
type OnlySend = Cell<u8>;
/// `Sync` but not `Send`.
type OnlySync = MutexGuard<'static, u8>;

assert_impl_all!(Once: Send, Sync, Default, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(WaitGroup: Send, Sync, Default, Clone, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Barrier: Send, Sync, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Latch: Send, Sync, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Notify: Send, Sync, Default, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Event: Send, Sync, Debug, UnwindSafe, RefUnwindSafe);

assert_impl_all!(OnceCell<u8>: Send, Sync, Default, Clone, Eq, From<u8>, UnwindSafe, RefUnwindSafe);
// A value is made on one thread and used on others.
assert_impl_all!(OnceCell<OnlySend>: Send, Debug);
assert_not_impl_any!(OnceCell<OnlySend>: Sync);
assert_not_impl_any!(OnceCell<OnlySync>: Send, Sync);
assert_not_impl_any!(OnceCell<Rc<u8>>: Send, Sync);
assert_not_impl_any!(OnceCell<Cell<u8>>: RefUnwindSafe);

// Whoever waits elsewhere shares the value.
assert_impl_all!(OnceCellWait<'static, u8>: Send, Sync);
assert_not_impl_any!(OnceCellWait<'static, OnlySend>: Send, Sync);
assert_not_impl_any!(OnceCellWait<'static, OnlySync>: Send, Sync);

assert_impl_all!(Lazy<u8>: Send, Sync, Default, Debug, UnwindSafe, RefUnwindSafe);
// The closure is called by whoever comes first.
assert_impl_all!(Lazy<u8, OnlySend>: Send, Sync);
assert_not_impl_any!(Lazy<u8, Rc<u8>>: Send, Sync);
assert_not_impl_any!(Lazy<OnlySend>: Sync);
assert_not_impl_any!(Lazy<Rc<u8>>: Send, Sync);

static ONCE: Once = Once::new();
static CELL: OnceCell<String> = OnceCell::new();
static LAZY: Lazy<String> = Lazy::new(|| "lazy".to_string());
static BARRIER: Barrier = Barrier::new(1);
static LATCH: Latch = Latch::new(1);
static NOTIFY: Notify = Notify::new();
static EVENTS: [Event; 2] = [Event::auto_reset(), Event::manual_reset()];

#[test]
fn all_but_the_group_can_be_static() {
    ONCE.call_once(|| {});
    assert_eq!(CELL.get_or_init(|| "cell".to_string()), "cell");
    assert_eq!(LAZY.as_str(), "lazy");
    assert!(BARRIER.wait().is_leader());
    LATCH.count_down(1);
    LATCH.wait();
    NOTIFY.notify_one();
    NOTIFY.notified();
    for event in &EVENTS {
        event.set();
        event.wait();
    }
    let set = EVENTS.each_ref().map(Event::is_set);
    assert_eq!(set, [false, true]);
}

fn send<T: Send>(value: T) -> T {
    value
}

#[test]
fn operations_as_values_are_send() {
    let group = WaitGroup::new();
    drop(send(group.wait_others_async()));
    drop(send(group.wait_async()));
    drop(send(ONCE.wait_async()));
    drop(send(ONCE.call_once_async(async {})));
    drop(send(CELL.wait_async()));
    drop(send(CELL.get_or_init_async(async || String::new())));
    drop(send(BARRIER.wait_async()));
    drop(send(LATCH.wait_async()));
    drop(send(NOTIFY.notified_async()));
    drop(send(EVENTS[0].wait_async()));
}

/// Asks a value whose type has no name. Without the bound there is no inherent method, which goes
/// before that of a trait.
struct Asked<T>(PhantomData<T>);

impl<T: Send> Asked<T> {
    fn is_send(&self) -> bool {
        true
    }
}

impl<T: Sync> Asked<T> {
    fn is_sync(&self) -> bool {
        true
    }
}

trait Otherwise {
    fn is_send(&self) -> bool {
        false
    }
    fn is_sync(&self) -> bool {
        false
    }
}

impl<T> Otherwise for Asked<T> {}

fn ask<T>(_: T) -> Asked<T> {
    Asked(PhantomData)
}

macro_rules! send_and_sync {
    ($value:expr) => {{
        let asked = ask($value);
        (asked.is_send(), asked.is_sync())
    }};
}

/// All who call it share the value; the first to call runs the closure.
#[test]
fn closures_that_run_once_go_where_their_parts_may() {
    assert_eq!(send_and_sync!(once_value(|| 1)), (true, true));
    assert_eq!(send_and_sync!(once_value(|| Cell::new(1))), (true, false));
    assert_eq!(send_and_sync!(once_value(|| Rc::new(1))), (false, false));
    let guard = MUTEX.lock().unwrap();
    assert_eq!(send_and_sync!(once_fn(using(Cell::new(1)))), (true, true));
    assert_eq!(send_and_sync!(once_fn(using(Rc::new(1)))), (false, false));
    assert_eq!(send_and_sync!(once_fn(using(guard))), (false, false));
}

static MUTEX: Mutex<u8> = Mutex::new(1);

/// In a function of its own: what a closure captures is known once its function is compiled.
fn using<T>(value: T) -> impl FnOnce() {
    move || drop(value)
}

#[test]
fn debug_shows_the_state_and_asks_nothing_of_the_value() {
    struct Opaque;
    let cell: OnceCell<Opaque> = OnceCell::new();
    assert_eq!(format!("{cell:?}"), "OnceCell { filled: false, .. }");
    let lazy: Lazy<Opaque> = Lazy::new(|| Opaque);
    assert_eq!(format!("{lazy:?}"), "Lazy { made: false, .. }");
    assert_eq!(
        format!("{:?}", Once::new()),
        "Once { completed: false, .. }"
    );
    assert_eq!(format!("{:?}", WaitGroup::new()), "WaitGroup { len: 1 }");
    assert_eq!(
        format!("{:?}", Barrier::new(3)),
        "Barrier { parties: 3, .. }"
    );
    assert_eq!(format!("{:?}", Latch::new(3)), "Latch { count: 3, .. }");
    assert_eq!(
        format!("{:?}", Notify::new()),
        "Notify { permit: false, .. }"
    );
    assert_eq!(
        format!("{:?}", Event::auto_reset()),
        "Event { auto_reset: true, set: false, .. }"
    );
}
