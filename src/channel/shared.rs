//! A channel, as its handles see it: a counted pointer, and the one place that tells flavours apart.
//!
//! What is allocated is a [`Body`]: the [`Head`], which is the same for all channels of a type of
//! message, and behind it the flavour that the head names. (An enum would do the same, but make each
//! channel as large as the largest flavour, which has several cache lines to itself.)
//!
//! # Invariants
//!
//! 1. `head` points to the head of a live `Body<F>`, where `F` is what `head.flavor` says, and may
//!    be used for all of it.
//! 2. `count` is the number of `Channel`s that point there. The last one frees it.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use super::buffered::Buffered;
use super::core::{Claim, Core, Side};
use super::hand_off::HandOff;
use super::linger::Linger;
use super::slot::Slot;
use crate::queue::{List, Refusal, Ring, SoleList, Spsc};
use crate::sys::atomic::AtomicUsize;
use crate::sys::{Ordering, PlainArc, UnsafeCell};
use crate::wait::{Node, Patience, Place, WaitQueue};

/// The largest capacity that hands messages over under a lock; above it there is a lock-free ring.
/// Where this pays is measured in `docs/decisions.md`.
pub(crate) const MOST_HAND_OFF: usize = 2;

/// The same where each side has one owner; models know the ring for two with small capacities.
const MOST_UNIQUE_HAND_OFF: usize = if cfg!(towpath_loom) { 0 } else { MOST_HAND_OFF };

/// A pointer to a channel, which lives as long as any.
pub struct Channel<T> {
    head: NonNull<Head>,
    /// It owns messages, and both takes them and gives them.
    _messages: PhantomData<UnsafeCell<T>>,
}

// It points to what it owns.
impl<T> Unpin for Channel<T> {}

/// What every channel has.
#[derive(Debug)]
pub struct Head {
    count: AtomicUsize,
    flavor: Flavor,
    linger: Linger,
    pub(crate) senders: Handles,
    pub(crate) receivers: Handles,
    /// 1 once the last receiver has gone and the channel is disconnected.
    gone: AtomicUsize,
    /// Those who wait for that.
    pub(crate) receivers_gone: WaitQueue,
    /// The models' witness: a channel that is never freed fails them.
    #[cfg(towpath_loom)]
    _freed: crate::sys::Arc<()>,
}

/// What is behind the head.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flavor {
    HandOff,
    Ring,
    List,
    Spsc,
    SoleList,
    Custom,
}

#[repr(C)] // The head first, so that a pointer to it is one to the body.
struct Body<F> {
    head: Head,
    flavor: F,
}

/// A channel of another kind, with receivers only.
pub(crate) type Custom<T> = PlainArc<dyn Core<T> + Send + Sync>;

pub(super) type RingChannel<T> = Buffered<Ring<T>>;
pub(super) type ListChannel<T> = Buffered<List<T>>;
pub(super) type SpscChannel<T> = Buffered<Spsc<T>>;
pub(super) type SoleListChannel<T> = Buffered<SoleList<T>>;

// SAFETY: it shares a head and one of the flavours; `both_are_shared` shows that they may be used from any
// thread if messages may be sent.
unsafe impl<T: Send> Send for Channel<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Channel<T> {}

const _: () = {
    const fn is_shared<F: Send + Sync>() {}
    #[expect(dead_code, reason = "it is a proof")]
    const fn both_are_shared<T: Send>() {
        is_shared::<Head>();
        is_shared::<HandOff<T>>();
        is_shared::<RingChannel<T>>();
        is_shared::<ListChannel<T>>();
        is_shared::<SpscChannel<T>>();
        is_shared::<SoleListChannel<T>>();
        is_shared::<Custom<T>>();
    }
};

