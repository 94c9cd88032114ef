//! Taking the lock for reading.

use super::mode::{Read, sealed::Mode as _};
use super::ops::{LockOp, wait_for};
use super::{ArcRwMutexFut, ArcRwMutexReadGuard, Guard, RwMutex, RwMutexFut, RwMutexReadGuard};
use crate::sys::{Duration, Instant, PlainArc};
use crate::wait::Wait;
use crate::wait::sealed::OURS;

impl<T: ?Sized> RwMutex<T> {
    /// Takes the lock for reading, waiting for the writer that holds it or that is next. Blocks the thread.
    ///
    /// Do not call it while the same thread or task reads already: see
    /// [the module](crate::sync::rw_mutex#no-recursive-reading).
    ///
    /// # Panics
    ///
    /// Panics if there are more readers than the lock can count, which takes leaking guards in a loop
    /// (2<sup>57</sup> of them, 2<sup>25</sup> on 32-bit targets).
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let one = count.read();
    /// let other = std::thread::scope(|scope| scope.spawn(|| *count.read()).join().unwrap());
    /// assert_eq!(*one, other);
    /// ```
    #[inline]
    #[track_caller]
    pub fn read(&self) -> RwMutexReadGuard<'_, T> {
        if self.raw.read_now() {
            return Guard::new(self);
        }
        wait_for(self)
    }

    /// Takes the lock for reading, if that is possible now.
    ///
    /// Fails while a writer holds the lock or waits for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let writer = count.write();
    /// assert!(count.try_read().is_none());
    /// drop(writer);
    /// assert!(count.try_read().is_some());
    /// ```
    #[inline]
    pub fn try_read(&self) -> Option<RwMutexReadGuard<'_, T>> {
        Read::enter(&self.raw, OURS).then(|| Guard::new(self))
    }

    /// Takes the lock for reading, waiting for at most `limit`. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// let writer = count.write();
    /// assert!(count.read_timeout(Duration::from_millis(1)).is_none());
    /// # drop(writer);
    /// ```
    pub fn read_timeout(&self, limit: Duration) -> Option<RwMutexReadGuard<'_, T>> {
        self.try_read()
            .or_else(|| self.read_async().wait_timeout(limit))
    }

    /// Takes the lock for reading, waiting until `deadline` at the latest. `None`: time ran out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::RwMutex;
    ///
    /// let count = RwMutex::new(5);
    /// assert!(count.read_deadline(Instant::now()).is_some(), "free: no wait");
    /// ```
    pub fn read_deadline(&self, deadline: Instant) -> Option<RwMutexReadGuard<'_, T>> {
        self.try_read()
            .or_else(|| self.read_async().wait_deadline(deadline))
    }

    /// [`read`](RwMutex::read) as a value: `.await` it, or wait for it with a bound.
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
    ///     assert_eq!(*count.read_async().await, 5);
    /// });
    /// ```
    #[inline]
    pub fn read_async(&self) -> RwMutexFut<'_, T, Read> {
        Wait::new(LockOp::new(self))
    }

    /// [`read`](RwMutex::read), with a guard that owns a count of the `Arc` instead of a borrow.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).read_arc();
    /// assert_eq!(*guard, 5);
    /// ```
    #[track_caller]
    pub fn read_arc(self: &PlainArc<Self>) -> ArcRwMutexReadGuard<T> {
        if self.raw.read_now() {
            return Guard::new(PlainArc::clone(self));
        }
        wait_for(PlainArc::clone(self))
    }

    /// [`try_read`](RwMutex::try_read), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).try_read_arc().unwrap();
    /// assert_eq!(*guard, 5);
    /// ```
    pub fn try_read_arc(self: &PlainArc<Self>) -> Option<ArcRwMutexReadGuard<T>> {
        Read::enter(&self.raw, OURS).then(|| Guard::new(PlainArc::clone(self)))
    }

    /// [`read_timeout`](RwMutex::read_timeout), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).read_arc_timeout(Duration::from_secs(5));
    /// assert_eq!(*guard.unwrap(), 5);
    /// ```
    pub fn read_arc_timeout(
        self: &PlainArc<Self>,
        limit: Duration,
    ) -> Option<ArcRwMutexReadGuard<T>> {
        self.try_read_arc()
            .or_else(|| self.read_arc_async().wait_timeout(limit))
    }

    /// [`read_deadline`](RwMutex::read_deadline), with a guard that owns a count of the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Instant;
    /// use towpath::sync::RwMutex;
    ///
    /// let guard = Arc::new(RwMutex::new(5)).read_arc_deadline(Instant::now());
    /// assert_eq!(*guard.unwrap(), 5);
    /// ```
    pub fn read_arc_deadline(
        self: &PlainArc<Self>,
        deadline: Instant,
    ) -> Option<ArcRwMutexReadGuard<T>> {
        self.try_read_arc()
            .or_else(|| self.read_arc_async().wait_deadline(deadline))
    }

    /// [`read_async`](RwMutex::read_async), with a guard that owns a count of the `Arc`; so does the
    /// operation.
    ///
    /// # Cancel safety
    ///
    /// As [`read_async`](RwMutex::read_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use towpath::sync::RwMutex;
    ///
    /// let waiting = Arc::new(RwMutex::new(5)).read_arc_async();
    /// assert_eq!(*pollster::block_on(waiting), 5);
    /// ```
    pub fn read_arc_async(self: &PlainArc<Self>) -> ArcRwMutexFut<T, Read> {
        Wait::new(LockOp::new(PlainArc::clone(self)))
    }
}
