//! What do batches save?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 4] = [
    "batch/threads/cap1000/64",
    "batch/threads/unbounded/64",
    "batch/tasks-mt/cap100/64",
    "batch/tasks-mt/unbounded/64",
];
const PEERS: [&str; 3] = ["tokio", "kanal", "flume"];

fn batch(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = batch }
criterion_main!(group);
