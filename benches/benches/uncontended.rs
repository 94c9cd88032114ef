//! What does a send and a receive cost while nobody is in the way?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 3] = [
    "threads/cap1/seq",
    "threads/cap1000/seq",
    "threads/unbounded/seq",
];
const PEERS: [&str; 3] = ["crossbeam", "kanal", "crossfire-mpmc"];

fn uncontended(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = uncontended }
criterion_main!(group);
