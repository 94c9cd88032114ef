//! The tagged free list: a bounded stack of spare values.
//!
//! R. K. Treiber's stack (1986) over the indices of a fixed array, twice: a stack of empty nodes and
//! a stack of full ones. The words that name the tops carry a tag that grows with every pop, so that
//! a compare-and-swap by a thread which slept through pops and pushes of the same node fails.
//!
//! | word              | bits 0..32                    | bits 32..64     |
//! |-------------------|-------------------------------|-----------------|
//! | `empty`, `full`   | index of the top node, plus 1; 0: none | tag    |
//!
//! # Invariants
//!
//! 1. A node is on one of the stacks, or owned by the one call that popped it.
//! 2. A node's value is initialised exactly while the node is on the full stack (or being moved
//!    there, or popped from there and not yet taken out).

use std::mem::MaybeUninit;

use crate::sys::atomic::{AtomicU32, AtomicU64};
use crate::sys::{CachePadded, Ordering, UnsafeCell, Zeroed, zeroed_slice};

const TAG_ONE: u64 = 1 << 32;

struct Node<T> {
    /// The node below on its stack: index plus 1, or 0.
    below: AtomicU32,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: zeroes are "nothing below" and an uninitialised value.
unsafe impl<T> Zeroed for Node<T> {
    fn zeroed() -> Self {
        Self {
            below: AtomicU32::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }
}

/// A lock-free bounded stack: what was put in last comes out first, warm in the cache.
pub struct FreeList<T> {
    empty: CachePadded<AtomicU64>,
    full: CachePadded<AtomicU64>,
    nodes: Box<[Node<T>]>,
}

// SAFETY: values move between threads, one owner at a time (invariant 1).
unsafe impl<T: Send> Send for FreeList<T> {}
// SAFETY: as above; a shared list gives out values, never references to them.
unsafe impl<T: Send> Sync for FreeList<T> {}

impl<T> FreeList<T> {
    /// A list with room for `capacity` values.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is `u32::MAX` or more, or does not fit in the address space.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        let count = u32::try_from(capacity)
            .ok()
            .filter(|count| *count < u32::MAX);
        let Some(count) = count else {
            panic!("capacity overflow")
        };
        let nodes = zeroed_slice::<Node<T>>(capacity);
        for (below, node) in (0..).zip(&nodes) {
            // ORDERING: Relaxed, nobody else knows the list yet.
            node.below.store(below, Ordering::Relaxed);
        }
        Self {
            empty: CachePadded::new(AtomicU64::new(u64::from(count))),
            full: CachePadded::new(AtomicU64::new(0)),
            nodes,
        }
    }

    /// Puts `value` in, or gives it back if the list is full. (A place whose value is being taken out
    /// at this moment still counts.)
    pub fn push(&self, value: T) -> Result<(), T> {
        let Some((index, node)) = self.pop_node(&self.empty) else {
            return Err(value);
        };
        // SAFETY: invariants 1 and 2: the node is ours and holds no value.
        node.value
            .with_mut(|place| unsafe { place.cast::<T>().write(value) });
        self.push_node(&self.full, index);
        Ok(())
    }

    /// Takes out the value that was put in last, if there is one.
    pub fn pop(&self) -> Option<T> {
        let (index, node) = self.pop_node(&self.full)?;
        // SAFETY: invariants 1 and 2: the node is ours and holds a value.
        let value = node.value.with(|place| unsafe { place.cast::<T>().read() });
        self.push_node(&self.empty, index);
        Some(value)
    }

    /// The most values that fit.
    pub fn capacity(&self) -> usize {
        self.nodes.len()
    }

    fn pop_node(&self, stack: &AtomicU64) -> Option<(u32, &Node<T>)> {
        // ORDERING: Acquire, pairs with the Release in `push_node`: the node's value and link.
        let mut top = stack.load(Ordering::Acquire);
        loop {
            let index = (top as u32).checked_sub(1)?;
            let node = &self.nodes[index as usize];
            // ORDERING: Relaxed; if the node was popped meanwhile this is stale, and the tag makes
            // the compare-and-swap fail.
            let below = node.below.load(Ordering::Relaxed);
            let tag = (top & !(TAG_ONE - 1)).wrapping_add(TAG_ONE);
            // ORDERING: Acquire on both, as above.
            match stack.compare_exchange_weak(
                top,
                tag | u64::from(below),
                Ordering::Acquire,
                Ordering::Acquire,
            ) {
                Ok(_) => return Some((index, node)),
                Err(now) => top = now,
            }
        }
    }

    fn push_node(&self, stack: &AtomicU64, index: u32) {
        let node = &self.nodes[index as usize];
        // ORDERING: Relaxed, a guess that the compare-and-swap checks.
        let mut top = stack.load(Ordering::Relaxed);
        loop {
            // ORDERING: Relaxed, published by the compare-and-swap.
            node.below.store(top as u32, Ordering::Relaxed);
            let new = (top & !(TAG_ONE - 1)) | u64::from(index + 1);
            // ORDERING: Release, pairs with the Acquire in `pop_node`. Relaxed on failure.
            match stack.compare_exchange_weak(top, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}

impl<T> Drop for FreeList<T> {
    fn drop(&mut self) {
        /// Drops the others even if one of them panics.
        struct Rest<'a, T>(&'a FreeList<T>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while self.0.pop().is_some() {}
            }
        }
        let rest = Rest(self);
        while rest.0.pop().is_some() {}
    }
}

impl<T> std::fmt::Debug for FreeList<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreeList")
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}
