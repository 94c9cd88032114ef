//! Waiting until everybody else who holds a handle is gone.
//!
//! The shape is that of crossbeam-utils: a handle is a count, so Go's misuses (`Add` after `Wait`, a
//! counter below zero) cannot be written. The word:
//!
//! | bits 0..32                  | bits 32..64                                       |
//! |-----------------------------|---------------------------------------------------|
//! | COUNT: handles there are    | EDGES: how often a handle was left alone, wrapping |
//!
//! | step      | from       | to                                       |
//! |-----------|------------|------------------------------------------|
//! | `clone`   | COUNT ≥ 1  | COUNT + 1                                |
//! | `leave`   | COUNT ≥ 1  | COUNT − 1, and EDGES + 1 if that leaves 1 |
//! | `rejoin`  | COUNT ≥ 1  | COUNT + 1                                |
//!
//! # Invariants
//!
//! 1. COUNT is the number of `WaitGroup` values of this group.
//! 2. Once COUNT is zero it stays zero: nobody is left who could clone, and whoever waits for zero
//!    holds no handle.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::until::{Bound, Condition, Until};
use crate::sys::atomic::AtomicU64;
use crate::sys::thread::{self, JoinHandle};
use crate::sys::{Arc, Duration, Instant, Ordering};
use crate::wait::{Wait, WaitQueue};

const EDGE: u64 = 1 << 32;
const COUNT: u64 = EDGE - 1;
/// No program has that many handles, unless it forgets them.
const MOST: u64 = COUNT / 2;

fn count(word: u64) -> u64 {
    word & COUNT
}

fn edges(word: u64) -> u64 {
    word / EDGE
}

/// The word after one handle is gone.
fn without_one(word: u64) -> u64 {
    let left = word - 1;
    if count(left) == 1 {
        left.wrapping_add(EDGE)
    } else {
        left
    }
}

/// Waits for a group of threads or tasks to finish.
///
/// Each of them holds a clone, and dropping it says that it is done, panics included. Whoever waits
/// gives up its own handle ([`wait`](WaitGroup::wait)), or keeps it and waits for the others
/// ([`wait_others`](WaitGroup::wait_others)): for a group that lives in a struct and is used again.
///
/// Cloning is one atomic step, as is dropping; making a group allocates once, waiting never, and the last drop only
/// where more than sixteen sleep. What a member did before it dropped its handle is visible to whoever waited for it.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::sync::Arc;
/// use towpath::sync::WaitGroup;
///
/// let (group, sum) = (WaitGroup::new(), Arc::new(AtomicU32::new(0)));
/// for i in 1..=4 {
///     let sum = Arc::clone(&sum);
///     group.go(move || sum.fetch_add(i, Ordering::Relaxed));
/// }
/// group.wait();
/// assert_eq!(sum.load(Ordering::Relaxed), 10);
/// ```
#[doc(alias = "sync.WaitGroup")]
#[doc(alias = "Add")]
#[doc(alias = "Done")]
pub struct WaitGroup {
    inner: Arc<Inner>,
}

struct Inner {
    word: AtomicU64,
    waiters: WaitQueue,
}

// Nothing foreign runs while its state is in between.
impl UnwindSafe for WaitGroup {}
impl RefUnwindSafe for WaitGroup {}

/// Waits for a count of zero; holds no handle.
pub struct NobodyLeft(Arc<Inner>);

/// Waits for a count of one, or for an edge that came since.
pub struct OthersGone<'a> {
    inner: &'a Inner,
    seen: u64,
}

/// The wait for a group of which one is no member any more, as a value: what
/// [`WaitGroup::wait_async`] returns.
///
/// # Cancel safety
///
/// Dropping it leaves the group as it is. The handle that it was made of is gone.
///
/// # Examples
///
/// ```
/// use towpath::sync::{WaitGroup, WaitGroupWait};
///
/// let done: WaitGroupWait = WaitGroup::new().wait_async();
/// done.wait();
/// ```
pub type WaitGroupWait = Wait<Until<NobodyLeft>>;

/// The wait for the other members of a group, as a value: what [`WaitGroup::wait_others_async`]
/// returns.
///
/// # Cancel safety
///
/// Dropping it has no effect on the group.
///
/// # Examples
///
/// ```
/// use towpath::sync::{WaitGroup, WaitOthers};
///
/// let group = WaitGroup::new();
/// let alone: WaitOthers<'_> = group.wait_others_async();
/// alone.wait();
/// ```
pub type WaitOthers<'a> = Wait<Until<OthersGone<'a>>>;

