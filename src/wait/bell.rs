//! A waiter that is neither a thread nor a task: being signalled runs code.

use std::task::{Wake, Waker};

use super::list::{ALONE, Node};
use super::waiter::Waiter;
use crate::sys::PlainArc;

/// A waiter with its one node. While it is set, it keeps the one that it rings alive, and so itself
/// if it is a part of it.
#[derive(Debug)]
pub(crate) struct Bell {
    waiter: Waiter,
    node: Node,
}

// SAFETY: the waiter and the node are made to be used from any thread; `set` and `unset` ask for an
// owner.
unsafe impl Send for Bell {}
// SAFETY: as above.
unsafe impl Sync for Bell {}

impl Bell {
    pub(crate) fn new() -> Self {
        Self {
            waiter: Waiter::new(),
            node: Node::new(),
        }
    }

    /// What stands in line.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// Gets ready to get in line: a notification will wake `whom`, once all locks are let go.
    ///
    /// # Safety
    ///
    /// The caller is the only one who sets or unsets it now, and the node is in no line.
    pub(crate) unsafe fn set<W: Wake + Send + Sync + 'static>(&self, whom: PlainArc<W>) {
        // SAFETY: the caller's promise.
        drop(unsafe { self.waiter.arm(Some(Waker::from(whom))) });
        // SAFETY: the caller's promise.
        unsafe { self.node.bind(&self.waiter, ALONE) };
    }

    /// Lets go of the one that would have been rung.
    ///
    /// # Safety
    ///
    /// As [`set`](Bell::set).
    pub(crate) unsafe fn unset(&self) {
        // SAFETY: the caller's promise.
        drop(unsafe { self.waiter.arm(None) });
    }
}
