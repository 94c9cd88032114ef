//! A peer that was stopped halfway through a receive.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use towpath::{Receiver, Sender, unbounded};

/// Enough for a receiver to be done with more blocks of the list than are kept.
pub(crate) const MESSAGES: u64 = 200;

/// The system's; but a thread that is told so stops as it frees a block of a list, which it does inside.
struct Stalling;

#[global_allocator]
static ALLOCATOR: Stalling = Stalling;

thread_local! {
    /// Of the peer that this thread is, null if it is none.
    static STALL: Cell<*const Stall> = const { Cell::new(ptr::null()) };
}

// SAFETY: the system's, with pauses.
unsafe impl GlobalAlloc for Stalling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.align() >= 128 {
            let stall = STALL.replace(ptr::null());
            // SAFETY: the thread has it until it ends.
            if let Some(stall) = unsafe { stall.as_ref() } {
                stall.hold();
            }
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[derive(Default)]
struct Stall {
    is_reached: AtomicBool,
    is_over: AtomicBool,
}

impl Stall {
    fn hold(&self) {
        self.is_reached.store(true, Ordering::SeqCst);
        while !self.is_over.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    }
}

/// A receiver that is stopped inside the list, until this is dropped.
pub(crate) struct StalledPeer {
    stall: Arc<Stall>,
    thread: Option<JoinHandle<()>>,
}

impl StalledPeer {
    /// Leaves messages behind it.
    pub(crate) fn start((tx, rx): (&Sender<u64>, &Receiver<u64>)) -> Self {
        tx.send_many(0..MESSAGES).unwrap();
        let stall = Arc::new(Stall::default());
        let (rx, own) = (rx.clone(), stall.clone());
        let thread = thread::spawn(move || {
            STALL.set(Arc::as_ptr(&own));
            while !own.is_reached.load(Ordering::SeqCst) {
                rx.try_recv().expect("it stops before it has them all");
            }
        });
        while !stall.is_reached.load(Ordering::SeqCst) {
            assert!(!thread.is_finished(), "it was to stop");
            thread::yield_now();
        }
        Self {
            stall,
            thread: Some(thread),
        }
    }

    pub(crate) fn go_on(&self) {
        self.stall.is_over.store(true, Ordering::SeqCst);
    }
}

impl Drop for StalledPeer {
    fn drop(&mut self) {
        self.go_on();
        let joined = self.thread.take().expect("joined once").join();
        assert!(joined.is_ok() || thread::panicking());
    }
}

/// A channel with messages, and a receiver in the way of them.
pub(crate) fn stalled() -> (Sender<u64>, Receiver<u64>, StalledPeer) {
    let (tx, rx) = unbounded();
    let peer = StalledPeer::start((&tx, &rx));
    (tx, rx, peer)
}
