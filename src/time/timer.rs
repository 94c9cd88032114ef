//! Timers and tickers that can be stopped and set again.

use super::schedule::{Beat, Beats};
use super::timed::Timed;
use crate::channel;
use crate::channel::{Receiver, RecvError, RecvFut};
use crate::sys::{Duration, Instant, PlainArc, time};

/// A receiver whose schedule can be changed.
#[derive(Debug)]
struct Beating {
    timed: PlainArc<Timed<Beats>>,
    receiver: Receiver<Instant>,
}

impl Beating {
    fn new(beat: Beat) -> Self {
        let timed = Timed::new(Beats::new(beat));
        let receiver = channel::custom::<Instant>(PlainArc::clone(&timed) as _);
        Self { timed, receiver }
    }

    /// Changes the schedule. True if something was still to come.
    fn change(&self, beat: Beat) -> bool {
        let before = self.timed.schedule.replace(beat);
        self.timed.rescheduled();
        before.next.is_some()
    }
}

/// One message, at an instant that can be changed: [`after`](super::after) with a handle.
///
/// As with Go's timers since 1.23, there is no stale message: once [`stop`](Timer::stop) or
/// [`reset`](Timer::reset) has returned, nobody receives what was due before.
///
/// A receiver that was cloned from [`channel`](Timer::channel) goes on without the timer.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::time::Timer;
///
/// let timer = Timer::new(Duration::from_secs(3600));
/// assert!(timer.reset(Duration::from_millis(2)));
/// timer.recv().unwrap();
/// assert!(!timer.stop());
/// ```
#[doc(alias = "time.NewTimer")]
#[derive(Debug)]
pub struct Timer(Beating);

impl Timer {
    /// A timer that is due after `span`; never, if that is too large for the clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Timer;
    ///
    /// let timer = Timer::new(Duration::from_millis(2));
    /// pollster::block_on(timer.recv_async()).unwrap();
    /// ```
    #[must_use]
    pub fn new(span: Duration) -> Self {
        Self(Beating::new(Beat::once(time::after(span))))
    }

    /// A timer that is due at `when`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::time::Timer;
    ///
    /// let now = Instant::now();
    /// assert_eq!(Timer::at(now).recv(), Ok(now));
    /// ```
    #[must_use]
    pub fn at(when: Instant) -> Self {
        Self(Beating::new(Beat::once(Some(when))))
    }

    /// Where the message comes: for a select, to clone, and for everything else a receiver can do.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Timer;
    ///
    /// let timer = Timer::new(Duration::from_secs(3600));
    /// assert!(timer.channel().try_recv().is_err());
    /// ```
    #[doc(alias = "C")]
    pub fn channel(&self) -> &Receiver<Instant> {
        &self.0.receiver
    }

    /// Waits for the message: the instant at which it was due.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if somebody closed the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Timer;
    ///
    /// Timer::new(Duration::from_millis(2)).recv().unwrap();
    /// ```
    pub fn recv(&self) -> Result<Instant, RecvError> {
        self.0.receiver.recv()
    }

    /// [`recv`](Timer::recv) as a value.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, the message is still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Timer;
    ///
    /// let timer = Timer::new(Duration::from_millis(2));
    /// pollster::block_on(timer.recv_async()).unwrap();
    /// ```
    pub fn recv_async(&self) -> RecvFut<'_, Instant> {
        self.0.receiver.recv_async()
    }

    /// Stops the timer. True if this kept its message back, false if it was received or stopped
    /// before.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Timer;
    ///
    /// let timer = Timer::new(Duration::ZERO);
    /// // It is due, but nobody has received it: so nobody will.
    /// assert!(timer.stop());
    /// assert!(timer.channel().try_recv().is_err());
    /// ```
    pub fn stop(&self) -> bool {
        self.0.change(Beat::once(None))
    }

    /// Makes the timer due after `span` from now, whether it was stopped or not. True as for
    /// [`stop`](Timer::stop). Whoever waits for it waits on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Timer;
    ///
    /// let timer = Timer::new(Duration::ZERO);
    /// timer.recv().unwrap();
    /// assert!(!timer.reset(Duration::from_millis(2)));
    /// timer.recv().unwrap();
    /// ```
    pub fn reset(&self, span: Duration) -> bool {
        self.0.change(Beat::once(time::after(span)))
    }

    /// Makes the timer due at `when`. Otherwise as [`reset`](Timer::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use towpath::time::Timer;
    ///
    /// let timer = Timer::new(Duration::from_secs(3600));
    /// let now = Instant::now();
    /// timer.reset_at(now);
    /// assert_eq!(timer.recv(), Ok(now));
    /// ```
    pub fn reset_at(&self, when: Instant) -> bool {
        self.0.change(Beat::once(Some(when)))
    }
}

