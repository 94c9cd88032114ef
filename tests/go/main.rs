//! What Go checks of its channels and its select (`test/chan`, `runtime/chan_test.go`) and the
//! tests of crossbeam-channel do not, told anew, on threads and on tasks.

#[macro_use]
#[path = "../common/select_at.rs"]
mod select_at;
#[allow(dead_code, unused_imports)] // each binary uses a part
#[path = "../common/mod.rs"]
mod common;

mod barrier;
mod closed;
mod evaluation_order;
mod linear;
mod power_series;
mod self_select;
mod sieve;
mod what_blocks;

use common::Place;

/// Threads, and one executor of each kind: several workers, one thread, and another make.
const PLACES: [Place; 4] = [
    Place::Thread,
    Place::TokioMulti,
    Place::TokioCurrent,
    Place::Smol,
];
