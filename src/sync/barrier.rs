//! A place where a number of threads and tasks meet, again and again.
//!
//! # Invariants
//!
//! All under the lock:
//!
//! 1. `arrived` is the number of nodes in line, no two of which have the same waiter.
//! 2. A node in line joined in the generation of now. The last to arrive binds the waiters of all
//!    others to this barrier, dismisses them and begins the next generation in the same critical
//!    section, so a generation has one leader. A waiter that cannot be bound, because it was given
//!    something else, does not count.
//! 3. Who is among those dismissed is told, by the leader or by itself, and by nobody else.

use std::cell::Cell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::crowd::{Crowd, see_off};
use crate::sys::{Duration, Instant, ShortLock, ShortLockGuard};
use crate::wait::sealed::OneLine;
use crate::wait::{
    Attempt, Lost, Node, Operation, Patience, Place, Popped, Signal, Wait, Wake, WakeBatch,
};

/// Lets a fixed number of threads and tasks wait for each other, as often as they like.
///
/// The last one to arrive lets them all go, and is told that it leads. Whoever gives up waiting (a
/// dropped future, a time limit) has not arrived: the others wait for somebody else in its place, and
/// the barrier stays usable.
///
/// An arrival takes a short lock, in which nothing foreign runs; the last one also wakes the others.
/// Nothing is allocated, but where a select among more than sixteen that wait is given something else as
/// the last one arrives, and the others have to come again.
///
/// # Examples
///
/// ```
/// use towpath::sync::Barrier;
///
/// static MEET: Barrier = Barrier::new(2);
/// let thread = std::thread::spawn(|| MEET.wait().is_leader());
/// let here = pollster::block_on(MEET.wait_async()).is_leader();
/// assert!(here != thread.join().unwrap(), "one of the two leads");
/// ```
#[doc(alias = "CyclicBarrier")]
pub struct Barrier {
    parties: usize,
    state: ShortLock<State>,
}

struct State {
    arrived: usize,
    generation: usize,
    crowd: Crowd,
}

// Nothing foreign runs while its state is in between.
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

/// What waiting at a [`Barrier`] gives.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Barrier, BarrierWaitResult};
///
/// let alone: BarrierWaitResult = Barrier::new(1).wait();
/// assert!(alone.is_leader());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    leader: bool,
}

impl BarrierWaitResult {
    /// True for the last one to arrive: one of each generation.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = towpath::sync::Barrier::new(1);
    /// assert!(barrier.wait().is_leader());
    /// ```
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

/// An arrival at a barrier, as a value: what [`Barrier::wait_async`] returns.
///
/// # Cancel safety
///
/// Dropping it before the barrier lets go takes the arrival back. Dropping it after that has no
/// effect: the others are on their way.
///
/// # Examples
///
/// ```
/// use towpath::sync::{Barrier, BarrierWait};
///
/// let barrier = Barrier::new(1);
/// let arrival: BarrierWait<'_> = barrier.wait_async();
/// assert!(arrival.wait().is_leader());
/// ```
pub type BarrierWait<'a> = Wait<Arrival<'a>>;

impl Barrier {
    constant! {
        /// A barrier for `parties`; 0 is the same as 1: nobody waits there.
        ///
        /// # Examples
        ///
        /// ```
        /// use towpath::sync::Barrier;
        ///
        /// static BARRIER: Barrier = Barrier::new(1);
        /// BARRIER.wait();
        /// ```
        #[must_use]
        pub fn new(parties: usize) -> Self {
            Self {
                parties,
                state: ShortLock::new(State {
                    arrived: 0,
                    generation: 0,
                    crowd: Crowd::new(),
                }),
            }
        }
    }

    /// Arrives, and blocks the thread until as many have arrived as the barrier was made for.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = towpath::sync::Barrier::new(2);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| barrier.wait());
    ///     barrier.wait();
    /// });
    /// ```
    pub fn wait(&self) -> BarrierWaitResult {
        self.wait_async().wait()
    }

    /// Arrives, and blocks the thread until all have arrived, for at most `limit`. `None`: time ran
    /// out, and the arrival was taken back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let barrier = towpath::sync::Barrier::new(2);
    /// assert!(barrier.wait_timeout(Duration::from_millis(1)).is_none());
    /// ```
    #[must_use = "the others may not have come"]
    pub fn wait_timeout(&self, limit: Duration) -> Option<BarrierWaitResult> {
        self.wait_async().wait_timeout(limit)
    }

    /// Arrives, and blocks the thread until all have arrived or `deadline` has passed. `None`: time
    /// ran out, and the arrival was taken back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let barrier = towpath::sync::Barrier::new(2);
    /// assert!(barrier.wait_deadline(Instant::now()).is_none());
    /// ```
    #[must_use = "the others may not have come"]
    pub fn wait_deadline(&self, deadline: Instant) -> Option<BarrierWaitResult> {
        self.wait_async().wait_deadline(deadline)
    }

    /// Arrives when it is first polled, and waits until all have arrived.
    ///
    /// In a select, an arrival counts as long as the select waits, and is used up only if this case is
    /// the one that is chosen: the barrier does not let go with an arrival whose select was given something
    /// else. Two cases at the same barrier in one select are one arrival.
    ///
    /// # Cancel safety
    ///
    /// Dropping it before that takes the arrival back.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = towpath::sync::Barrier::new(2);
    /// let both = async { futures::join!(barrier.wait_async(), barrier.wait_async()) };
    /// let (first, second) = pollster::block_on(both);
    /// assert!(second.is_leader() && !first.is_leader());
    /// ```
    pub fn wait_async(&self) -> BarrierWait<'_> {
        Wait::new(Arrival {
            barrier: self,
            joined: Cell::new(0),
        })
    }

