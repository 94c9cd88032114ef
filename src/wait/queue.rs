//! The line of a resource that others change without a lock: notify and retry, or be served by the notifier.
//!
//! # The word
//!
//! | bit 0               | bit 1                | bit 2                              | bits 3..                                     |
//! |---------------------|----------------------|------------------------------------|----------------------------------------------|
//! | HAS: somebody waits | ALL: notify them all | LOCKED: somebody has the list      | DUE: notifications that nobody delivered yet |
//!
//! The list's lock is part of the word, so that taking it also says that somebody comes (HAS), and
//! letting go of it also shows what others left meanwhile: one read-modify-write each.
//!
//! HAS is set by whoever takes the lock to get in line, and cleared with the lock, if the line is
//! empty then. A notifier that finds the lock taken leaves its notification in the word, and whoever
//! has the lock delivers it after unlocking: so no notifier waits for a holder that was preempted
//! (whoever it meant is woken when the holder goes on), and no notification is lost. With an empty
//! line they are void, and are wiped away with the lock: whoever comes later looks at the resource.
//!
//! # The handshake
//!
//! A notifier changes the resource, then reads the word. A waiter sets HAS, then looks at the
//! resource once more. All four are SeqCst accesses, so at least one of them sees the other: either
//! the notifier finds HAS, or the waiter finds the change.
//!
//! # Invariants
//!
//! 1. A waiter in line saw the resource blocked *after* HAS was set for it, in the one order of
//!    SeqCst accesses. So whoever changes the resource later finds HAS.
//! 2. A delivered notification belongs to the waiter it woke. If that one does not use it, it
//!    notifies the next.
//! 3. The list is touched only by the one [`Locked`] there is.
//! 4. Marks in the word of a line that is not empty are seen by whoever lets go of the lock, or by the
//!    one that left them.

use std::mem::ManuallyDrop;

use super::list::{List, Node};
use super::{Attempt, Lost, Patience, Place, Signal, Wake, WakeBatch};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Backoff, Ordering, UnsafeCell, handshake, overwrite};

const HAS: usize = 1;
const ALL: usize = 2;
const LOCKED: usize = 4;
const DUE_ONE: usize = 8;

#[derive(Debug)]
pub(crate) struct WaitQueue {
    word: AtomicUsize,
    list: UnsafeCell<List>,
}

// SAFETY: invariant 3: the list, which may be sent, is lent to one thread at a time.
unsafe impl Sync for WaitQueue {}

/// Whoever has the list.
struct Locked<'a>(&'a WaitQueue);

impl Locked<'_> {
    fn list<R>(&mut self, act: impl FnOnce(&mut List) -> R) -> R {
        // SAFETY: invariant 3: we have the lock.
        self.0.list.with_mut(|list| act(unsafe { &mut *list }))
    }

    /// Lets go of the list. True if notifications were left meanwhile, for somebody in line.
    #[must_use = "what was left must be delivered"]
    fn unlock(self) -> bool {
        let mut this = ManuallyDrop::new(self);
        let word = &this.0.word;
        if this.list(|list| list.is_empty()) {
            // Marks are wiped away without a look: there is nobody to whom they could be delivered, and
            // whoever gets in line after this sees what they stood for (its SeqCst read-modify-write
            // of the word comes after theirs, with this store in between). The Release of the store
            // pairs with the Acquire of whoever takes the lock next.
            overwrite(word, 0);
            return false;
        }
        // ORDERING: AcqRel: Release as above; Acquire pairs with `leave`: whoever is notified for a mark
        // sees what it stood for.
        word.fetch_sub(LOCKED, Ordering::AcqRel) & !(HAS | LOCKED) != 0
    }
}

/// Should what runs under the lock panic.
impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let left = Locked(self.0).unlock();
        if left {
            self.0.deliver();
        }
    }
}

