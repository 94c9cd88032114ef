//! What becomes of a place in a ring that a select had reserved.

use super::Buffered;
use crate::queue::{self, Ring, RingPlace};
use crate::sys::Ordering;

impl<T> Buffered<Ring<T>> {
    /// Sends by way of the place.
    pub(in crate::channel) fn fill(&self, place: RingPlace<'_, T>, message: T) {
        let filled = place.fill(message);
        if self.receivers.has_waiters() {
            // Receivers may have been told of messages behind the place, or of the close, and have found
            // the place.
            match filled.messages_behind() {
                Some(count) => self.receivers.notify_many(count),
                None => self.receivers.notify_all(),
            }
        }
        self.drop_if_discarded();
    }

    /// Gives the place up, without a look at whether the channel has ended.
    pub(in crate::channel) fn give_up(&self, place: RingPlace<'_, T>) {
        let freed = place.give_up();
        // The place kept those who were told of what is behind it, and those who wait for the end.
        self.receivers.notify_all();
        self.refill::<T>(freed);
    }

    /// After a place was filled or given up: if the last receiver has gone meanwhile, drops what was behind it.
    pub(in crate::channel) fn drop_if_discarded(&self) {
        // ORDERING: SeqCst, pairs with `discard`, which does not wait for the place: it sets this and
        // then looks at the place; the place was settled, and then this is read.
        if self.discarded.load(Ordering::SeqCst) != 0 {
            queue::drop_all(&self.queue);
        }
    }
}
