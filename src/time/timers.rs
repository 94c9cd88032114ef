//! The timers of the process: one wheel, and one thread that turns it.
//!
//! Only tasks need them: a thread that waits parks until its own deadline. Whoever waits puts a node
//! into the wheel, and the thread signals it when it is due, as any notifier signals a waiter (see
//! `docs/protocol.md`); wakers are woken when the lock is let go.
//!
//! The thread is started by the first who wants to put something in, before that is put in: if the
//! system refuses it, whoever asked panics, and nobody is in a wheel that nobody turns. While one
//! starts it others try again soon, and see for themselves. (A mutex that has its line watched does
//! without.) It sleeps until the first slot of the wheel
//! begins, and says so (`until`); whoever puts in something that is due earlier unparks it, each for itself: one
//! who has been preempted before it did keeps nobody else waiting. Nobody tells it that an entry was taken
//! out: at worst it wakes once for nothing. If all was taken out before it looked, it sleeps until the first of
//! that would have been due, for more of the kind may be put in before then. When the wheel was empty and unused for
//! [`IDLE`], it ends, and the next entry starts another.
//!
//! # Invariants
//!
//! 1. The wheel is empty unless the thread [`Runs`](Life::Runs): what is put in is put in then, under
//!    the lock under which the thread would decide to end.
//! 2. No thread is started or unparked under a lock.

use std::io;

use super::wheel::{Entry, Turned, Wheel};
use crate::sys::{Backoff, Duration, Instant, ShortLock, ShortLockGuard, thread, time};
use crate::wait::{Node, Patience, Unpark, WakeBatch, park};

/// How long the thread stays when it has nothing to do.
const IDLE: Duration = Duration::from_secs(5);

global! {
    static TIMERS: Timers = Timers::new();
}

/// All timers.
pub(super) fn timers() -> &'static Timers {
    &TIMERS
}

pub(super) struct Timers {
    state: ShortLock<State>,
}

struct State {
    wheel: Wheel,
    /// When tick 0 was: before any time that the clock will ever show, for what is due before it is due
    /// at once.
    origin: Option<Instant>,
    life: Life,
    /// The thread, once it has slept.
    thread: Option<Unpark>,
    /// The tick until which the thread sleeps: 0 while it is awake, or a tick that has passed.
    until: u64,
    /// The first tick of what was put in since the thread last looked, though it may be taken out again.
    asked: Option<u64>,
    idle: Duration,
    /// How many batches of wakers are on their way.
    waking: usize,
}

/// How it stands with the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// There is none: there was none yet, the system refused it, or it has decided to end.
    None,
    /// Somebody is starting it. It may be there already.
    Starting,
    /// It is there, and turns the wheel.
    Runs,
}

/// The lock's holder is busy, or whoever starts the thread: try again soon.
#[derive(Debug)]
pub(crate) struct Busy;

/// Why nothing was put in.
#[derive(Debug)]
pub(super) enum Refused {
    /// As [`Busy`].
    Busy,
    /// There is no thread: see [`Timers::with_thread`].
    NoThread,
}

/// Why nothing was set in the end.
#[derive(Debug)]
pub(super) enum Unset {
    /// As [`Busy`].
    Busy,
    /// There is no thread, and the system refuses one.
    NoThread(io::Error),
}

impl Unset {
    /// For those who cannot do without.
    ///
    /// # Panics
    ///
    /// Panics if there is no thread.
    pub(super) fn busy_or_panic(self) -> Busy {
        match self {
            Self::Busy => Busy,
            Self::NoThread(error) => panic!("the timer thread cannot be started: {error}"),
        }
    }
}

impl From<Busy> for Unset {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

/// The thread, if it sleeps for too long now; to be unparked once all locks are let go.
#[derive(Debug)]
#[must_use = "it sleeps for too long"]
pub(super) struct Sleeper(Option<Unpark>);

impl Sleeper {
    pub(super) const NOBODY: Self = Self(None);

    pub(super) fn unpark(self) {
        if let Some(sleeper) = self.0 {
            sleeper.unpark();
        }
    }
}

/// What the thread does next.
enum Next {
    Sleep(Instant),
    Idle(Duration),
    End,
}

impl Timers {
    constant! {
        fn new() -> Self {
            Self {
                state: ShortLock::new(State {
                    wheel: Wheel::new(),
                    origin: None,
                    life: Life::None,
                    thread: None,
                    until: 0,
                    asked: None,
                    idle: IDLE,
                    waking: 0,
                }),
            }
        }
    }

    fn lock(&self, patience: Patience) -> Result<ShortLockGuard<'_, State>, Busy> {
        match patience {
            Patience::Block => Ok(self.state.lock()),
            Patience::Poll => self.state.lock_soon().ok_or(Busy),
        }
    }