impl WaitQueue {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                word: AtomicUsize::new(0),
                list: UnsafeCell::new(List::new()),
            }
        }
    }

    /// [`line_up`](super::Operation::line_up), for an operation that `ready` says is possible.
    ///
    /// # Safety
    ///
    /// As [`List::push`].
    pub(crate) unsafe fn line_up(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
        ready: impl FnOnce() -> bool,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.enlist(node, place, patience, || ready().then_some(())) }
    }

    /// Wakes the one that waits longest, if anybody waits. Call it after a change to the resource
    /// that was a SeqCst write.
    #[inline]
    pub(crate) fn notify_one(&self) {
        if self.has_waiters() {
            self.notify();
        }
    }

    /// Wakes up to `count` waiters.
    #[inline]
    pub(crate) fn notify_many(&self, count: usize) {
        for _ in 0..count {
            if !self.has_waiters() {
                return;
            }
            self.notify();
        }
    }

    /// True if somebody waits: for a notifier that wants to know before it tells them all. Call it
    /// after a change to the resource that was a SeqCst write.
    #[inline]
    pub(crate) fn has_waiters(&self) -> bool {
        handshake();
        // ORDERING: SeqCst, the read of the handshake.
        self.word.load(Ordering::SeqCst) & HAS != 0
    }

    /// Wakes everybody that waits. Call it after a change to the resource that was a SeqCst write.
    pub(crate) fn notify_all(&self) {
        if self.has_waiters() {
            // ORDERING: SeqCst, see `leave`.
            self.leave(|word| word.fetch_or(ALL, Ordering::SeqCst));
        }
    }

    #[cold]
    #[inline(never)]
    fn notify(&self) {
        self.serve_one(|list| (complete_first(list), ()), |()| ());
    }

    /// For a notifier that [has waiters](WaitQueue::has_waiters): what becomes of the one that is first in line
    /// is up to `serve`. It runs under the list's lock, so it must be bounded and run nothing foreign. If
    /// somebody else has the lock it is not called (`None`): one waiter is notified instead. `then` runs without the
    /// lock, before anybody is woken.
    #[inline(always)]
    pub(crate) fn serve_one<R>(
        &self,
        serve: impl FnOnce(&mut List) -> (Option<Wake>, R),
        then: impl FnOnce(&R),
    ) -> Option<R> {
        let Some(mut locked) = self.try_lock(0) else {
            // ORDERING: SeqCst, see `leave`.
            self.leave(|word| word.fetch_add(DUE_ONE, Ordering::SeqCst));
            return None;
        };
        let (first, served) = locked.list(serve);
        let left = locked.unlock();
        then(&served);
        if left {
            self.deliver();
        }
        if let Some(wake) = first {
            wake.wake();
        }
        Some(served)
    }

    /// Leaves a mark, for whoever has the lock, or delivers it.
    fn leave(&self, mark: impl FnOnce(&AtomicUsize) -> usize) {
        // ORDERING: SeqCst, see `Locked::unlock`, which it pairs with: either the lock was free (or is
        // again, and then the unlocker saw the mark), or the one that has it will see the mark.
        if mark(&self.word) & LOCKED == 0 {
            self.deliver();
        }
    }

    /// Delivers what is due, unless somebody else has the lock and will.
    fn deliver(&self) {
        let mut batch = WakeBatch::new();
        while let Some(mut locked) = self.try_lock(0) {
            self.complete_due(&mut locked, &mut batch);
            let left = locked.unlock();
            batch.wake();
            if !left {
                return;
            }
        }
    }

    /// Signals waiters for what is due. All of them at once if all are due: those who find nothing get
    /// in line again, at its front, and would be told again instead of those who were not told yet. Of
    /// single ones as many as the batch holds; what remains due is put back.
    fn complete_due(&self, locked: &mut Locked<'_>, batch: &mut WakeBatch) {
        // ORDERING: Acquire, pairs with `leave`, as in `unlock`.
        let word = self.word.fetch_and(HAS | LOCKED, Ordering::Acquire);
        let all = word & ALL != 0;
        let mut due = word / DUE_ONE;
        while all || (due > 0 && batch.has_room()) {
            match locked.list(complete_first) {
                Some(wake) => batch.add(wake),
                None => return,
            }
            due = due.saturating_sub(1);
        }
        if due > 0 {
            // ORDERING: Relaxed, we see it ourselves when we unlock.
            self.word.fetch_add(due * DUE_ONE, Ordering::Relaxed);
        }
    }

    /// Puts `node` in line, unless `attempt`, made once the word says so, comes to something
    /// (`None`: the resource is blocked). The attempt runs under the list's lock: it must be bounded
    /// and run nothing foreign.
    ///
    /// # Safety
    ///
    /// As [`List::push`].
    pub(crate) unsafe fn enlist<R>(
        &self,
        node: &Node,
        place: Place,
        patience: Patience,
        attempt: impl FnOnce() -> Option<R>,
    ) -> Attempt<R> {
        let Some(mut locked) = self.lock(HAS, patience) else {
            return Attempt::Lagging;
        };
        handshake();
        let outcome = attempt();
        if outcome.is_none() {
            // SAFETY: the caller's promise.
            locked.list(|list| unsafe { list.push(node, place) });
        }
        if locked.unlock() {
            self.deliver();
        }
        outcome.map_or(Attempt::Blocked, Attempt::Ready)
    }

    /// Takes `node` out of line, if it is still there. Afterwards its waiter is signalled or never
    /// will be.
    pub(crate) fn withdraw(&self, node: &Node) {
        let locked = self.lock(0, Patience::Block);
        let mut locked = locked.expect("who waits gets the lock");
        locked.list(|list| list.remove(node));
        if locked.unlock() {
            self.deliver();
        }
    }

    /// Takes the lock, setting `also` in the same step, if it is free now.
    #[inline]
    fn try_lock(&self, also: usize) -> Option<Locked<'_>> {
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & LOCKED == 0 {
            // ORDERING: SeqCst, with HAS the write of the handshake; as Acquire it pairs with the
            // Release in `unlock`. Relaxed on failure: nothing is read.
            match self.word.compare_exchange_weak(
                word,
                word | LOCKED | also,
                Ordering::SeqCst,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Locked(self)),
                Err(now) => word = now,
            }
        }
        None
    }

    #[inline]
    fn lock(&self, also: usize, patience: Patience) -> Option<Locked<'_>> {
        match self.try_lock(also) {
            Some(locked) => Some(locked),
            None => self.lock_contended(also, patience),
        }
    }

    #[cold]
    #[inline(never)]
    fn lock_contended(&self, also: usize, patience: Patience) -> Option<Locked<'_>> {
        let mut backoff = Backoff::new();
        loop {
            match patience {
                Patience::Block => backoff.snooze(),
                Patience::Poll if backoff.pause() => {}
                Patience::Poll => return None,
            }
            if let Some(locked) = self.try_lock(also) {
                return Some(locked);
            }
        }
    }
}

/// Signals the first waiter in line that is still available. `None`: there is nobody.
pub(crate) fn complete_first(list: &mut List) -> Option<Wake> {
    while !list.is_empty() {
        // Whoever was signalled elsewhere meanwhile needs no telling.
        if let Ok(wake) = complete_next(list) {
            return Some(wake);
        }
    }
    None
}

/// Signals the one that is first in a line that is not empty, unless it was signalled elsewhere meanwhile.
pub(crate) fn complete_next(list: &mut List) -> Result<Wake, Lost> {
    let first = list.pop().expect("somebody is in line");
    // SAFETY: the caller holds the list's lock.
    unsafe { first.complete(Signal::Notified) }
}
