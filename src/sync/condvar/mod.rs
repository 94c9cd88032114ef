//! A condition variable for threads and tasks alike: [`Condvar`].
//!
//! # What is let go when
//!
//! A wait takes the guard by value and gives it back. So there is no guard to be used by mistake while
//! the lock is not held, and a future that is dropped leaves nothing to be set right: before it is in
//! line it lets the lock go as a guard does, after that it has let it go already, and it takes
//! nothing again. It gets in line when it is first polled; if others get in or out of line or notify at
//! that very moment, when it is polled again, which it asks for at once, and it has the lock until then.
//!
//! # No notification is lost
//!
//! Who changes what others wait for under the lock, and notifies then or later, is heard by all that
//! got in line before: a wait gets in line first and lets the lock go after that. A wait that was
//! notified and is cancelled, or runs out of time before it has the lock again, passes the
//! notification on.
//!
//! In an arm of a `select!` it is a future, which keeps its place in line whatever the other arms do. There
//! are no spurious wake-ups, but those who pass a notification on may pass it to somebody who came later.
//!
//! # Fairness
//!
//! First come, first notified. The lock itself is taken as by [`Mutex::lock`](crate::sync::Mutex::lock).
//!
//! # Cost
//!
//! 32 bytes, no allocation ever. To notify when nobody waits is one load.
//!
//! # Source
//!
//! Waiting in two lines, one after the other, each with a node of the waiter, as in Birrell, *An
//! Introduction to Programming with Threads* (1989).

mod lockable;
mod op;
mod timed_out;

use std::fmt;

pub use lockable::Lockable;
pub use op::{Told, Until, WaitOp, While};
pub use timed_out::TimedOut;

use crate::sys::atomic::AtomicUsize;
use crate::sys::{Duration, Instant, Ordering, ShortLock, time};
use crate::wait::{List, Node, Patience, Place, Signal, Wait, Wake, WakeBatch};

/// Waiting for a change of what a lock guards. Threads and tasks may wait at the same time.
///
/// It goes with a [`Mutex`](crate::sync::Mutex), whose guard a wait takes and gives back. See the
/// [module](self) for what happens when a wait is cancelled.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Condvar, Mutex};
///
/// static READY: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
///
/// let thread = std::thread::spawn(|| {
///     let ready = CHANGED.wait_while(READY.lock(), |ready| !*ready);
///     assert!(*ready);
/// });
/// pollster::block_on(async {
///     *READY.lock_async().await = true;
///     CHANGED.notify_all();
/// });
/// thread.join().unwrap();
/// ```
#[doc(alias = "Cond")]
#[doc(alias = "sync.Cond")]
pub struct Condvar {
    /// How many are in line. Changes under the line's lock.
    waiting: AtomicUsize,
    line: ShortLock<List>,
}

/// A wait for a [`Condvar`], as a value: what [`Condvar::wait_async`] returns.
pub type CondvarFut<'a, G> = Wait<WaitOp<'a, G, Told>>;
/// A wait for a [`Condvar`] and a condition, as a value: what [`Condvar::wait_while_async`] returns.
pub type CondvarWhileFut<'a, G, F> = Wait<WaitOp<'a, G, While<F>>>;

impl Condvar {
    constant! {
        /// One that nobody waits for.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Condvar;
        ///
        /// static CHANGED: Condvar = Condvar::new();
        /// assert!(!CHANGED.notify_one());
        /// ```
        pub fn new() -> Self {
            Self {
                waiting: AtomicUsize::new(0),
                line: ShortLock::new(List::new()),
            }
        }
    }

    /// Lets the lock go, waits until notified, and takes the lock again. Blocks the thread.
    ///
    /// Check the condition in a loop, or use [`wait_while`](Condvar::wait_while): whoever takes the
    /// lock in between may undo what the notification was about.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// let (count, changed) = (Mutex::new(0), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     let mut held = count.lock();
    ///     scope.spawn(|| {
    ///         *count.lock() += 1;
    ///         changed.notify_one();
    ///     });
    ///     while *held == 0 {
    ///         held = changed.wait(held);
    ///     }
    /// });
    /// ```
    #[doc(alias = "Wait")]
    pub fn wait<G: Lockable>(&self, guard: G) -> G {
        self.wait_async(guard).wait()
    }

    /// Waits until `condition` does not hold any more, or not at all if it does not hold now. It is
    /// asked with the lock held. Blocks the thread.
    ///
    /// # Panics
    ///
    /// If `condition` does; the lock is let go.
    ///
    /// # Examples
    ///
    /// See [`Condvar`].
    pub fn wait_while<G: Lockable>(
        &self,
        guard: G,
        condition: impl FnMut(&mut G::Target) -> bool,
    ) -> G {
        self.wait_while_async(guard, condition).wait()
    }

