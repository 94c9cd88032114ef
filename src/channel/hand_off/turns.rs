//! Workers of an executor take turns at a channel.
//!
//! Two processors that operate a channel at once move its lines between their caches at each operation,
//! which takes longer than the operation. A task that finds that another worker was here last therefore
//! lets it go on alone for some dozens of operations, as long as it is at work, and then is alone itself.
//! Threads do not: each of them has but one thing to do, and waits for the other.

use crate::sys::{hint, thread};
use crate::wait::Patience;

/// Before each look at whether the other one is at work: the first one is soon, since most of the time it is
/// not.
const FIRST_PAUSES: u32 = if cfg!(towpath_loom) { 1 } else { 5 };
const PAUSES: u32 = 50;
/// At most as many looks: twenty microseconds.
const LOOKS: u32 = if cfg!(towpath_loom) { 1 } else { 16 };

/// Who had the lock last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Part of the number of the thread that polled, or of none.
    worker: u16,
    /// Counts operations.
    operation: u16,
}

const NOBODY: u16 = 0;

impl Turn {
    pub(super) fn nobodys() -> Self {
        Self {
            worker: NOBODY,
            operation: 0,
        }
    }

    /// Takes note of an operation. False, and it does not, if a poll was not on the same worker as the last.
    #[inline(always)]
    pub(super) fn begin(&mut self, patience: Patience) -> bool {
        match patience {
            Patience::Block => self.take(NOBODY),
            Patience::Poll if self.worker == this_worker() => self.take(self.worker),
            Patience::Poll => return false,
        }
        true
    }

    #[inline(always)]
    fn take(&mut self, worker: u16) {
        self.worker = worker;
        self.operation = self.operation.wrapping_add(1);
    }

    /// True if it was a worker, too, who was here last.
    pub(super) fn is_a_workers(self) -> bool {
        self.worker != NOBODY
    }

    /// Whoever was here last is out of the way.
    pub(super) fn take_over(&mut self) {
        self.take(this_worker());
    }
}

/// Waits while another worker is at work: while `look` shows another turn than before, or is in its way.
pub(super) fn wait_for(mut before: Turn, look: impl Fn() -> Option<Turn>) {
    for round in 0..LOOKS {
        let pauses = if round == 0 { FIRST_PAUSES } else { PAUSES };
        (0..pauses).for_each(|_| hint::spin_loop());
        match look() {
            Some(now) if now == before || !now.is_a_workers() => return,
            Some(now) => before = now,
            None => {}
        }
    }
}

/// Threads are at least a page apart. (One whose number is that of nobody never waits.)
#[inline(always)]
fn this_worker() -> u16 {
    let number = thread::id();
    let part = if cfg!(towpath_loom) {
        number
    } else {
        number >> 12
    };
    part as u16
}
