//! A channel whose messages come with the time: the receivers of `after`, `at`, `tick` and `never`.
//!
//! It is a schedule and nothing else until somebody waits: the line is made for the first that does. A
//! thread that waits parks until the schedule says so ([`Operation::due`](crate::wait::Operation::due)), and then looks. Only when a task gets in
//! line the channel sets an alarm in the process's timers. It rings for the line: the first in it
//! looks at the schedule, as after any notification; the alarm is set again while somebody is left.
//!
//! # Invariants
//!
//! 1. If a task is in line and the schedule has an instant to come, the alarm is set for it or for an
//!    earlier one, or is ringing, or somebody is about to set it: that task, on its way out of
//!    `line_up_recv`, or whoever changed the schedule, by notifying all.
//! 2. The alarm is set and unset under its own lock.
//! 3. `waiting` is null, or points to a box that lives as long as the channel. It is set before anybody
//!    who waits looks at the schedule or at `closed`, and read after those are changed: whoever finds
//!    it null has nobody to tell.

use std::task::Wake;
use std::vec;

use super::alarm::Alarm;
use super::schedule::{Gives, Schedule};
use crate::channel::{Claim, Core, Reserved, Side, Slot};
use crate::queue::Refusal;
use crate::sys::atomic::{AtomicPtr, AtomicUsize};
use crate::sys::{Instant, Ordering, PlainArc, PlainWeak, handshake, time};
use crate::wait::{Attempt, Node, Patience, Place, WaitQueue};

#[derive(Debug)]
pub(super) struct Timed<S> {
    pub(super) schedule: S,
    /// 1 once it is closed.
    closed: AtomicUsize,
    /// Null while nobody has waited.
    waiting: AtomicPtr<Waiting>,
    me: PlainWeak<Self>,
}

/// What it takes to wait.
#[derive(Debug)]
struct Waiting {
    line: WaitQueue,
    alarm: Alarm,
}

impl<S> Drop for Timed<S> {
    fn drop(&mut self) {
        // ORDERING: Relaxed, nobody else is there.
        let waiting = self.waiting.load(Ordering::Relaxed);
        if !waiting.is_null() {
            // SAFETY: invariant 3: a box, and nobody else is there.
            drop(unsafe { Box::from_raw(waiting) });
        }
    }
}

impl<S: Schedule> Timed<S> {
    pub(super) fn new(schedule: S) -> PlainArc<Self> {
        PlainArc::new_cyclic(|me| Self {
            schedule,
            closed: AtomicUsize::new(0),
            waiting: AtomicPtr::default(),
            me: PlainWeak::clone(me),
        })
    }

    /// The line and the alarm, if somebody has ever waited.
    fn waiting(&self) -> Option<&Waiting> {
        handshake();
        // ORDERING: SeqCst, the read of the handshake with `make_waiting`; as Acquire it pairs with its
        // Release: the contents of the box.
        let waiting = self.waiting.load(Ordering::SeqCst);
        // SAFETY: invariant 3.
        (!waiting.is_null()).then(|| unsafe { &*waiting })
    }

    fn make_waiting(&self) -> &Waiting {
        if let Some(waiting) = self.waiting() {
            return waiting;
        }
        let fresh = Box::into_raw(Box::new(Waiting {
            line: WaitQueue::new(),
            alarm: Alarm::new(),
        }));
        let null = std::ptr::null_mut();
        // ORDERING: SeqCst, the write of the handshake with `waiting`: what is looked at after this is
        // seen as it is then, or whoever changes it finds the box. As Release it publishes the box.
        let made = self.waiting.compare_exchange(
            null,
            fresh,
            Ordering::SeqCst,
            // ORDERING: SeqCst, as Acquire it pairs with that Release.
            Ordering::SeqCst,
        );
        let waiting = made.map_or_else(
            |theirs| {
                // SAFETY: nobody else knows this box.
                drop(unsafe { Box::from_raw(fresh) });
                theirs
            },
            |_| fresh,
        );
        // SAFETY: invariant 3.
        unsafe { &*waiting }
    }

    /// The schedule has changed: everybody who waits looks at it again.
    pub(super) fn rescheduled(&self) {
        if let Some(Waiting { line, .. }) = self.waiting() {
            line.notify_all();
        }
    }