impl WaitGroup {
    /// A group with one handle.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(towpath::sync::WaitGroup::new().len(), 1);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner {
            word: AtomicU64::new(1),
            waiters: WaitQueue::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// How many handles there are, this one included. Handles that were given up by
    /// [`wait`](WaitGroup::wait) do not count.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = towpath::sync::WaitGroup::new();
    /// let another = group.clone();
    /// assert_eq!(group.len(), 2);
    /// ```
    #[expect(clippy::len_without_is_empty, reason = "it counts itself")]
    #[must_use]
    pub fn len(&self) -> usize {
        count(self.inner.word()) as usize
    }

    /// Runs `f` on a thread of its own that holds a clone, until `f` has returned or panicked.
    ///
    /// # Panics
    ///
    /// Panics if the system cannot start a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = towpath::sync::WaitGroup::new();
    /// let answer = group.go(|| 42);
    /// let failure = group.go(|| panic!("it happens"));
    /// group.wait();
    /// assert_eq!(answer.join().unwrap(), 42);
    /// assert!(failure.join().is_err());
    /// ```
    #[doc(alias = "Go")]
    pub fn go<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        let member = self.clone();
        thread::spawn(move || {
            // Named, so that it is dropped after `f` is done, unwinding included.
            let _member = member;
            f()
        })
    }

    /// Gives this handle up and blocks the thread until no handle is left.
    ///
    /// Several may wait like this at the same time; they do not wait for each other.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = towpath::sync::WaitGroup::new();
    /// let member = group.clone();
    /// std::thread::spawn(move || drop(member));
    /// group.wait();
    /// ```
    pub fn wait(self) {
        self.wait_async().wait();
    }

    /// Gives this handle up and blocks the thread until no handle is left, for at most `limit`.
    ///
    /// # Errors
    ///
    /// Time ran out; the handle comes back, and counts again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let group = towpath::sync::WaitGroup::new();
    /// let member = group.clone();
    /// let group = group.wait_timeout(Duration::from_millis(1)).unwrap_err();
    /// drop(member);
    /// assert!(group.wait_timeout(Duration::from_secs(5)).is_ok());
    /// ```
    pub fn wait_timeout(self, limit: Duration) -> Result<(), Self> {
        self.wait_async().wait_timeout(limit)
    }

    /// Gives this handle up and blocks the thread until no handle is left or `deadline` has passed.
    ///
    /// # Errors
    ///
    /// Time ran out; the handle comes back, and counts again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let group = towpath::sync::WaitGroup::new();
    /// assert!(group.wait_deadline(Instant::now()).is_ok());
    /// ```
    pub fn wait_deadline(self, deadline: Instant) -> Result<(), Self> {
        self.wait_async().wait_deadline(deadline)
    }

    /// Gives this handle up, now, and waits until no handle is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves the group as it is; the handle was given up before.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = towpath::sync::WaitGroup::new();
    /// group.go(|| 1 + 1);
    /// pollster::block_on(group.wait_async());
    /// ```
    pub fn wait_async(self) -> WaitGroupWait {
        let inner = Arc::clone(&self.inner);
        drop(self);
        Wait::new(Until(NobodyLeft(inner)))
    }

    /// Blocks the thread until this handle is the only one; the group can be used again.
    ///
    /// It is over as soon as this handle was the only one at some moment since the call, even if
    /// others were made by now. Two different handles that both wait like this wait for each other;
    /// two threads that share one handle do not.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = towpath::sync::WaitGroup::new();
    /// for round in 0..3 {
    ///     group.go(move || round);
    ///     group.wait_others();
    /// }
    /// ```
    pub fn wait_others(&self) {
        self.wait_others_async().wait();
    }

    /// Blocks the thread until this handle is the only one, for at most `limit`: whether it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let group = towpath::sync::WaitGroup::new();
    /// let member = group.clone();
    /// assert!(!group.wait_others_timeout(Duration::from_millis(1)));
    /// ```
    #[must_use = "others may be at work still"]
    pub fn wait_others_timeout(&self, limit: Duration) -> bool {
        self.wait_others_async().wait_timeout(limit)
    }

    /// Blocks the thread until this handle is the only one or `deadline` has passed: whether it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let group = towpath::sync::WaitGroup::new();
    /// assert!(group.wait_others_deadline(Instant::now()));
    /// ```
    #[must_use = "others may be at work still"]
    pub fn wait_others_deadline(&self, deadline: Instant) -> bool {
        self.wait_others_async().wait_deadline(deadline)
    }

    /// Waits until this handle is the only one; see [`wait_others`](WaitGroup::wait_others).
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect on the group.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = towpath::sync::WaitGroup::new();
    /// group.go(|| 1 + 1);
    /// pollster::block_on(group.wait_others_async());
    /// assert_eq!(group.len(), 1);
    /// ```
    pub fn wait_others_async(&self) -> WaitOthers<'_> {
        let inner = &*self.inner;
        let seen = edges(inner.word());
        Wait::new(Until(OthersGone { inner, seen }))
    }
}

