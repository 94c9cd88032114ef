//! Channels for capacities 0 to 2: one short lock, a tiny buffer, two lines.
//!
//! A message goes straight into the slot of a waiting receiver, and out of the slot of a waiting
//! sender, so neither of them has to try again: one wake per message at most, and none for a thread
//! that still spins. Not lock-free: an operation waits for the few instructions of another one.
//!
//! The state and its invariants are in `inner`; `enlist` is how to get in line, `core` what every channel
//! can do, and here is what they share.

mod buffer;
mod core;
mod enlist;
mod in_line;
mod inner;
mod turns;

use super::core::Side;
use crate::queue::Refusal;
use crate::sys::{ShortLock, ShortLockGuard};
use crate::wait::{Patience, Signal, WaitQueue, Wake, WakeBatch};
use in_line::InLine;
use inner::Inner;
pub(crate) use inner::Reserved;

/// Remarks of the lock: a receive, or a send, was blocked. They are exact as long as they stand there.
const NOTHING_TO_RECEIVE: u8 = 2;
const NO_ROOM: u8 = 4;

/// What changes with each message is on one cache line, with the lock.
#[repr(C, align(64))]
pub(crate) struct HandOff<T> {
    inner: ShortLock<Inner<T>>,
    /// Those who wait for the channel to become ready, for either side. Whoever changes it tells them
    /// if the lock's holder left word in `Inner::watched`.
    watchers: WaitQueue,
    capacity: usize,
    pub(super) in_line: InLine,
}

/// A message that was promised; see `inner`.
pub(crate) struct Promise<'a, T> {
    hand_off: &'a HandOff<T>,
    /// `None` once it is kept.
    reserved: Option<Reserved>,
}

impl<T> Promise<'_, T> {
    /// Delivers the message, or gives it back if nobody will ever receive it.
    pub(crate) fn keep(mut self, message: T) -> Result<(), T> {
        let Some(reserved) = self.reserved.take() else {
            return Err(message);
        };
        let mut inner = self.hand_off.inner.lock();
        let wake = inner.fulfil(reserved, message)?;
        self.hand_off.unlock_settled(inner, wake);
        Ok(())
    }
}

impl<T> Drop for Promise<'_, T> {
    fn drop(&mut self) {
        if let Some(reserved) = self.reserved.take() {
            let mut inner = self.hand_off.inner.lock();
            let wake = inner.break_promise(reserved);
            self.hand_off.unlock_settled(inner, wake);
        }
    }
}

impl<T> HandOff<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            inner: ShortLock::new(Inner::new(capacity)),
            watchers: WaitQueue::new(),
            capacity,
            in_line: InLine::new(),
        }
    }

    /// True if an operation on that side was blocked and nothing has changed since.
    #[inline]
    pub(super) fn is_blocked(&self, side: Side) -> bool {
        self.inner.has_remark(match side {
            Side::Send => NO_ROOM,
            Side::Recv => NOTHING_TO_RECEIVE,
        })
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lock(&self, patience: Patience) -> Result<ShortLockGuard<'_, Inner<T>>, Refusal> {
        let mut inner = self.lock_out_of_turn(patience)?;
        if inner.turn.begin(patience) {
            Ok(inner)
        } else {
            self.lock_in_turn(inner)
        }
    }

    /// For who may not pause for long.
    #[inline(always)]
    fn lock_out_of_turn(
        &self,
        patience: Patience,
    ) -> Result<ShortLockGuard<'_, Inner<T>>, Refusal> {
        match patience {
            Patience::Block => Ok(self.inner.lock()),
            Patience::Poll => self.inner.lock_promptly().ok_or(Refusal::Lagging),
        }
    }

    /// Takes over from the worker that was here last, once it is not busy with the channel.
    #[cold]
    #[inline(never)]
    fn lock_in_turn<'a>(
        &'a self,
        mut inner: ShortLockGuard<'a, Inner<T>>,
    ) -> Result<ShortLockGuard<'a, Inner<T>>, Refusal> {
        if inner.turn.is_watched() {
            let last = inner.turn;
            drop(inner);
            let was_busy = turns::wait_for(last, || Some(self.inner.try_lock()?.turn));
            inner = self.lock_out_of_turn(Patience::Poll)?;
            inner.turn.looked(was_busy);
        }
        inner.turn.take_over();
        Ok(inner)
    }

    /// Lets go of the lock after a change, and tells everybody concerned.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn unlock_changed(&self, mut inner: ShortLockGuard<'_, Inner<T>>, wake: Wake) {
        let watched = inner.take_watched();
        drop(inner);
        wake.wake();
        if watched {
            self.watchers.notify_all();
        }
    }

    /// As [`unlock_changed`](HandOff::unlock_changed), after a promise was settled: it may have been
    /// what receivers of a closed channel still waited for.
    fn unlock_settled(&self, inner: ShortLockGuard<'_, Inner<T>>, wake: Wake) {
        let over = inner.is_over();
        self.unlock_changed(inner, wake);
        if over {
            self.release_all();
        }
    }

    /// Signals everybody in line for whom there is nothing to wait any more that the channel is closed.
    fn release_all(&self) {
        let mut batch = WakeBatch::new();
        loop {
            let mut inner = self.inner.lock();
            while batch.has_room() {
                let Some(node) = inner.pop_released() else {
                    break;
                };
                // SAFETY: we hold the lock. Whoever lost it elsewhere needs no telling.
                if let Ok(wake) = unsafe { node.complete(Signal::Closed) } {
                    batch.add(wake);
                }
            }
            let done = batch.has_room();
            self.unlock_changed(inner, Wake::NOBODY);
            batch.wake();
            if done {
                return;
            }
        }
    }
}
