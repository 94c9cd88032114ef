//! The ways to hold a lock, and what a guard holds on to.

use std::cell::Cell;
use std::fmt;

use super::RwMutex;
use super::lines::Kind;
use super::raw::RawRwMutex;
use crate::sys::{Duration, Instant, PlainArc, time};
use crate::wait::Place;
use crate::wait::sealed::Ours;

/// A writer that has lost for this long is handed the lock.
const STARVES_AFTER: Duration = Duration::from_millis(1);

/// A way to hold a lock: [`Read`], [`Write`] or [`UpgradableRead`].
pub trait Mode: sealed::Mode {}

/// Held together with other readers.
#[derive(Clone, Copy, Debug)]
pub enum Read {}

/// Held alone.
#[derive(Clone, Copy, Debug)]
pub enum Write {}

/// Held together with readers, but not with another of its kind, and can become [`Write`].
#[derive(Clone, Copy, Debug)]
pub enum UpgradableRead {}

impl Mode for Read {}
impl Mode for Write {}
impl Mode for UpgradableRead {}

/// What a guard holds on to: `&RwMutex<T>` or `Arc<RwMutex<T>>`.
pub trait Hold: sealed::Hold {}

impl<T: ?Sized> Hold for &RwMutex<T> {}
impl<T: ?Sized> Hold for PlainArc<RwMutex<T>> {}

/// Since when a writer has been losing. Set by the waiter itself, when it runs: one that nobody polls
/// starves by its own doing.
#[derive(Default)]
pub struct Losing(Cell<Option<Instant>>);

impl Losing {
    /// The kind of a writer that gets in line at `place`.
    fn kind(&self, place: Place) -> Kind {
        if place == Place::Back {
            return Kind::Write;
        }
        // Patience is no matter of a test's clock.
        let now = time::real_now();
        let since = self.0.get().unwrap_or(now);
        self.0.set(Some(since));
        // The model has no clock: whoever loses starves.
        if cfg!(towpath_loom) || now.saturating_duration_since(since) >= STARVES_AFTER {
            Kind::Starving
        } else {
            Kind::Write
        }
    }
}

impl fmt::Debug for Losing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Losing").field(&self.0.get()).finish()
    }
}

pub(super) mod sealed {
    use super::{Kind, Ours, Place, RawRwMutex, RwMutex};

    /// How a lock is taken and let go.
    pub trait Mode: Sized {
        /// What a waiter remembers.
        type Memory: Default;

        /// Takes the lock, if that is possible now.
        fn enter(raw: &RawRwMutex, _: Ours) -> bool;

        /// As what to get in line.
        fn kind(memory: &Self::Memory, place: Place) -> Kind;

        /// Lets the lock go.
        fn leave(raw: &RawRwMutex, _: Ours);
    }

    /// A reference to a lock.
    pub trait Hold: Clone {
        /// What is locked.
        type Value: ?Sized;

        /// What a mapped guard holds on to.
        type Raw: HoldRaw;

        /// The lock.
        fn lock(&self) -> &RwMutex<Self::Value>;

        /// Forgets the value's type, as far as it can.
        fn into_raw(self) -> Self::Raw;
    }

    /// A reference to a lock whose value's type may be forgotten.
    pub trait HoldRaw {
        /// The lock.
        fn raw(&self) -> &RawRwMutex;
    }
}

impl sealed::Mode for Read {
    type Memory = ();

    #[inline]
    fn enter(raw: &RawRwMutex, _: Ours) -> bool {
        raw.try_read()
    }

    fn kind((): &(), _: Place) -> Kind {
        Kind::Read
    }

    #[inline]
    fn leave(raw: &RawRwMutex, _: Ours) {
        raw.read_unlock();
    }
}

impl sealed::Mode for Write {
    type Memory = Losing;

    #[inline]
    fn enter(raw: &RawRwMutex, _: Ours) -> bool {
        raw.try_write()
    }

    fn kind(losing: &Losing, place: Place) -> Kind {
        losing.kind(place)
    }

    #[inline]
    fn leave(raw: &RawRwMutex, _: Ours) {
        raw.write_unlock();
    }
}

impl sealed::Mode for UpgradableRead {
    type Memory = ();

    #[inline]
    fn enter(raw: &RawRwMutex, _: Ours) -> bool {
        raw.try_upgradable()
    }

    fn kind((): &(), _: Place) -> Kind {
        Kind::Upgradable
    }

    #[inline]
    fn leave(raw: &RawRwMutex, _: Ours) {
        raw.upgradable_unlock();
    }
}

impl<'a, T: ?Sized> sealed::Hold for &'a RwMutex<T> {
    type Value = T;
    type Raw = &'a RawRwMutex;

    #[inline]
    fn lock(&self) -> &RwMutex<T> {
        self
    }

    fn into_raw(self) -> &'a RawRwMutex {
        &self.raw
    }
}

impl<T: ?Sized> sealed::Hold for PlainArc<RwMutex<T>> {
    type Value = T;
    type Raw = Self;

    #[inline]
    fn lock(&self) -> &RwMutex<T> {
        self
    }

    fn into_raw(self) -> Self {
        self
    }
}

impl sealed::HoldRaw for &RawRwMutex {
    #[inline]
    fn raw(&self) -> &RawRwMutex {
        self
    }
}

impl<T: ?Sized> sealed::HoldRaw for PlainArc<RwMutex<T>> {
    #[inline]
    fn raw(&self) -> &RawRwMutex {
        &self.raw
    }
}
