//! A look at an end of the ring whose slot is not claimable: what is the matter there, as of one
//! instant. And the questions that are nothing but such a look.

use super::Ring;
use super::slot::RESERVED;
use crate::queue::Refusal;
use crate::sys::{Ordering, handshake};

/// What a look at the ring's end said about the next place.
pub(super) enum Look {
    /// It is claimable: the compare-and-swap failed, or the picture was old. Look again.
    Moved(usize),
    Refused(Refusal),
}

impl<T> Ring<T> {
    /// Why the slot at `tail` cannot be claimed, if it cannot.
    pub(super) fn look_at_tail(&self, tail: usize) -> Look {
        if tail & self.mark != 0 {
            return Look::Refused(Refusal::Closed);
        }
        // ORDERING: SeqCst, the read of the handshake with a receiver that frees a place: it wrote
        // `head`, then reads the senders' wait word; we wrote the word, then read `head`.
        let head = self.head.load(Ordering::SeqCst);
        // ORDERING: SeqCst, as above with a close: it set the mark in `tail`, then reads the senders' wait word.
        let now = self.tail.load(Ordering::SeqCst);
        if now != tail || self.tail_is_claimable(tail) {
            Look::Moved(now)
        } else if self.next_lap(head) == tail {
            Look::Refused(Refusal::Blocked)
        } else {
            Look::Refused(Refusal::Lagging)
        }
    }

    /// Why the slot at `head` cannot be claimed, if it cannot.
    pub(super) fn look_at_head(&self, head: usize) -> Look {
        // ORDERING: SeqCst, the read of the handshake with a sender that adds a message: it wrote
        // `tail`, then reads the receivers' wait word; we wrote the word, then read `tail`.
        let tail = self.tail.load(Ordering::SeqCst);
        handshake();
        let reserved = self.head_is(head, RESERVED);
        let now = self.load_head();
        if now != head || self.head_is_claimable(head) {
            Look::Moved(now)
        } else if reserved {
            Look::Refused(Refusal::Blocked)
        } else if tail & !self.mark != head {
            Look::Refused(Refusal::Lagging)
        } else if tail & self.mark == 0 {
            Look::Refused(Refusal::Blocked)
        } else if self.is_evicting() {
            // A message that was accepted before the close is about to appear.
            Look::Refused(Refusal::Lagging)
        } else if self.load_tail() != tail {
            // The last eviction ended after `tail` was read, and what it put in is there. (Its count
            // was seen to fall, so its `tail` is seen, too.)
            Look::Moved(self.load_head())
        } else {
            Look::Refused(Refusal::Closed)
        }
    }

    fn is_evicting(&self) -> bool {
        handshake();
        // ORDERING: SeqCst, pairs with `evict`: it counts itself in, then reads `tail`; we read the
        // mark in `tail`, then the count. It sees the mark, or we see it, or it has counted itself
        // out, and its `tail` is visible (the caller looks again).
        self.evicting.load(Ordering::SeqCst) != 0
    }

    /// What `probe_pop` says.
    pub(super) fn look_before_pop(&self) -> Result<(), Refusal> {
        let mut head = self.load_head();
        // ORDERING: SeqCst, as in `look_at_head`. `head` never passes `tail`, so if it was there already,
        // it still was when `tail` was read.
        if self.tail.load(Ordering::SeqCst) == head {
            return Err(Refusal::Blocked);
        }
        while !self.head_is_claimable(head) && !self.head_is_void(head) {
            match self.look_at_head(head) {
                Look::Moved(now) => head = now,
                Look::Refused(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    /// What `probe_push` says.
    pub(super) fn look_before_push(&self) -> Result<(), Refusal> {
        let mut tail = self.load_tail();
        while !self.tail_is_claimable(tail) {
            match self.look_at_tail(tail) {
                Look::Moved(now) => tail = now,
                // It counts as room: the attempt steps over it.
                Look::Refused(Refusal::Blocked) if self.head_is_void(self.load_head()) => break,
                Look::Refused(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }
}
