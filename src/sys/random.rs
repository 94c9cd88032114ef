//! Cheap random numbers, one generator per thread. Not for secrets.

/// A number below `bound`, which is not zero.
#[cfg(not(towpath_loom))]
#[inline]
pub(crate) fn below(bound: usize) -> usize {
    use std::cell::Cell;
    use std::hash::{BuildHasher, RandomState};

    thread_local!(static STATE: Cell<u64> = const { Cell::new(0) });
    // In a destructor of another thread-local value ours may be gone: then anything will do.
    let random = STATE.try_with(|state| {
        let mut random = state.get();
        if random == 0 {
            random = RandomState::new().hash_one(0) | 1;
        }
        // Marsaglia's xorshift (2003); never zero again.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        state.set(random);
        random
    });
    // The upper half, scaled (Lemire 2019): its bits are better, and nothing is divided.
    let random = random.unwrap_or_default() >> 32;
    (random as usize * bound) >> 32
}

/// The model must repeat itself: the first of all.
#[cfg(towpath_loom)]
pub(crate) fn below(_: usize) -> usize {
    0
}
