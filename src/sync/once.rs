//! Something that is done once, by one of those who want it done.
//!
//! # The state
//!
//! | state   | meaning                                  | goes to |
//! |---------|------------------------------------------|---------|
//! | NOT_YET | nobody is at it                          | RUNNING by whoever takes the turn |
//! | RUNNING | somebody has the turn                    | DONE, or NOT_YET when that one gave up |
//! | DONE    | it is done                               | nothing |
//!
//! # Invariants
//!
//! 1. The state changes under the lock, except by whoever has the `Once` to itself.
//! 2. There is one [`Turn`] while RUNNING, and none otherwise. (It may have been forgotten, within its
//!    future: it borrows the `Once`, so whoever has that to itself may put a new one in its place.)
//! 3. If the state is NOT_YET and somebody is in the line for the turn, then somebody was notified
//!    who has neither tried yet nor gone. Whoever gives its turn up notifies the first in line; the
//!    notified one tries, and if somebody else was faster it is in line again, at the front; if it
//!    goes instead, it notifies the next.
//! 4. Nobody gets in line once DONE, and whoever makes it DONE signals everybody who is.

mod op;
mod turn;

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::crowd::{closed, complete_first, tell_all};
use crate::sys::atomic::{AtomicU8, AtomicUsize};
use crate::sys::{Duration, Instant, Ordering, ShortLock, ShortLockGuard, thread};
use crate::wait::{List, Patience, Signal, Wait};
pub(super) use op::DoneOp;
pub(super) use turn::Turn;

const NOT_YET: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;

/// Nobody, or a task: not a thread that blocks.
const NO_THREAD: usize = 0;

/// Runs something once, however many want it, threads and tasks.
///
/// Whoever comes while it runs waits until it is done. If it panics, or the future that runs it is
/// dropped, it was not done: *one* of those who wait takes over, with its own closure or future.
/// (There is no poisoning; Go's `Once` and std's differ: the one counts a panic as done, the other
/// refuses from then on. See [`once_fn`](super::once_fn) for Go's `OnceFunc`.)
///
/// Once it is done, finding that out is one Acquire load (a wait that is bounded by a [`Duration`] reads
/// the clock first). Nothing is allocated.
///
/// **Fairness.** Whoever comes at the right moment may take the turn before the one that waits longest
/// and was told to take over; if that one looks meanwhile, it is first in line again. So a future that
/// was told and is not polled keeps nobody away who comes later; but those who were asleep in line
/// behind it sleep until it is polled or dropped, or until a newcomer is done or gives up. (A newcomer
/// that gives up tells the first of those, which may then be done before the one that was told first.)
///
/// A future that is forgotten (`std::mem::forget`) while it runs has the turn for ever.
///
/// # Examples
///
/// ```
/// use towpath::sync::Once;
///
/// static SETUP: Once = Once::new();
/// SETUP.call_once(|| println!("printed once"));
/// SETUP.call_once(|| unreachable!());
/// pollster::block_on(SETUP.call_once_async(async { unreachable!() }));
/// ```
#[doc(alias = "sync.Once")]
pub struct Once {
    state: AtomicU8,
    lines: ShortLock<Lines>,
    /// The thread that has the turn and blocks; see [`Once::refuse_reentry`].
    runner: AtomicUsize,
}

struct Lines {
    /// Those who want it done, by themselves if need be.
    takers: List,
    /// Those who wait until it is done.
    watchers: List,
}

// Nothing foreign runs while its state is in between.
impl UnwindSafe for Once {}
impl RefUnwindSafe for Once {}

/// The wait for a [`Once`], as a value: what [`Once::wait_async`] returns.
///
/// # Cancel safety
///
/// Dropping it has no effect.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Once, OnceWait};
///
/// let once = Once::new();
/// let done: OnceWait<'_> = once.wait_async();
/// std::thread::scope(|scope| {
///     scope.spawn(|| once.call_once(|| {}));
///     done.wait();
/// });
/// ```
pub type OnceWait<'a> = Wait<DoneOp<'a>>;

impl Once {
    constant! {
        /// Nothing is done yet.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Once;
        ///
        /// static ONCE: Once = Once::new();
        /// assert!(!ONCE.is_completed());
        /// ```
        #[must_use]
        pub fn new() -> Self {
            Self::in_state(NOT_YET)
        }
    }

    constant! {
        pub(super) fn new_done() -> Self {
            Self::in_state(DONE)
        }
    }

    constant! {
        fn in_state(state: u8) -> Self {
            Self {
                state: AtomicU8::new(state),
                lines: ShortLock::new(Lines {
                    takers: List::new(),
                    watchers: List::new(),
                }),
                runner: AtomicUsize::new(NO_THREAD),
            }
        }
    }

