//! A hierarchical timing wheel: entries by the tick at which they are due.
//!
//! A tick is a nanosecond, so nothing is rounded. Eleven levels of 64 slots each cover 64 bits of
//! them, 584 years, so nothing ever wraps around. An entry is on the level of the highest group of six
//! bits in which its tick differs from the wheel's, in the slot that those bits name: one of those
//! that are still to come on that level. When the wheel gets to a slot, its entries move down, to a
//! lower level each time, until they are due. An entry that is half a minute away moves five or six
//! times, and only if it gets that far: most timeouts are cancelled. Putting in, taking out and
//! finding the next slot take constant time.
//!
//! After G. Varghese and T. Lauck, *Hashed and Hierarchical Timing Wheels* (1987).
//!
//! # Invariants
//!
//! Under the lock that the wheel lives under:
//!
//! 1. A node in a slot is bound, its slot pointer leads to its [`Entry`], and both are alive and
//!    stay where they are. The entry says which slot that is.
//! 2. `occupied` has a bit for each slot that is not empty, and no other.
//! 3. No entry is in a slot that the wheel has passed.

use crate::sys::UnsafeCell;
use crate::wait::{List, Node, Signal, WakeBatch};

/// In the model fewer: its threads have small stacks, on which the wheel is made.
const BITS: u32 = if cfg!(towpath_loom) { 3 } else { 6 };
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;

/// How many entries are moved or signalled before the lock is let go.
const MOST_AT_ONCE: usize = 64;

/// Where a node is in the wheel. It belongs to whoever holds the wheel's lock.
#[derive(Debug)]
pub(super) struct Entry(UnsafeCell<Position>);

#[derive(Clone, Copy, Debug)]
struct Position {
    /// When it is due, which may be before the wheel's time.
    tick: u64,
    level: u8,
    slot: u8,
}

// SAFETY: it is touched under the wheel's lock only.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

impl Entry {
    pub(super) fn new() -> Self {
        Self(UnsafeCell::new(Position {
            tick: 0,
            level: 0,
            slot: 0,
        }))
    }

    /// # Safety
    ///
    /// The caller holds the wheel's lock.
    unsafe fn get(&self) -> Position {
        // SAFETY: ours under the lock.
        self.0.with(|position| unsafe { *position })
    }

    /// # Safety
    ///
    /// The caller holds the wheel's lock.
    unsafe fn set(&self, to: Position) {
        // SAFETY: ours under the lock.
        self.0.with_mut(|position| unsafe { *position = to });
    }
}

/// How far the wheel got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// There is more to do at once.
    Partly,
    /// Nothing more is due.
    Wholly,
}

#[derive(Debug)]
pub(super) struct Wheel {
    /// The tick that the wheel has got to.
    now: u64,
    levels: [Level; LEVELS],
}

#[derive(Debug)]
struct Level {
    occupied: u64,
    slots: [List; SLOTS],
}

impl Wheel {
    pub(super) const fn new() -> Self {
        Self {
            now: 0,
            levels: [const {
                Level {
                    occupied: 0,
                    slots: [const { List::new() }; SLOTS],
                }
            }; LEVELS],
        }
    }

    /// Puts `node` in, due at `tick`.
    ///
    /// # Safety
    ///
    /// The node is bound and in no line, and invariant 1 is kept until it is taken out or signalled.
    pub(super) unsafe fn insert(&mut self, node: &Node, entry: &Entry, tick: u64) {
        // SAFETY: in no line.
        unsafe { node.set_slot(std::ptr::from_ref(entry).cast_mut().cast()) };
        // SAFETY: the caller's promise.
        unsafe { self.place(node, entry, tick) };
    }

    /// # Safety
    ///
    /// As [`insert`](Wheel::insert); the node's slot pointer is set.
    unsafe fn place(&mut self, node: &Node, entry: &Entry, tick: u64) {
        // What is overdue stands where what is due now does.
        let stands = tick.max(self.now);
        let highest = ((stands ^ self.now) | 1).ilog2();
        let level = highest / BITS;
        let slot = (stands >> (level * BITS)) & (SLOTS as u64 - 1);
        let position = Position {
            tick,
            level: level as u8,
            slot: slot as u8,
        };
        // SAFETY: the caller holds the lock.
        unsafe { entry.set(position) };
        let level = &mut self.levels[level as usize];
        level.occupied |= 1 << slot;
        // SAFETY: the caller's promise.
        unsafe { level.slots[slot as usize].push(node, crate::wait::Place::Back) };
    }

    /// Takes `node` out, if it is in.
    pub(super) fn remove(&mut self, node: &Node, entry: &Entry) {
        // SAFETY: whoever has the wheel holds its lock.
        let position = unsafe { entry.get() };
        let level = &mut self.levels[usize::from(position.level)];
        level.slots[usize::from(position.slot)].remove(node);
        level.note_if_empty(usize::from(position.slot));
    }

