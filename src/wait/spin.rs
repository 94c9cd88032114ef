//! How long a thread watches before it parks.
//!
//! Parking and waking cost tens of microseconds, a ring operation ten nanoseconds, so watching for
//! about as long as a wake costs pays. A few pauses catch a peer that runs on another processor; a
//! few yields let a peer run that shares ours; the long row of pauses at the end catches it there.
//! With one processor only yields can help. The figures are in `docs/decisions.md`.

use crate::sys::{hint, thread};

const FIRST_PAUSES: u32 = 20;
const YIELDS: u32 = 8;
const LAST_PAUSES: u32 = 300;
const YIELDS_ON_ONE_PROCESSOR: u32 = 5;

/// Watches until `ready` is true, or gives up.
pub(crate) fn spin_until(mut ready: impl FnMut() -> bool) -> bool {
    if cfg!(towpath_loom) {
        return ready();
    }
    if thread::processors() == 1 {
        return watch(YIELDS_ON_ONE_PROCESSOR, thread::yield_now, &mut ready);
    }
    watch(FIRST_PAUSES, hint::spin_loop, &mut ready)
        || watch(YIELDS, thread::yield_now, &mut ready)
        || watch(LAST_PAUSES, hint::spin_loop, &mut ready)
}

#[inline(always)]
fn watch(times: u32, rest: impl Fn(), ready: &mut impl FnMut() -> bool) -> bool {
    for _ in 0..times {
        if ready() {
            return true;
        }
        rest();
    }
    ready()
}
