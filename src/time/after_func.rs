//! Calls at an instant.

use std::fmt;
use std::task::Wake;

use super::alarm::Alarm;
use crate::sys::{Duration, PlainArc, ShortLock, thread, time};
use crate::wait::Patience;

/// When the system refuses a thread it is asked again.
const LATER: Duration = Duration::from_millis(10);

type Function = Box<dyn FnOnce() + Send>;

/// A call that is to come. It keeps itself alive while it is.
struct Call {
    alarm: Alarm,
    function: ShortLock<Option<Function>>,
}

/// Calls `function` after `span`, on a thread of its own, as Go does; never, if that is too large for
/// the clock. Dropping the handle changes nothing.
///
/// A thread for each call costs tens of microseconds; but the function may block as long as it likes,
/// and if it panics only that thread ends. For a million calls use one task that
/// [sleeps](super::sleep), or a receiver [`after`](super::after) a while. If the system refuses a thread when
/// the time has come, it is asked again every ten milliseconds.
///
/// # Panics
///
/// Panics if the timer thread cannot be started. The function is dropped then, and never called.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::time::after_func;
///
/// let (tx, rx) = towpath::bounded(1);
/// let call = after_func(Duration::from_millis(2), move || tx.send("now").unwrap());
/// assert_eq!(rx.recv(), Ok("now"));
/// assert!(!call.stop());
/// ```
#[doc(alias = "time.AfterFunc")]
pub fn after_func(span: Duration, function: impl FnOnce() + Send + 'static) -> AfterFunc {
    let call = PlainArc::new(Call {
        alarm: Alarm::new(),
        function: ShortLock::new(Some(Box::new(function))),
    });
    if let Some(due) = time::after(span) {
        let set = call.alarm.set(due, PlainArc::clone(&call), Patience::Block);
        set.expect("a patient call is not refused");
    }
    AfterFunc { call }
}

/// A call that is to come: what [`after_func`] returns.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::time::after_func;
///
/// let call = after_func(Duration::from_secs(3600), || println!("an hour later"));
/// assert!(call.stop());
/// ```
pub struct AfterFunc {
    call: PlainArc<Call>,
}

impl AfterFunc {
    /// Keeps the function from being called, and drops it. True if it will not be called, false if it
    /// was, or is just now, or if it was stopped before.
    ///
    /// It does not wait for a call that has begun.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::time::after_func;
    ///
    /// let call = after_func(Duration::from_secs(3600), || unreachable!());
    /// assert!(call.stop());
    /// assert!(!call.stop());
    /// ```
    pub fn stop(&self) -> bool {
        self.call.alarm.end();
        self.call.take().is_some()
    }
}

impl Call {
    fn take(&self) -> Option<Function> {
        self.function.lock().take()
    }

    /// There is no thread to call it on. Not on this one: it turns the wheel, and the function may wait for a timer.
    fn ring_again(self: PlainArc<Self>) {
        self.alarm.rings();
        let due = time::after(LATER).expect("soon");
        if !self.alarm.set_if_possible(due, PlainArc::clone(&self)) {
            // Then this is no timer thread, but a test's that moves the clock.
            self.run();
        }
    }

    fn run(&self) {
        if let Some(function) = self.take() {
            function();
        }
    }
}

/// The time has come.
impl Wake for Call {
    fn wake(self: PlainArc<Self>) {
        let call = PlainArc::clone(&self);
        if thread::spawn_in_background("towpath-after-func", move || call.run()).is_err() {
            self.ring_again();
        }
    }
}

impl fmt::Debug for AfterFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AfterFunc").finish_non_exhaustive()
    }
}
