//! What every flavour of channel can do, and the one place that tells flavours apart.

use std::vec;

use super::buffered::Buffered;
use super::hand_off::{HandOff, Promise, Reserved};
use super::slot::Slot;
use crate::queue::{List, Refusal, Ring, RingPlace};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Instant, Ordering, PlainArc};
use crate::wait::{Attempt, Node, Patience, Place, WaitQueue};

/// The largest capacity that hands messages over under a lock; above it there is a lock-free ring.
/// Where this pays is measured in `docs/decisions.md`.
pub(crate) const MOST_HAND_OFF: usize = 2;

/// One side of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Send,
    Recv,
}

/// What a send has to have before its message.
pub(crate) enum Claim<'a, T> {
    Place(RingPlace<'a, T>),
    Promise(Promise<'a, T>),
    /// Nothing: there is always room.
    None,
}

/// A channel without its handles.
///
/// Refusals mean what they mean for queues: `Blocked` may be waited for, `Lagging` asks to try again
/// soon, `Closed` is for good.
pub(crate) trait Core<T> {
    /// True if values go straight into and out of the slots of those who wait.
    fn hands_over(&self) -> bool;

    /// Sends the message in `slot`. It is taken out if it was accepted.
    fn send_from(&self, slot: &Slot<T>, patience: Patience) -> Result<(), Refusal>;

    fn recv_now(&self, patience: Patience) -> Result<T, Refusal>;

    /// Sends `next`, if it is full, and `rest` as far as there is room: `Ok` once it is all sent. A
    /// message that was taken from `rest` in vain is in `next` afterwards.
    fn send_many_now(
        &self,
        next: &Slot<T>,
        rest: &mut vec::IntoIter<T>,
        patience: Patience,
    ) -> Result<(), Refusal>;

    /// Receives what is there, up to `limit`, at least one.
    fn recv_many_now(
        &self,
        out: &mut Vec<T>,
        limit: usize,
        patience: Patience,
    ) -> Result<usize, Refusal>;

    /// See [`Operation::enlist`](crate::wait::Operation::enlist). The message is taken out of its
    /// slot if it was accepted.
    ///
    /// # Safety
    ///
    /// As there; `message` is full and lives as long as the node is in line.
    unsafe fn enlist_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<(), Refusal>;

    /// See [`Operation::enlist`](crate::wait::Operation::enlist).
    ///
    /// # Safety
    ///
    /// As there; `landing` is empty and lives as long as the node is in line.
    unsafe fn enlist_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Result<T, Refusal>;

    /// See [`Operation::line_up`](crate::wait::Operation::line_up).
    ///
    /// # Safety
    ///
    /// As there; `message` is full and lives as long as the node is in line.
    unsafe fn line_up_send(
        &self,
        node: &Node,
        message: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// See [`Operation::line_up`](crate::wait::Operation::line_up).
    ///
    /// # Safety
    ///
    /// As there; `landing` is empty and lives as long as the node is in line.
    unsafe fn line_up_recv(
        &self,
        node: &Node,
        landing: &Slot<T>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// As [`line_up_send`](Core::line_up_send), for a message that will be promised: what for is told
    /// in `landing`.
    ///
    /// # Safety
    ///
    /// As there; `landing` is empty and lives as long as the node is in line.
    unsafe fn line_up_reserve(
        &self,
        node: &Node,
        landing: &Slot<Reserved>,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// Claims what a send needs, for a message that will exist soon.
    fn reserve(&self, patience: Patience) -> Result<Claim<'_, T>, Refusal>;

    /// A reserved place in a ring was filled, or given up, which freed that many places.
    fn place_settled(&self, freed: usize);

    /// The claim of a promise that was bound while it stood in line.
    fn reserved(&self, reserved: Reserved) -> Claim<'_, T>;

    /// True if an operation on that side would not wait.
    fn is_ready(&self, side: Side, patience: Patience) -> Result<bool, Refusal>;

    /// Puts `node` in the line of those who are told when that side may have become ready, unless it
    /// is.
    ///
    /// # Safety
    ///
    /// See [`Operation::line_up`](crate::wait::Operation::line_up).
    unsafe fn watch(
        &self,
        side: Side,
        node: &Node,
        place: Place,
        patience: Patience,
    ) -> Attempt<()>;

    /// Takes `node` out of that line.
    fn unwatch(&self, side: Side, node: &Node);

    /// A watcher of that side that was told does not use what there is.
    fn pass_on(&self, side: Side) {
        match side {
            Side::Send => self.pass_on_send(),
            Side::Recv => self.pass_on_recv(),
        }
    }

    fn withdraw_send(&self, node: &Node);
    fn withdraw_recv(&self, node: &Node);

    /// A send was cancelled after it was notified.
    fn pass_on_send(&self);

    /// A receive was cancelled after it was notified.
    fn pass_on_recv(&self);

    /// A receive was cancelled after `message` was handed to it.
    fn reclaim(&self, message: T);

    /// See [`Operation::due`](crate::wait::Operation::due).
    fn recv_due(&self) -> Option<Instant> {
        None
    }

    /// True if it never has a message and never closes: all such channels count as the same.
    fn is_never(&self) -> bool {
        false
    }

    fn send_looks_ready(&self) -> bool;
    fn recv_looks_ready(&self) -> bool;

    /// Sends, making room by taking out the oldest message if need be.
    fn force_send(&self, message: T) -> Result<Option<T>, T>;

    /// Takes no more messages. True if this call closed the channel.
    fn close(&self) -> bool;

    /// Nobody will receive any more: closes, and drops what is there.
    fn discard(&self);

    fn is_closed(&self) -> bool;
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool;
    fn is_full(&self) -> bool;
    fn capacity(&self) -> Option<usize>;
}

enum Flavor<T> {
    HandOff(HandOff<T>),
    Ring(Buffered<Ring<T>>),
    List(Buffered<List<T>>),
    Custom(Custom<T>),
}

/// A channel of another kind, with receivers only.
pub(crate) type Custom<T> = PlainArc<dyn Core<T> + Send + Sync>;

/// A channel and how many handles it has on either side.
pub struct Channel<T> {
    flavor: Flavor<T>,
    pub(crate) senders: Handles,
    pub(crate) receivers: Handles,
    /// 1 once the last receiver has gone and the channel is disconnected.
    gone: AtomicUsize,
    /// Those who wait for that.
    pub(crate) receivers_gone: WaitQueue,
}

/// Runs the same expression on whichever flavour the channel has, without a virtual call.
macro_rules! each_flavor {
    ($channel:expr, $core:ident => $run:expr) => {
        match &$channel.flavor {
            Flavor::HandOff($core) => $run,
            Flavor::Ring($core) => $run,
            Flavor::List($core) => $run,
            Flavor::Custom(custom) => {
                let $core = &**custom;
                $run
            }
        }
    };
}

impl<T> Channel<T> {
    #[track_caller]
    pub(crate) fn bounded(capacity: usize) -> Self {
        Self::new(if capacity <= MOST_HAND_OFF {
            Flavor::HandOff(HandOff::new(capacity))
        } else {
            Flavor::Ring(Buffered::new(Ring::new(capacity)))
        })
    }

    pub(crate) fn unbounded() -> Self {
        Self::new(Flavor::List(Buffered::new(List::new())))
    }

    /// A channel that nobody sends on.
    pub(crate) fn custom(core: Custom<T>) -> Self {
        Self {
            senders: Handles::none(),
            ..Self::new(Flavor::Custom(core))
        }
    }

    fn new(flavor: Flavor<T>) -> Self {
        Self {
            flavor,
            senders: Handles::one(),
            receivers: Handles::one(),
            gone: AtomicUsize::new(0),
            receivers_gone: WaitQueue::new(),
        }
    }

    /// Everything that is not worth inlining.
    pub(crate) fn core(&self) -> &dyn Core<T> {
        each_flavor!(self, core => core)
    }

    /// The last receiver has gone: disconnects, tells those who wait for that, drops what is there.
    pub(crate) fn end_receiving(&self) {
        self.core().close();
        // ORDERING: SeqCst, the write of the handshake in `notify_all`, with `receivers_are_gone`.
        self.gone.store(1, Ordering::SeqCst);
        self.receivers_gone.notify_all();
        self.core().discard();
    }

    /// True once no receiver is left and the channel is disconnected.
    pub(crate) fn receivers_are_gone(&self) -> bool {
        // ORDERING: SeqCst, the read of the handshake with `end_receiving`.
        self.gone.load(Ordering::SeqCst) != 0
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn send_from(&self, slot: &Slot<T>, patience: Patience) -> Result<(), Refusal> {
        each_flavor!(self, core => core.send_from(slot, patience))
    }

    /// Sends `message`, or gives it back.
    ///
    /// The slot never leaves this function, so that small messages stay in registers.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn send_now(&self, message: T, patience: Patience) -> Result<(), (Refusal, T)> {
        let slot = Slot::full(message);
        self.send_from(&slot, patience)
            .map_err(|refusal| (refusal, slot.take()))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn recv_now(&self, patience: Patience) -> Result<T, Refusal> {
        each_flavor!(self, core => core.recv_now(patience))
    }
}

impl<T> std::fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel")
            .field("capacity", &self.core().capacity())
            .field("disconnected", &self.core().is_closed())
            .finish_non_exhaustive()
    }
}

/// How many handles one side of a channel has. Once it is zero it stays zero.
#[derive(Debug)]
pub(crate) struct Handles(AtomicUsize);

impl Handles {
    fn one() -> Self {
        Self(AtomicUsize::new(1))
    }

    fn none() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn count(&self) -> usize {
        // ORDERING: SeqCst, so that whoever is told that the last handle went also sees it.
        self.0.load(Ordering::SeqCst)
    }

    /// One more, by somebody who has one.
    pub(crate) fn add(&self) {
        // ORDERING: Relaxed, whoever adds one has one, so the count cannot reach zero meanwhile.
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        if count > isize::MAX as usize {
            // Only forgotten clones can get here; going on would free a channel in use.
            std::process::abort();
        }
    }

    /// One more, unless there are none left.
    pub(crate) fn add_if_any(&self) -> bool {
        // ORDERING: Relaxed, a guess.
        let mut count = self.0.load(Ordering::Relaxed);
        while count != 0 {
            // ORDERING: Relaxed: nothing is read through the count, the weak handle keeps the channel,
            // and zero is never left.
            match self.0.compare_exchange_weak(
                count,
                count + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => count = now,
            }
        }
        false
    }

    /// One less. True if it was the last.
    pub(crate) fn remove(&self) -> bool {
        // ORDERING: SeqCst, pairs with `count`; as AcqRel it makes what the other handles did
        // visible to the one that cleans up.
        self.0.fetch_sub(1, Ordering::SeqCst) == 1
    }
}