/// Runs the same expression on whichever flavour the channel has, without a virtual call.
macro_rules! each_flavor {
    ($channel:expr, $core:ident => $run:expr) => {
        match $channel.flavor {
            Flavor::HandOff => {
                // SAFETY: it is that flavour.
                let $core = unsafe { $channel.behind::<HandOff<T>>() };
                $run
            }
            Flavor::Ring => {
                // SAFETY: it is that flavour.
                let $core = unsafe { $channel.behind::<RingChannel<T>>() };
                $run
            }
            Flavor::List => {
                // SAFETY: it is that flavour.
                let $core = unsafe { $channel.behind::<ListChannel<T>>() };
                $run
            }
            Flavor::Spsc => {
                // SAFETY: it is that flavour.
                let $core = unsafe { $channel.behind::<SpscChannel<T>>() };
                $run
            }
            Flavor::SoleList => {
                // SAFETY: it is that flavour.
                let $core = unsafe { $channel.behind::<SoleListChannel<T>>() };
                $run
            }
            Flavor::Custom => {
                // SAFETY: it is that flavour.
                let $core = &**unsafe { $channel.behind::<Custom<T>>() };
                $run
            }
        }
    };
}

impl<T> Channel<T> {
    #[track_caller]
    pub(crate) fn bounded(capacity: usize) -> Self {
        if capacity <= MOST_HAND_OFF {
            Self::new(Flavor::HandOff, HandOff::<T>::new(capacity), Handles::one())
        } else {
            let ring: RingChannel<T> = Buffered::new(Ring::new(capacity));
            Self::new(Flavor::Ring, ring, Handles::one())
        }
    }

    pub(crate) fn unbounded() -> Self {
        let list: ListChannel<T> = Buffered::new(List::new());
        Self::new(Flavor::List, list, Handles::one())
    }

    /// A channel for one sender and one receiver.
    ///
    /// # Safety
    ///
    /// At most one thread at a time uses it for sending, and each such use happens before the next; so for
    /// receiving.
    #[track_caller]
    pub(crate) unsafe fn unique(capacity: usize) -> Self {
        if capacity <= MOST_UNIQUE_HAND_OFF {
            return Self::bounded(capacity);
        }
        // SAFETY: the caller's promise; a channel pushes to send, and pops to receive or to drop what is
        // there, which the last receiver does, or nobody is left.
        let queue = unsafe { Spsc::new(capacity) };
        let channel: SpscChannel<T> = Buffered::new(queue);
        Self::new(Flavor::Spsc, channel, Handles::one())
    }

    /// An unbounded channel for one receiver.
    ///
    /// # Safety
    ///
    /// At most one thread at a time uses it for receiving, and each such use happens before the next.
    pub(crate) unsafe fn unique_unbounded() -> Self {
        // SAFETY: the caller's promise; a channel pops to receive or to drop what is there, which the last
        // receiver does, or nobody is left.
        let list = unsafe { SoleList::new() };
        let channel: SoleListChannel<T> = Buffered::new(list);
        Self::new(Flavor::SoleList, channel, Handles::one())
    }

    /// A channel that nobody sends on.
    pub(crate) fn custom(core: Custom<T>) -> Self {
        Self::new(Flavor::Custom, core, Handles::none())
    }

    /// `body` is what `flavor` says.
    fn new<F>(flavor: Flavor, body: F, senders: Handles) -> Self {
        let head = Head {
            count: AtomicUsize::new(1),
            flavor,
            linger: Linger::new(),
            senders,
            receivers: Handles::one(),
            gone: AtomicUsize::new(0),
            receivers_gone: WaitQueue::new(),
            #[cfg(towpath_loom)]
            _freed: crate::sys::Arc::new(()),
        };
        let body = Box::new(Body { head, flavor: body });
        Self {
            head: NonNull::from(Box::leak(body)).cast(),
            _messages: PhantomData,
        }
    }

    /// What is behind the head.
    ///
    /// # Safety
    ///
    /// It is an `F`.
    #[inline(always)]
    pub(super) unsafe fn behind<F>(&self) -> &F {
        let body = self.head.cast::<Body<F>>();
        // SAFETY: invariant 1, and the caller's promise.
        unsafe { &(*body.as_ptr()).flavor }
    }

    pub(super) fn flavor(&self) -> Flavor {
        self.flavor
    }

