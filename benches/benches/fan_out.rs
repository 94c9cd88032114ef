//! What does it cost when everybody sends and receives at once?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 3] = [
    "threads/cap1000/4to4",
    "tasks-mt/cap100/4to4",
    "mixed/cap100/4threads-to-4tasks",
];
const PEERS: [&str; 3] = ["kanal", "crossfire-mpmc", "async-channel"];

fn fan_out(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = fan_out }
criterion_main!(group);
