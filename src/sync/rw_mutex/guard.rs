//! What holds a lock.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::RwMutex;
use super::mapped::MappedGuard;
use super::mode::{Hold, Mode, Read, UpgradableRead, Write};
use super::ops::{LockOp, UpgradeOp};
use crate::sys::{Duration, Instant};
use crate::wait::Wait;
use crate::wait::sealed::OURS;

/// Holds an [`RwMutex`] in one of its modes, and gives access to the value. Dropping it lets the lock
/// go.
///
/// `H` is what it holds on to, `&RwMutex<T>` or `Arc<RwMutex<T>>`; `M` is the mode. The usual names
/// are [`RwMutexReadGuard`](crate::sync::RwMutexReadGuard),
/// [`ArcRwMutexWriteGuard`](crate::sync::ArcRwMutexWriteGuard) and so on.
///
/// A guard may be sent to another thread and held across an `.await`, if the value may be shared
/// and sent. A guard that is forgotten keeps the lock for good.
///
/// What can be done with a guard itself are associated functions, so that they do not hide methods
/// of the value.
#[must_use = "the lock is let go at once if the guard is not kept"]
#[clippy::has_significant_drop]
pub struct Guard<H: Hold, M: Mode> {
    /// Invariant: while the guard lives, the lock is held in mode `M` on its behalf.
    hold: H,
    mode: PhantomData<M>,
}

impl<H: Hold, M: Mode> Guard<H, M> {
    /// The lock is held in this mode, and the guard takes charge of that.
    #[inline]
    pub(super) fn new(hold: H) -> Self {
        Self {
            hold,
            mode: PhantomData,
        }
    }

    /// What it held on to; the lock stays held.
    pub(super) fn into_hold(self) -> H {
        let this = ManuallyDrop::new(self);
        // SAFETY: read once: `this` is never dropped, and nothing else of it needs a drop.
        unsafe { std::ptr::read(&raw const this.hold) }
    }

    /// Taking the lock again in the same mode, for one that lets go of the guard meanwhile.
    pub(crate) fn relock_op(&self) -> LockOp<H, M> {
        LockOp::new(self.hold.clone())
    }

    /// Goes over to another mode, which `step` takes the lock to.
    fn turn<N: Mode>(self, step: impl FnOnce(&RwMutex<H::Value>)) -> Guard<H, N> {
        let hold = self.into_hold();
        step(hold.lock());
        Guard::new(hold)
    }
}

impl<H: Hold, M: Mode> Drop for Guard<H, M> {
    #[inline]
    fn drop(&mut self) {
        M::leave(&self.hold.lock().raw, OURS);
    }
}

impl<H: Hold, M: Mode> Deref for Guard<H, M> {
    type Target = H::Value;

    #[inline]
    fn deref(&self) -> &H::Value {
        // SAFETY: the lock is held (invariant), and every mode excludes writers, or is the writer.
        self.hold.lock().value.with(|value| unsafe { &*value })
    }
}

impl<H: Hold> DerefMut for Guard<H, Write> {
    #[inline]
    fn deref_mut(&mut self) -> &mut H::Value {
        // SAFETY: the lock is held for writing (invariant), which excludes all others.
        self.hold
            .lock()
            .value
            .with_mut(|value| unsafe { &mut *value })
    }
}

impl<H: Hold, M: Mode> fmt::Debug for Guard<H, M>
where
    H::Value: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<H: Hold, M: Mode> fmt::Display for Guard<H, M>
where
    H::Value: fmt::Display,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<H: Hold> Guard<H, Read> {
    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexReadGuard};
    ///
    /// let pair = RwMutex::new((1, "one"));
    /// let name = RwMutexReadGuard::map(pair.read(), |pair| &pair.1);
    /// assert_eq!(*name, "one");
    /// ```
    pub fn map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&H::Value) -> &U,
    ) -> MappedGuard<H::Raw, Read, U> {
        let value = std::ptr::from_ref(part(&this)).cast_mut();
        MappedGuard::new(this.into_hold().into_raw(), value)
    }

    /// Narrows the guard to a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// The guard comes back if `part` gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexReadGuard};
    ///
    /// let words = RwMutex::new(vec!["one"]);
    /// let words = RwMutexReadGuard::try_map(words.read(), |words| words.get(7)).unwrap_err();
    /// let first = RwMutexReadGuard::try_map(words, |words| words.first()).unwrap();
    /// assert_eq!(*first, "one");
    /// ```
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&H::Value) -> Option<&U>,
    ) -> Result<MappedGuard<H::Raw, Read, U>, Self> {
        match part(&this).map(|part| std::ptr::from_ref(part).cast_mut()) {
            Some(value) => Ok(MappedGuard::new(this.into_hold().into_raw(), value)),
            None => Err(this),
        }
    }
}

