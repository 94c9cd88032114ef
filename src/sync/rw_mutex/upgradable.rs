//! Taking the lock for reading, with the right to become the writer.

use super::mode::{UpgradableRead, sealed::Mode as _};
use super::ops::{LockOp, wait_for};
use super::{
    ArcRwMutexFut, ArcRwMutexUpgradableReadGuard, Guard, RwMutex, RwMutexFut,
    RwMutexUpgradableReadGuard,
};
use crate::sys::{Duration, Instant, PlainArc};
use crate::wait::Wait;
use crate::wait::sealed::OURS;

impl<T: ?Sized> RwMutex<T> {
    /// Takes the lock for reading, with the right to become the writer, waiting for writers and other upgradable readers. Blocks the thread.
    ///
    /// Plain readers may come and go meanwhile. See
    /// [`upgrade`](crate::sync::rw_mutex::Guard::upgrade).
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let guard = count.upgradable_read();
    /// assert!(count.try_read().is_some());
    /// assert!(count.try_upgradable_read().is_none());
    /// # drop(guard);
    /// ```
    #[inline]
    #[track_caller]
    pub fn upgradable_read(&self) -> RwMutexUpgradableReadGuard<'_, T> {
        if self.raw.try_upgradable() {
            return Guard::new(self);
        }
        wait_for(self)
    }

    /// Takes the lock for reading, with the right to become the writer, if that is possible now.
    ///
    /// Fails, too, while somebody is in line for writing or upgradable reading.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let writer = count.write();
    /// assert!(count.try_upgradable_read().is_none());
    /// drop(writer);
    /// assert!(count.try_upgradable_read().is_some());
    /// ```
    #[inline]
    pub fn try_upgradable_read(&self) -> Option<RwMutexUpgradableReadGuard<'_, T>> {
        UpgradableRead::enter(&self.raw, OURS).then(|| Guard::new(self))
    }

    /// Takes the lock for reading, with the right to become the writer, waiting for at most `limit`. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let writer = count.write();
    /// assert!(count.upgradable_read_timeout(Duration::from_millis(1)).is_none());
    /// # drop(writer);
    /// ```
    pub fn upgradable_read_timeout(
        &self,
        limit: Duration,
    ) -> Option<RwMutexUpgradableReadGuard<'_, T>> {
        self.try_upgradable_read()
            .or_else(|| self.upgradable_read_async().wait_timeout(limit))
    }

    /// Takes the lock for reading, with the right to become the writer, waiting until `deadline` at the latest. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// assert!(count.upgradable_read_deadline(Instant::now()).is_some(), "free: no wait");
    /// ```
    pub fn upgradable_read_deadline(
        &self,
        deadline: Instant,
    ) -> Option<RwMutexUpgradableReadGuard<'_, T>> {
        self.try_upgradable_read()
            .or_else(|| self.upgradable_read_async().wait_deadline(deadline))
    }

    /// [`upgradable_read`](RwMutex::upgradable_read) as a value: `.await` it, or wait for it with a bound.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in line, and the lock, should it have been handed over.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// pollster::block_on(async {
    ///     assert_eq!(*count.upgradable_read_async().await, 5);
    /// });
    /// ```
    #[inline]
    pub fn upgradable_read_async(&self) -> RwMutexFut<'_, T, UpgradableRead> {
        Wait::new(LockOp::new(self))
    }

    /// [`upgradable_read`](RwMutex::upgradable_read), with a guard that owns a count of the `Arc` instead of a borrow.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).upgradable_read_arc();
    /// assert_eq!(*guard, 5);
    /// ```
    #[track_caller]
    pub fn upgradable_read_arc(self: &PlainArc<Self>) -> ArcRwMutexUpgradableReadGuard<T> {
        if self.raw.try_upgradable() {
            return Guard::new(PlainArc::clone(self));
        }
        wait_for(PlainArc::clone(self))
    }

    /// [`try_upgradable_read`](RwMutex::try_upgradable_read), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).try_upgradable_read_arc().unwrap();
    /// assert_eq!(*guard, 5);
    /// ```
    pub fn try_upgradable_read_arc(
        self: &PlainArc<Self>,
    ) -> Option<ArcRwMutexUpgradableReadGuard<T>> {
        UpgradableRead::enter(&self.raw, OURS).then(|| Guard::new(PlainArc::clone(self)))
    }

    /// [`upgradable_read_timeout`](RwMutex::upgradable_read_timeout), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).upgradable_read_arc_timeout(Duration::from_secs(5));
    /// assert_eq!(*guard.unwrap(), 5);
    /// ```
    pub fn upgradable_read_arc_timeout(
        self: &PlainArc<Self>,
        limit: Duration,
    ) -> Option<ArcRwMutexUpgradableReadGuard<T>> {
        self.try_upgradable_read_arc()
            .or_else(|| self.upgradable_read_arc_async().wait_timeout(limit))
    }

    /// [`upgradable_read_deadline`](RwMutex::upgradable_read_deadline), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Instant;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).upgradable_read_arc_deadline(Instant::now());
    /// assert_eq!(*guard.unwrap(), 5);
    /// ```
    pub fn upgradable_read_arc_deadline(
        self: &PlainArc<Self>,
        deadline: Instant,
    ) -> Option<ArcRwMutexUpgradableReadGuard<T>> {
        self.try_upgradable_read_arc()
            .or_else(|| self.upgradable_read_arc_async().wait_deadline(deadline))
    }

    /// [`upgradable_read_async`](RwMutex::upgradable_read_async), with a guard that owns a count of the `Arc`; so does the
    /// operation.
    ///
    /// # Cancel safety
    ///
    /// As [`upgradable_read_async`](RwMutex::upgradable_read_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let waiting = Arc::new(RwMutex::new(5)).upgradable_read_arc_async();
    /// assert_eq!(*pollster::block_on(waiting), 5);
    /// ```
    pub fn upgradable_read_arc_async(self: &PlainArc<Self>) -> ArcRwMutexFut<T, UpgradableRead> {
        Wait::new(LockOp::new(PlainArc::clone(self)))
    }
}
