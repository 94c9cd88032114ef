//! The line of those who wait: a doubly linked list through nodes that their owners keep pinned.
//!
//! # Invariants
//!
//! 1. A node's fields are touched only under the lock of the list that it is (or was last) in, or by
//!    its owner while it is in none.
//! 2. A node in the list is alive and does not move: its owner takes it out, or sees it signalled,
//!    before it lets go of the memory.

mod slim;

use std::ptr::{self, NonNull};

pub(crate) use slim::SlimList;

use super::waiter::{Lost, Waiter, Whom};
use super::{Place, Signal, Wake};
use crate::sys::UnsafeCell;

/// The case of a waiter's only node.
pub(crate) const ALONE: usize = 0;

/// A place in a line. Part of every [`Wait`](super::Wait); internal.
#[derive(Debug)]
pub struct Node {
    fields: UnsafeCell<Fields>,
}

#[derive(Debug)]
struct Fields {
    before: *const Node,
    behind: *const Node,
    linked: bool,
    waiter: *const Waiter,
    /// Which of its waiter's lines this is: [`ALONE`], or from 1 on.
    case: usize,
    /// Where messages are handed over, typed by whoever owns the line.
    slot: *mut (),
    /// What the line's keeper wants to know of the node.
    mark: u8,
}

impl Node {
    pub(crate) fn new() -> Self {
        let fields = Fields {
            before: ptr::null(),
            behind: ptr::null(),
            linked: false,
            waiter: ptr::null(),
            case: ALONE,
            slot: ptr::null_mut(),
            mark: 0,
        };
        Self {
            fields: UnsafeCell::new(fields),
        }
    }

    /// Says whose node this is.
    ///
    /// # Safety
    ///
    /// The caller owns the node, and it is in no list.
    pub(crate) unsafe fn bind(&self, waiter: &Waiter, case: usize) {
        self.fields.with_mut(|fields| {
            // SAFETY: invariant 1: in no list, so the fields are the owner's.
            let fields = unsafe { &mut *fields };
            fields.waiter = waiter;
            fields.case = case;
        });
    }

    /// Says where messages for this node are handed over.
    ///
    /// # Safety
    ///
    /// As [`bind`](Node::bind).
    pub(crate) unsafe fn set_slot(&self, slot: *mut ()) {
        // SAFETY: invariant 1: in no list, so the fields are the owner's.
        self.fields
            .with_mut(|fields| unsafe { (*fields).slot = slot });
    }
}

impl Node {
    /// The waiter that the node is bound to.
    ///
    /// # Safety
    ///
    /// As [`bind`](Node::bind).
    pub(crate) unsafe fn waiter(&self) -> *const Waiter {
        // SAFETY: invariant 1: in no list, so the fields are the owner's.
        self.fields.with(|fields| unsafe { (*fields).waiter })
    }

    /// Marks the node for the line's keeper.
    ///
    /// # Safety
    ///
    /// As [`bind`](Node::bind).
    pub(crate) unsafe fn set_mark(&self, mark: u8) {
        // SAFETY: invariant 1: in no list, so the fields are the owner's.
        self.fields
            .with_mut(|fields| unsafe { (*fields).mark = mark });
    }

    /// True if the node's waiter has others, in other lines or in the same.
    ///
    /// # Safety
    ///
    /// As [`mark`](Node::mark).
    pub(crate) unsafe fn is_one_of_several(&self) -> bool {
        // SAFETY: invariant 1: we hold the lock.
        self.fields.with(|fields| unsafe { (*fields).case }) != ALONE
    }

    /// The node's mark.
    ///
    /// # Safety
    ///
    /// The lock of the list that the node is (or was last) in is held.
    pub(crate) unsafe fn mark(&self) -> u8 {
        // SAFETY: invariant 1: we hold the lock.
        self.fields.with(|fields| unsafe { (*fields).mark })
    }

    /// True if the node is in a list.
    ///
    /// # Safety
    ///
    /// As [`mark`](Node::mark).
    pub(crate) unsafe fn is_linked(&self) -> bool {
        // SAFETY: invariant 1: we hold the lock.
        self.fields.with(|fields| unsafe { (*fields).linked })
    }
}

/// A node that was taken from a list and not signalled yet; the list's lock is still held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Popped(NonNull<Node>);

impl Popped {
    /// Where messages are handed over.
    ///
    /// # Safety
    ///
    /// The lock of the list is held, and the node is not completed yet.
    pub(crate) unsafe fn slot(self) -> *mut () {
        // SAFETY: invariant 2: alive until it is signalled.
        let node = unsafe { self.0.as_ref() };
        // SAFETY: invariant 1: we hold the lock.
        node.fields.with(|fields| unsafe { (*fields).slot })
    }