    /// Takes `node` out of line, if it got there.
    fn leave_line(&self, node: &Node) {
        if let Some(Waiting { line, .. }) = self.waiting() {
            line.withdraw(node);
        }
    }

    fn closed(&self) -> bool {
        // ORDERING: SeqCst, the read of the handshake with `close_now`.
        self.closed.load(Ordering::SeqCst) != 0
    }

    fn close_now(&self) -> bool {
        // ORDERING: SeqCst, the write of the handshake in `notify_all`, with `closed`.
        let closes = self.closed.swap(1, Ordering::SeqCst) == 0;
        if let Some(Waiting { line, alarm }) = self.waiting().filter(|_| closes) {
            alarm.end();
            line.notify_all();
        }
        closes
    }

    /// How many messages are there now.
    fn count(&self, patience: Patience) -> Result<usize, Refusal> {
        if self.closed() {
            return Ok(0);
        }
        let due = self.schedule.due(patience)?;
        Ok(usize::from(due.is_some_and(|due| due <= time::now())))
    }

    /// As [`count`](Timed::count), for a plain call.
    fn count_now(&self) -> usize {
        self.count(Patience::Block).expect(PATIENT)
    }

    /// True if a receive would not have to wait.
    fn is_ready_now(&self, patience: Patience) -> Result<bool, Refusal> {
        Ok(self.closed() || self.count(patience)? > 0)
    }

    fn take_due<T>(&self, patience: Patience) -> Result<T, Refusal>
    where
        S: Gives<T>,
    {
        if self.closed() {
            return Err(Refusal::Closed);
        }
        self.schedule.take(patience)
    }

    /// Has the line notified at `due`.
    fn set_alarm(&self, due: Option<Instant>, patience: Patience) -> Result<(), Refusal> {
        // While there is a receiver it can be upgraded.
        let Some((due, me)) = due.zip(self.me.upgrade()) else {
            return Ok(());
        };
        let set = self.make_waiting().alarm.set(due, me, patience);
        set.map_err(|_| Refusal::Lagging)
    }

    /// Gets in line, unless there is something to receive. A task then has the alarm set.
    ///
    /// # Safety
    ///
    /// As [`WaitQueue::line_up`].
    unsafe fn join_line(&self, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        let look = || match self.is_ready_now(patience) {
            Ok(ready) => ready.then_some(Attempt::Ready(())),
            Err(_) => Some(Attempt::Lagging),
        };
        let line = &self.make_waiting().line;
        // SAFETY: the caller's promise.
        match unsafe { line.enlist(node, place, patience, look) } {
            Attempt::Ready(outcome) => return outcome,
            Attempt::Lagging => return Attempt::Lagging,
            Attempt::Blocked | Attempt::Promised if patience == Patience::Block => {
                return Attempt::Blocked;
            }
            Attempt::Blocked | Attempt::Promised => {}
        }
        // After it got in line: a schedule that changes from now on finds it there.
        let due = self.schedule.due(patience);
        if due.and_then(|due| self.set_alarm(due, patience)).is_err() {
            line.withdraw(node);
            // It may have been notified meanwhile.
            line.notify_one();
            return Attempt::Lagging;
        }
        Attempt::Blocked
    }
}

/// The alarm rings.
impl<S: Schedule> Wake for Timed<S> {
    fn wake(self: PlainArc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &PlainArc<Self>) {
        let Waiting { line, alarm } = self.make_waiting();
        alarm.rings();
        line.notify_one();
        if line.has_waiters() {
            let next = self.schedule.due_after(time::now());
            self.set_alarm(next, Patience::Block).expect(PATIENT);
        }
    }
}

impl<T, S: Gives<T>> Core<T> for Timed<S> {
    fn hands_over(&self) -> bool {
        false
    }

    fn recv_into(&self, landing: &Slot<T>, patience: Patience) -> Result<(), Refusal> {
        landing.put(self.take_due(patience)?);
        Ok(())
    }

    fn recv_many_now(
        &self,
        out: &mut Vec<T>,
        _: usize,
        patience: Patience,
    ) -> Result<usize, Refusal> {
        // Before it is taken: it must find room.
        out.reserve(1);
        out.push(self.take_due(patience)?);
        Ok(1)
    }

