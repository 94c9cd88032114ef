//! Receivers that the time sends to.

use super::schedule::{Beat, Beats, Nothing};
use super::timed::Timed;
use crate::channel;
use crate::channel::Receiver;
use crate::sys::{Duration, Instant, time};

/// A receiver of one message, after `span`: the instant at which it is due.
///
/// It is an instant and nothing more until somebody waits for it (two small allocations; the first wait
/// makes a line, once). No thread runs for it until a task waits, and receiving it on a thread, or
/// selecting over it, is a sleep with a deadline. Clones share the one message. A
/// span that is too large for the clock is [`never()`].
///
/// There are no senders, and the channel stays connected all the same, unless somebody
/// [closes](Receiver::close) it: then nothing comes any more.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let rx = towpath::after(Duration::from_millis(5));
/// assert!(rx.try_recv().is_err());
/// let due = rx.recv().unwrap();
/// assert!(due >= start + Duration::from_millis(5));
/// assert!(Instant::now() >= due);
/// // That was all.
/// assert!(rx.recv_timeout(Duration::from_millis(1)).is_err());
/// ```
#[doc(alias = "time.After")]
pub fn after(span: Duration) -> Receiver<Instant> {
    time::after(span).map_or_else(never, at)
}

/// A receiver of one message, at `when`: that instant. Otherwise as [`after`].
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let when = Instant::now() + Duration::from_millis(5);
/// let rx = towpath::at(when);
/// assert_eq!(pollster::block_on(rx.recv_async()), Ok(when));
/// ```
pub fn at(when: Instant) -> Receiver<Instant> {
    beating(Beat::once(Some(when)))
}

/// A receiver of one message every `period`: the instant at which it was due.
///
/// The first is due one period from now. A receiver that is late gets one message for all that it
/// missed, and the next when it would have been due anyway: so nothing piles up, and nothing drifts.
/// Clones share the messages. With a period of zero there always is one; with one that is too large
/// for the clock there [never](never()) is.
///
/// Like [`after`] it is only an instant until a task waits for it, and has no senders.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let ticks = towpath::tick(Duration::from_millis(2));
/// let third = ticks.iter().nth(2).unwrap();
/// assert!(third >= start + Duration::from_millis(6));
/// ```
#[doc(alias = "time.Tick")]
#[doc(alias = "interval")]
pub fn tick(period: Duration) -> Receiver<Instant> {
    match time::after(period) {
        Some(first) => beating(Beat::every(period, Some(first))),
        None => never(),
    }
}

/// A receiver to which nothing comes: for the case of a select that is switched off.
///
/// It stays connected, unless somebody [closes](Receiver::close) it. As in crossbeam-channel, its
/// capacity is 0, and it is empty and full.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let rx = towpath::never::<i32>();
/// assert!(rx.try_recv().is_err_and(|error| error.is_empty()));
/// assert!(rx.recv_timeout(Duration::from_millis(1)).is_err());
/// ```
#[doc(alias = "nil channel")]
#[doc(alias = "nil")]
pub fn never<T>() -> Receiver<T> {
    channel::custom(Timed::new(Nothing))
}

fn beating(beat: Beat) -> Receiver<Instant> {
    channel::custom(Timed::new(Beats::new(beat)))
}
