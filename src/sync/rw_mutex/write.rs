//! Taking the lock for writing.

use super::mode::{Write, sealed::Mode as _};
use super::ops::{LockOp, wait_for};
use super::{ArcRwMutexFut, ArcRwMutexWriteGuard, Guard, RwMutex, RwMutexFut, RwMutexWriteGuard};
use crate::sys::{Duration, Instant, PlainArc};
use crate::wait::Wait;
use crate::wait::sealed::OURS;

impl<T: ?Sized> RwMutex<T> {
    /// Takes the lock for writing, waiting until nobody else holds it. Blocks the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// *count.write() += 1;
    /// assert_eq!(*count.read(), 6);
    /// ```
    #[inline]
    #[track_caller]
    pub fn write(&self) -> RwMutexWriteGuard<'_, T> {
        if self.raw.write_now() {
            return Guard::new(self);
        }
        wait_for(self)
    }

    /// Takes the lock for writing, if that is possible now.
    ///
    /// May fail, too, while a reader is just finding out that it has to wait, or somebody lets others in.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let writer = count.write();
    /// assert!(count.try_write().is_none());
    /// drop(writer);
    /// assert!(count.try_write().is_some());
    /// ```
    #[inline]
    pub fn try_write(&self) -> Option<RwMutexWriteGuard<'_, T>> {
        Write::enter(&self.raw, OURS).then(|| Guard::new(self))
    }

    /// Takes the lock for writing, waiting for at most `limit`. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let writer = count.write();
    /// assert!(count.write_timeout(Duration::from_millis(1)).is_none());
    /// # drop(writer);
    /// ```
    pub fn write_timeout(&self, limit: Duration) -> Option<RwMutexWriteGuard<'_, T>> {
        self.try_write()
            .or_else(|| self.write_async().wait_timeout(limit))
    }

    /// Takes the lock for writing, waiting until `deadline` at the latest. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// assert!(count.write_deadline(Instant::now()).is_some(), "free: no wait");
    /// ```
    pub fn write_deadline(&self, deadline: Instant) -> Option<RwMutexWriteGuard<'_, T>> {
        self.try_write()
            .or_else(|| self.write_async().wait_deadline(deadline))
    }

    /// [`write`](RwMutex::write) as a value: `.await` it, or wait for it with a bound.
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
    ///     assert_eq!(*count.write_async().await, 5);
    /// });
    /// ```
    #[inline]
    pub fn write_async(&self) -> RwMutexFut<'_, T, Write> {
        Wait::new(LockOp::new(self))
    }

    /// [`write`](RwMutex::write), with a guard that owns a count of the `Arc` instead of a borrow.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).write_arc();
    /// assert_eq!(*guard, 5);
    /// ```
    #[track_caller]
    pub fn write_arc(self: &PlainArc<Self>) -> ArcRwMutexWriteGuard<T> {
        if self.raw.write_now() {
            return Guard::new(PlainArc::clone(self));
        }
        wait_for(PlainArc::clone(self))
    }

    /// [`try_write`](RwMutex::try_write), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).try_write_arc().unwrap();
    /// assert_eq!(*guard, 5);
    /// ```
    pub fn try_write_arc(self: &PlainArc<Self>) -> Option<ArcRwMutexWriteGuard<T>> {
        Write::enter(&self.raw, OURS).then(|| Guard::new(PlainArc::clone(self)))
    }

    /// [`write_timeout`](RwMutex::write_timeout), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).write_arc_timeout(Duration::from_secs(5));
    /// assert_eq!(*guard.unwrap(), 5);
    /// ```
    pub fn write_arc_timeout(
        self: &PlainArc<Self>,
        limit: Duration,
    ) -> Option<ArcRwMutexWriteGuard<T>> {
        self.try_write_arc()
            .or_else(|| self.write_arc_async().wait_timeout(limit))
    }

    /// [`write_deadline`](RwMutex::write_deadline), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Instant;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).write_arc_deadline(Instant::now());
    /// assert_eq!(*guard.unwrap(), 5);
    /// ```
    pub fn write_arc_deadline(
        self: &PlainArc<Self>,
        deadline: Instant,
    ) -> Option<ArcRwMutexWriteGuard<T>> {
        self.try_write_arc()
            .or_else(|| self.write_arc_async().wait_deadline(deadline))
    }

    /// [`write_async`](RwMutex::write_async), with a guard that owns a count of the `Arc`; so does the
    /// operation.
    ///
    /// # Cancel safety
    ///
    /// As [`write_async`](RwMutex::write_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let waiting = Arc::new(RwMutex::new(5)).write_arc_async();
    /// assert_eq!(*pollster::block_on(waiting), 5);
    /// ```
    pub fn write_arc_async(self: &PlainArc<Self>) -> ArcRwMutexFut<T, Write> {
        Wait::new(LockOp::new(PlainArc::clone(self)))
    }
}
