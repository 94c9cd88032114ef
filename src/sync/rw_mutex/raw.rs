//! The lock without a value: a word for those who need not wait, two lines for those who do.
//!
//! # Invariants
//!
//! 1. A lock held for writing excludes every other holder; an upgradable reader excludes writers and
//!    other upgradable readers; see the transitions of [`word`](super::word).
//! 2. PENDING, OTHERS and READERS say what is in line whenever the lines are not locked.
//! 3. Whenever the lines are not locked and somebody is in line, one of these will look at the lines:
//!    a writer that holds the lock (its way out sees that somebody is in line), an upgradable reader
//!    that holds it (OTHERS), the last reader that leaves (PENDING), a writer that was notified and
//!    has not tried yet (OPEN, or nobody is PENDING), or somebody who has just left in this way and
//!    is about to lock the lines.
//! 4. An upgrade is first in its line, and there is one at most: it holds the lock.

use super::lines::{Kind, Line, Lines};
use super::word::{OPEN, OTHERS, PENDING, READER, READERS, UPGRADABLE, WRITING, Word};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Ordering, ShortLock, ShortLockGuard};
use crate::wait::{Attempt, Node, Patience, Place, Signal, WakeBatch};

/// So many readers are let in under one locking of the lines.
const BATCH: usize = if cfg!(towpath_loom) { 1 } else { 16 };

/// The lock without a value; internal.
pub struct RawRwMutex {
    word: AtomicUsize,
    lines: ShortLock<Lines>,
}

