//! Who got in line last, of either side: whether it is worth watching for.

use crate::channel::core::Side;
use crate::sys::Ordering;
use crate::sys::atomic::AtomicU8;
use crate::wait::Patience;

/// As long as a thread watches before it parks: one that does answers sooner.
const PAUSES_FOR_A_THREAD: u32 = if cfg!(towpath_loom) { 1 } else { 300 };

/// What is known of a side, a hint: a thread got in line last and will answer soon, or not.
type Kind = AtomicU8;
const THREAD: u8 = 1;
const OTHER: u8 = 0;

/// A task watches if it waits for a thread that was in line: such a thread watches, too, and answers
/// within a microsecond, where waking one of them takes dozens. (Another task may need the very thread
/// that polls.) Once it was in vain, it does so again when a thread gets in line again: one that is slow
/// to come never has to.
#[derive(Debug)]
pub(in crate::channel) struct InLine {
    sender: Kind,
    receiver: Kind,
}

impl InLine {
    pub(super) fn new() -> Self {
        Self {
            sender: Kind::new(OTHER),
            receiver: Kind::new(OTHER),
        }
    }

    /// Somebody gets in line on that side.
    #[inline]
    pub(super) fn note(&self, side: Side, patience: Patience) {
        let kind = match patience {
            Patience::Block => THREAD,
            Patience::Poll => OTHER,
        };
        let last = self.last(side);
        // ORDERING: Relaxed, a hint.
        if last.load(Ordering::Relaxed) != kind {
            // ORDERING: Relaxed, a hint.
            last.store(kind, Ordering::Relaxed);
        }
    }

    /// For how many pauses a task that is in line on `side` should watch.
    #[inline(always)]
    pub(in crate::channel) fn pauses(&self, side: Side) -> u32 {
        // ORDERING: Relaxed, a hint.
        match self.last(side.other()).load(Ordering::Relaxed) {
            THREAD => PAUSES_FOR_A_THREAD,
            _ => 0,
        }
    }

    /// It did, and the other side did not answer.
    pub(in crate::channel) fn watched_in_vain(&self, side: Side) {
        // ORDERING: Relaxed, a hint.
        self.last(side.other()).store(OTHER, Ordering::Relaxed);
    }

    #[inline]
    fn last(&self, side: Side) -> &Kind {
        match side {
            Side::Send => &self.sender,
            Side::Recv => &self.receiver,
        }
    }
}
