//! What does a larger message cost?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 3] = [
    "payload/256B/threads/cap1000/1to1",
    "payload/256B/tasks-mt/cap1000/1to1",
    "payload/256B/tasks-ct/cap1000/1to1",
];
const PEERS: [&str; 3] = ["kanal", "crossfire-mpmc", "tokio"];

fn payload(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = payload }
criterion_main!(group);
