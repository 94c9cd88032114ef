//! Getting in line: attempt and enlisting are one step under the lock.

use super::HandOff;
use super::inner::{Inner, ORDINARY};
use crate::channel::core::Side;
use crate::channel::slot::Slot;
use crate::queue::Refusal;
use crate::sys::ShortLockGuard;
use crate::wait::{Attempt, Node, Patience, Place, Wake};

impl<T> HandOff<T> {
    /// Sends the message in the slot, or puts the sender in line.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_send`], for the node that `enter` returns.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(in crate::channel) unsafe fn send_or_enlist<'n>(
        &self,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.send_from(message) {
            Ok(wake) => {
                self.unlock_changed(inner, wake);
                return Ok(());
            }
            Err(Refusal::Blocked) => {}
            Err(refusal) => return Err(refusal),
        }
        let as_sender = (ORDINARY, message.address());
        // SAFETY: the caller's promise.
        unsafe { self.push_sender(inner, enter(), as_sender, (place, patience)) };
        Err(Refusal::Blocked)
    }

    /// Receives into the slot, or puts the receiver in line.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_recv`], for the node that `enter` returns.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(in crate::channel) unsafe fn recv_or_enlist<'n>(
        &self,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        let mut inner = self.lock(patience)?;
        match inner.recv_into(landing) {
            Ok(wake) => {
                self.unlock_changed(inner, wake);
                Ok(())
            }
            Err(Refusal::Blocked) => {
                // SAFETY: the caller's promise.
                unsafe { self.push_receiver(inner, enter(), landing, (place, patience)) };
                Err(Refusal::Blocked)
            }
            Err(Refusal::Promised) => {
                // SAFETY: the caller's promise.
                unsafe { self.push_promised(inner, enter(), landing, (place, patience)) }
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Puts a sender in line; `slot` is for its mark.
    ///
    /// # Safety
    ///
    /// As [`Core::line_up_send`], with the slot that `mark` asks for.
    unsafe fn push_sender(
        &self,
        mut inner: ShortLockGuard<'_, Inner<T>>,
        node: &Node,
        (mark, slot): (u8, *mut ()),
        (place, patience): (Place, Patience),
    ) {
        self.in_line.note(Side::Send, patience);
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(slot) };
        // SAFETY: the node is in no line.
        unsafe { node.set_mark(mark) };
        // SAFETY: the caller's promise.
        unsafe { inner.senders.push(node, place) };
        self.unlock_changed(inner, Wake::NOBODY);
    }

    /// Puts a receiver in line, for whom there is nothing.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_recv`].
    unsafe fn push_receiver(
        &self,
        mut inner: ShortLockGuard<'_, Inner<T>>,
        node: &Node,
        landing: &Slot<T>,
        (place, patience): (Place, Patience),
    ) {
        self.in_line.note(Side::Recv, patience);
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(landing.address()) };
        // SAFETY: the node is in no line.
        unsafe { node.set_mark(ORDINARY) };
        // SAFETY: the caller's promise.
        unsafe { inner.receivers.push(node, place) };
        self.unlock_changed(inner, Wake::NOBODY);
    }

    /// Puts a receiver in line, for whom there was only a promise.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_recv`].
    #[cold]
    #[inline(never)]
    unsafe fn push_promised(
        &self,
        mut inner: ShortLockGuard<'_, Inner<T>>,
        node: &Node,
        landing: &Slot<T>,
        (place, patience): (Place, Patience),
    ) -> Result<(), Refusal> {
        self.in_line.note(Side::Recv, patience);
        let wake = loop {
            if let Some(wake) = inner.bind_first() {
                break wake;
            }
            // The promising sender is gone and an ordinary one is behind it.
            match inner.recv_into(landing) {
                Ok(wake) => {
                    self.unlock_changed(inner, wake);
                    return Ok(());
                }
                Err(Refusal::Blocked | Refusal::Promised) => {}
                Err(refusal) => return Err(refusal),
            }
        };
        // SAFETY: the caller's promise.
        let refusal = unsafe { inner.push_receiver(node, landing, place) };
        if refusal == Refusal::Promised && !inner.is_over() {
            // Nobody can send to it but who promised: the channel is no more ready than it was. (Closed, it is: it
            // was not over while the promise was for nobody.)
            drop(inner);
            wake.wake();
        } else {
            self.unlock_changed(inner, wake);
        }
        Err(refusal)
    }

    /// Puts a sender in line unless a send is worth attempting; `slot` is for its mark.
    ///
    /// # Safety
    ///
    /// As [`Core::line_up_send`], with the slot that `mark` asks for.
    pub(super) unsafe fn line_up_sender(
        &self,
        node: &Node,
        as_sender: (u8, *mut ()),
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let Ok(inner) = self.lock(patience) else {
            return Attempt::Lagging;
        };
        // SAFETY: the node is in no line.
        if inner.can_send(unsafe { node.waiter() }) {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.push_sender(inner, node, as_sender, (place, patience)) };
        Attempt::Blocked
    }
}
