//! The word of a lock, as named predicates.
//!
//! | bit  | name       | set while                                                              |
//! |------|------------|------------------------------------------------------------------------|
//! | 0    | WRITING    | a writer holds the lock                                                |
//! | 1    | UPGRADABLE | an upgradable reader holds it (it is not among the counted readers)    |
//! | 2    | PENDING    | a writer or an upgrade is in line: new readers line up behind it       |
//! | 3    | OTHERS     | the line of writers, upgradable readers and upgrades is not empty      |
//! | 4    | READERS    | the line of readers is not empty                                       |
//! | 5    | OPEN       | with PENDING: a writer was told to try, and any writer may be faster   |
//! | 6..  | count      | readers, and for a moment those who ask in vain; the top bit: too many |
//!
//! PENDING, OTHERS, READERS and OPEN change under the lock of the lines only (a writer that takes
//! the lock clears OPEN). Everything else may change at any time:
//!
//! | step                          | from                                   | to                     |
//! |-------------------------------|----------------------------------------|------------------------|
//! | a reader enters               | anything                               | count + 1              |
//! | ... and finds it must not     | WRITING or PENDING                     | count - 1              |
//! | a reader leaves               | count > 0                              | count - 1              |
//! | a writer enters               | count 0, nobody holds it, not PENDING or OPEN | WRITING, not OPEN |
//! | a writer leaves, nobody waits | WRITING alone                          | 0                      |
//! | an upgradable reader enters   | none of WRITING, UPGRADABLE, OTHERS    | UPGRADABLE             |
//! | an upgradable reader leaves   | UPGRADABLE                             | not UPGRADABLE         |
//! | it upgrades                   | UPGRADABLE, count 0, not WRITING       | WRITING, not UPGRADABLE, not OPEN |
//! | it becomes a reader           | UPGRADABLE                             | not UPGRADABLE, count + 1 |

use std::fmt;

pub(super) const WRITING: usize = 1;
pub(super) const UPGRADABLE: usize = 1 << 1;
pub(super) const PENDING: usize = 1 << 2;
pub(super) const OTHERS: usize = 1 << 3;
pub(super) const READERS: usize = 1 << 4;
pub(super) const OPEN: usize = 1 << 5;
pub(super) const READER: usize = 1 << 6;
const TOO_MANY: usize = 1 << (usize::BITS - 1);

/// One look at the word.
#[derive(Clone, Copy)]
pub(super) struct Word(pub(super) usize);

impl Word {
    #[inline(always)]
    fn has(self, bits: usize) -> bool {
        self.0 & bits != 0
    }

    /// How many readers there are.
    #[inline(always)]
    pub(super) fn readers(self) -> usize {
        self.0 / READER
    }

    /// A reader that came upon this word, and counted itself, holds the lock.
    #[inline(always)]
    pub(super) fn admits_reader(self) -> bool {
        !self.has(WRITING | PENDING | TOO_MANY)
    }

    /// Readers have to line up.
    pub(super) fn stops_readers(self) -> bool {
        self.has(WRITING | PENDING)
    }

    /// So many readers that the count might run over: guards were leaked in a loop.
    pub(super) fn has_too_many(self) -> bool {
        self.has(TOO_MANY)
    }

    /// `leaving` readers that came upon this word and left were the last ones, and a writer waits.
    #[inline(always)]
    pub(super) fn was_last(self, leaving: usize) -> bool {
        self.0 & !(UPGRADABLE | OTHERS | READERS | OPEN) == PENDING + leaving * READER
    }

    /// Nobody holds the lock, but perhaps readers that wait for this writer alone.
    pub(super) fn admits_writer(self) -> bool {
        self.is_unheld() && (!self.has(PENDING) || self.has(OPEN))
    }

    pub(super) fn is_unheld(self) -> bool {
        self.readers() == 0 && !self.has(WRITING | UPGRADABLE)
    }

    pub(super) fn admits_upgradable(self) -> bool {
        !self.has(WRITING | UPGRADABLE | OTHERS)
    }

    /// For the first in line: nobody holds the lock in a way that excludes an upgradable reader.
    pub(super) fn is_upgradable_free(self) -> bool {
        !self.has(WRITING | UPGRADABLE)
    }

    /// For the upgradable reader: it is alone.
    #[inline(always)]
    pub(super) fn admits_upgrade(self) -> bool {
        self.readers() == 0
    }

    /// Readers are in line, or the bit is not up to date.
    pub(super) fn has_readers_in_line(self) -> bool {
        self.has(READERS)
    }

    /// Somebody other than a plain reader is in line.
    #[inline(always)]
    pub(super) fn has_others_in_line(self) -> bool {
        self.has(OTHERS)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Word")
            .field("writing", &self.has(WRITING))
            .field("upgradable", &self.has(UPGRADABLE))
            .field("pending", &self.has(PENDING))
            .field("others", &self.has(OTHERS))
            .field("readers_in_line", &self.has(READERS))
            .field("open", &self.has(OPEN))
            .field("readers", &self.readers())
            .finish()
    }
}