impl Inner {
    fn word(&self) -> u64 {
        // ORDERING: SeqCst, the read of the handshake in `WaitQueue::enlist`; as Acquire it pairs
        // with the compare-and-swap in `leave`: what members did before they left is visible.
        self.word.load(Ordering::SeqCst)
    }

    /// One handle is gone.
    fn leave(&self) {
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        let mut word = self.word.load(Ordering::Relaxed);
        // ORDERING: SeqCst on success, the write of the handshake with `word`; as Release it pairs
        // with the load there. (It need not acquire: a later step keeps the release of this one
        // alive.) Relaxed on failure: a guess again.
        while let Err(now) = self.word.compare_exchange_weak(
            word,
            without_one(word),
            Ordering::SeqCst,
            Ordering::Relaxed,
        ) {
            word = now;
        }
        if count(word) <= 2 && self.waiters.has_waiters() {
            self.waiters.notify_all();
        }
    }

    /// Makes a handle count again, unless it is over (invariant 2).
    fn rejoin(&self) -> bool {
        let mut word = self.word();
        while count(word) > 0 {
            // ORDERING: Relaxed: making a handle tells nobody anything.
            let changed = self.word.compare_exchange_weak(
                word,
                word + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match changed {
                Ok(_) => return true,
                // Looks again, with the load that acquires.
                Err(_) => word = self.word(),
            }
        }
        false
    }
}

impl Clone for WaitGroup {
    /// One more member.
    ///
    /// # Panics
    ///
    /// Panics if there are 2³¹ handles.
    fn clone(&self) -> Self {
        // ORDERING: Relaxed: making a handle tells nobody anything, and this one keeps the count up.
        let word = self.inner.word.fetch_add(1, Ordering::Relaxed);
        if count(word) >= MOST {
            // ORDERING: Relaxed, as above.
            self.inner.word.fetch_sub(1, Ordering::Relaxed);
            panic!("too many handles of a wait group");
        }
        let inner = Arc::clone(&self.inner);
        Self { inner }
    }
}

impl Drop for WaitGroup {
    /// This member is done.
    fn drop(&mut self) {
        self.inner.leave();
    }
}

impl Default for WaitGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl Bound for NobodyLeft {
    /// Out of time, the handle comes back.
    type Bounded = Result<(), WaitGroup>;

    fn bounded(outcome: Result<(), Self>) -> Self::Bounded {
        match outcome {
            Err(Self(inner)) if inner.rejoin() => Err(WaitGroup { inner }),
            _ => Ok(()),
        }
    }
}

impl Condition for NobodyLeft {
    fn holds(&self) -> bool {
        count(self.0.word()) == 0
    }

    fn line(&self) -> &WaitQueue {
        &self.0.waiters
    }
}

impl Bound for OthersGone<'_> {
    /// True if it is over, false if time ran out.
    type Bounded = bool;

    fn bounded(outcome: Result<(), Self>) -> bool {
        // Alone, perhaps as time ran out.
        outcome.map_or_else(|this| this.holds(), |()| true)
    }
}

impl Condition for OthersGone<'_> {
    fn holds(&self) -> bool {
        let word = self.inner.word();
        count(word) == 1 || edges(word) != self.seen
    }

    fn line(&self) -> &WaitQueue {
        &self.inner.waiters
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitGroup")
            .field("len", &self.len())
            .finish()
    }
}

impl fmt::Debug for NobodyLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NobodyLeft").finish_non_exhaustive()
    }
}

impl fmt::Debug for OthersGone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OthersGone").finish_non_exhaustive()
    }
}
