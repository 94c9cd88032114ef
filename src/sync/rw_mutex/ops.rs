//! The operations of a lock: hand over under the lock of its lines, but for a writer after a writer.

use std::cell::Cell;
use std::fmt;

use super::guard::Guard;
use super::lines::{Kind, Line};
use super::mode::{Hold, Mode, UpgradableRead, Write};
use super::raw::RawRwMutex;
use crate::sys::step_aside;
use crate::wait::sealed::{OURS, OneLine};
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Wait, spin_until};

/// Taking a lock in one of its modes. Holds on to the lock, not to a place in it.
pub struct LockOp<H: Hold, M: Mode> {
    hold: H,
    memory: M::Memory,
}

impl<H: Hold, M: Mode> LockOp<H, M> {
    pub(super) fn new(hold: H) -> Self {
        Self {
            hold,
            memory: M::Memory::default(),
        }
    }

    fn raw(&self) -> &RawRwMutex {
        &self.hold.lock().raw
    }

    fn locked(&self) -> Guard<H, M> {
        Guard::new(self.hold.clone())
    }

    fn line(&self) -> Line {
        M::kind(&self.memory, Place::Back).line()
    }
}

impl<H: Hold, M: Mode> OneLine for LockOp<H, M> {}

// SAFETY: nodes are used under the lock of the lines only, and `withdraw` takes them out under it.
unsafe impl<H: Hold, M: Mode> Operation for LockOp<H, M> {
    type Output = Guard<H, M>;
    type Done = Self::Output;
    /// `None`: time ran out.
    type Bounded = Option<Guard<H, M>>;

    fn watches_resource(&self) -> bool {
        false
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<Guard<H, M>> {
        if M::enter(self.raw(), OURS) {
            Attempt::Ready(self.locked())
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        let kind = M::kind(&self.memory, place);
        // SAFETY: the caller's promise.
        unsafe { self.raw().line_up(node, kind, place, patience) }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Guard<H, M>> {
        match signal {
            Signal::Handed => Attempt::Ready(self.locked()),
            Signal::Notified | Signal::Closed => {
                let outcome = self.attempt(patience);
                if matches!(outcome, Attempt::Blocked) {
                    // It need not get in line again: a select may go on with another case.
                    self.raw().missed();
                }
                outcome
            }
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.raw().withdraw(node, self.line());
    }

    fn abandon(&self, signal: Signal) {
        match signal {
            Signal::Handed => M::leave(self.raw(), OURS),
            Signal::Notified | Signal::Closed => self.raw().settle(),
        }
    }

    fn output<R>(&self, guard: Guard<H, M>, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(guard)
    }

    fn bounded(outcome: Result<Guard<H, M>, Self>) -> Option<Guard<H, M>> {
        outcome.ok()
    }
}

impl<H: Hold, M: Mode> fmt::Debug for LockOp<H, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockOp").finish_non_exhaustive()
    }
}

/// Waits for the lock as a thread: watches it for a while, since most holders leave within it, and
/// whoever gets in line closes the way to others. Then gets in line.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn wait_for<H: Hold, M: Mode>(hold: H) -> Guard<H, M> {
    step_aside();
    if spin_until(|| M::enter(&hold.lock().raw, OURS)) {
        return Guard::new(hold);
    }
    Wait::new(LockOp::new(hold)).wait()
}

/// Turning an upgradable reader into a writer. Holds the lock as the former meanwhile.
pub struct UpgradeOp<H: Hold> {
    hold: H,
    /// True until the upgradable reader is given away.
    holds: Cell<bool>,
}

impl<H: Hold> UpgradeOp<H> {
    pub(super) fn new(guard: Guard<H, UpgradableRead>) -> Self {
        Self {
            hold: guard.into_hold(),
            holds: Cell::new(true),
        }
    }

    fn raw(&self) -> &RawRwMutex {
        &self.hold.lock().raw
    }

    fn upgraded(&self) -> Guard<H, Write> {
        self.holds.set(false);
        Guard::new(self.hold.clone())
    }

    /// The guard that came in, back.
    pub(super) fn into_guard(self) -> Guard<H, UpgradableRead> {
        self.holds.set(false);
        Guard::new(self.hold.clone())
    }
}

impl<H: Hold> Drop for UpgradeOp<H> {
    fn drop(&mut self) {
        if self.holds.get() {
            self.raw().upgradable_unlock();
        }
    }
}

impl<H: Hold> OneLine for UpgradeOp<H> {}

// SAFETY: as for `LockOp`.
unsafe impl<H: Hold> Operation for UpgradeOp<H> {
    type Output = Guard<H, Write>;
    type Done = Self::Output;
    /// The upgradable guard back: time ran out.
    type Bounded = Result<Guard<H, Write>, Guard<H, UpgradableRead>>;

    fn watches_resource(&self) -> bool {
        false
    }

    #[inline]
    fn attempt(&self, _: Patience) -> Attempt<Guard<H, Write>> {
        if self.raw().try_upgrade() {
            Attempt::Ready(self.upgraded())
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, _: Place, patience: Patience) -> Attempt<()> {
        // Before all others: they wait for this very holder.
        // SAFETY: the caller's promise.
        unsafe {
            self.raw()
                .line_up(node, Kind::Upgrade, Place::Front, patience)
        }
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<Guard<H, Write>> {
        match signal {
            Signal::Handed => Attempt::Ready(self.upgraded()),
            Signal::Notified | Signal::Closed => self.attempt(patience),
        }
    }

    unsafe fn withdraw(&self, node: &Node) {
        self.raw().withdraw(node, Kind::Upgrade.line());
    }

    fn abandon(&self, signal: Signal) {
        if signal == Signal::Handed {
            self.raw().downgrade_to_upgradable();
        }
    }

    fn output<R>(&self, guard: Guard<H, Write>, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(guard)
    }

    fn bounded(outcome: Result<Guard<H, Write>, Self>) -> Self::Bounded {
        outcome.map_err(Self::into_guard)
    }
}

impl<H: Hold> fmt::Debug for UpgradeOp<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpgradeOp").finish_non_exhaustive()
    }
}
