//! One thread or task that waits: its state word and its waker.
//!
//! | bits 0..3       | bit 3 | bits 4.. |
//! |-----------------|-------|----------|
//! | phase, see below| PLEDGED: a notifier has bound the waiter to one of its lines | the case that was signalled, 0 before |
//!
//! | phase     | who may touch the waker | goes to |
//! |-----------|-------------------------|---------|
//! | Waiting   | the owner, which is awake (spinning, or changing its waker) | Parked by the owner, a signal by a notifier |
//! | Parked    | nobody                  | Waiting by the owner, Claimed by a notifier |
//! | Claimed   | the notifier            | a signal by that notifier, which is a few instructions away |
//! | Notified, Handed, Closed | the owner | Waiting or Parked by the owner, when it enlists again |
//! | Retired   | the owner, which gets out of line | as above |
//!
//! PLEDGED stands beside Waiting and Parked only. A notifier sets it, under the lock of one line, and
//! only whoever serves that line's pledges completes the waiter from then on, or its owner gives up.
//!
//! # Invariants
//!
//! 1. Exactly one notifier moves the word from Waiting or Parked towards a signal, or sets PLEDGED;
//!    every other one is told that it lost. So a waiter in several lines is given one thing.
//! 2. Storing the signal is the last thing a notifier does to the waiter, and to its node.
//! 3. Whoever completes a Parked waiter wakes the waker it took, after it has let go of all locks.

use std::task::Waker;

use super::Wake;
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Ordering, UnsafeCell, thread};

const WAITING: usize = 0;
const PARKED: usize = 1;
const CLAIMED: usize = 2;
const NOTIFIED: usize = 3;
const HANDED: usize = 4;
const CLOSED: usize = 5;
const RETIRED: usize = 6;
const PHASE: usize = 7;
const PLEDGED: usize = 8;
const CASE_SHIFT: u32 = 4;

/// Whom a notifier completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// A waiter that is free.
    Free,
    /// Also one that is pledged to this line.
    Pledged,
}

/// What a notifier left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It is worth attempting again.
    Notified,
    /// The operation was completed through the node's slot.
    Handed,
    /// There is nothing to wait for any more.
    Closed,
}

/// How a waiter stands after its waker was renewed.
#[derive(Debug)]
pub(crate) enum Renewal {
    /// It waits on, with the new waker.
    Waiting,
    /// A notifier has it and is about to signal; it may have taken the old waker.
    Claimed,
    /// It was signalled.
    Signalled,
}

/// Another notifier was first: the waiter is not available any more.
#[derive(Debug)]
pub(crate) struct Lost;

/// Who waits. Internal.
#[derive(Debug)]
pub struct Waiter {
    state: AtomicUsize,
    waker: UnsafeCell<Option<Waker>>,
    /// The thread that took the waker, or 0. Touched as the waker is.
    taker: UnsafeCell<usize>,
}

