//! The allocator of this crate's programs: the system's, which counts while a survey asks it to.
//!
//! Outside a survey it costs each allocation one load of a word that nobody writes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

#[derive(Debug)]
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// ORDERING: all Relaxed. The switch is thrown while no other thread of the process allocates, and
// the counters are read after the threads that counted have been joined.
static ON: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

fn note(grown: i64, calls: u64) {
    if ON.load(Relaxed) {
        CALLS.fetch_add(calls, Relaxed);
        LIVE.fetch_add(grown, Relaxed);
    }
}

// SAFETY: every method hands its arguments to `System` and returns what that returned.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64, 1);
        // SAFETY: the caller keeps this method's contract, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64, 1);
        // SAFETY: the caller keeps this method's contract, which is `System`'s.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(-(layout.size() as i64), 0);
        // SAFETY: `block` came from `System` by way of this allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as i64 - layout.size() as i64, 1);
        // SAFETY: `block` came from `System` by way of this allocator.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What a piece of work took from the heap.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    pub allocations: u64,
    /// Bytes that are still there.
    pub bytes: i64,
}

/// Counts while `work` runs, on all threads.
pub fn count<R>(work: impl FnOnce() -> R) -> (R, Heap) {
    let (calls, live) = (CALLS.load(Relaxed), LIVE.load(Relaxed));
    ON.store(true, Relaxed);
    let result = work();
    ON.store(false, Relaxed);
    let heap = Heap {
        allocations: CALLS.load(Relaxed) - calls,
        bytes: LIVE.load(Relaxed) - live,
    };
    (result, heap)
}