/// A message every so often, with a period that can be changed: [`tick`](super::tick) with a handle.
///
/// Ticks that nobody collects are skipped, and nothing drifts. As with Go's tickers since 1.23, there
/// is no stale tick after [`stop`](Ticker::stop) or [`reset`](Ticker::reset).
///
/// A receiver that was cloned from [`channel`](Ticker::channel) goes on without the ticker.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::time::Ticker;
///
/// let ticker = Ticker::new(Duration::from_millis(2));
/// let first = ticker.recv().unwrap();
/// let second = ticker.recv().unwrap();
/// assert!(second - first >= Duration::from_millis(2));
/// ticker.stop();
/// assert!(ticker.channel().try_recv().is_err());
/// ```
#[doc(alias = "time.NewTicker")]
#[derive(Debug)]
pub struct Ticker(Beating);

impl Ticker {
    /// A ticker whose first tick is due after one period.
    ///
    /// # Panics
    ///
    /// Panics if `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Ticker;
    ///
    /// let ticker = Ticker::new(Duration::from_millis(2));
    /// pollster::block_on(ticker.recv_async()).unwrap();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(period: Duration) -> Self {
        Self(Beating::new(every(period)))
    }

    /// Where the ticks come: for a select, to clone, and for everything else a receiver can do.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Ticker;
    ///
    /// let ticker = Ticker::new(Duration::from_millis(1));
    /// assert_eq!(ticker.channel().iter().take(3).count(), 3);
    /// ```
    #[doc(alias = "C")]
    pub fn channel(&self) -> &Receiver<Instant> {
        &self.0.receiver
    }

    /// Waits for the next tick: the instant at which it was due.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if somebody closed the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Ticker;
    ///
    /// Ticker::new(Duration::from_millis(2)).recv().unwrap();
    /// ```
    pub fn recv(&self) -> Result<Instant, RecvError> {
        self.0.receiver.recv()
    }

    /// [`recv`](Ticker::recv) as a value.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, no tick is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Ticker;
    ///
    /// let ticker = Ticker::new(Duration::from_millis(2));
    /// pollster::block_on(ticker.recv_async()).unwrap();
    /// ```
    pub fn recv_async(&self) -> RecvFut<'_, Instant> {
        self.0.receiver.recv_async()
    }

    /// Stops the ticker: nothing comes until it is reset.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Ticker;
    ///
    /// let ticker = Ticker::new(Duration::from_millis(1));
    /// ticker.stop();
    /// assert!(ticker.channel().recv_timeout(Duration::from_millis(3)).is_err());
    /// ```
    pub fn stop(&self) {
        self.0.change(Beat::once(None));
    }

    /// Starts it anew with `period`, whether it was stopped or not: the next tick is due one period
    /// from now.
    ///
    /// # Panics
    ///
    /// Panics if `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::Ticker;
    ///
    /// let ticker = Ticker::new(Duration::from_secs(3600));
    /// ticker.reset(Duration::from_millis(2));
    /// ticker.recv().unwrap();
    /// ```
    #[track_caller]
    pub fn reset(&self, period: Duration) {
        self.0.change(every(period));
    }
}

#[track_caller]
fn every(period: Duration) -> Beat {
    assert!(!period.is_zero(), "a ticker's period is not zero");
    Beat::every(period, time::after(period))
}