impl RawRwMutex {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                word: AtomicUsize::new(0),
                lines: ShortLock::new(Lines::new()),
            }
        }
    }

    pub(super) fn look(&self) -> Word {
        // ORDERING: Relaxed, a look: whatever is built on it is an RMW of its own.
        Word(self.word.load(Ordering::Relaxed))
    }

    /// Changes the word to what `change` makes of it, unless that is nothing.
    #[inline]
    fn change(&self, change: impl Fn(Word) -> Option<usize>) -> bool {
        let mut now = self.look();
        while let Some(next) = change(now) {
            // ORDERING: Acquire, pairs with the Release of every way out (`read_unlock`, `end_read`,
            // `write_unlock`, `end_write`, `upgradable_unlock`): what the last holders did is visible.
            // All changes of the word are RMWs, so none breaks the sequence of a Release. Who is
            // granted the lock by us sees it through its waiter's signal.
            match self
                .word
                .compare_exchange_weak(now.0, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(changed) => now = Word(changed),
            }
        }
        false
    }

    // ------------------------------------------------------------------ readers

    /// Takes the lock for reading, if no writer holds it or waits for it. One RMW.
    #[inline]
    #[track_caller]
    pub(super) fn read_now(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release of `write_unlock` and `end_write`: what the last
        // writer did is visible.
        let before = Word(self.word.fetch_add(READER, Ordering::Acquire));
        if before.admits_reader() {
            return true;
        }
        self.take_back_read(before);
        false
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn take_back_read(&self, before: Word) {
        // For a moment we looked like a holder; should a writer have waited for that, we tell it.
        self.read_unlock();
        assert!(!before.has_too_many(), "too many readers");
    }

    /// As [`read_now`](RawRwMutex::read_now), with a look first: does not disturb a writer.
    #[track_caller]
    pub(super) fn try_read(&self) -> bool {
        !self.look().stops_readers() && self.read_now()
    }

    #[inline]
    pub(super) fn read_unlock(&self) {
        self.end_read(1);
    }

    /// Lets `count` readers leave.
    #[inline]
    fn end_read(&self, count: usize) {
        // ORDERING: Release, pairs with the Acquire in `change` and `write_now`: our reads are over
        // before a writer writes.
        let before = Word(self.word.fetch_sub(count * READER, Ordering::Release));
        if before.was_last(count) {
            self.settle();
        }
    }

    // ------------------------------------------------------------------ writers

    /// Takes the lock for writing, if nobody holds it or waits for it. One RMW.
    #[inline]
    pub(super) fn write_now(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release of every way out, as in `change`.
        self.word
            .compare_exchange(0, WRITING, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes the lock for writing, if it is free and kept for nobody.
    pub(super) fn try_write(&self) -> bool {
        self.change(|word| word.admits_writer().then_some((word.0 | WRITING) & !OPEN))
    }

    #[inline]
    pub(super) fn write_unlock(&self) {
        // ORDERING: Release, pairs with the Acquire of every way in: what we wrote is visible.
        let alone = self
            .word
            .compare_exchange(WRITING, 0, Ordering::Release, Ordering::Relaxed);
        if alone.is_err() {
            self.end_write();
        }
    }

    /// Ends writing though somebody is in line (or asks in vain): readers first, all that are in
    /// line now, or else the next writer.
    #[cold]
    #[inline(never)]
    fn end_write(&self) {
        let mut batch = WakeBatch::new();
        let mut lines = self.lines.lock();
        if lines.readers.is_empty() {
            self.pass_write(&mut lines, &mut batch);
        } else {
            self.open_phase(lines, &mut batch, 0, 0);
        }
    }

    /// The writer becomes a reader, and readers that are in line are let in.
    pub(super) fn downgrade_write(&self) {
        let mut batch = WakeBatch::new();
        let lines = self.lines.lock();
        self.open_phase(lines, &mut batch, 1, 0);
    }

    /// The writer becomes an upgradable reader, and readers that are in line are let in.
    pub(super) fn downgrade_to_upgradable(&self) {
        let mut batch = WakeBatch::new();
        let lines = self.lines.lock();
        self.open_phase(lines, &mut batch, 0, UPGRADABLE);
    }

    /// Turns the writer that calls into readers, `keep` of which remain when this returns, and sets
    /// `bits`.
    fn open_phase<'a>(
        &'a self,
        mut lines: ShortLockGuard<'a, Lines>,
        batch: &mut WakeBatch,
        keep: usize,
        bits: usize,
    ) {
        // ORDERING: Release, pairs with the Acquire of every way in: what the writer wrote is visible.
        self.word
            .fetch_add((1 + BATCH) * READER + bits - WRITING, Ordering::Release);
        // An upgradable reader that is first in line goes along.
        self.advance(&mut lines, batch);
        self.admit(lines, batch, keep);
    }

    /// Ends writing; no reader is in line.
    fn pass_write(&self, lines: &mut Lines, batch: &mut WakeBatch) {
        // A writer that has not waited for long is told to try, and others may be faster: a lock
        // handed to a sleeper is idle until it runs.
        let told = (lines.first_kind() == Some(Kind::Write))
            .then(|| lines.others.pop())
            .flatten();
        if told.is_some() {
            self.refresh(lines);
            if lines.has_writer() {
                // ORDERING: Relaxed, under the lock of the lines; published by the Release below.
                self.word.fetch_or(OPEN, Ordering::Relaxed);
            }
        }
        // ORDERING: Release, pairs with the Acquire of every way in: what we wrote is visible.
        self.word.fetch_and(!WRITING, Ordering::Release);
        if let Some(node) = told {
            // SAFETY: we hold the lock of the lines.
            if let Ok(wake) = unsafe { node.complete(Signal::Notified) } {
                batch.add(wake);
                return;
            }
        }
        self.advance(lines, batch);
    }

    // ------------------------------------------------------- upgradable readers

    /// Takes the lock for upgradable reading, if nobody holds it in the same way or for writing, and
    /// nobody waits to.
    #[inline]
    pub(super) fn try_upgradable(&self) -> bool {
        self.change(|word| word.admits_upgradable().then_some(word.0 | UPGRADABLE))
    }

    #[inline]
    pub(super) fn upgradable_unlock(&self) {
        // ORDERING: Release, pairs with the Acquire in `change`: our reads are over before a writer
        // writes, and what we wrote before a downgrade is visible to the next.
        let before = Word(self.word.fetch_sub(UPGRADABLE, Ordering::Release));
        if before.has_others_in_line() {
            self.settle();
        }
    }

    /// The upgradable reader becomes a plain one.
    pub(super) fn downgrade_upgradable(&self) {
        // ORDERING: Release, as in `upgradable_unlock`.
        let before = Word(self.word.fetch_add(READER - UPGRADABLE, Ordering::Release));
        if before.has_others_in_line() {
            self.settle();
        }
    }

    /// The upgradable reader becomes the writer, if it is alone.
    #[inline]
    pub(super) fn try_upgrade(&self) -> bool {
        self.change(|word| {
            let writing = (word.0 - UPGRADABLE) | WRITING;
            word.admits_upgrade().then_some(writing & !OPEN)
        })
    }

    // --------------------------------------------------------------- the lines

    fn lock(&self, patience: Patience) -> Option<ShortLockGuard<'_, Lines>> {
        match patience {
            Patience::Block => Some(self.lines.lock()),
            Patience::Poll => self.lines.lock_soon(),
        }
    }

    /// Puts `node` in line, unless its kind of holder may enter now.
    ///
    /// # Safety
    ///
    /// As [`Operation::line_up`](crate::wait::Operation::line_up).
    pub(super) unsafe fn line_up(
        &self,
        node: &Node,
        kind: Kind,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let Some(mut lines) = self.lock(patience) else {
            return Attempt::Lagging;
        };
        // The mark and the verdict are one step: whoever is in the way finds the mark on its way out
        // (invariant 3).
        let must_wait = match kind {
            Kind::Read => self.change(|word| word.stops_readers().then_some(word.0 | READERS)),
            Kind::Write | Kind::Starving => {
                self.change(|word| (!word.admits_writer()).then_some(word.0 | PENDING | OTHERS))
            }
            Kind::Upgradable => {
                self.change(|word| (!word.admits_upgradable()).then_some(word.0 | OTHERS))
            }
            Kind::Upgrade => {
                self.change(|word| (!word.admits_upgrade()).then_some(word.0 | PENDING | OTHERS))
            }
        };
        if !must_wait {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe { lines.push(node, kind, place) };
        if place == Place::Front && kind.line() == Line::Others {
            // What the one before it waits for need not keep this one out.
            self.settle_locked(lines, &mut WakeBatch::new());
        }
        Attempt::Blocked
    }

    /// Takes `node` out of its line, if it is in it. If it held others up, they go on.
    pub(super) fn withdraw(&self, node: &Node, line: Line) {
        let mut batch = WakeBatch::new();
        let mut lines = self.lines.lock();
        match line {
            Line::Readers => {
                lines.readers.remove(node);
                self.refresh(&lines);
            }
            Line::Others => {
                // SAFETY: we hold the lock of the lines.
                let was_in_line = unsafe { node.is_linked() };
                lines.others.remove(node);
                // One that was told leaves nobody behind by going out of line: it is yet to try.
                if was_in_line {
                    self.settle_locked(lines, &mut batch);
                }
            }
        }
    }

    /// Somebody was told in vain: others were faster. Those behind it may be able to enter beside them.
    pub(super) fn missed(&self) {
        if self.look().has_others_in_line() {
            self.settle();
        }
    }

    /// Gives the lock to whom it is due, after a holder left or somebody gave up.
    #[cold]
    #[inline(never)]
    pub(super) fn settle(&self) {
        let mut batch = WakeBatch::new();
        self.settle_locked(self.lines.lock(), &mut batch);
    }

    fn settle_locked<'a>(&'a self, mut lines: ShortLockGuard<'a, Lines>, batch: &mut WakeBatch) {
        self.advance(&mut lines, batch);
        // Readers are in line without a writer if one that waited gave up.
        let entered = self.change(|word| {
            (word.has_readers_in_line() && !word.stops_readers())
                .then_some(word.0 + (1 + BATCH) * READER)
        });
        if entered {
            self.admit(lines, batch, 0);
        }
    }

    /// Lets in the first of the writers, upgradable readers and upgrades, as long as that is
    /// possible.
    fn advance(&self, lines: &mut Lines, batch: &mut WakeBatch) {
        while let Some(kind) = lines.first_kind() {
            if !self.claim(kind) {
                break;
            }
            let node = lines.others.pop().expect("somebody is first");
            // SAFETY: we hold the lock of the lines.
            match unsafe { node.complete(Signal::Handed) } {
                Ok(wake) => batch.add(wake),
                // It has got something else meanwhile.
                Err(_) => self.unclaim(kind),
            }
        }
        self.refresh(lines);
    }

    /// Takes the lock for one that is first in line.
    fn claim(&self, kind: Kind) -> bool {
        match kind {
            Kind::Write | Kind::Starving => {
                self.change(|word| word.is_unheld().then_some((word.0 | WRITING) & !OPEN))
            }
            Kind::Upgradable => {
                self.change(|word| word.is_upgradable_free().then_some(word.0 | UPGRADABLE))
            }
            Kind::Upgrade => self.try_upgrade(),
            Kind::Read => unreachable!("readers have a line of their own"),
        }
    }

    /// Undoes [`claim`](RawRwMutex::claim).
    fn unclaim(&self, kind: Kind) {
        let undo = match kind {
            Kind::Upgradable => UPGRADABLE,
            Kind::Upgrade => WRITING.wrapping_sub(UPGRADABLE),
            Kind::Write | Kind::Starving | Kind::Read => WRITING,
        };
        // ORDERING: Release, pairs with the Acquire in `change`, for what `claim` acquired.
        self.word.fetch_sub(undo, Ordering::Release);
    }

    /// Lets in the readers that are in line now. The caller holds the lock as `1 + BATCH` readers;
    /// `keep` of them remain when this returns.
    fn admit<'a>(
        &'a self,
        mut lines: ShortLockGuard<'a, Lines>,
        batch: &mut WakeBatch,
        keep: usize,
    ) {
        let mut held = 1 + BATCH;
        // Known once one locking was not enough: those who come later wait for the next phase.
        let mut due = None;
        loop {
            let room = due.unwrap_or(BATCH).min(held - 1);
            let let_in = admit_some(&mut lines, batch, room);
            held -= let_in;
            self.refresh(&lines);
            let in_line = lines
                .readers
                .slots()
                .take(due.unwrap_or(usize::MAX))
                .count();
            let left = due.map_or(in_line, |due| (due - let_in).min(in_line));
            drop(lines);
            if left == 0 {
                break;
            }
            batch.wake();
            due = Some(left);
            // ORDERING: Relaxed, we are a reader already, and nobody is let in yet.
            self.word.fetch_add(BATCH * READER, Ordering::Relaxed);
            held += BATCH;
            lines = self.lines.lock();
        }
        if held > keep {
            self.end_read(held - keep);
        }
        batch.wake();
    }

    /// Makes the word say what is in line, after somebody was taken out.
    fn refresh(&self, lines: &Lines) {
        let mut gone = 0;
        if lines.readers.is_empty() {
            gone |= READERS;
        }
        if lines.others.is_empty() {
            gone |= OTHERS;
        }
        if !lines.has_writer() {
            gone |= PENDING | OPEN;
        }
        if gone & self.look().0 != 0 {
            // ORDERING: Relaxed, the bits are about the lines, whose lock we hold.
            self.word.fetch_and(!gone, Ordering::Relaxed);
        }
    }
}

/// Lets in up to `room` readers: how many it were.
fn admit_some(lines: &mut Lines, batch: &mut WakeBatch, room: usize) -> usize {
    let mut count = 0;
    while count < room && batch.has_room() {
        let Some(node) = lines.readers.pop() else {
            break;
        };
        // SAFETY: we hold the lock of the lines. Whoever has got something else needs nothing.
        if let Ok(wake) = unsafe { node.complete(Signal::Handed) } {
            batch.add(wake);
            count += 1;
        }
    }
    count
}

impl std::fmt::Debug for RawRwMutex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.look().fmt(f)
    }
}
