//! Cheap random numbers, one generator per thread. Not for secrets.

/// A row of random choices, for which the generator is asked once for about ten of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Draws {
    /// A fraction of 1 in 64 bits. A choice takes its upper part; what is left is a fraction, too.
    fraction: u64,
    /// Among how many outcomes was chosen since the generator was asked; zero before that.
    spent: u64,
}

/// A fraction is not used once it was spread over so many outcomes: 32 of its bits are left then, and the
/// next choice is still fair to one part in 2^16, if it is among 2^16.
const MOST_SPENT: u64 = 1 << 32;

impl Draws {
    /// A number below `bound`, which is not zero and at most 2^16.
    #[inline]
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if self.spent.wrapping_sub(1) >= MOST_SPENT {
            self.fraction = bits();
            self.spent = 1;
        }
        // Lemire 2019: scaled, so nothing is divided.
        let scaled = u128::from(self.fraction) * bound as u128;
        self.fraction = scaled as u64;
        self.spent *= bound as u64;
        (scaled >> 64) as usize
    }
}

/// A random word.
#[cfg(not(towpath_loom))]
#[inline(never)] // So that the choices in between need not save registers.
fn bits() -> u64 {
    use std::cell::Cell;
    use std::hash::{BuildHasher, RandomState};

    thread_local!(static STATE: Cell<u64> = const { Cell::new(0) });
    // In a destructor of another thread-local value ours may be gone: then anything will do.
    let random = STATE.try_with(|state| {
        let mut random = state.get();
        if random == 0 {
            random = RandomState::new().hash_one(0) | 1;
        }
        state.set(next(random));
        random
    });
    // Vigna 2016: multiplied, its upper bits pass all tests.
    random
        .unwrap_or_default()
        .wrapping_mul(0x2545_F491_4F6C_DD1D)
}

/// Marsaglia's xorshift (2003). It is never zero again. (Made for the next time, so that nobody waits for it.)
#[cfg(not(towpath_loom))]
fn next(mut random: u64) -> u64 {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    random
}

/// The model must repeat itself: the first of all.
#[cfg(towpath_loom)]
fn bits() -> u64 {
    0
}
