//! When a bounded wait is over.

use crate::sys::{Duration, Instant, thread, time};
use crate::wait::{earlier, parker};

#[derive(Clone, Copy)]
pub(super) enum End {
    /// By the crate's clock.
    At(Instant),
    /// By the real one, whatever a test's clock says: for a wait that a peer ends soon, who knows no clock.
    Really(Instant),
}

impl End {
    pub(super) fn really_after(span: Duration) -> Option<Self> {
        time::real_now().checked_add(span).map(Self::Really)
    }

    pub(super) fn has_passed(self) -> bool {
        match self {
            Self::At(deadline) => time::expired(deadline),
            Self::Really(deadline) => time::really_expired(deadline),
        }
    }

    /// True if `due` is no later.
    pub(super) fn is_after(self, due: Instant) -> bool {
        matches!(self, Self::At(deadline) if due <= deadline)
    }
}

/// Parks the thread until it is woken, or until the end, or `due`; may return early. False: it is time.
pub(super) fn park(end: Option<End>, due: Option<Instant>) -> bool {
    match end {
        None => parker::park(due),
        Some(End::At(deadline)) => parker::park(earlier(Some(deadline), due)),
        // Short enough to look again for what is due only afterwards.
        Some(End::Really(deadline)) => {
            let left = deadline.saturating_duration_since(time::real_now());
            !thread::park_for(left)
        }
    }
}
