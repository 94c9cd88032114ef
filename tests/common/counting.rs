//! A global allocator that counts: for the binaries that measure memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

pub(crate) struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LIVE_BYTES: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    // Constant and without a destructor, so that the allocator may use it at any time.
    static ENROLLED: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, its thread's memory is counted. (The test harness's is not, nor what
/// an actor does to report that it has finished.)
pub(crate) struct Enrolled(());

pub(crate) fn enrol() -> Enrolled {
    park_a_lock();
    ENROLLED.set(true);
    Enrolled(())
}

/// The first lock that a thread has to wait for makes parking_lot's table of sleepers grow, for
/// good. Done before anything is counted: which lock is found taken is chance.
pub(crate) fn park_a_lock() {
    let lock = Mutex::new(());
    Condvar::new().wait_for(&mut lock.lock(), Duration::ZERO);
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        ENROLLED.set(false);
    }
}

/// Allocations by the enrolled threads so far.
pub(crate) fn allocations() -> usize {
    ALLOCATIONS.load(Ordering::SeqCst)
}

/// Bytes allocated less bytes freed by the enrolled threads.
pub(crate) fn live_bytes() -> isize {
    LIVE_BYTES.load(Ordering::SeqCst)
}

fn book(allocations: usize, bytes: isize) {
    if ENROLLED.get() {
        ALLOCATIONS.fetch_add(allocations, Ordering::SeqCst);
        LIVE_BYTES.fetch_add(bytes, Ordering::SeqCst);
    }
}

// SAFETY: every method passes its arguments on to `System`, which keeps the
// contract; `book` neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        book(1, layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    // Not left to the default, which would touch (and so make resident) every page.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        book(1, layout.size() as isize);
        // SAFETY: the caller keeps `alloc_zeroed`'s contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        book(1, size as isize - layout.size() as isize);
        // SAFETY: the caller keeps `realloc`'s contract.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        book(0, -(layout.size() as isize));
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(memory, layout) }
    }
}
