//! What does it cost to hand a message to somebody who waits for it?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 4] = [
    "threads/cap0/1to1",
    "threads/cap0/pingpong",
    "tasks-ct/cap1/pingpong",
    "mixed/cap100/thread-to-task",
];
const PEERS: [&str; 3] = ["crossbeam", "kanal", "flume"];

fn handoff(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = handoff }
criterion_main!(group);
