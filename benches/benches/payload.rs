//! What does a larger message cost?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 3] = [
    "payload/threads/cap1000/1to1/256B",
    "payload/tasks-mt/cap1000/1to1/256B",
    "payload/tasks-ct/cap1000/1to1/256B",
];
const PEERS: [&str; 3] = ["kanal", "crossfire-mpmc", "tokio"];

fn payload(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = payload }
criterion_main!(group);