    /// [`wait`](Condvar::wait) for at most `limit`; then the lock is taken again without a limit. True:
    /// time ran out, and it used no notification.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// let (count, changed) = (Mutex::new(5), Condvar::new());
    /// let (held, timed_out) = changed.wait_timeout(count.lock(), Duration::from_millis(1));
    /// assert!(timed_out);
    /// assert_eq!(*held, 5);
    /// ```
    pub fn wait_timeout<G: Lockable>(&self, guard: G, limit: Duration) -> (G, bool) {
        relock(self.wait_async(guard).wait_timeout(limit))
    }

    /// [`wait`](Condvar::wait) until `deadline` at the latest; then the lock is taken again without a
    /// limit. True: time ran out, and it used no notification.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// let (count, changed) = (Mutex::new(5), Condvar::new());
    /// let (held, timed_out) = changed.wait_deadline(count.lock(), Instant::now());
    /// assert!(timed_out);
    /// # drop(held);
    /// ```
    pub fn wait_deadline<G: Lockable>(&self, guard: G, deadline: Instant) -> (G, bool) {
        relock(self.wait_async(guard).wait_deadline(deadline))
    }

    /// [`wait_while`](Condvar::wait_while) for at most `limit`; then the lock is taken again without a
    /// limit. True: the condition still holds.
    ///
    /// # Panics
    ///
    /// As [`wait_while`](Condvar::wait_while).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// let (count, changed) = (Mutex::new(0), Condvar::new());
    /// let limit = Duration::from_millis(1);
    /// let (held, timed_out) = changed.wait_timeout_while(count.lock(), limit, |count| *count == 0);
    /// assert!(timed_out);
    /// # drop(held);
    /// ```
    pub fn wait_timeout_while<G: Lockable>(
        &self,
        guard: G,
        limit: Duration,
        condition: impl FnMut(&mut G::Target) -> bool,
    ) -> (G, bool) {
        self.wait_until_while(guard, time::after(limit), condition)
    }

    /// [`wait_while`](Condvar::wait_while) until `deadline` at the latest; then the lock is taken again
    /// without a limit. True: the condition still holds.
    ///
    /// # Panics
    ///
    /// As [`wait_while`](Condvar::wait_while).
    pub fn wait_deadline_while<G: Lockable>(
        &self,
        guard: G,
        deadline: Instant,
        condition: impl FnMut(&mut G::Target) -> bool,
    ) -> (G, bool) {
        self.wait_until_while(guard, Some(deadline), condition)
    }

    fn wait_until_while<G: Lockable>(
        &self,
        guard: G,
        deadline: Option<Instant>,
        mut condition: impl FnMut(&mut G::Target) -> bool,
    ) -> (G, bool) {
        let waiting = WaitOp::new(self, guard, While(&mut condition));
        let waiting = Wait::new(waiting.keeping_the_lock());
        let Some(deadline) = deadline else {
            return (waiting.wait(), false);
        };
        let (mut guard, timed_out) = relock(waiting.wait_deadline(deadline));
        let holds = timed_out && condition(&mut guard);
        (guard, holds)
    }

