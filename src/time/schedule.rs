//! When the receivers of `after`, `at`, `tick` and `never`, of timers and tickers have something.

use crate::queue::Refusal;
use crate::sys::{Duration, Instant, ShortLock, ShortLockGuard, time};
use crate::wait::Patience;

/// When there is something to receive.
pub(super) trait Schedule: Send + Sync + 'static {
    /// When there will be something; `None` is never.
    fn due(&self, patience: Patience) -> Result<Option<Instant>, Refusal>;

    /// The first instant after `now` at which there will be something new if nobody takes anything. For
    /// the thread that rings: it waits for the schedule's lock.
    fn due_after(&self, now: Instant) -> Option<Instant>;

    /// How many can be there at once.
    fn capacity(&self) -> usize;

    /// True if there will never be anything.
    fn is_never(&self) -> bool {
        false
    }
}

/// What there is to receive.
pub(super) trait Gives<T>: Schedule {
    /// Takes what there is now.
    fn take(&self, patience: Patience) -> Result<T, Refusal>;
}

/// One instant, or one every so often.
#[derive(Debug)]
pub(super) struct Beats(ShortLock<Beat>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    /// `None`: nothing is to come.
    pub(super) next: Option<Instant>,
    /// `None`: once.
    pub(super) period: Option<Duration>,
}

impl Beat {
    pub(super) fn once(at: Option<Instant>) -> Self {
        Self {
            next: at,
            period: None,
        }
    }

    pub(super) fn every(period: Duration, first: Option<Instant>) -> Self {
        Self {
            next: first,
            period: Some(period),
        }
    }

    /// When there is something, or will be. Without a period there always is, also if a test's clock was ahead when
    /// the last one was taken.
    fn due(self) -> Option<Instant> {
        match self.period {
            Some(Duration::ZERO) => self.next.map(|next| next.min(time::now())),
            _ => self.next,
        }
    }

    /// The first beat after `now`, which is not before `next`: those between are skipped.
    fn following(self, now: Instant) -> Option<Instant> {
        let (next, period) = (self.next?, self.period?);
        if period.is_zero() {
            return Some(now);
        }
        let since = now.saturating_duration_since(next);
        // Whole periods, counted from the schedule and not from now: so it does not drift.
        let into = since.as_nanos() % period.as_nanos();
        let into = Duration::new((into / 1_000_000_000) as u64, (into % 1_000_000_000) as u32);
        now.max(next).checked_sub(into)?.checked_add(period)
    }
}

impl Beats {
    pub(super) fn new(beat: Beat) -> Self {
        Self(ShortLock::new(beat))
    }

    /// Changes the schedule. What it was before.
    pub(super) fn replace(&self, beat: Beat) -> Beat {
        std::mem::replace(&mut *self.0.lock(), beat)
    }

    fn lock(&self, patience: Patience) -> Result<ShortLockGuard<'_, Beat>, Refusal> {
        match patience {
            Patience::Block => Ok(self.0.lock()),
            Patience::Poll => self.0.lock_soon().ok_or(Refusal::Lagging),
        }
    }
}

impl Schedule for Beats {
    fn due(&self, patience: Patience) -> Result<Option<Instant>, Refusal> {
        Ok(self.lock(patience)?.due())
    }

    fn due_after(&self, now: Instant) -> Option<Instant> {
        let beat = *self.0.lock();
        match beat.due() {
            Some(next) if next > now => Some(next),
            _ => beat.following(now).filter(|following| *following > now),
        }
    }

    fn capacity(&self) -> usize {
        1
    }
}

impl Gives<Instant> for Beats {
    fn take(&self, patience: Patience) -> Result<Instant, Refusal> {
        let mut beat = self.lock(patience)?;
        let due = beat.due();
        // Under the lock: what others have taken was due before this.
        let now = time::now();
        match due {
            Some(due) if due <= now => {
                beat.next = beat.following(now);
                Ok(due)
            }
            _ => Err(Refusal::Blocked),
        }
    }
}

/// Nothing, ever.
#[derive(Debug)]
pub(super) struct Nothing;

impl Schedule for Nothing {
    fn is_never(&self) -> bool {
        true
    }

    fn due(&self, _: Patience) -> Result<Option<Instant>, Refusal> {
        Ok(None)
    }

    fn due_after(&self, _: Instant) -> Option<Instant> {
        None
    }

    fn capacity(&self) -> usize {
        0
    }
}

impl<T> Gives<T> for Nothing {
    fn take(&self, _: Patience) -> Result<T, Refusal> {
        Err(Refusal::Blocked)
    }
}