    /// The node's mark.
    ///
    /// # Safety
    ///
    /// As [`slot`](Popped::slot).
    pub(crate) unsafe fn mark(self) -> u8 {
        // SAFETY: invariant 2: alive until it is signalled.
        let node = unsafe { self.0.as_ref() };
        // SAFETY: the caller holds the lock.
        unsafe { node.mark() }
    }

    /// The node, out of line.
    ///
    /// # Safety
    ///
    /// As [`slot`](Popped::slot).
    pub(crate) unsafe fn node<'a>(self) -> &'a Node {
        // SAFETY: invariant 2: alive until it is signalled.
        unsafe { self.0.as_ref() }
    }

    /// Signals the node's waiter, if it is free. The node may be gone when this returns.
    ///
    /// # Safety
    ///
    /// As [`slot`](Popped::slot).
    pub(crate) unsafe fn complete(self, signal: Signal) -> Result<Wake, Lost> {
        // SAFETY: the caller's promise.
        unsafe { self.complete_whom(signal, Whom::Free) }
    }

    /// Signals the node's waiter, if it is free or pledged to this line. The node may be gone when this
    /// returns.
    ///
    /// # Safety
    ///
    /// As [`slot`](Popped::slot); whoever is pledged in this list is pledged to it.
    pub(crate) unsafe fn complete_pledged(self, signal: Signal) -> Result<Wake, Lost> {
        // SAFETY: the caller's promise.
        unsafe { self.complete_whom(signal, Whom::Pledged) }
    }

    unsafe fn complete_whom(self, signal: Signal, whom: Whom) -> Result<Wake, Lost> {
        // SAFETY: the caller's promise.
        let fields = unsafe { self.fields() };
        // SAFETY: the node was in line under the lock that the caller holds.
        unsafe { Waiter::complete(fields.waiter, signal, fields.case, whom) }
    }

    /// Binds the node's waiter to this line, if it is free.
    ///
    /// # Safety
    ///
    /// As [`slot`](Popped::slot).
    pub(crate) unsafe fn pledge(self) -> Result<(), Lost> {
        // SAFETY: the caller's promise.
        let fields = unsafe { self.fields() };
        // SAFETY: the node was in line under the lock that the caller holds.
        unsafe { Waiter::pledge(fields.waiter) }
    }

    /// True if the node's waiter is free.
    ///
    /// # Safety
    ///
    /// As [`slot`](Popped::slot).
    pub(crate) unsafe fn is_free(self) -> bool {
        // SAFETY: the caller's promise.
        let fields = unsafe { self.fields() };
        // SAFETY: a waiter lives as long as a node of it is in line.
        unsafe { &*fields.waiter }.is_free()
    }

    /// # Safety
    ///
    /// As [`slot`](Popped::slot).
    unsafe fn fields<'a>(self) -> &'a Fields {
        // SAFETY: invariant 2: alive until it is signalled.
        let node = unsafe { self.0.as_ref() };
        // SAFETY: invariant 1: the caller holds the lock.
        node.fields.with(|fields| unsafe { &*fields })
    }
}

/// A first-in-first-out list of nodes. It lives under a lock.
#[derive(Debug)]
pub(crate) struct List {
    first: *const Node,
    last: *const Node,
}

// SAFETY: the list is only used under a lock, and its nodes may be used from any thread under it.
unsafe impl Send for List {}

