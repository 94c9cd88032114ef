//! The guards that a condition variable can let go and take again.

use std::ops::DerefMut;

use crate::sync::mutex::{Guard, HoldMutex, LockOp};
use crate::sync::rw_mutex::{self, Hold, Write};
use crate::wait::Operation;

/// A guard that a [`Condvar`](crate::sync::Condvar) can let go and take again:
/// [`MutexGuard`](crate::sync::MutexGuard), [`RwMutexWriteGuard`](crate::sync::RwMutexWriteGuard), and
/// those that hold an `Arc`. Sealed.
pub trait Lockable: DerefMut + Sized + sealed::Lockable {
    /// Taking the lock again.
    type Relock: Operation<Output = Self, Done = Self>;

    /// Taking the lock again that the guard holds, once it is let go.
    #[doc(hidden)]
    fn relock(&self) -> Self::Relock;
}

pub(crate) mod sealed {
    /// Keeps [`Lockable`](super::Lockable) to this crate.
    pub trait Lockable {}
}

impl<H: HoldMutex> sealed::Lockable for Guard<H> {}

impl<H: HoldMutex + Clone> Lockable for Guard<H> {
    type Relock = LockOp<H>;

    fn relock(&self) -> LockOp<H> {
        LockOp::new(self.hold().clone())
    }
}

impl<H: Hold> sealed::Lockable for rw_mutex::Guard<H, Write> {}

impl<H: Hold> Lockable for rw_mutex::Guard<H, Write> {
    type Relock = rw_mutex::LockOp<H, Write>;

    fn relock(&self) -> Self::Relock {
        self.relock_op()
    }
}
