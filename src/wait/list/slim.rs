//! A line in one word: a ring of nodes, of which only the last is known.
//!
//! For a lock that needs two lines and little memory. [`List`](super::List) knows its first node,
//! too, and so touches fewer of them. The invariants are those of the parent module.

use std::ptr::{self, NonNull};

use super::{Node, Place, Popped};

/// A first-in-first-out list of nodes. It lives under a lock.
#[derive(Debug)]
pub(crate) struct SlimList {
    last: *const Node,
}

// SAFETY: the list is only used under a lock, and its nodes may be used from any thread under it.
unsafe impl Send for SlimList {}

impl SlimList {
    pub(crate) const fn new() -> Self {
        Self { last: ptr::null() }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_null()
    }

    fn first(&self) -> Option<NonNull<Node>> {
        NonNull::new(behind(NonNull::new(self.last.cast_mut())?).cast_mut())
    }

    /// What the nodes say in their slots, in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = *mut ()> + '_ {
        let mut next = self.first();
        std::iter::from_fn(move || {
            let node = next?;
            next = (node.as_ptr().cast_const() != self.last)
                .then(|| NonNull::new(behind(node).cast_mut()))
                .flatten();
            // SAFETY: invariant 2: a node in the list is alive; the list's lock is held.
            Some(unsafe { Popped(node).slot() })
        })
    }

    /// Puts `node` in line.
    ///
    /// # Safety
    ///
    /// As [`List::push`](super::List::push).
    pub(crate) unsafe fn push(&mut self, node: &Node, place: Place) {
        // Between the last and the first, either is right: it is `last` that tells them apart.
        self.link(node, self.last);
        if place == Place::Back {
            self.last = node;
        }
    }

    /// Puts `node` in line, behind the first if there is one.
    ///
    /// # Safety
    ///
    /// As [`List::push`](super::List::push).
    pub(crate) unsafe fn push_second(&mut self, node: &Node) {
        let first = self.first().map_or(ptr::null(), |first| first.as_ptr());
        self.link(node, first);
        if first == self.last {
            self.last = node;
        }
    }

    /// Puts `node` into the ring behind `before`; null if there is none.
    fn link(&mut self, node: &Node, before: *const Node) {
        let behind = NonNull::new(before.cast_mut()).map_or(ptr::from_ref(node), behind);
        let before = if before.is_null() { node } else { before };
        node.fields.with_mut(|fields| {
            // SAFETY: invariant 1: we hold the lock.
            let fields = unsafe { &mut *fields };
            debug_assert!(!fields.linked, "a node is in one line at most");
            fields.before = before;
            fields.behind = behind;
            fields.linked = true;
        });
        join(before, behind, node);
        if self.last.is_null() {
            self.last = node;
        }
    }

    /// Takes out the node that is first in line.
    pub(crate) fn pop(&mut self) -> Option<Popped> {
        let first = self.first()?;
        // SAFETY: invariant 2: a node in the list is alive.
        self.remove(unsafe { first.as_ref() });
        Some(Popped(first))
    }

    /// Takes `node` out of the list, if it is in it (it can be in no other one).
    pub(crate) fn remove(&mut self, node: &Node) {
        let neighbours = node.fields.with_mut(|fields| {
            // SAFETY: invariant 1: we hold the lock.
            let fields = unsafe { &mut *fields };
            let was_linked = std::mem::replace(&mut fields.linked, false);
            was_linked.then_some((fields.before, fields.behind))
        });
        let Some((before, behind)) = neighbours else {
            return;
        };
        if ptr::eq(before, node) {
            self.last = ptr::null();
            return;
        }
        set_behind(before, behind);
        set_before(behind, before);
        if ptr::eq(self.last, node) {
            self.last = before;
        }
    }
}

/// Makes `node`, which knows its neighbours, known to them.
fn join(before: *const Node, behind: *const Node, node: *const Node) {
    set_behind(before, node);
    set_before(behind, node);
}

fn behind(node: NonNull<Node>) -> *const Node {
    // SAFETY: invariant 2: a node in the list is alive.
    let node = unsafe { node.as_ref() };
    // SAFETY: invariant 1: we hold the lock.
    node.fields.with(|fields| unsafe { (*fields).behind })
}

fn set_behind(node: *const Node, behind: *const Node) {
    // SAFETY: invariant 2: in the ring, hence alive.
    let node = unsafe { &*node };
    node.fields
        // SAFETY: invariant 1: we hold the lock.
        .with_mut(|fields| unsafe { (*fields).behind = behind });
}

fn set_before(node: *const Node, before: *const Node) {
    // SAFETY: invariant 2: in the ring, hence alive.
    let node = unsafe { &*node };
    node.fields
        // SAFETY: invariant 1: we hold the lock.
        .with_mut(|fields| unsafe { (*fields).before = before });
}