impl Waiter {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicUsize::new(WAITING),
            waker: UnsafeCell::new(None),
            taker: UnsafeCell::new(0),
        }
    }

    /// Gets ready to enlist: awake with `None`, asleep with a waker. The old waker comes back, to be
    /// dropped where foreign code may run.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and no node of the waiter is in line.
    pub(crate) unsafe fn arm(&self, waker: Option<Waker>) -> Option<Waker> {
        let phase = if waker.is_some() { PARKED } else { WAITING };
        // SAFETY: no node is in line, so no notifier knows the waiter.
        let old = unsafe { self.replace_waker(waker) };
        // SAFETY: as above.
        self.taker.with_mut(|taker| unsafe { *taker = 0 });
        // ORDERING: Relaxed, enlisting under the list's lock publishes it.
        self.state.store(phase, Ordering::Relaxed);
        old
    }

    /// What was signalled, if anything.
    #[inline]
    pub(crate) fn signal(&self) -> Option<Signal> {
        // ORDERING: Acquire, pairs with the Release in `complete`: what was handed over is visible.
        signal_in(self.state.load(Ordering::Acquire))
    }

    /// True if it was neither signalled nor pledged.
    pub(crate) fn is_free(&self) -> bool {
        // ORDERING: Acquire, as in `signal`.
        let state = self.state.load(Ordering::Acquire);
        matches!(state, WAITING | PARKED)
    }

    /// Lets nobody signal or pledge it any more, unless somebody has. The caller is the owner.
    pub(crate) fn retire(&self) -> Result<(), Lost> {
        // ORDERING: Relaxed: it is still in line, the locks of the lines order. Acquire on failure is
        // left to whoever looks at the signal.
        let retired = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
                matches!(state, WAITING | PARKED).then_some(RETIRED)
            });
        retired.map(drop).map_err(|_| Lost)
    }

    /// True if it has a waker.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and it was signalled.
    pub(crate) unsafe fn keeps_waker(&self) -> bool {
        // SAFETY: after the signal the waker is the owner's.
        self.waker.with(|waker| unsafe { (*waker).is_some() })
    }

    /// True if another thread than this one has taken its waker.
    ///
    /// # Safety
    ///
    /// As [`keeps_waker`](Waiter::keeps_waker).
    #[inline]
    pub(crate) unsafe fn was_woken_elsewhere(&self) -> bool {
        // SAFETY: after the signal it is the owner's.
        let taker = self.taker.with(|taker| unsafe { *taker });
        taker != 0 && taker != thread::id()
    }

    /// What was signalled, and for which of the waiter's lines.
    pub(crate) fn signal_and_case(&self) -> Option<(Signal, usize)> {
        // ORDERING: Acquire, as in `signal`.
        let state = self.state.load(Ordering::Acquire);
        signal_in(state).map(|signal| (signal, state >> CASE_SHIFT))
    }

    /// Goes to sleep with `waker`, if nothing was signalled yet.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and the waiter is awake.
    pub(crate) unsafe fn park(&self, waker: Waker) -> Result<(), Signal> {
        // SAFETY: while the waiter is awake its waker is the owner's.
        let old = unsafe { self.replace_waker(Some(waker)) };
        debug_assert!(old.is_none(), "a waiter that is awake keeps no waker");
        self.publish_waker()
    }

    /// Makes `waker` the one to wake.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn renew(&self, waker: &Waker) -> Renewal {
        match self.take_waker_back() {
            Ok(()) => {}
            Err(CLAIMED) => return Renewal::Claimed,
            Err(_) => return Renewal::Signalled,
        }
        // SAFETY: the waiter is awake, so its waker is ours.
        let same = self
            .waker
            .with(|old| unsafe { (*old).as_ref() }.is_some_and(|old| old.will_wake(waker)));
        if !same {
            // Foreign code: should it panic, the waiter stays awake, which is safe.
            let fresh = waker.clone();
            // SAFETY: as above.
            drop(unsafe { self.replace_waker(Some(fresh)) });
        }
        match self.publish_waker() {
            Ok(()) => Renewal::Waiting,
            Err(_) => Renewal::Signalled,
        }
    }

    /// Parked to Waiting; or why not.
    fn take_waker_back(&self) -> Result<(), usize> {
        // ORDERING: Acquire, as success takes the waker back that `publish_waker` gave away, and as
        // failure pairs with the Release in `complete`.
        let woken = self
            .state
            .fetch_update(Ordering::Acquire, Ordering::Acquire, |state| {
                (state & PHASE == PARKED).then_some(state & !PHASE | WAITING)
            });
        match woken {
            Ok(_) => Ok(()),
            // Already awake: the last renewal was cut short by a panic of the waker.
            Err(state) if state & PHASE == WAITING => Ok(()),
            Err(state) => Err(state),
        }
    }

    fn publish_waker(&self) -> Result<(), Signal> {
        // ORDERING: Release, pairs with the Acquire in `complete` and in `take_waker_back`: the waker
        // is visible to the one that takes it. Acquire on failure: what was handed over is visible.
        let parked = self
            .state
            .fetch_update(Ordering::Release, Ordering::Acquire, |state| {
                (state & PHASE == WAITING).then_some(state & !PHASE | PARKED)
            });
        match parked {
            Ok(_) => Ok(()),
            Err(state) => Err(signal_in(state).expect("an awake waiter is signalled in one step")),
        }
    }

    /// # Safety
    ///
    /// The caller may touch the waker by the table above.
    unsafe fn replace_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: the caller may touch the waker.
        self.waker
            .with_mut(|place| unsafe { std::mem::replace(&mut *place, waker) })
    }

    /// Binds the waiter to a line, for good.
    ///
    /// # Safety
    ///
    /// As [`complete`](Waiter::complete).
    pub(crate) unsafe fn pledge(this: *const Self) -> Result<(), Lost> {
        // SAFETY: the waiter is alive until it is signalled.
        let state = unsafe { &(*this).state };
        // ORDERING: Relaxed: the lock of the line orders it before the completion.
        let pledged = state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            matches!(state, WAITING | PARKED).then_some(state | PLEDGED)
        });
        pledged.map(drop).map_err(|_| Lost)
    }

    /// Completes the waiter's wait with `signal` for the line `case`: whom to wake. The waiter may be
    /// gone when this returns.
    ///
    /// # Safety
    ///
    /// The waiter is alive: a node of it was in line under the lock that the caller holds. If `whom`
    /// is `Pledged`, it can only be pledged to that line.
    pub(crate) unsafe fn complete(
        this: *const Self,
        signal: Signal,
        case: usize,
        whom: Whom,
    ) -> Result<Wake, Lost> {
        let signalled = word(signal, case);
        // SAFETY: the waiter is alive until it is signalled.
        let state = unsafe { &(*this).state };
        // ORDERING: Relaxed, a guess.
        let mut now = state.load(Ordering::Relaxed);
        loop {
            if now & PLEDGED != 0 && whom == Whom::Free {
                return Err(Lost);
            }
            let (next, ordering) = match now & PHASE {
                // Release, pairs with the Acquire in `signal`, `take_waker_back` and `publish_waker`:
                // what was handed over.
                WAITING => (signalled, Ordering::Release),
                // Acquire, pairs with the Release in `publish_waker` (or with the lock, after `arm`):
                // the waker is visible.
                PARKED => (CLAIMED, Ordering::Acquire),
                _ => return Err(Lost),
            };
            // ORDERING: as above. Relaxed on failure: looked at again.
            match state.compare_exchange(now, next, ordering, Ordering::Relaxed) {
                Ok(_) if next == CLAIMED => break,
                Ok(_) => return Ok(Wake::NOBODY),
                Err(changed) => now = changed,
            }
        }
        // SAFETY: the waiter is alive until it is signalled.
        let waiter = unsafe { &*this };
        // SAFETY: the claim makes the waker ours.
        let waker = unsafe { waiter.replace_waker(None) };
        // SAFETY: as above.
        waiter
            .taker
            .with_mut(|taker| unsafe { *taker = thread::id() });
        // ORDERING: Release, pairs with the Acquire in `signal` and `take_waker_back`. The last touch
        // (invariant 2).
        state.store(signalled, Ordering::Release);
        Ok(Wake::new(waker))
    }
}

fn word(signal: Signal, case: usize) -> usize {
    let phase = match signal {
        Signal::Notified => NOTIFIED,
        Signal::Handed => HANDED,
        Signal::Closed => CLOSED,
    };
    phase | case << CASE_SHIFT
}

fn signal_in(state: usize) -> Option<Signal> {
    match state & PHASE {
        NOTIFIED => Some(Signal::Notified),
        HANDED => Some(Signal::Handed),
        CLOSED => Some(Signal::Closed),
        _ => None,
    }
}
