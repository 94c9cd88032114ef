//! Lock-free containers. They never wait for room or messages, and never wake anybody.
//!
//! Not part of the public interface: shown to this repository's own tests and fuzzers only.
//!
//! Those for many producers work by *claim, move, publish*: a compare-and-swap claims a place, the value
//! moves, a store publishes it. A peer that is preempted between claim and publish makes the place
//! [`Refusal::Lagging`]; what to do about it (pause, sleep, poll again) is the caller's business.

mod free_list;
mod list;
mod ring;
mod spsc;

pub use free_list::FreeList;
pub use list::{List, SoleList};
pub use ring::{Ring, RingClaim, RingPlace};
pub use spsc::Spsc;

use std::mem::MaybeUninit;
use std::vec;

use crate::sys::Backoff;

/// Why a container did not take or give a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing to take, or no room to put: true at one instant during the call.
    Blocked,
    /// A peer has claimed the place in question and is not done with it.
    Lagging,
    /// The queue is closed: to pushes at once, to pops once it is drained.
    Closed,
    /// This freed a place that was claimed and given up, without using it. Whoever waits for room may be told;
    /// then try again.
    Skipped,
    /// Nothing to take yet, but a peer has bound itself to bring a message. (Queues never say this,
    /// channels do.)
    Promised,
}

/// A place in a queue that belongs to the caller until it is written.
pub trait PushClaim<T> {
    /// Moves `value` into the place and publishes it.
    fn write(self, value: T);
}

/// A queue whose places are claimed first and written then.
pub trait Claims<T>: Queue<T> {
    /// What [`claim_push`](Claims::claim_push) hands out.
    type Claim<'a>: PushClaim<T>
    where
        Self: 'a;

    /// Claims the place behind the last message. It must be written at once.
    fn claim_push(&self) -> Result<Self::Claim<'_>, Refusal>;

    /// [`Queue::push`], by a claim.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn claim_and_write(&self, value: T) -> Result<(), (Refusal, T)> {
        match self.claim_push() {
            Ok(claim) => {
                claim.write(value);
                Ok(())
            }
            Err(refusal) => Err((refusal, value)),
        }
    }

    /// [`Queue::push_from`], by a claim.
    ///
    /// # Safety
    ///
    /// As there.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn claim_and_move(&self, value: &MaybeUninit<T>) -> Result<(), Refusal> {
        let claim = self.claim_push()?;
        // SAFETY: the caller's promise.
        claim.write(unsafe { value.assume_init_read() });
        Ok(())
    }
}

/// A queue that threads push to and pop from.
pub trait Queue<T> {
    /// Claims a place that foreign code may take its time to fill; `None` if a later push will find
    /// room anyhow.
    fn reserve(&self) -> Result<Option<RingPlace<'_, T>>, Refusal>;

    /// Claims a place for the value of a producer that waits; it must be written at once. `None`: nobody
    /// pushes for another here.
    fn claim_for_another(&self) -> Result<Option<RingClaim<'_, T>>, Refusal> {
        Ok(None)
    }

    /// After a pop: steps over places that were given up and are next. Says how many, each of which is
    /// room that nobody was told of.
    fn step_over(&self) -> usize {
        0
    }

    /// Moves the oldest message to `place`, which is initialised if this is `Ok`. Straight out of the
    /// queue: a large message that is returned by value is copied at each level.
    fn pop_into(&self, place: &mut MaybeUninit<T>) -> Result<(), Refusal>;

    /// Takes the oldest message.
    #[inline(always)]
    fn pop(&self) -> Result<T, Refusal> {
        let mut place = MaybeUninit::uninit();
        self.pop_into(&mut place)?;
        // SAFETY: `pop_into` says that it is initialised.
        Ok(unsafe { place.assume_init() })
    }

    /// Claims places for as many of `values` as there is room for, at least one, and fills them.
    fn push_many(&self, values: &mut vec::IntoIter<T>) -> Result<usize, Refusal>;

    /// Takes up to `limit` of the oldest messages with one claim, at least one.
    fn pop_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, Refusal>;

    /// The position behind the last message, for [`distance`](Queue::distance). A hint.
    fn tail(&self) -> usize {
        0
    }

    /// The position of the oldest message. A hint.
    fn head(&self) -> usize {
        0
    }

    /// How many messages lie between two positions, at most as many as fit.
    fn distance(&self, _from: usize, _to: usize) -> usize {
        0
    }

    /// How far to let the other side get ahead, in messages, once one has caught up with it in a stream.
    fn slack(&self) -> usize {
        self.capacity().map_or(0, |capacity| capacity / 2)
    }

    /// A hint, cheaper than the attempt: a pop is worth trying.
    fn pop_looks_ready(&self) -> bool;

    /// A hint, cheaper than the attempt: a push is worth trying.
    fn push_looks_ready(&self) -> bool;

    /// Says whether a pop is worth trying, as of one instant during the call; takes nothing.
    fn probe_pop(&self) -> Result<(), Refusal>;

    /// Says whether a push is worth trying, as of one instant during the call; claims nothing.
    fn probe_push(&self) -> Result<(), Refusal>;

    /// Refuses all further pushes. True if this call closed the queue.
    fn close(&self) -> bool;

    /// True once [`close`](Queue::close) was called.
    fn is_closed(&self) -> bool;

    /// How many messages there are.
    fn len(&self) -> usize;

    /// True if there are no messages.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most messages that fit; `None` if there is no bound.
    fn capacity(&self) -> Option<usize>;

    /// Pushes `value`, or gives it back with the reason.
    fn push(&self, value: T) -> Result<(), (Refusal, T)>;

    /// Moves the value out of `value` into the queue, straight from where it is. `Ok`: it was moved.
    ///
    /// # Safety
    ///
    /// It is initialised; after `Ok` the caller treats it as moved out.
    unsafe fn push_from(&self, value: &MaybeUninit<T>) -> Result<(), Refusal>;

    /// Pushes `value`; if there is no room, takes out and returns the oldest message.
    fn force_push(&self, value: T) -> Result<Option<T>, T>;
}

/// Takes out and drops every message until the queue is drained, waiting for peers in mid-claim.
///
/// If the `Drop` of a message panics, those behind it are leaked: a second panic would abort.
pub(crate) fn drop_all<T>(queue: &impl Queue<T>) {
    let leak = LeakOnUnwind(queue, std::marker::PhantomData);
    take_all(queue, drop);
    std::mem::forget(leak);
}

struct LeakOnUnwind<'a, T, Q: Queue<T>>(&'a Q, std::marker::PhantomData<T>);

impl<T, Q: Queue<T>> Drop for LeakOnUnwind<'_, T, Q> {
    fn drop(&mut self) {
        take_all(self.0, std::mem::forget);
    }
}

fn take_all<T>(queue: &impl Queue<T>, mut end: impl FnMut(T)) {
    let mut backoff = Backoff::new();
    loop {
        match queue.pop() {
            Ok(message) => end(message),
            Err(Refusal::Lagging) => backoff.snooze(),
            Err(Refusal::Skipped) => {}
            Err(Refusal::Blocked | Refusal::Closed | Refusal::Promised) => return,
        }
    }
}
