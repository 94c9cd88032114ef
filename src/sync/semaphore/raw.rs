//! The permits and the line.
//!
//! # The word
//!
//! | bit 0                     | bit 1                      | bits 2..                         |
//! |---------------------------|----------------------------|----------------------------------|
//! | CLOSED: for good          | QUEUED: somebody is in line | available permits, at most MAX  |
//!
//! | step                            | from                                 | to                  |
//! |---------------------------------|--------------------------------------|---------------------|
//! | acquire `n`                     | not CLOSED, not QUEUED, `n` available | `n` fewer           |
//! | acquire for the first in line   | `n` available, the line is locked    | `n` fewer           |
//! | return, add                     | anything                             | `n` more            |
//! | forget                          | anything                             | fewer               |
//! | get in line                     | not CLOSED; QUEUED or fewer than `n`; the line is locked | QUEUED |
//! | the line is empty               | QUEUED, the line is locked           | not QUEUED          |
//! | close                           | anything                             | CLOSED              |
//!
//! # Invariants
//!
//! 1. QUEUED is set if somebody is in line, whenever the line is not locked.
//! 2. Whoever adds permits to a word with QUEUED, or takes somebody out of line, looks whether the
//!    first in line can be served. So if somebody is in line and could be served, somebody is about
//!    to lock the line and do so.
//! 3. Once CLOSED, nobody gets in line, and the closer tells everybody who is.
//! 4. The slot of a node in line holds the number of permits it waits for.
//! 5. `total` is at least the number of permits there are, available or acquired: those that are added
//!    count before they are, those that are forgotten until they are. It is at most MAX, so no count
//!    of permits runs over.

use std::ptr;

use super::error::TryAcquireError;
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Ordering, ShortLock, ShortLockGuard, step_aside};
use crate::wait::{Attempt, Node, Patience, Place, Signal, SlimList, WakeBatch, spin_until};

const CLOSED: usize = 1;
const QUEUED: usize = 2;
const PERMIT: usize = 4;

/// The most that there can be, available or acquired.
pub(super) const MAX: usize = usize::MAX >> 3;

/// One look at the word.
#[derive(Clone, Copy)]
struct Word(usize);

impl Word {
    #[inline]
    fn available(self) -> usize {
        self.0 / PERMIT
    }

    #[inline]
    fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    #[inline]
    fn is_queued(self) -> bool {
        self.0 & QUEUED != 0
    }

    /// The word without `n` permits, if so many are available.
    #[inline]
    fn without(self, n: usize) -> Option<usize> {
        (n <= self.available()).then(|| self.0 - n * PERMIT)
    }
}

pub(super) struct RawSemaphore {
    word: AtomicUsize,
    total: AtomicUsize,
    line: ShortLock<SlimList>,
}

impl RawSemaphore {
    constant! {
        #[track_caller]
        pub(super) fn new(permits: usize) -> Self {
            assert!(permits <= MAX, "a semaphore of more than MAX_PERMITS");
            Self {
                word: AtomicUsize::new(permits * PERMIT),
                total: AtomicUsize::new(permits),
                line: ShortLock::new(SlimList::new()),
            }
        }
    }

    fn look(&self) -> Word {
        // ORDERING: Relaxed, a look: whatever is built on it is an RMW of its own.
        Word(self.word.load(Ordering::Relaxed))
    }

    pub(super) fn available(&self) -> usize {
        self.look().available()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.look().is_closed()
    }

    /// Changes the word to what `change` makes of it, unless that is nothing.
    #[inline]
    fn change<E>(&self, change: impl Fn(Word) -> Result<usize, E>) -> Result<Word, E> {
        let mut now = self.look();
        loop {
            let next = change(now)?;
            // ORDERING: Acquire, pairs with the Release in `give`: what was done with a permit before it
            // was returned is visible to the next that has it. Release, pairs with the same in the
            // next `change`, for permits that are added. All changes of the word are RMWs.
            match self
                .word
                .compare_exchange_weak(now.0, next, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return Ok(now),
                Err(changed) => now = Word(changed),
            }
        }
    }

    /// Takes `n` permits, unless somebody is in line.
    #[inline]
    pub(super) fn try_acquire(&self, n: usize) -> Result<(), TryAcquireError> {
        let taken = self.change(|word| {
            if word.is_closed() {
                Err(TryAcquireError::Closed)
            } else if word.is_queued() && n > 0 {
                Err(TryAcquireError::NoPermits)
            } else {
                word.without(n).ok_or(TryAcquireError::NoPermits)
            }
        });
        taken.map(drop)
    }

    /// As [`try_acquire`](RawSemaphore::try_acquire), for a thread that is about to get in line: it looks
    /// for a while first. Permits are not away for long as a rule, and once somebody is in line each of
    /// them goes to a sleeper. Nobody is passed: whoever is in line was there before.
    #[cold]
    #[inline(never)]
    pub(super) fn acquire_soon(&self, n: usize) -> Result<(), TryAcquireError> {
        step_aside();
        let mut outcome = Err(TryAcquireError::NoPermits);
        spin_until(|| {
            let now = self.look();
            if now.is_closed() || !now.is_queued() && n <= now.available() {
                outcome = self.try_acquire(n);
            }
            outcome != Err(TryAcquireError::NoPermits)
        });
        outcome
    }

