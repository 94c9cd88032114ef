//! Wakers that have numbers, and may meddle: they give the world of their walk an occasion to act
//! whenever they are cloned, woken or dropped.
//!
//! All of a walk happens on one thread, so what they know is the thread's.

use super::world::World;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ptr;
use std::rc::Weak;
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread;

thread_local! {
    static ALIVE: Cell<i64> = const { Cell::new(0) };
    static WOKEN: RefCell<HashSet<usize>> = RefCell::default();
    static WORLD: RefCell<Weak<World>> = const { RefCell::new(Weak::new()) };
}

/// A walk begins: from now on the wakers are those of `world`.
pub(super) fn begin(world: Weak<World>) {
    ALIVE.set(0);
    WOKEN.take();
    WORLD.replace(world);
}

/// How many there are.
pub(super) fn alive() -> i64 {
    ALIVE.get()
}

/// The waker `number`, one of perhaps many. If it was woken, that is used up now.
pub(super) fn waker(number: usize) -> Waker {
    WOKEN.with_borrow_mut(|woken| woken.remove(&number));
    // SAFETY: the table keeps the contract. What a waker knows is its number; the rest belongs to
    // the thread that it is used from, so on another it would do nothing worse than count wrong.
    unsafe { Waker::from_raw(raw(number)) }
}

pub(super) fn is_woken(number: usize) -> bool {
    WOKEN.with_borrow(|woken| woken.contains(&number))
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

fn raw(number: usize) -> RawWaker {
    ALIVE.set(ALIVE.get() + 1);
    RawWaker::new(ptr::without_provenance(number), &TABLE)
}

fn clone(number: *const ()) -> RawWaker {
    meddle();
    raw(number.addr())
}

fn wake(number: *const ()) {
    wake_by_ref(number);
    drop_waker(number);
}

fn wake_by_ref(number: *const ()) {
    WOKEN.with_borrow_mut(|woken| woken.insert(number.addr()));
    meddle();
}

fn drop_waker(_: *const ()) {
    ALIVE.set(ALIVE.get() - 1);
    meddle();
}

fn meddle() {
    // A walk that has failed goes no further.
    if thread::panicking() {
        return;
    }
    let world = WORLD.with_borrow(Weak::upgrade);
    if let Some(world) = world {
        world.meddle();
    }
}
