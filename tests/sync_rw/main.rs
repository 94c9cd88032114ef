//! Black-box tests of `RwMutex` and `Semaphore`: from threads, from tasks on every executor, mixed.

#[path = "../common/mod.rs"]
#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;

mod rw_cancellation;
mod rw_forms;
mod rw_hammer;
mod rw_phases;
mod rw_select;
mod rw_upgrade;
mod sem_cancellation;
mod sem_forms;
mod sem_hammer;
mod sem_line;
mod sem_select;

use common::Place;

/// Threads, and tasks of every executor, some of them alike.
const MIXED: [Place; 10] = [
    Place::Thread,
    Place::Thread,
    Place::Thread,
    Place::TokioMulti,
    Place::TokioMulti,
    Place::TokioCurrent,
    Place::Smol,
    Place::FuturesLocal,
    Place::FuturesBlockOn,
    Place::Pollster,
];