    unsafe fn enlist_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal> {
        // SAFETY: the caller's promise.
        match unsafe { self.join_line(node, place, patience) } {
            Attempt::Ready(()) => match self.recv_into(landing, patience) {
                // Others were faster: look again soon.
                Err(Refusal::Blocked) => Err(Refusal::Lagging),
                received => received,
            },
            Attempt::Blocked | Attempt::Promised => Err(Refusal::Blocked),
            Attempt::Lagging => Err(Refusal::Lagging),
        }
    }

    unsafe fn line_up_recv(
        &self,
        node: &Node,
        _: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.join_line(node, place, patience) }
    }

    fn is_ready(&self, _: Side, patience: Patience) -> Result<bool, Refusal> {
        self.is_ready_now(patience)
    }

    unsafe fn watch(&self, _: Side, node: &Node, place: Place, patience: Patience) -> Attempt<()> {
        // SAFETY: the caller's promise.
        unsafe { self.join_line(node, place, patience) }
    }

    fn unwatch(&self, _: Side, node: &Node) {
        self.leave_line(node);
    }

    fn withdraw_recv(&self, node: &Node) {
        // The alarm stays set: a loop that waits again and again sets it once for each message.
        self.leave_line(node);
    }

    fn pass_on_recv(&self) {
        if let Some(Waiting { line, .. }) = self.waiting() {
            line.notify_one();
        }
    }

    fn reclaim(&self, _: T) {
        unreachable!("nothing is handed over here");
    }

    fn recv_due(&self, patience: Patience) -> Attempt<Option<Instant>> {
        self.schedule
            .due(patience)
            .map_or(Attempt::Lagging, Attempt::Ready)
    }

    fn is_never(&self) -> bool {
        self.schedule.is_never()
    }

    fn recv_looks_ready(&self) -> bool {
        // If the schedule is being changed it is worth an attempt.
        self.is_ready_now(Patience::Poll).unwrap_or(true)
    }

    fn close(&self) -> bool {
        self.close_now()
    }

    fn discard(&self) {
        self.close_now();
    }

    fn is_closed(&self) -> bool {
        self.closed()
    }

    fn len(&self) -> usize {
        self.count_now()
    }

    fn is_empty(&self) -> bool {
        self.count_now() == 0
    }

    fn is_full(&self) -> bool {
        self.count_now() == self.schedule.capacity()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.schedule.capacity())
    }

    fn send_from(&self, _: &Slot<T>, _: Patience) -> Result<(), Refusal> {
        unreachable!("{NO_SENDERS}");
    }

    fn send_many_now(
        &self,
        _: &Slot<T>,
        _: &mut vec::IntoIter<T>,
        _: Patience,
    ) -> Result<(), Refusal> {
        unreachable!("{NO_SENDERS}");
    }

    unsafe fn enlist_send(
        &self,
        _: &Node,
        _: &Slot<T>,
        _: Place,
        _: Patience,
    ) -> Result<(), Refusal> {
        unreachable!("{NO_SENDERS}");
    }

    unsafe fn line_up_send(&self, _: &Node, _: &Slot<T>, _: Place, _: Patience) -> Attempt<()> {
        unreachable!("{NO_SENDERS}");
    }

    unsafe fn line_up_reserve(
        &self,
        _: &Node,
        _: &Slot<Reserved>,
        _: Place,
        _: Patience,
    ) -> Attempt<()> {
        unreachable!("{NO_SENDERS}");
    }

    fn reserve(&self, _: Patience) -> Result<Claim<'_, T>, Refusal> {
        unreachable!("{NO_SENDERS}");
    }

    fn reserved(&self, _: Reserved) -> Claim<'_, T> {
        unreachable!("{NO_SENDERS}");
    }

    fn withdraw_send(&self, _: &Node) {
        unreachable!("{NO_SENDERS}");
    }

    fn pass_on_send(&self) {
        unreachable!("{NO_SENDERS}");
    }

    fn send_looks_ready(&self) -> bool {
        unreachable!("{NO_SENDERS}");
    }

    fn force_send(&self, _: T) -> Result<Option<T>, T> {
        unreachable!("{NO_SENDERS}");
    }
}

const PATIENT: &str = "a patient call is not refused";
const NO_SENDERS: &str = "nobody sends on a channel of the time";