    /// [`wait`](Condvar::wait), as a value: `.await` it, or wait for it as a thread. The lock is let go
    /// when that begins.
    ///
    /// Bounded, it ends with the guard, or with [`TimedOut`] and the lock let go.
    ///
    /// # Cancel safety
    ///
    /// Dropping it lets the lock go, or leaves it let go. A notification that it was given is passed
    /// on.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// static COUNT: Mutex<u32> = Mutex::new(0);
    /// static CHANGED: Condvar = Condvar::new();
    ///
    /// let thread = std::thread::spawn(|| {
    ///     *COUNT.lock() += 1;
    ///     CHANGED.notify_one();
    /// });
    /// pollster::block_on(async {
    ///     let mut count = COUNT.lock_async().await;
    ///     while *count == 0 {
    ///         count = CHANGED.wait_async(count).await;
    ///     }
    /// });
    /// thread.join().unwrap();
    /// ```
    pub fn wait_async<G: Lockable>(&self, guard: G) -> CondvarFut<'_, G> {
        Wait::new(WaitOp::new(self, guard, Told))
    }

    /// [`wait_while`](Condvar::wait_while), as a value: `.await` it, or wait for it as a thread. The
    /// lock is let go when that begins, if the condition holds.
    ///
    /// # Cancel safety
    ///
    /// As [`wait_async`](Condvar::wait_async).
    ///
    /// # Panics
    ///
    /// When it is polled, if `condition` panics; the lock is let go.
    ///
    /// # Examples
    ///
    /// ```
    /// use towpath::sync::{Condvar, Mutex};
    ///
    /// let (count, changed) = (Mutex::new(1), Condvar::new());
    /// let waiting = changed.wait_while_async(count.lock(), |count| *count == 0);
    /// assert_eq!(*pollster::block_on(waiting), 1);
    /// ```
    pub fn wait_while_async<G, F>(&self, guard: G, condition: F) -> CondvarWhileFut<'_, G, F>
    where
        G: Lockable,
        F: FnMut(&mut G::Target) -> bool,
    {
        Wait::new(WaitOp::new(self, guard, While(condition)))
    }

    /// Notifies the one that has waited longest. True if there is one.
    ///
    /// The lock need not be held, but what is waited for should be changed under it.
    ///
    /// # Examples
    ///
    /// See [`wait`](Condvar::wait).
    #[doc(alias = "Signal")]
    pub fn notify_one(&self) -> bool {
        if !self.has_waiters() {
            return false;
        }
        let mut line = self.line.lock();
        let told = self.tell_first(&mut line, Signal::Notified);
        drop(line);
        match told {
            Some(wake) => {
                wake.wake();
                true
            }
            None => false,
        }
    }

    /// Notifies everybody who waits. How many there were.
    ///
    /// # Examples
    ///
    /// See [`Condvar`].
    #[doc(alias = "Broadcast")]
    pub fn notify_all(&self) -> usize {
        // Those who come after this are behind those who were there.
        // ORDERING: Relaxed, see `has_waiters`.
        let most = self.waiting.load(Ordering::Relaxed);
        let mut told = 0;
        let mut left = most > 0;
        while left {
            // Woken when it is dropped, after the lock.
            let mut batch = WakeBatch::new();
            let mut line = self.line.lock();
            while left && batch.has_room() {
                match self.tell_first(&mut line, Signal::Closed) {
                    Some(wake) => batch.add(wake),
                    None => return told,
                }
                told += 1;
                left = told < most;
            }
        }
        told
    }

    /// True if somebody waits. Whoever changed something under the lock that another one has let go to
    /// wait sees that one.
    fn has_waiters(&self) -> bool {
        // ORDERING: Relaxed: a waiter counts itself before it lets the lock go, and by that lock its
        // count is visible to whoever took it since. Others are not owed a notification.
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Signals the first in line who is available.
    fn tell_first(&self, line: &mut List, signal: Signal) -> Option<Wake> {
        loop {
            let node = line.pop()?;
            self.count(|waiting| waiting - 1);
            // SAFETY: the caller holds the line's lock. Who is gone elsewhere needs no telling.
            if let Ok(wake) = unsafe { node.complete(signal) } {
                return Some(wake);
            }
        }
    }

    /// Changes the count. The line's lock is held.
    fn count(&self, change: impl FnOnce(usize) -> usize) {
        // ORDERING: Relaxed: it changes under the line's lock.
        let waiting = self.waiting.load(Ordering::Relaxed);
        // ORDERING: Relaxed, see `has_waiters`.
        self.waiting.store(change(waiting), Ordering::Relaxed);
    }

    /// Puts `node` in line. False: the line's lock is busy.
    ///
    /// # Safety
    ///
    /// As [`List::push`].
    unsafe fn line_up(&self, node: &Node, patience: Patience) -> bool {
        let mut line = match patience {
            Patience::Block => self.line.lock(),
            Patience::Poll => match self.line.lock_soon() {
                Some(line) => line,
                None => return false,
            },
        };
        // SAFETY: the caller's promise.
        unsafe { line.push(node, Place::Back) };
        self.count(|waiting| waiting + 1);
        true
    }

    /// Takes `node` out of line, if it is in it.
    fn withdraw(&self, node: &Node) {
        let mut line = self.line.lock();
        // SAFETY: we hold the lock of the line that it is or was last in.
        if unsafe { node.is_linked() } {
            line.remove(node);
            self.count(|waiting| waiting - 1);
        }
    }
}

/// The guard, whether in time or not, and whether not.
fn relock<G: Lockable>(outcome: Result<G, TimedOut<G>>) -> (G, bool) {
    match outcome {
        Ok(guard) => (guard, false),
        Err(late) => (late.relock(), true),
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar")
            // ORDERING: Relaxed, a look.
            .field("waiting", &self.waiting.load(Ordering::Relaxed))
            .finish()
    }
}
