//! The line of a mutex, and who looks after those who wait in it behind a future that nobody polls.
//!
//! A task that is notified, or handed a lock, may never come: its future may be put aside, neither
//! polled nor dropped, while its task does something else. Whoever is in line behind it would wait as
//! long. So a line with somebody in it, while a task is to come, is watched: every 4 ms the timers
//! ring the first in it, which leaves the line, looks at the lock itself, and takes it if it is not
//! taken. If that one does not come either, the next is rung. The future that comes late finds out,
//! and waits on.
//!
//! Nothing that outlives a borrow of the mutex points at the mutex, which may move, or go, when the
//! futures that borrow it are forgotten in line. The timers know the line alone, and a line holds
//! nothing but nodes, which are pinned, and leaked if they are forgotten. Therefore a line that has to
//! be watched moves out of the mutex, once and for good, into a [`Watch`] of its own on the heap.
//!
//! A line is watched only while a task is to come: who is rung and finds the lock properly held ends
//! it, so a lock that is held for long costs nothing. In a program without tasks none is.
//!
//! # Invariants
//!
//! 1. `watch` is null until the line moves, which it does with both locks held, and the same from then
//!    on, until the mutex goes. Whoever holds the lock of `here` and finds `watch` null has the line.
//! 2. The mutex owns one count of the `Watch`.
//! 3. ARMED changes under the lock of the line. While it is, a ring will come, and find it armed.

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::task::Wake as WakeTask;

use crate::sys::atomic::{AtomicPtr, AtomicU8};
use crate::sys::{Duration, Ordering, PlainArc, ShortLock, ShortLockGuard, time};
use crate::time::Alarm;
use crate::wait::{Patience, Popped, Signal, SlimList, Wake};

/// From ring to ring.
const PERIOD: Duration = Duration::from_millis(4);

/// The mark of a node that a task waits with.
pub(super) const TASK: u8 = 1;
/// The mark of a node whose owner counts as STARVING in the word.
pub(super) const STARVES: u8 = 2;
/// The mark of a node that a ring took out of line: the word still counts it as STARVING.
pub(super) const RUNG: u8 = 4;

/// The line, here or where it is watched.
pub(super) struct Line {
    here: ShortLock<SlimList>,
    watch: AtomicPtr<Watch>,
}

/// A line that is watched, or was.
#[derive(Debug)]
pub(super) struct Watch {
    list: ShortLock<SlimList>,
    armed: AtomicU8,
    alarm: Alarm,
}

/// The line, locked.
pub(super) struct LineGuard<'a> {
    list: ShortLockGuard<'a, SlimList>,
    watch: Option<&'a Watch>,
}

impl Line {
    constant! {
        pub(super) fn new() -> Self {
            Self {
                here: ShortLock::new(SlimList::new()),
                watch: AtomicPtr::new(ptr::null_mut()),
            }
        }
    }

    fn watch(&self) -> Option<&Watch> {
        // ORDERING: Acquire, pairs with the Release in `watched`: what it points at is made.
        let watch = self.watch.load(Ordering::Acquire);
        // SAFETY: invariants 1 and 2: there until the mutex goes.
        unsafe { watch.as_ref() }
    }

    pub(super) fn lock(&self) -> LineGuard<'_> {
        let guard = self.lock_with(Patience::Block);
        guard.expect("who is patient gets it")
    }

    pub(super) fn lock_with(&self, patience: Patience) -> Option<LineGuard<'_>> {
        if self.watch().is_none() {
            let list = take(&self.here, patience)?;
            // Invariant 1: asked again under the lock.
            if self.watch().is_none() {
                return Some(LineGuard { list, watch: None });
            }
        }
        let watch = self.watch()?;
        let list = take(&watch.list, patience)?;
        let watch = Some(watch);
        Some(LineGuard { list, watch })
    }

    /// Where the line is watched, after moving there.
    #[cold]
    fn watched(&self) -> &Watch {
        // Made before the lock is taken: the allocator is foreign.
        let fresh = Watch::new();
        let mut here = self.here.lock();
        if self.watch().is_none() {
            *fresh.list.lock() = mem::replace(&mut *here, SlimList::new());
            let fresh = PlainArc::into_raw(fresh).cast_mut();
            // ORDERING: Release, pairs with the Acquire in `watch`. Who finds it null under the lock of
            // `here` was before this.
            self.watch.store(fresh, Ordering::Release);
        }
        drop(here);
        self.watch().expect("it moved")
    }

    /// Lets go of the line, in which somebody waits behind a task that may not come.
    #[cold]
    pub(super) fn watch_and_let_go<'a>(&'a self, line: LineGuard<'a>) {
        let line = if line.watch.is_some() {
            line
        } else {
            drop(line);
            self.watched();
            self.lock()
        };
        let watch = line.watch.expect("it is watched from now on");
        if line.is_empty() || watch.is_armed() {
            return;
        }
        watch.set_armed(true);
        drop(line);
        self.share_watch().set_alarm();
    }

    /// One more count of the watch. There is one.
    fn share_watch(&self) -> PlainArc<Watch> {
        // ORDERING: Acquire, as in `watch`.
        let watch = self.watch.load(Ordering::Acquire).cast_const();
        // SAFETY: invariant 2: made by an `Arc`, of which the mutex has a count.
        unsafe { PlainArc::increment_strong_count(watch) };
        // SAFETY: the count was just added.
        unsafe { PlainArc::from_raw(watch) }
    }

    /// What rings, for the model, in which the timers do not.
    #[cfg(towpath_loom)]
    pub(super) fn shared_watch(&self) -> Option<PlainArc<Watch>> {
        self.watch().is_some().then(|| self.share_watch())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // ORDERING: Relaxed, we have it alone.
        let watch = self.watch.load(Ordering::Relaxed);
        if !watch.is_null() {
            // SAFETY: invariant 2: this is the mutex's count.
            let watch = unsafe { PlainArc::from_raw(watch.cast_const()) };
            watch.alarm.end();
        }
    }
}