    /// Whether it is done.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = towpath::sync::Once::new();
    /// once.call_once(|| {});
    /// assert!(once.is_completed());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_completed(&self) -> bool {
        self.state() == DONE
    }

    /// Runs `f`, unless it was done before; waits while somebody else is at it. When this returns it
    /// is done, and what the one did who did it is visible.
    ///
    /// # Panics
    ///
    /// If `f` panics, that goes on; somebody else may then try. Panics if this thread is at it already
    /// in a call that blocks (`f` itself calls this): it would wait for itself. A future is not found
    /// out: if it is at it, and blocks here itself or is polled by nobody but this thread, this waits for
    /// ever.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = towpath::sync::Once::new();
    /// let mut times = 0;
    /// once.call_once(|| times += 1);
    /// once.call_once(|| times += 1);
    /// assert_eq!(times, 1);
    /// ```
    #[doc(alias = "Do")]
    #[inline]
    #[track_caller]
    pub fn call_once(&self, f: impl FnOnce()) {
        if !self.is_completed() {
            if let Some(turn) = self.begin() {
                f();
                turn.complete();
            }
        }
    }

    /// Runs `future`, unless it was done before; waits while somebody else is at it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it runs drops `future`, then lets one of those who wait take over. Dropping
    /// it while it waits has no effect.
    ///
    /// # Panics
    ///
    /// If `future` panics, that goes on; somebody else may then try. A `future` that awaits the same
    /// `Once`, or blocks on it, waits for itself, for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = towpath::sync::Once::new();
    /// pollster::block_on(once.call_once_async(async { println!("printed once") }));
    /// assert!(once.is_completed());
    /// ```
    pub async fn call_once_async(&self, future: impl Future<Output = ()>) {
        if let Some(turn) = self.begin_async().await {
            future.await;
            turn.complete();
        }
    }

    /// Blocks the thread until it is done, by others.
    ///
    /// # Panics
    ///
    /// Panics if it is this thread that is at it, in a call that blocks. (A future is not found out, see
    /// [`call_once`](Once::call_once).)
    ///
    /// # Examples
    ///
    /// ```
    /// let once = towpath::sync::Once::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| once.call_once(|| {}));
    ///     once.wait();
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        if !self.is_completed() {
            self.refuse_reentry();
            self.wait_async().wait();
        }
    }

    /// Blocks the thread until it is done, for at most `limit`: whether it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let once = towpath::sync::Once::new();
    /// assert!(!once.wait_timeout(Duration::from_millis(1)));
    /// ```
    #[must_use = "it may not be done"]
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        self.wait_async().wait_timeout(limit)
    }

    /// Blocks the thread until it is done or `deadline` has passed: whether it is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let once = towpath::sync::Once::new();
    /// assert!(!once.wait_deadline(Instant::now()));
    /// ```
    #[must_use = "it may not be done"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_async().wait_deadline(deadline)
    }

    /// Waits until it is done, by others.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = towpath::sync::Once::new();
    /// once.call_once(|| {});
    /// pollster::block_on(once.wait_async());
    /// ```
    #[inline]
    pub fn wait_async(&self) -> OnceWait<'_> {
        Wait::new(DoneOp::new(self))
    }

    #[inline]
    fn state(&self) -> u8 {
        // ORDERING: Acquire, pairs with the Release in `Turn::complete`: what was done is visible.
        self.state.load(Ordering::Acquire)
    }

    /// Fails if the current thread would wait for itself.
    #[track_caller]
    fn refuse_reentry(&self) {
        // ORDERING: Relaxed: only what this thread wrote itself can be equal.
        let runner = self.runner.load(Ordering::Relaxed);
        assert!(
            runner != thread::id(),
            "a thread waits for what it is about to do once itself"
        );
    }

    fn lock(&self, patience: Patience) -> Option<ShortLockGuard<'_, Lines>> {
        match patience {
            Patience::Block => Some(self.lines.lock()),
            Patience::Poll => self.lines.lock_soon(),
        }
    }

    /// It is done: tells everybody. Nobody gets in line any more (invariant 4).
    fn tell_all(&self, lines: ShortLockGuard<'_, Lines>) {
        let watched = !lines.watchers.is_empty();
        tell_all(&self.lines, lines, closed, |lines| &mut lines.takers);
        if watched {
            let lines = self.lines.lock();
            tell_all(&self.lines, lines, closed, |lines| &mut lines.watchers);
        }
    }

    /// Notifies the first in line for the turn, if nobody has it, and lets go of the lock
    /// (invariant 3).
    fn offer(&self, mut lines: ShortLockGuard<'_, Lines>) {
        if self.state() != NOT_YET {
            return;
        }
        let wake = complete_first(&mut lines.takers, |node| {
            // SAFETY: we hold the lock.
            unsafe { node.complete(Signal::Notified) }
        });
        drop(lines);
        if let Some(wake) = wake {
            wake.wake();
        }
    }
}

impl Default for Once {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once")
            .field("completed", &self.is_completed())
            .finish_non_exhaustive()
    }
}
