//! What becomes of a place in a queue that is free again while senders wait.
//!
//! The message of the one that is first in line is put there on its behalf, before it is woken: so
//! it is done when it runs, and has not to look for room again, which a sender that came later may have
//! taken. Nor does it matter whether anybody polls it: the others behind it do not wait for that. (Unless
//! the line was locked, a peer in mid-claim, or a watcher passed on what it had been told: then the first in line is
//! told of the room, and looks for itself.)

use super::Buffered;
use crate::channel::slot::Slot;
use crate::queue::{PushClaim, Queue, Refusal};
use crate::wait::{List, Signal, Wake, complete_first, complete_next};

/// What became of a free place.
#[derive(PartialEq, Eq)]
enum Refilled {
    /// The message of a sender that waited is there.
    Sent,
    /// A sender was told of it, or will be.
    Told,
    /// There is none, or nobody waits.
    Full,
    /// A peer is in the way, or the channel is closed: a sender was told.
    Hindered,
}

impl<Q> Buffered<Q> {
    /// So many places may be free: senders that wait get them.
    #[inline(always)]
    pub(super) fn refill<T>(&self, freed: usize)
    where
        Q: Queue<T>,
    {
        for left in (0..freed).rev() {
            if !self.senders.has_waiters() {
                return;
            }
            match self.refill_one::<T>() {
                Refilled::Sent | Refilled::Told => {}
                Refilled::Full => return,
                // To look for the peer once more for each place could take long.
                Refilled::Hindered => return self.senders.notify_many(left),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_one<T>(&self) -> Refilled
    where
        Q: Queue<T>,
    {
        // Whoever is woken because its message is there may rely on it that a receiver knows.
        let tell = |outcome: &Refilled| {
            if *outcome == Refilled::Sent {
                self.receivers.notify_one();
            }
        };
        self.senders
            .serve_one(|line| self.serve_first::<T>(line), tell)
            .unwrap_or(Refilled::Told)
    }

    /// Under the line's lock. Whoever was signalled elsewhere meanwhile, and was not polled yet, hides nobody.
    fn serve_first<T>(&self, line: &mut List) -> (Option<Wake>, Refilled)
    where
        Q: Queue<T>,
    {
        while let Some(first) = line.first() {
            // SAFETY: whoever has the list holds its lock.
            if unsafe { !first.slot().is_null() } {
                // SAFETY: whoever waits here sends messages of this type.
                return unsafe { self.send_first::<T>(line) };
            }
            // It looks for itself.
            if let Ok(wake) = complete_next(line) {
                return (Some(wake), Refilled::Told);
            }
        }
        (None, Refilled::Full)
    }

    /// # Safety
    ///
    /// The first in line waits with a message of type `T`.
    unsafe fn send_first<T>(&self, line: &mut List) -> (Option<Wake>, Refilled)
    where
        Q: Queue<T>,
    {
        match self.queue.claim_for_another() {
            // SAFETY: the caller's promise.
            Ok(Some(claim)) => (Some(unsafe { move_first(line, claim) }), Refilled::Sent),
            Ok(None) => (complete_first(line), Refilled::Told),
            // Somebody else took the place. As if the first in line had looked for itself: it stays
            // there, and whoever frees the next place finds it.
            Err(Refusal::Blocked) => (None, Refilled::Full),
            Err(_) => (complete_first(line), Refilled::Hindered),
        }
    }
}

/// Moves the message of the one that is first in line to the place that `claim` has: whom to wake.
///
/// # Safety
///
/// It waits with a message of type `T`.
unsafe fn move_first<T>(line: &mut List, claim: impl PushClaim<T>) -> Wake {
    let first = line.pop().expect("somebody is first in line");
    // SAFETY: the list's lock is held, and it is not completed yet.
    let slot = unsafe { first.slot() };
    // SAFETY: the caller's promise; it lives until it is completed.
    let message = unsafe { Slot::<T>::at(slot) };
    // SAFETY: who stands in line with a message leaves it alone, and takes it for gone once it is told so below.
    claim.write(message.with(|message| unsafe { message.cast::<T>().read() }));
    // It is in this line only, and completed or taken out under its lock only: with no time at which it is due it
    // does not retire.
    // SAFETY: as for `slot`.
    let completed = unsafe { first.complete(Signal::Handed) };
    completed.unwrap_or_else(|_| unreachable!("a send that waits in one line is free"))
}
