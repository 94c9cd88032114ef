//! Workers of an executor take turns at a channel, while all they do is to operate it.
//!
//! Two processors that operate a channel at once move its lines between their caches at each operation,
//! which takes longer than the operation. A task that finds that another worker was here last therefore
//! looks whether that one does nothing else just now, and lets it go on alone for as long as that is so, for
//! some hundreds of operations at most. Then it is alone itself.
//!
//! Where tasks do something between two messages there is more to gain from doing it at the same time than
//! from a channel that stays in one cache, even if it is but a tenth of a microsecond. So nobody waits there,
//! and looks that were in vain get rare: each time, twice as many changes of workers go by without one.
//!
//! Threads do not take turns: each of them has but one thing to do, and waits for the other.

use crate::channel::tries::Tries;
use crate::sys::{hint, thread};
use crate::wait::Patience;

/// Before the first look.
const FIRST_PAUSES: u32 = if cfg!(towpath_loom) { 1 } else { 16 };
/// Before each further one: they are far apart, since each takes the lock's line away from who is at work.
const PAUSES: u32 = if cfg!(towpath_loom) { 1 } else { 200 };
/// At most as many looks: ninety microseconds.
const LOOKS: u32 = if cfg!(towpath_loom) { 1 } else { 17 };
/// Whoever does nothing else takes less than that for each operation. (A message is about two of them.)
const PAUSES_PER_OPERATION: u32 = 4;

/// Who had the lock last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Part of the number of the thread that polled, or of none.
    worker: u16,
    /// Counts operations.
    operation: u16,
    /// To look what another worker does, when one comes after it.
    looks: Tries,
}

const NOBODY: u16 = 0;

impl Turn {
    pub(super) fn nobodys() -> Self {
        Self {
            worker: NOBODY,
            operation: 0,
            looks: Tries::NONE,
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

    /// True if a worker that comes after another one should look what that one does.
    pub(super) fn is_watched(&mut self) -> bool {
        self.worker != NOBODY && self.looks.is_due()
    }

    /// Takes note of how a look went: whether the last worker did nothing else.
    pub(super) fn looked(&mut self, was_busy: bool) {
        self.looks.went(was_busy);
    }

    /// Whoever was here last is out of the way.
    pub(super) fn take_over(&mut self) {
        self.take(this_worker());
    }

    /// True if workers have done little else since `before`, that many pauses ago.
    fn is_busy_since(self, before: Self, pauses: u32) -> bool {
        let operations = self.operation.wrapping_sub(before.operation);
        self.worker != NOBODY && u32::from(operations) > pauses / PAUSES_PER_OPERATION
    }
}

/// Waits while another worker does nothing but operate the channel, as far as `look` shows; it shows nothing
/// while somebody is in its way. False: it was not so at the first look.
pub(super) fn wait_for(mut before: Turn, look: impl Fn() -> Option<Turn>) -> bool {
    for round in 0..LOOKS {
        let pauses = if round == 0 { FIRST_PAUSES } else { PAUSES };
        (0..pauses).for_each(|_| hint::spin_loop());
        match look() {
            Some(now) if !now.is_busy_since(before, pauses) => return round > 0,
            Some(now) => before = now,
            None => {}
        }
    }
    true
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

#[cfg(all(test, not(towpath_loom)))]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// What `wait_for` says, and after how many looks, if each of them shows what `seen` says: so many operations
    /// since the last one, or nothing.
    fn looks(seen: impl Fn(u32) -> Option<u16>) -> (bool, u32) {
        let before = Turn {
            worker: 1,
            ..Turn::nobodys()
        };
        let (now, count) = (Cell::new(before), Cell::new(0));
        let was_busy = wait_for(before, || {
            count.set(count.get() + 1);
            let mut turn = now.get();
            turn.operation = turn.operation.wrapping_add(seen(count.get())?);
            now.set(turn);
            Some(turn)
        });
        (was_busy, count.get())
    }

    #[test]
    fn nobody_waits_for_a_worker_that_does_something_else() {
        assert_eq!(looks(|_| Some(0)), (false, 1));
        assert_eq!(looks(|_| Some(4)), (false, 1), "one in four pauses");
        assert_eq!(
            looks(|look| Some(if look < 3 { 100 } else { 50 })),
            (true, 3)
        );
    }

    #[test]
    fn a_busy_worker_is_waited_for_but_not_for_ever() {
        assert_eq!(looks(|_| Some(51)), (true, LOOKS));
        assert_eq!(looks(|_| None), (true, LOOKS), "it is at it at each look");
    }

    #[test]
    fn nobody_waits_for_threads() {
        let before = Turn::nobodys();
        let mut after = before;
        (0..1000).for_each(|_| after.take(NOBODY));
        assert!(!after.is_busy_since(before, PAUSES));
        assert!(!after.is_watched());
    }
}
