//! Who waits for a lock: readers in one line, everybody else in the other.

use std::ptr;

use crate::wait::{Node, Place, SlimList};

/// What a node in line waits to become. It stands in the node's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read = 1,
    Write,
    /// A writer that has lost for so long that the lock is handed to it.
    Starving,
    Upgradable,
    Upgrade,
}

/// Which line that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Readers,
    Others,
}

impl Kind {
    fn to_slot(self) -> *mut () {
        ptr::without_provenance_mut(self as usize)
    }

    fn of_slot(slot: *mut ()) -> Self {
        let kinds = [
            Kind::Read,
            Kind::Write,
            Kind::Starving,
            Kind::Upgradable,
            Kind::Upgrade,
        ];
        kinds[slot.addr() - 1]
    }

    pub(super) fn line(self) -> Line {
        match self {
            Kind::Read => Line::Readers,
            Kind::Write | Kind::Starving | Kind::Upgradable | Kind::Upgrade => Line::Others,
        }
    }

    /// New readers line up behind it.
    fn stops_readers(self) -> bool {
        matches!(self, Kind::Write | Kind::Starving | Kind::Upgrade)
    }
}

#[derive(Debug)]
pub(super) struct Lines {
    pub(super) readers: SlimList,
    pub(super) others: SlimList,
}

impl Lines {
    pub(super) const fn new() -> Self {
        Self {
            readers: SlimList::new(),
            others: SlimList::new(),
        }
    }

    /// Who is first in the line of the others.
    pub(super) fn first_kind(&self) -> Option<Kind> {
        self.others.slots().next().map(Kind::of_slot)
    }

    /// Somebody is in line that stops new readers. (Usually the first is, or nobody.)
    pub(super) fn has_writer(&self) -> bool {
        self.others
            .slots()
            .any(|slot| Kind::of_slot(slot).stops_readers())
    }

    /// Puts `node` in its line.
    ///
    /// # Safety
    ///
    /// As [`SlimList::push`].
    pub(super) unsafe fn push(&mut self, node: &Node, kind: Kind, place: Place) {
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(kind.to_slot()) };
        let behind_upgrade = place == Place::Front && self.first_kind() == Some(Kind::Upgrade);
        match kind.line() {
            // SAFETY: the caller's promise.
            Line::Readers => unsafe { self.readers.push(node, place) },
            // Nobody goes before an upgrade: it holds the lock.
            // SAFETY: the caller's promise.
            Line::Others if behind_upgrade => unsafe { self.others.push_second(node) },
            // SAFETY: the caller's promise.
            Line::Others => unsafe { self.others.push(node, place) },
        }
    }
}
