//! The line of a resource that others change without a lock: notify and retry.
//!
//! # The word
//!
//! | bit 0                 | bit 1               | bits 2..                                    |
//! |-----------------------|---------------------|---------------------------------------------|
//! | HAS: somebody waits   | ALL: notify them all | DUE: notifications that nobody delivered yet |
//!
//! HAS changes under the list's lock only. A notifier that finds the lock taken leaves its
//! notification in the word, and whoever holds the lock delivers it after unlocking: so no notifier
//! waits for a holder that was preempted (whoever it meant is woken when the holder goes on), and no
//! notification is lost.
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

use super::list::{List, Node};
use super::{Attempt, Patience, Place, Signal, Wake, WakeBatch};
use crate::sys::atomic::{AtomicUsize, fence};
use crate::sys::{Backoff, Mutex, Ordering, handshake};

const HAS: usize = 1;
const ALL: usize = 2;
const DUE_ONE: usize = 4;

#[derive(Debug)]
pub(crate) struct WaitQueue {
    word: AtomicUsize,
    list: Mutex<List>,
}

impl WaitQueue {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                word: AtomicUsize::new(0),
                list: Mutex::new(List::new()),
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
        handshake();
        // ORDERING: SeqCst, the read of the handshake.
        if self.word.load(Ordering::SeqCst) & HAS != 0 {
            self.notify();
        }
    }

    /// Wakes up to `count` waiters.
    #[inline]
    pub(crate) fn notify_many(&self, count: usize) {
        handshake();
        for _ in 0..count {
            // ORDERING: SeqCst, the read of the handshake.
            if self.word.load(Ordering::SeqCst) & HAS == 0 {
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
        if !self.has_waiters() {
            return;
        }
        // ORDERING: SeqCst; as Release it pairs with the `fetch_or(HAS)` of `enlist`: whoever gets in
        // line after the mark was consumed sees the change that it stood for. The fence in `deliver`
        // makes the holder see the mark.
        self.word.fetch_or(ALL, Ordering::SeqCst);
        self.deliver();
    }

    #[cold]
    #[inline(never)]
    fn notify(&self) {
        let Some(mut list) = self.list.try_lock() else {
            // ORDERING: SeqCst, as in `notify_all`.
            self.word.fetch_add(DUE_ONE, Ordering::SeqCst);
            return self.deliver();
        };
        let first = complete_first(&mut list);
        self.clear_has_if_empty(&list);
        drop(list);
        self.deliver_left();
        if let Some(wake) = first {
            wake.wake();
        }
    }

    /// Delivers what is due, unless somebody else holds the lock and will.
    fn deliver(&self) {
        let mut batch = WakeBatch::new();
        loop {
            // ORDERING: SeqCst fence, pairs with itself: we left a notification and then ask for
            // the lock; the holder lets go of the lock and then looks for notifications. Either we
            // find the lock free, or the holder finds what we left.
            fence(Ordering::SeqCst);
            let Some(mut list) = self.list.try_lock() else {
                return;
            };
            self.complete_due(&mut list, &mut batch);
            drop(list);
            batch.wake();
            if !self.is_due() {
                return;
            }
        }
    }

    /// Signals waiters for what is due. All of them at once if all are due: those who find nothing get
    /// in line again, at its front, and would be told again instead of those who were not told yet. Of
    /// single ones as many as the batch holds; what remains due is put back.
    fn complete_due(&self, list: &mut List, batch: &mut WakeBatch) {
        // ORDERING: Relaxed: the word guards nothing, the lock does.
        let word = self.word.fetch_and(HAS, Ordering::Relaxed);
        let all = word & ALL != 0;
        let mut due = word / DUE_ONE;
        while all || (due > 0 && batch.has_room()) {
            match complete_first(list) {
                Some(wake) => batch.add(wake),
                None => break,
            }
            due = due.saturating_sub(1);
        }
        self.clear_has_if_empty(list);
        if !list.is_empty() && due > 0 {
            // ORDERING: Relaxed, we look again ourselves.
            self.word.fetch_add(due * DUE_ONE, Ordering::Relaxed);
        }
    }

    fn clear_has_if_empty(&self, list: &List) {
        if list.is_empty() {
            // ORDERING: Relaxed: under the lock, a notifier that still sees HAS looks in
            // vain, and one that sees it gone is right: nobody is in line.
            self.word.fetch_and(!HAS, Ordering::Relaxed);
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
        let Some(mut list) = self.lock(patience) else {
            return Attempt::Lagging;
        };
        // SAFETY: the caller's promise.
        unsafe { list.push(node, place) };
        // ORDERING: SeqCst, the write of the handshake; as Acquire it pairs with the marks of `notify`
        // and `notify_all`.
        self.word.fetch_or(HAS, Ordering::SeqCst);
        handshake();
        let outcome = attempt();
        if outcome.is_some() {
            list.remove(node);
            self.clear_has_if_empty(&list);
        }
        drop(list);
        self.deliver_left();
        outcome.map_or(Attempt::Blocked, Attempt::Ready)
    }

    /// Takes `node` out of line, if it is still there. Afterwards its waiter is signalled or never
    /// will be.
    pub(crate) fn withdraw(&self, node: &Node) {
        let mut list = self.list.lock();
        list.remove(node);
        self.clear_has_if_empty(&list);
        drop(list);
        self.deliver_left();
    }

    fn lock(&self, patience: Patience) -> Option<impl std::ops::DerefMut<Target = List> + '_> {
        if patience == Patience::Block {
            return Some(self.list.lock());
        }
        let mut backoff = Backoff::new();
        loop {
            let list = self.list.try_lock();
            if list.is_some() || !backoff.pause() {
                return list;
            }
        }
    }

    /// After unlocking: delivers what others left meanwhile.
    fn deliver_left(&self) {
        if self.is_due() {
            self.deliver();
        }
    }

    fn is_due(&self) -> bool {
        // ORDERING: SeqCst fence, see `deliver`.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed, the fences order it.
        self.word.load(Ordering::Relaxed) & !HAS != 0
    }
}

/// Signals the first waiter in line that is still available. `None`: there is nobody.
fn complete_first(list: &mut List) -> Option<Wake> {
    loop {
        // Whoever was signalled elsewhere meanwhile needs no telling.
        // SAFETY: the caller holds the list's lock.
        if let Ok(wake) = unsafe { list.pop()?.complete(Signal::Notified) } {
            return Some(wake);
        }
    }
}