    fn lock(&self, patience: Patience) -> Option<ShortLockGuard<'_, State>> {
        match patience {
            Patience::Block => Some(self.state.lock()),
            Patience::Poll => self.state.lock_soon(),
        }
    }

    /// Lets everybody go who has arrived, as their leader, if they are enough with this one.
    fn trip(&self, mut state: ShortLockGuard<'_, State>) -> Attempt<BarrierWaitResult> {
        // Bound, nobody is given anything else any more.
        // SAFETY: we hold the lock.
        let gone = state.crowd.retain(|node| unsafe { node.pledge() }.is_ok());
        state.arrived -= gone;
        let enough = state.arrived + 1 >= self.parties;
        state.arrived = 0;
        if enough {
            state.generation = state.generation.wrapping_add(1);
            state.crowd.dismiss();
            see_off(&self.state, state, tell_bound, |state| &mut state.crowd);
            return Attempt::Ready(BarrierWaitResult { leader: true });
        }
        // One was given something else this very moment. The others are bound, so they have to come
        // again.
        let mut batch = WakeBatch::new();
        state.crowd.send_back(retry_bound, &mut batch);
        drop(state);
        batch.wake();
        Attempt::Blocked
    }
}

/// Tells one that is bound to the barrier that it may go.
fn tell_bound(node: Popped) -> Result<Wake, Lost> {
    // SAFETY: called with the lock held; whoever is pledged in this line is pledged to it.
    unsafe { node.complete_pledged(Signal::Closed) }
}

/// Tells one that is bound to the barrier to arrive again.
fn retry_bound(node: Popped) -> Result<Wake, Lost> {
    // SAFETY: as above.
    unsafe { node.complete_pledged(Signal::Notified) }
}

/// The operation that waits at a barrier.
pub struct Arrival<'a> {
    barrier: &'a Barrier,
    /// The generation in which its node got in line.
    joined: Cell<usize>,
}

impl Arrival<'_> {
    /// True if this one is all that is missing.
    fn is_last(&self, state: &mut State) -> bool {
        let enough = |state: &State| state.arrived + 1 >= self.barrier.parties;
        if !enough(state) {
            return false;
        }
        // Who was given something else, or looks around, does not count.
        // SAFETY: the lock is held.
        state.arrived -= state.crowd.retain(|node| unsafe { node.is_free() });
        enough(state)
    }

    /// # Safety
    ///
    /// As [`Operation::line_up`].
    unsafe fn join(&self, state: &mut State, node: &Node) {
        // SAFETY: the caller's promise.
        unsafe { state.crowd.push(node) };
        state.arrived += 1;
        self.joined.set(state.generation);
    }
}

impl OneLine for Arrival<'_> {}

// SAFETY: nodes are used under the lock only; `withdraw` takes it and takes the node out.
unsafe impl Operation for Arrival<'_> {
    type Output = BarrierWaitResult;
    type Done = Self::Output;
    /// `None` if time ran out.
    type Bounded = Option<BarrierWaitResult>;

    fn watches_resource(&self) -> bool {
        false
    }

    fn attempt(&self, patience: Patience) -> Attempt<BarrierWaitResult> {
        let Some(mut state) = self.barrier.lock(patience) else {
            return Attempt::Lagging;
        };
        if self.is_last(&mut state) {
            self.barrier.trip(state)
        } else {
            Attempt::Blocked
        }
    }

    unsafe fn line_up(&self, node: &Node, _: Place, patience: Patience) -> Attempt<()> {
        let Some(mut state) = self.barrier.lock(patience) else {
            return Attempt::Lagging;
        };
        // SAFETY: the node is ours, and in no line.
        let in_select = unsafe { node.is_one_of_several() };
        // SAFETY: as above, and it is bound.
        if in_select && unsafe { state.crowd.has_waiter_of(node) } {
            // Another case of the select stands for both.
            return Attempt::Blocked;
        }
        if self.is_last(&mut state) {
            return Attempt::Ready(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.join(&mut state, node) };
        Attempt::Blocked
    }

    fn finish(&self, signal: Signal, patience: Patience) -> Attempt<BarrierWaitResult> {
        if signal == Signal::Closed {
            return Attempt::Ready(BarrierWaitResult { leader: false });
        }
        self.attempt(patience)
    }

    unsafe fn withdraw(&self, node: &Node) {
        let mut state = self.barrier.state.lock();
        // SAFETY: we hold the lock.
        if !unsafe { node.is_linked() } {
            return;
        }
        // Invariant 2.
        let dismissed = self.joined.get() != state.generation;
        if !dismissed {
            state.arrived -= 1;
        }
        let told = state.crowd.remove(node, dismissed, tell_bound);
        drop(state);
        drop(told);
    }

    fn abandon(&self, _: Signal) {
        // It was counted when the barrier let go, and the others are on their way.
    }

    fn output<R>(&self, result: BarrierWaitResult, wrap: impl FnOnce(Self::Output) -> R) -> R {
        wrap(result)
    }

    fn bounded(outcome: Result<BarrierWaitResult, Self>) -> Option<BarrierWaitResult> {
        outcome.ok()
    }
}

impl fmt::Debug for Arrival<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival").finish_non_exhaustive()
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .finish_non_exhaustive()
    }
}
