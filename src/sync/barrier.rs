//! A place where a number of threads and tasks meet, again and again.
//!
//! # Invariants
//!
//! All under the lock:
//!
//! 1. `arrived` is the number of nodes in line, and less than the number of parties.
//! 2. A node in line joined in the generation of now. The last to arrive dismisses the others and
//!    begins the next generation in the same critical section, so a generation has one leader.

use std::cell::Cell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::crowd::{Crowd, see_off};
use crate::sys::{Duration, Instant, ShortLock, ShortLockGuard};
use crate::wait::sealed::Sealed;
use crate::wait::{Attempt, Node, Operation, Patience, Place, Signal, Wait};

/// Lets a fixed number of threads and tasks wait for each other, as often as they like.
///
/// The last one to arrive lets them all go, and is told that it leads. Whoever gives up waiting (a
/// dropped future, a time limit) has not arrived: the others wait for somebody else in its place, and
/// the barrier stays usable.
///
/// An arrival takes a short lock, in which nothing foreign runs; the last one also wakes the others.
/// Nothing is allocated.
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
            over: Cell::new(false),
        })
    }

    fn lock(&self, patience: Patience) -> Option<ShortLockGuard<'_, State>> {
        match patience {
            Patience::Block => Some(self.state.lock()),
            Patience::Poll => self.state.lock_soon(),
        }
    }

    /// Lets everybody go who has arrived, as their leader.
    fn trip(&self, mut state: ShortLockGuard<'_, State>) -> BarrierWaitResult {
        state.arrived = 0;
        state.generation = state.generation.wrapping_add(1);
        state.crowd.dismiss();
        see_off(&self.state, state, |state| &mut state.crowd);
        BarrierWaitResult { leader: true }
    }
}

/// The operation that waits at a barrier.
pub struct Arrival<'a> {
    barrier: &'a Barrier,
    /// The generation in which its node got in line.
    joined: Cell<usize>,
    /// The barrier let go with this arrival, though this was out of line before it was told.
    over: Cell<bool>,
}

impl Arrival<'_> {
    fn is_last(&self, state: &State) -> bool {
        state.arrived + 1 >= self.barrier.parties
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

impl Sealed for Arrival<'_> {}

// SAFETY: nodes are used under the lock only; `withdraw` takes it and takes the node out.
unsafe impl Operation for Arrival<'_> {
    type Output = BarrierWaitResult;
    /// `None` if time ran out.
    type Bounded = Option<BarrierWaitResult>;

    fn watches_resource(&self) -> bool {
        false
    }

    fn attempt(&self, patience: Patience) -> Attempt<BarrierWaitResult> {
        if self.over.get() {
            return Attempt::Ready(BarrierWaitResult { leader: false });
        }
        match self.barrier.lock(patience) {
            None => Attempt::Lagging,
            Some(state) if self.is_last(&state) => Attempt::Ready(self.barrier.trip(state)),
            Some(_) => Attempt::Blocked,
        }
    }

    unsafe fn line_up(&self, node: &Node, _: Place, patience: Patience) -> Attempt<()> {
        if self.over.get() {
            return Attempt::Ready(());
        }
        match self.barrier.lock(patience) {
            None => Attempt::Lagging,
            Some(state) if self.is_last(&state) => Attempt::Ready(()),
            Some(mut state) => {
                // SAFETY: the caller's promise.
                unsafe { self.join(&mut state, node) };
                Attempt::Blocked
            }
        }
    }

    fn finish(&self, _: Signal, _: Patience) -> Attempt<BarrierWaitResult> {
        Attempt::Ready(BarrierWaitResult { leader: false })
    }

    unsafe fn withdraw(&self, node: &Node) {
        let mut state = self.barrier.state.lock();
        // Invariant 2: not tripped since, so it is in line.
        let dismissed = self.joined.get() != state.generation;
        if dismissed {
            self.over.set(true);
        } else {
            state.arrived -= 1;
        }
        state.crowd.remove(node, dismissed);
    }

    fn abandon(&self, _: Signal) {
        // It was counted when the barrier let go, and the others are on their way.
    }

    fn bounded(outcome: Result<BarrierWaitResult, Self>) -> Option<BarrierWaitResult> {
        match outcome {
            Ok(result) => Some(result),
            // It was counted when the barrier let go, just as time ran out.
            Err(op) => op.over.get().then_some(BarrierWaitResult { leader: false }),
        }
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