    /// Turns the wheel to `to` and signals what is due, into `batch`, as far as that and the lock's
    /// patience go.
    pub(super) fn turn(&mut self, to: u64, batch: &mut WakeBatch) -> Turned {
        for _ in 0..MOST_AT_ONCE {
            match self.first() {
                _ if !batch.has_room() => return Turned::Partly,
                Some((start, level, slot)) if start <= to => {
                    self.now = self.now.max(start);
                    self.take_one(level, slot, batch);
                }
                _ => {
                    self.now = self.now.max(to);
                    return Turned::Wholly;
                }
            }
        }
        Turned::Partly
    }

    /// Signals the first entry of a slot, or moves it down.
    fn take_one(&mut self, level: usize, slot: usize, batch: &mut WakeBatch) {
        let now = self.now;
        let list = &mut self.levels[level];
        let popped = list.slots[slot].pop().expect("occupied: not empty");
        list.note_if_empty(slot);
        // SAFETY: whoever has the wheel holds its lock.
        let entry = unsafe { popped.slot() }.cast::<Entry>().cast_const();
        // SAFETY: invariant 1.
        let entry = unsafe { &*entry };
        // SAFETY: as above.
        let tick = unsafe { entry.get() }.tick;
        if tick > now {
            // SAFETY: as above.
            let node = unsafe { popped.node() };
            // SAFETY: just taken out, and not signalled, so invariant 1 is still kept.
            unsafe { self.place(node, entry, tick) };
        // SAFETY: as above. Whoever was signalled elsewhere needs no telling.
        } else if let Ok(wake) = unsafe { popped.complete(Signal::Notified) } {
            batch.add(wake);
        }
    }

    /// The first slot that holds something: the tick at which it begins, its level and its place.
    fn first(&self) -> Option<(u64, usize, usize)> {
        let levels = self.levels.iter().enumerate();
        levels
            .filter(|(_, level)| level.occupied != 0)
            .map(|(number, level)| {
                let slot = level.occupied.trailing_zeros();
                let shift = BITS * number as u32;
                // The bits above this level are the wheel's own.
                let above = self.now >> shift >> BITS << BITS;
                ((above | u64::from(slot)) << shift, number, slot as usize)
            })
            .min()
    }

    /// When the wheel has to be turned next: when its first entry is due, if that is alone in its slot,
    /// else when the slot begins.
    pub(super) fn next(&self) -> Option<u64> {
        let (start, level, slot) = self.first()?;
        let Some(entry) = self.levels[level].slots[slot].slot_of_single() else {
            return Some(start);
        };
        // SAFETY: invariant 1.
        let entry = unsafe { &*entry.cast::<Entry>().cast_const() };
        // SAFETY: whoever has the wheel holds its lock.
        Some(unsafe { entry.get() }.tick)
    }

    /// Sets the wheel back, or forward, to `now`, with everything in it.
    #[cfg(all(feature = "test-clock", not(towpath_loom)))]
    pub(super) fn rewind(&mut self, now: u64) {
        let mut kept = Vec::new();
        for level in &mut self.levels {
            level.occupied = 0;
            for slot in &mut level.slots {
                kept.extend(std::iter::from_fn(|| slot.pop()));
            }
        }
        self.now = now;
        for popped in kept {
            // SAFETY: whoever has the wheel holds its lock.
            let entry = unsafe { popped.slot() }.cast::<Entry>().cast_const();
            // SAFETY: invariant 1.
            let entry = unsafe { &*entry };
            // SAFETY: as above.
            let node = unsafe { popped.node() };
            // SAFETY: as above.
            let tick = unsafe { entry.get() }.tick;
            // SAFETY: just taken out, and not signalled, so invariant 1 is still kept.
            unsafe { self.place(node, entry, tick) };
        }
    }
}

impl Level {
    fn note_if_empty(&mut self, slot: usize) {
        if self.slots[slot].is_empty() {
            self.occupied &= !(1 << slot);
        }
    }
}

/// The state that these look at is gone too soon to be seen from outside.
#[cfg(all(test, feature = "test-clock", not(towpath_loom)))]
mod tests {
    use super::*;
    use crate::wait::Waiter;

    #[test]
    fn what_is_overdue_keeps_its_time_when_the_wheel_goes_back() {
        let (waiter, node, entry) = (Waiter::new(), Node::new(), Entry::new());
        let mut wheel = Wheel::new();
        let mut batch = WakeBatch::new();
        assert_eq!(wheel.turn(100, &mut batch), Turned::Wholly);
        // SAFETY: in no line.
        unsafe { node.bind(&waiter, 0) };
        // SAFETY: bound, in no line, and it stays until the test is over.
        unsafe { wheel.insert(&node, &entry, 30) };
        wheel.rewind(10);
        assert_eq!(wheel.next(), Some(30));
        assert_eq!(wheel.turn(29, &mut batch), Turned::Wholly);
        assert_eq!(waiter.signal(), None);
        assert_eq!(wheel.turn(30, &mut batch), Turned::Wholly);
        assert_eq!(waiter.signal(), Some(Signal::Notified));
    }
}