impl Watch {
    fn new() -> PlainArc<Self> {
        PlainArc::new(Self {
            list: ShortLock::new(SlimList::new()),
            armed: AtomicU8::new(0),
            alarm: Alarm::new(),
        })
    }

    /// The lock of the line is held.
    fn is_armed(&self) -> bool {
        // ORDERING: Relaxed, under the lock of the line.
        self.armed.load(Ordering::Relaxed) != 0
    }

    /// The lock of the line is held.
    fn set_armed(&self, armed: bool) {
        // ORDERING: Relaxed, under the lock of the line.
        self.armed.store(armed.into(), Ordering::Relaxed);
    }

    /// Makes sure that there will be a ring.
    fn set_alarm(self: PlainArc<Self>) {
        if cfg!(towpath_loom) {
            return;
        }
        // Without a timer thread, because the system refuses one, there is no ring: that is no reason for
        // an unlock to fail, or to panic where panics abort.
        let set = |due| self.alarm.set_if_possible(due, PlainArc::clone(&self));
        if !time::after(PERIOD).is_some_and(set) {
            let _list = self.list.lock();
            self.set_armed(false);
        }
    }

    /// Rings the first in line. True: somebody else is in line, and is to be rung later.
    pub(super) fn ring(&self) -> bool {
        let mut list = self.list.lock();
        if !self.is_armed() {
            return false;
        }
        let wake = ring_first(&mut list);
        let goes_on = !list.is_empty();
        self.set_armed(goes_on);
        drop(list);
        wake.wake();
        goes_on
    }
}

/// Takes the first who is available out of line, to look at the lock.
fn ring_first(list: &mut SlimList) -> Wake {
    while let Some(popped) = list.pop() {
        mark_rung(popped);
        // SAFETY: the caller holds the line's lock.
        if let Ok(wake) = unsafe { popped.complete(Signal::Closed) } {
            return wake;
        }
    }
    Wake::NOBODY
}

fn mark_rung(popped: Popped) {
    // SAFETY: the caller holds the line's lock.
    let mark = unsafe { popped.mark() };
    // SAFETY: as above, and it is not completed yet.
    let node = unsafe { popped.node() };
    // SAFETY: as above: it is in no line, and its owner asks for the lock first.
    unsafe { node.set_mark(mark | RUNG) };
}

impl WakeTask for Watch {
    /// The timers ring.
    fn wake(self: PlainArc<Self>) {
        self.alarm.rings();
        if self.ring() {
            self.set_alarm();
        }
    }
}

impl LineGuard<'_> {
    /// The lock is held as it should be: nobody need be rung.
    pub(super) fn is_well(&self) {
        if let Some(watch) = self.watch {
            watch.set_armed(false);
        }
    }
}

impl Deref for LineGuard<'_> {
    type Target = SlimList;

    fn deref(&self) -> &SlimList {
        &self.list
    }
}

impl DerefMut for LineGuard<'_> {
    fn deref_mut(&mut self) -> &mut SlimList {
        &mut self.list
    }
}

fn take(list: &ShortLock<SlimList>, patience: Patience) -> Option<ShortLockGuard<'_, SlimList>> {
    match patience {
        Patience::Block => Some(list.lock()),
        Patience::Poll => list.lock_soon(),
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}