    /// Makes `n` permits available: those that were acquired are returned, or new ones counted.
    #[inline]
    pub(super) fn give(&self, n: usize) {
        // ORDERING: Release, pairs with the Acquire in `change`: what we did with the permits is visible
        // to the next that has them.
        let before = Word(self.word.fetch_add(n * PERMIT, Ordering::Release));
        if before.is_queued() {
            self.serve();
        }
    }

    #[track_caller]
    pub(super) fn add(&self, n: usize) {
        let more = |total: usize| total.checked_add(n).filter(|total| *total <= MAX);
        // ORDERING: Acquire, pairs with the Release in `lose`: permits that do not count any more are
        // gone.
        let counted = self
            .total
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, more);
        assert!(counted.is_ok(), "there would be more than MAX_PERMITS");
        self.give(n);
    }

    /// Takes available permits away, `n` at most: how many.
    pub(super) fn forget(&self, n: usize) -> usize {
        let forgotten = |word: Word| word.available().min(n);
        let before = self.change(|word| word.without(forgotten(word)).ok_or(()));
        let gone = forgotten(before.expect("so many are available"));
        self.lose(gone);
        gone
    }

    /// `n` permits that were acquired, or taken away, are no more.
    pub(super) fn lose(&self, n: usize) {
        // ORDERING: Release, pairs with the Acquire in `add`.
        self.total.fetch_sub(n, Ordering::Release);
    }

    /// Puts `node` in line for `n` permits, unless they are there, or it is closed.
    ///
    /// # Safety
    ///
    /// As [`Operation::line_up`](crate::wait::Operation::line_up).
    pub(super) unsafe fn line_up(
        &self,
        node: &Node,
        n: usize,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        let line = match patience {
            Patience::Block => Some(self.line.lock()),
            Patience::Poll => self.line.lock_soon(),
        };
        let Some(mut line) = line else {
            return Attempt::Lagging;
        };
        // The mark and the verdict are one step: permits that come later find the mark (invariant 2).
        let must_wait = self.change(|word| {
            let possible = n == 0 || !word.is_queued() && n <= word.available();
            (!word.is_closed() && !possible)
                .then_some(word.0 | QUEUED)
                .ok_or(())
        });
        if must_wait.is_err() {
            return Attempt::Ready(());
        }
        // SAFETY: the node is in no line.
        unsafe { node.set_slot(ptr::without_provenance_mut(n)) };
        // SAFETY: the caller's promise.
        unsafe { line.push(node, place) };
        if place == Place::Front {
            // It may be small enough for what the one before it could not use.
            self.serve_locked(line);
        }
        Attempt::Blocked
    }

    /// Takes `node` out of line. If it held others up, they go on.
    pub(super) fn withdraw(&self, node: &Node) {
        let mut line = self.line.lock();
        line.remove(node);
        self.serve_locked(line);
    }

    /// Hands permits to those that are first in line, as long as there are enough.
    #[cold]
    #[inline(never)]
    fn serve(&self) {
        self.serve_locked(self.line.lock());
    }

    fn serve_locked<'a>(&'a self, mut line: ShortLockGuard<'a, SlimList>) {
        let mut batch = WakeBatch::new();
        while !self.serve_some(&mut line, &mut batch) {
            drop(line);
            batch.wake();
            line = self.line.lock();
        }
        drop(line);
    }

    /// Serves as many as the batch holds. True: nobody else can be served now.
    fn serve_some(&self, line: &mut SlimList, batch: &mut WakeBatch) -> bool {
        loop {
            // Before it asks for room: wakers run before the next look, and nobody is in line meanwhile.
            let Some(n) = line.slots().next().map(|slot| slot.addr()) else {
                // ORDERING: Relaxed, the bit is about the line, whose lock we hold.
                self.word.fetch_and(!QUEUED, Ordering::Relaxed);
                return true;
            };
            if !batch.has_room() {
                return false;
            }
            // Whoever closed it tells the rest.
            let granted = |word: Word| match word.is_closed() {
                false => word.without(n).ok_or(()),
                true => Err(()),
            };
            if self.change(granted).is_err() {
                return true;
            }
            let node = line.pop().expect("somebody is first");
            // SAFETY: we hold the line's lock.
            match unsafe { node.complete(Signal::Handed) } {
                Ok(wake) => batch.add(wake),
                Err(_) => {
                    // It has got something else meanwhile. We serve the next ourselves.
                    // ORDERING: Release, as in `give`.
                    self.word.fetch_add(n * PERMIT, Ordering::Release);
                }
            }
        }
    }

    pub(super) fn close(&self) -> bool {
        // ORDERING: AcqRel, pairs with itself: of two closers one is told that it was the first, and
        // whoever finds it closed sees what the closer did before.
        let before = Word(self.word.fetch_or(CLOSED, Ordering::AcqRel));
        let mut batch = WakeBatch::new();
        while before.is_queued() && !self.release_some(&mut batch) {
            batch.wake();
        }
        !before.is_closed()
    }

    /// Tells as many as the batch holds that it is closed. True: that was everybody.
    fn release_some(&self, batch: &mut WakeBatch) -> bool {
        let mut line = self.line.lock();
        while batch.has_room() {
            let Some(node) = line.pop() else {
                // ORDERING: Relaxed, the bit is about the line, whose lock we hold.
                self.word.fetch_and(!QUEUED, Ordering::Relaxed);
                return true;
            };
            // SAFETY: we hold the line's lock. Whoever has got something else needs no telling.
            if let Ok(wake) = unsafe { node.complete(Signal::Closed) } {
                batch.add(wake);
            }
        }
        false
    }
}