impl List {
    pub(crate) const fn new() -> Self {
        Self {
            first: ptr::null(),
            last: ptr::null(),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// The slot of the node in the list, if there is just one.
    pub(crate) fn slot_of_single(&self) -> Option<*mut ()> {
        let first = NonNull::new(self.first.cast_mut()).filter(|_| self.first == self.last)?;
        // SAFETY: invariant 2: a node in the list is alive.
        let first = unsafe { first.as_ref() };
        // SAFETY: invariant 1: we hold the lock.
        Some(first.fields.with(|fields| unsafe { (*fields).slot }))
    }

    /// True if somebody who is still available is in line, beside `me`.
    pub(crate) fn has_others(&self, me: *const Waiter) -> bool {
        let mut next = self.first;
        while let Some(node) = NonNull::new(next.cast_mut()) {
            // SAFETY: invariant 2: a node in the list is alive.
            let node = unsafe { node.as_ref() };
            // SAFETY: invariant 1: we hold the lock.
            let fields = node.fields.with(|fields| unsafe { &*fields });
            // SAFETY: a waiter lives as long as a node of it is in line.
            if fields.waiter != me && unsafe { &*fields.waiter }.is_free() {
                return true;
            }
            next = fields.behind;
        }
        false
    }

    /// Takes `node` out, to be told, if it is in this list. (It can be in no other one.)
    pub(crate) fn take(&mut self, node: &Node) -> Option<Popped> {
        // SAFETY: we hold the list's lock.
        let is_linked = unsafe { node.is_linked() };
        self.remove(node);
        is_linked.then_some(Popped(NonNull::from(node)))
    }

    /// Takes out whom `keep` does not want to keep: how many those were.
    pub(crate) fn retain(&mut self, keep: impl Fn(Popped) -> bool) -> usize {
        let mut gone = 0;
        let mut next = self.first;
        while let Some(node) = NonNull::new(next.cast_mut()) {
            // SAFETY: invariants 1 and 2: in the list, whose lock is held.
            next = unsafe { Popped(node).fields() }.behind;
            if !keep(Popped(node)) {
                // SAFETY: invariant 2: a node in the list is alive.
                self.remove(unsafe { node.as_ref() });
                gone += 1;
            }
        }
        gone
    }

    /// True if somebody in line has the same waiter as `node`.
    ///
    /// # Safety
    ///
    /// As [`bind`](Node::bind).
    pub(crate) unsafe fn has_waiter_of(&self, node: &Node) -> bool {
        // SAFETY: the caller's promise.
        let waiter = unsafe { node.waiter() };
        let mut next = self.first;
        while let Some(node) = NonNull::new(next.cast_mut()) {
            // SAFETY: invariants 1 and 2: in the list, whose lock is held.
            let fields = unsafe { Popped(node).fields() };
            if fields.waiter == waiter {
                return true;
            }
            next = fields.behind;
        }
        false
    }

    /// Puts `node` in line.
    ///
    /// # Safety
    ///
    /// The node is bound and in no list, and its owner keeps invariant 2.
    pub(crate) unsafe fn push(&mut self, node: &Node, place: Place) {
        let (before, behind) = match place {
            Place::Back => (self.last, ptr::null()),
            Place::Front => (ptr::null(), self.first),
        };
        node.fields.with_mut(|fields| {
            // SAFETY: invariant 1: we hold the lock.
            let fields = unsafe { &mut *fields };
            debug_assert!(!fields.linked, "a node is in one line at most");
            fields.before = before;
            fields.behind = behind;
            fields.linked = true;
        });
        self.join(before, node);
        self.join(node, behind);
    }

    /// The node that is first in line, left there.
    pub(crate) fn first(&self) -> Option<Popped> {
        NonNull::new(self.first.cast_mut()).map(Popped)
    }

    /// Puts everybody who is in `other` behind those in this line; `other` is empty then. The same
    /// lock guards both.
    pub(crate) fn append(&mut self, other: &mut Self) {
        let tail = std::mem::replace(other, Self::new());
        if tail.is_empty() {
            return;
        }
        let last = std::mem::replace(&mut self.last, tail.last);
        self.join(last, tail.first);
    }

    /// Takes out the node that is first in line.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Popped> {
        let first = NonNull::new(self.first.cast_mut())?;
        // SAFETY: invariant 2: a node in the list is alive.
        self.remove(unsafe { first.as_ref() });
        Some(Popped(first))
    }

    /// Takes `node` out of the list, if it is in it (it can be in no other one).
    pub(crate) fn remove(&mut self, node: &Node) {
        let (before, behind) = node
            .fields
            .with_mut(|fields| {
                // SAFETY: invariant 1: we hold the lock.
                let fields = unsafe { &mut *fields };
                let was_linked = std::mem::replace(&mut fields.linked, false);
                was_linked.then_some((fields.before, fields.behind))
            })
            .unzip();
        if let (Some(before), Some(behind)) = (before, behind) {
            self.join(before, behind);
        }
    }

    /// Makes `before` and `behind` neighbours; null stands for the end of the list.
    fn join(&mut self, before: *const Node, behind: *const Node) {
        match NonNull::new(before.cast_mut()) {
            // SAFETY: invariants 1 and 2: a neighbour is in the list, hence alive and ours.
            Some(node) => unsafe { node.as_ref() }
                .fields
                .with_mut(|fields| unsafe { (*fields).behind = behind }),
            None => self.first = behind,
        }
        match NonNull::new(behind.cast_mut()) {
            // SAFETY: invariants 1 and 2: a neighbour is in the list, hence alive and ours.
            Some(node) => unsafe { node.as_ref() }
                .fields
                .with_mut(|fields| unsafe { (*fields).before = before }),
            None => self.last = before,
        }
    }
}