    /// Puts `node` in, to be notified at `deadline`, after taking it out if it is in, and binding it. The
    /// thread runs, or nothing is done.
    ///
    /// # Safety
    ///
    /// The node is in no other line, nobody else sets it now, `bind` leaves it bound, and node and
    /// entry stay where they are until [`unset`](Timers::unset) or until it is signalled.
    pub(super) unsafe fn set(
        &self,
        node: &Node,
        entry: &Entry,
        deadline: Instant,
        patience: Patience,
        bind: impl FnOnce(),
    ) -> Result<Sleeper, Refused> {
        let mut state = self.lock(patience).map_err(|Busy| Refused::Busy)?;
        match state.life {
            Life::Runs => {}
            Life::Starting if patience == Patience::Poll => return Err(Refused::Busy),
            Life::Starting | Life::None => return Err(Refused::NoThread),
        }
        let tick = nanos(*state.origin.get_or_insert_with(time::now), deadline);
        state.wheel.remove(node, entry);
        bind();
        // SAFETY: the caller's promise, and it was just taken out.
        unsafe { state.wheel.insert(node, entry, tick) };
        state.asked = Some(state.asked.map_or(tick, |asked| asked.min(tick)));
        // `until` stays: whoever comes next must not rely on this one, which may be preempted before it unparks.
        let sleeper = (tick < state.until).then(|| state.thread.clone()).flatten();
        Ok(Sleeper(sleeper))
    }

    /// Does `set`, which comes to [`Timers::set`]; when there is no thread it starts one and does it again.
    /// No lock may be held.
    pub(super) fn with_thread(
        &self,
        patience: Patience,
        mut set: impl FnMut() -> Result<Sleeper, Refused>,
    ) -> Result<(), Unset> {
        loop {
            match set() {
                Ok(sleeper) => {
                    sleeper.unpark();
                    return Ok(());
                }
                Err(Refused::Busy) => return Err(Unset::Busy),
                Err(Refused::NoThread) => self.start(patience)?,
            }
        }
    }

    /// Takes `node` out, if it is in. Afterwards its waiter is signalled or never will be.
    pub(super) fn unset(&self, node: &Node, entry: &Entry) {
        self.state.lock().wheel.remove(node, entry);
    }

    /// Starts the thread, unless somebody else does or did. Whoever is patient waits for that one.
    #[cold]
    fn start(&self, patience: Patience) -> Result<(), Unset> {
        let mut backoff = Backoff::new();
        loop {
            let mut state = self.lock(patience)?;
            match state.life {
                Life::Runs => return Ok(()),
                Life::Starting if patience == Patience::Poll => return Err(Unset::Busy),
                Life::Starting => {}
                Life::None => {
                    state.life = Life::Starting;
                    break;
                }
            }
            drop(state);
            backoff.snooze();
        }
        let started = thread::spawn_in_background("towpath-timers", || timers().run());
        self.state.lock().life = match started {
            Ok(()) => Life::Runs,
            Err(_) => Life::None,
        };
        started.map_err(Unset::NoThread)
    }

    /// Signals everybody whose time has come.
    fn fire(&self) {
        let mut batch = WakeBatch::new();
        loop {
            let mut state = self.state.lock();
            // Under the lock: after a test has given the clock back the wheel does not run ahead.
            let to = state.now();
            let turned = state.wheel.turn(to, &mut batch);
            let wakes = usize::from(!batch.is_empty());
            state.waking += wakes;
            drop(state);
            if wakes > 0 {
                batch.wake();
                self.state.lock().waking -= wakes;
            }
            if turned == Turned::Wholly {
                return;
            }
        }
    }

    /// The life of the thread.
    fn run(&self) {
        let me = Unpark::current();
        let mut rested = false;
        loop {
            // Awake: it need not be unparked.
            self.state.lock().until = 0;
            self.fire();
            match self.next(&me, rested) {
                Next::Sleep(deadline) => {
                    park(Some(deadline));
                    rested = false;
                }
                Next::Idle(span) => {
                    rested = thread::park_for(span);
                }
                Next::End => return,
            }
        }
    }

    /// What the thread does next: it looks at the wheel and says how long it sleeps under one lock, so
    /// nothing can be put in between that it would sleep through.
    fn next(&self, me: &Unpark, rested: bool) -> Next {
        let mut state = self.state.lock();
        let asked = state.asked.take();
        let now = state.now();
        let idle_until = now.saturating_add(nanos_in(state.idle));
        let soon = asked.filter(|tick| (now + 1..idle_until).contains(tick));
        let first = state.wheel.next().or(soon);
        // Not before it is said to run: that would not be taken back.
        if first.is_none() && rested && asked.is_none() && state.life == Life::Runs {
            state.life = Life::None;
            state.thread = None;
            return Next::End;
        }
        state.until = first.unwrap_or(idle_until);
        state.thread.get_or_insert_with(|| me.clone());
        let deadline = first.zip(state.origin).and_then(|(tick, origin)| {
            // Beyond the clock: never.
            origin.checked_add(Duration::from_nanos(tick))
        });
        deadline.map_or(Next::Idle(state.idle), Next::Sleep)
    }
}

impl State {
    /// The tick that it is now.
    fn now(&self) -> u64 {
        self.origin.map_or(0, |origin| nanos(origin, time::now()))
    }
}