    /// True if an operation on that side would wait, as of one instant during the call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_blocked(&self, side: Side) -> bool {
        match self.flavor {
            // SAFETY: it is that flavour.
            Flavor::HandOff => unsafe { self.behind::<HandOff<T>>() }.is_blocked(side),
            // SAFETY: it is that flavour.
            Flavor::Ring => unsafe { self.behind::<RingChannel<T>>() }.is_blocked::<T>(side),
            // SAFETY: it is that flavour.
            Flavor::List => unsafe { self.behind::<ListChannel<T>>() }.is_blocked::<T>(side),
            // SAFETY: it is that flavour.
            Flavor::Spsc => unsafe { self.behind::<SpscChannel<T>>() }.is_blocked::<T>(side),
            Flavor::SoleList => {
                // SAFETY: it is that flavour.
                unsafe { self.behind::<SoleListChannel<T>>() }.is_blocked::<T>(side)
            }
            // Its operations are no cheaper to rule out than to try.
            Flavor::Custom => false,
        }
    }

    /// As [`Core::recv_looks_ready`], or the other side's.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn looks_ready(&self, side: Side) -> bool {
        each_flavor!(self, core => match side {
            Side::Send => Core::<T>::send_looks_ready(core),
            Side::Recv => Core::<T>::recv_looks_ready(core),
        })
    }

    /// True if both point to the same channel.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.head == other.head
    }

    /// What the channel of a place in a ring is.
    pub(super) fn as_ring(&self) -> &RingChannel<T> {
        assert!(
            matches!(self.flavor, Flavor::Ring),
            "only rings have places"
        );
        // SAFETY: it is that flavour.
        unsafe { self.behind::<RingChannel<T>>() }
    }

    /// Sends as a unique channel does, without a look at the flavours that it never has.
    #[inline(always)]
    pub(super) fn send_unique(&self, message: T) -> Result<(), (Refusal, T)> {
        match self.flavor {
            Flavor::Spsc => {
                // SAFETY: it is that flavour.
                let ring = unsafe { self.behind::<SpscChannel<T>>() };
                ring.send_value(message, Patience::Block)
            }
            _ => match self.as_hand_off() {
                Some(core) => core.send_value(message, Patience::Block),
                None => Err((Refusal::Lagging, message)),
            },
        }
    }

    /// Receives as a unique channel does, as above.
    #[inline(always)]
    pub(super) fn recv_unique(&self, landing: &Slot<T>) -> Result<(), Refusal> {
        match self.flavor {
            Flavor::Spsc => {
                // SAFETY: it is that flavour.
                let ring = unsafe { self.behind::<SpscChannel<T>>() };
                ring.recv_into(landing, Patience::Block)
            }
            Flavor::SoleList => {
                // SAFETY: it is that flavour.
                let list = unsafe { self.behind::<SoleListChannel<T>>() };
                list.recv_into(landing, Patience::Block)
            }
            _ => match self.as_hand_off() {
                Some(core) => core.recv_into(landing, Patience::Block),
                None => Err(Refusal::Lagging),
            },
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn send_now(&self, message: T, patience: Patience) -> Result<(), (Refusal, T)> {
        each_flavor!(self, core => core.send_value(message, patience))
    }

    /// [`Core::reserve`].
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn reserve(&self, patience: Patience) -> Result<Claim<'_, T>, Refusal> {
        each_flavor!(self, core => Core::<T>::reserve(core, patience))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn recv_into(&self, landing: &Slot<T>, patience: Patience) -> Result<(), Refusal> {
        each_flavor!(self, core => core.recv_into(landing, patience))
    }

    /// Sends the message in the slot, or puts the sender in line where that takes one step: then it asks for
    /// the node.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_send`], for the node that `enter` returns.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) unsafe fn send_or_enlist<'n>(
        &self,
        message: &Slot<T>,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        match self.as_hand_off() {
            // SAFETY: the caller's promise.
            Some(core) => unsafe { core.send_or_enlist(message, Place::Back, patience, enter) },
            None => self.send_from(message, patience),
        }
    }

    /// As [`send_or_enlist`](Channel::send_or_enlist), for a receive.
    ///
    /// # Safety
    ///
    /// As [`Core::enlist_recv`], for the node that `enter` returns.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) unsafe fn recv_or_enlist<'n>(
        &self,
        landing: &Slot<T>,
        patience: Patience,
        enter: impl FnOnce() -> &'n Node,
    ) -> Result<(), Refusal> {
        match self.as_hand_off() {
            // SAFETY: the caller's promise.
            Some(core) => unsafe { core.recv_or_enlist(landing, Place::Back, patience, enter) },
            None => self.recv_into(landing, patience),
        }
    }

    /// [`Operation::linger`](crate::wait::Operation::linger).
    #[inline(always)]
    pub(crate) fn linger(&self, side: Side) -> u32 {
        let for_a_thread = self
            .as_hand_off()
            .map_or(0, |core| core.in_line.pauses(side));
        for_a_thread.max(self.linger_for_a_task(side))
    }

    /// Not in a stream: who follows it from message to message holds it up, and finds many of them after a sleep.
    #[inline(always)]
    fn linger_for_a_task(&self, side: Side) -> u32 {
        match self.linger.pauses(side) {
            0 => 0,
            pauses if each_flavor!(self, core => Core::<T>::trickles(core, side)) => pauses,
            _ => 0,
        }
    }

    /// [`Operation::lingered`](crate::wait::Operation::lingered).
    pub(crate) fn lingered(&self, side: Side, paid: bool) {
        if let Some(core) = self.as_hand_off().filter(|_| !paid) {
            core.in_line.watched_in_vain(side);
        }
        self.linger.lingered(side, paid);
    }

    /// [`Operation::woken_elsewhere`](crate::wait::Operation::woken_elsewhere).
    pub(crate) fn woken_elsewhere(&self, side: Side) {
        self.linger.woken_elsewhere(side);
    }

    #[inline(always)]
    fn as_hand_off(&self) -> Option<&HandOff<T>> {
        // SAFETY: it is that flavour.
        matches!(self.flavor, Flavor::HandOff).then(|| unsafe { self.behind::<HandOff<T>>() })
    }

    /// [`Core::pauses`].
    #[inline]
    pub(crate) fn pauses(&self, side: Side, patience: Patience) -> u32 {
        each_flavor!(self, core => Core::<T>::pauses(core, side, patience))
    }

    /// Receives a message by way of a slot that never leaves this function.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn recv_now(&self, patience: Patience) -> Result<T, Refusal> {
        let landing = Slot::empty();
        match self.recv_into(&landing, patience) {
            Ok(()) => Ok(landing.take()),
            Err(refusal) => Err(refusal),
        }
    }

    /// The last pointer has gone.
    #[cold]
    #[inline(never)]
    fn free(&mut self) {
        match self.flavor {
            Flavor::HandOff => self.free_with::<HandOff<T>>(),
            Flavor::Ring => self.free_with::<RingChannel<T>>(),
            Flavor::List => self.free_with::<ListChannel<T>>(),
            Flavor::Spsc => self.free_with::<SpscChannel<T>>(),
            Flavor::SoleList => self.free_with::<SoleListChannel<T>>(),
            Flavor::Custom => self.free_with::<Custom<T>>(),
        }
    }

    fn free_with<F>(&mut self) {
        let body = self.head.cast::<Body<F>>();
        // SAFETY: invariants 1 and 2: a box of that type was leaked, and nobody else has it.
        drop(unsafe { Box::from_raw(body.as_ptr()) });
    }
}

impl<T> Deref for Channel<T> {
    type Target = Head;

    #[inline(always)]
    fn deref(&self) -> &Head {
        // SAFETY: invariant 1.
        unsafe { self.head.as_ref() }
    }
}

impl<T> AsRef<Channel<T>> for Channel<T> {
    #[inline(always)]
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        add_one(&self.count);
        Self { ..*self }
    }
}

impl<T> Drop for Channel<T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: AcqRel: what others did with the channel is over, and visible to the one that
        // frees it.
        if self.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.free();
        }
    }
}

/// One more in a count that is not zero.
fn add_one(count: &AtomicUsize) {
    // ORDERING: Relaxed, whoever adds one has one, so the count cannot reach zero meanwhile.
    if count.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        // Only forgotten clones can get here; going on would free a channel in use.
        std::process::abort();
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
        add_one(&self.0);
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