impl<H: Hold> Guard<H, Write> {
    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexWriteGuard};
    ///
    /// let pair = RwMutex::new((1, "one"));
    /// *RwMutexWriteGuard::map(pair.write(), |pair| &mut pair.0) += 1;
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut H::Value) -> &mut U,
    ) -> MappedGuard<H::Raw, Write, U> {
        let value = std::ptr::from_mut(part(&mut this));
        MappedGuard::new(this.into_hold().into_raw(), value)
    }

    /// Narrows the guard to a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// The guard comes back if `part` gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexWriteGuard};
    ///
    /// let words = RwMutex::new(vec!["one"]);
    /// let guard = RwMutexWriteGuard::try_map(words.write(), |words| words.get_mut(7));
    /// assert!(guard.is_err());
    /// ```
    pub fn try_map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut H::Value) -> Option<&mut U>,
    ) -> Result<MappedGuard<H::Raw, Write, U>, Self> {
        match part(&mut this).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedGuard::new(this.into_hold().into_raw(), value)),
            None => Err(this),
        }
    }

    /// Becomes a reader, with nobody writing in between. Readers that wait come in, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexWriteGuard};
    ///
    /// let count = RwMutex::new(0);
    /// let mut guard = count.write();
    /// *guard += 1;
    /// let guard = RwMutexWriteGuard::downgrade(guard);
    /// assert_eq!(*guard + *count.read(), 2);
    /// ```
    pub fn downgrade(this: Self) -> Guard<H, Read> {
        this.turn(|lock| lock.raw.downgrade_write())
    }

    /// Becomes an upgradable reader, with nobody writing in between. Readers that wait come in, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard, RwMutexWriteGuard};
    ///
    /// let count = RwMutex::new(0);
    /// let guard = RwMutexWriteGuard::downgrade_to_upgradable(count.write());
    /// assert_eq!(*count.read(), 0);
    /// *RwMutexUpgradableReadGuard::upgrade(guard) += 1;
    /// ```
    pub fn downgrade_to_upgradable(this: Self) -> Guard<H, UpgradableRead> {
        this.turn(|lock| lock.raw.downgrade_to_upgradable())
    }
}

impl<H: Hold> Guard<H, UpgradableRead> {
    /// Becomes the writer, once all other readers have left; nobody writes in between. New readers
    /// wait meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard};
    ///
    /// let words = RwMutex::new(vec!["one"]);
    /// let guard = words.upgradable_read();
    /// if !guard.contains(&"two") {
    ///     RwMutexUpgradableReadGuard::upgrade(guard).push("two");
    /// }
    /// assert_eq!(words.read().len(), 2);
    /// ```
    pub fn upgrade(this: Self) -> Guard<H, Write> {
        if this.hold.lock().raw.try_upgrade() {
            return this.turn(|_| {});
        }
        Self::upgrade_async(this).wait()
    }

    /// Becomes the writer if there is no other reader now.
    ///
    /// # Errors
    ///
    /// The guard comes back if there is one. (Also if somebody was just refused as a reader, or lets others in: they
    /// count as readers for that moment.)
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard};
    ///
    /// let count = RwMutex::new(0);
    /// let reader = count.read();
    /// let guard = RwMutexUpgradableReadGuard::try_upgrade(count.upgradable_read()).unwrap_err();
    /// drop(reader);
    /// *RwMutexUpgradableReadGuard::try_upgrade(guard).unwrap() += 1;
    /// ```
    pub fn try_upgrade(this: Self) -> Result<Guard<H, Write>, Self> {
        if this.hold.lock().raw.try_upgrade() {
            Ok(this.turn(|_| {}))
        } else {
            Err(this)
        }
    }

    /// As [`upgrade`](Guard::upgrade), for at most `limit`.
    ///
    /// # Errors
    ///
    /// The guard comes back if time runs out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard};
    ///
    /// let count = RwMutex::new(0);
    /// let reader = count.read();
    /// let guard = count.upgradable_read();
    /// let late = RwMutexUpgradableReadGuard::upgrade_timeout(guard, Duration::from_millis(1));
    /// assert_eq!(*late.unwrap_err() + *reader, 0);
    /// ```
    pub fn upgrade_timeout(this: Self, limit: Duration) -> Result<Guard<H, Write>, Self> {
        Self::upgrade_async(this).wait_timeout(limit)
    }

    /// As [`upgrade`](Guard::upgrade), until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// As [`upgrade_timeout`](Guard::upgrade_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard};
    ///
    /// let count = RwMutex::new(0);
    /// let guard = count.upgradable_read();
    /// let guard = RwMutexUpgradableReadGuard::upgrade_deadline(guard, Instant::now());
    /// assert!(guard.is_ok(), "nobody else reads");
    /// ```
    pub fn upgrade_deadline(this: Self, deadline: Instant) -> Result<Guard<H, Write>, Self> {
        Self::upgrade_async(this).wait_deadline(deadline)
    }

    /// [`upgrade`](Guard::upgrade) as a value: `.await` it, or wait for it.
    ///
    /// # Cancel safety
    ///
    /// The operation holds the lock as an upgradable reader. Dropping it lets the lock go.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard};
    ///
    /// let count = RwMutex::new(0);
    /// pollster::block_on(async {
    ///     let guard = count.upgradable_read_async().await;
    ///     *RwMutexUpgradableReadGuard::upgrade_async(guard).await += 1;
    /// });
    /// assert_eq!(count.into_inner(), 1);
    /// ```
    pub fn upgrade_async(this: Self) -> Wait<UpgradeOp<H>> {
        Wait::new(UpgradeOp::new(this))
    }

    /// Becomes a plain reader, which lets another upgradable reader come in.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{RwMutex, RwMutexUpgradableReadGuard};
    ///
    /// let count = RwMutex::new(0);
    /// let guard = RwMutexUpgradableReadGuard::downgrade(count.upgradable_read());
    /// assert!(count.try_upgradable_read().is_some());
    /// # drop(guard);
    /// ```
    pub fn downgrade(this: Self) -> Guard<H, Read> {
        this.turn(|lock| lock.raw.downgrade_upgradable())
    }
}
