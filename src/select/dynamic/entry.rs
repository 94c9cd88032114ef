//! What a dynamic select knows of each of its operations.

use std::fmt;
use std::mem;
use std::ptr;

use crate::channel::{
    ByValue, Disconnected, Glance, Link, ReadyOp, Receiver, RecvOp, Reservation, ReserveOp, Sender,
    Side,
};
use crate::select::case::{Case, OpCase};
use crate::sys::PlainArc;

pub(super) type RecvCase<'a, T> = OpCase<RecvOp<T, Link<'a, T, Receiver<T>>, ByValue>, true>;
pub(super) type SendCase<'a, T> = OpCase<ReserveOp<'a, T>, true>;

pub(super) struct Entry<'a> {
    pub(super) index: usize,
    pub(super) case: PlainArc<dyn HandleCase + 'a>,
    /// Of all that is known of a case this is looked at most.
    pub(super) glance: Glance<'a>,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.index)
    }
}

/// A case of either kind: to select, and to become ready.
pub(super) trait HandleCase {
    fn select(&self) -> &dyn Case;
    fn ready(&self) -> &dyn Case;
    /// The handle that it was added with.
    fn handle(&self) -> *const ();
    /// The case to select, for whoever knows its type from the handle.
    fn typed(&self) -> *const ();
    /// True if it was begun and is not completed.
    fn is_begun(&self) -> bool;
    /// Lets others have what it was begun with. True if it was begun and is not completed.
    fn give_up(&self) -> bool;
    /// Another one for the same handle.
    fn renew<'s>(&self) -> PlainArc<dyn HandleCase + 's>
    where
        Self: 's;
}

pub(super) struct Receiving<'a, T> {
    handle: &'a Receiver<T>,
    select: RecvCase<'a, T>,
    ready: OpCase<ReadyOp<'a, T>, true>,
}

pub(super) struct Sending<'a, T> {
    handle: &'a Sender<T>,
    select: SendCase<'a, T>,
    ready: OpCase<ReadyOp<'a, T>, true>,
}

impl<'a, T> Receiving<'a, T> {
    pub(super) fn new(handle: &'a Receiver<T>) -> Self {
        Self {
            handle,
            select: OpCase::new(RecvOp::one(Link::Borrowed(handle.channel()))),
            ready: OpCase::new(ReadyOp::new(handle.channel(), Side::Recv)),
        }
    }
}

impl<'a, T> Sending<'a, T> {
    pub(super) fn new(handle: &'a Sender<T>) -> Self {
        Self {
            handle,
            select: OpCase::new(ReserveOp::new(handle.channel())),
            ready: OpCase::new(ReadyOp::new(handle.channel(), Side::Send)),
        }
    }
}

macro_rules! handle_case {
    ($case:ident, $give_up:expr) => {
        impl<'a, T> HandleCase for $case<'a, T> {
            fn select(&self) -> &dyn Case {
                &self.select
            }

            fn ready(&self) -> &dyn Case {
                &self.ready
            }

            fn handle(&self) -> *const () {
                ptr::from_ref(self.handle).cast()
            }

            fn typed(&self) -> *const () {
                ptr::from_ref(&self.select).cast()
            }

            fn is_begun(&self) -> bool {
                self.select.is_chosen()
            }

            fn give_up(&self) -> bool {
                let begun = self.select.take_if_chosen();
                begun.map($give_up).is_some()
            }

            fn renew<'s>(&self) -> PlainArc<dyn HandleCase + 's>
            where
                Self: 's,
            {
                PlainArc::new(Self::new(self.handle))
            }
        }
    };
}

// A message that nobody has taken out is leaked: this may be the wrong thread to drop it.
handle_case!(Receiving, mem::forget);
handle_case!(Sending, give_up);

/// Nor is a message dropped that is behind the place of one that was never sent.
fn give_up<T>(reserved: Result<Reservation<'_, T>, Disconnected>) {
    if let Ok(reservation) = reserved {
        reservation.give_up();
    }
}

impl<T> Drop for Receiving<'_, T> {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl<T> Drop for Sending<'_, T> {
    fn drop(&mut self) {
        self.give_up();
    }
}