/// How many nanoseconds `to` is after `from`; as many as there are, if there are more.
fn nanos(from: Instant, to: Instant) -> u64 {
    nanos_in(to.saturating_duration_since(from))
}

fn nanos_in(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// What a test clock and the models do to the timers.
#[cfg(any(feature = "test-clock", towpath_loom))]
impl Timers {
    /// The time has changed: signals what is due, and returns when everybody was woken for that.
    pub(super) fn catch_up(&self) {
        let mut backoff = Backoff::new();
        self.fire();
        while self.state.lock().waking > 0 {
            backoff.snooze();
            self.fire();
        }
    }

    /// Takes the clock over for a test, or gives it back, as `change` does; the time may go back. Under
    /// the lock, so the wheel is never seen ahead of the clock: what is put in meanwhile would wait for
    /// the wheel's time.
    #[cfg(not(towpath_loom))]
    pub(super) fn change_clock<R>(&self, change: impl FnOnce() -> R) -> R {
        let mut state = self.state.lock();
        // The time of a test is given back one day, and then it is what it would have been: so ticks
        // count from before it.
        let origin = *state.origin.get_or_insert_with(time::now);
        let changed = change();
        state.wheel.rewind(nanos(origin, time::now()));
        let sleeper = state.thread.clone();
        drop(state);
        if let Some(sleeper) = sleeper {
            sleeper.unpark();
        }
        changed
    }

    /// True while there is a timer thread.
    pub(super) fn is_running(&self) -> bool {
        self.state.lock().life != Life::None
    }

    /// How long the thread stays when it has nothing to do.
    #[cfg(not(towpath_loom))]
    pub(super) fn set_idle(&self, idle: Duration) {
        let mut state = self.state.lock();
        state.idle = idle;
        let sleeper = state.thread.clone();
        drop(state);
        if let Some(sleeper) = sleeper {
            sleeper.unpark();
        }
    }
}

#[cfg(all(test, not(towpath_loom)))]
mod tests {
    use super::*;
    use crate::sync::Mutex;
    use crate::wait::Waiter;

    /// The timers are those of the process.
    static ALONE: Mutex<()> = Mutex::new(());

    /// A task that waits for an instant.
    struct Waiting {
        waiter: Waiter,
        node: Node,
        entry: Entry,
    }

    impl Waiting {
        fn new() -> Box<Self> {
            Box::new(Self {
                waiter: Waiter::new(),
                node: Node::new(),
                entry: Entry::new(),
            })
        }

        fn set(&self, span: Duration) -> Result<Sleeper, Refused> {
            // SAFETY: it is in no line: nobody else sets it, and it is set once.
            drop(unsafe { self.waiter.arm(None) });
            // SAFETY: the timers took the node out of line.
            let bind = || unsafe { self.node.bind(&self.waiter, 0) };
            let due = time::now() + span;
            // SAFETY: boxed, and taken out before it goes.
            unsafe { timers().set(&self.node, &self.entry, due, Patience::Block, bind) }
        }

        fn is_told(&self) -> bool {
            self.waiter.signal().is_some()
        }
    }

    impl Drop for Waiting {
        fn drop(&mut self) {
            timers().unset(&self.node, &self.entry);
        }
    }

    fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
        let end = time::now() + Duration::from_secs(3);
        while !is_so() {
            assert!(time::now() < end, "{what}");
            thread::yield_now();
        }
    }

    /// Starts the thread, which finds nothing to do, and sleeps until then.
    fn asleep_until() -> u64 {
        let asked = Waiting::new();
        let set = || asked.set(Duration::from_secs(2));
        timers().with_thread(Patience::Block, set).unwrap();
        drop(asked);
        // It may sleep for what was there before.
        let thread = timers().state.lock().thread.clone();
        Sleeper(thread).unpark();
        let mut until = 0;
        eventually("the timer thread does not sleep", || {
            let state = timers().state.lock();
            until = state.until;
            until > 0 && state.asked.is_none()
        });
        until
    }

    #[test]
    fn nobody_relies_on_an_earlier_one_to_unpark_the_thread() {
        let _alone = ALONE.lock();
        asleep_until();
        let (preempted, next) = (Waiting::new(), Waiting::new());
        // In the middle of `with_thread`.
        let sleeper = preempted.set(Duration::from_millis(500)).unwrap();
        let set = || next.set(Duration::from_millis(10));
        timers().with_thread(Patience::Block, set).unwrap();
        let end = time::now() + Duration::from_millis(400);
        while !next.is_told() {
            assert!(time::now() < end, "it waits for another's unpark");
            thread::yield_now();
        }
        sleeper.unpark();
        eventually("the first is not told", || preempted.is_told());
    }

    #[test]
    fn entries_that_are_taken_out_again_wake_the_thread_once() {
        let _alone = ALONE.lock();
        let until = asleep_until();
        assert!(until < u64::MAX);
        for _ in 0..10 {
            let taken_out = Waiting::new();
            let sleeper = taken_out.set(Duration::from_millis(2500)).unwrap();
            assert!(sleeper.0.is_none(), "it would be woken for nothing");
        }
    }
}
