//! A flag to wait for, which one waiter takes down or which stays up.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::bell::{Bell, Ring};
use crate::sys::{Duration, Instant};
use crate::wait::Wait;

/// A flag that threads and tasks wait for.
///
/// | | [`manual_reset`](Event::manual_reset) | [`auto_reset`](Event::auto_reset) |
/// |---|---|---|
/// | [`set`](Event::set) lets go on | everybody | the one that waits longest, else the next to come |
/// | stays set | until [`reset`](Event::reset) | until one has passed |
///
/// No edge is lost: whoever waits when a manual event is set goes on, though it be reset before that
/// one has looked. Each `set` of an auto-reset event lets one waiter go on if any are in line, and a
/// waiter that is dropped before it looked passes that on.
///
/// Setting takes a short lock, in which nothing foreign runs; looking and resetting are one atomic
/// step. Nothing is allocated.
///
/// # Examples
///
/// ```
/// use towpath::sync::Event;
///
/// static STARTED: Event = Event::manual_reset();
/// let threads = [1, 2].map(|_| std::thread::spawn(|| STARTED.wait()));
/// STARTED.set();
/// threads.map(|thread| thread.join().unwrap());
/// assert!(STARTED.is_set());
/// ```
#[doc(alias = "ManualResetEvent")]
#[doc(alias = "AutoResetEvent")]
pub struct Event {
    bell: Bell,
}

// Nothing foreign runs while its state is in between.
impl UnwindSafe for Event {}
impl RefUnwindSafe for Event {}

/// The wait for an event, as a value: what [`Event::wait_async`] returns.
///
/// # Cancel safety
///
/// Dropping it loses nothing: what an auto-reset event gave it goes to the next in line, or sets the
/// event again.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Event, EventWait};
///
/// let event = Event::auto_reset();
/// event.set();
/// let passing: EventWait<'_> = event.wait_async();
/// passing.wait();
/// ```
pub type EventWait<'a> = Wait<Ring<'a>>;

impl Event {
    constant! {
        /// An event that stays set until it is reset; not set yet.
        ///
        /// # Examples
        ///
        /// ```
        /// let event = towpath::sync::Event::manual_reset();
        /// event.set();
        /// event.wait();
        /// assert!(event.is_set());
        /// ```
        #[must_use]
        pub fn manual_reset() -> Self {
            Self {
                bell: Bell::for_all(),
            }
        }
    }

    constant! {
        /// An event that each waiter resets as it passes; not set yet.
        ///
        /// # Examples
        ///
        /// ```
        /// let event = towpath::sync::Event::auto_reset();
        /// event.set();
        /// event.wait();
        /// assert!(!event.is_set());
        /// ```
        #[must_use]
        pub fn auto_reset() -> Self {
            Self {
                bell: Bell::for_one(),
            }
        }
    }

    /// Sets it: lets everybody go on (manual reset), or one (auto reset).
    ///
    /// What was done before it is visible to whoever goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = towpath::sync::Event::manual_reset();
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    pub fn set(&self) {
        if self.bell.stays() {
            self.bell.open();
        } else {
            self.bell.ring_one();
        }
    }

    /// Takes the flag down: whether it was up.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = towpath::sync::Event::manual_reset();
    /// event.set();
    /// assert!(event.reset());
    /// assert!(!event.reset());
    /// ```
    pub fn reset(&self) -> bool {
        self.bell.clear()
    }

    /// Whether it is set.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!towpath::sync::Event::auto_reset().is_set());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_set(&self) -> bool {
        self.bell.is_set()
    }

    /// Blocks the thread until it is set.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = towpath::sync::Event::manual_reset();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| event.set());
    ///     event.wait();
    /// });
    /// ```
    #[inline]
    pub fn wait(&self) {
        self.bell.ring();
    }

    /// Passes if it is set (and resets it, if that is its kind): whether it was.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = towpath::sync::Event::auto_reset();
    /// event.set();
    /// assert!(event.try_wait());
    /// assert!(!event.try_wait());
    /// ```
    #[must_use = "it may not be set"]
    #[inline]
    pub fn try_wait(&self) -> bool {
        self.bell.take()
    }

    /// Blocks the thread until it is set, for at most `limit`: whether it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event = towpath::sync::Event::manual_reset();
    /// assert!(!event.wait_timeout(Duration::from_millis(1)));
    /// ```
    #[must_use = "time may have run out"]
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        self.wait_async().wait_timeout(limit)
    }

    /// Blocks the thread until it is set or `deadline` has passed: whether it was set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let event = towpath::sync::Event::manual_reset();
    /// assert!(!event.wait_deadline(Instant::now()));
    /// ```
    #[must_use = "time may have run out"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_async().wait_deadline(deadline)
    }

    /// Waits until it is set, from now on: a manual event that is set and reset again before the
    /// first poll was set.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: what an auto-reset event gave it goes to the next in line, or sets
    /// the event again.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = towpath::sync::Event::manual_reset();
    /// event.set();
    /// pollster::block_on(event.wait_async());
    /// ```
    #[inline]
    pub fn wait_async(&self) -> EventWait<'_> {
        self.bell.ring_async()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("auto_reset", &!self.bell.stays())
            .field("set", &self.bell.is_set())
            .finish_non_exhaustive()
    }
}
