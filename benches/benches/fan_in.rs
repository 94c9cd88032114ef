//! What do many senders cost one receiver?
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

const SCENARIOS: [&str; 3] = [
    "threads/cap1000/4to1",
    "tasks-mt/cap100/4to1",
    "tasks-mt/cap100/100to1",
];
const PEERS: [&str; 3] = ["kanal", "crossfire-mpsc", "tokio"];

fn fan_in(criterion: &mut Criterion) {
    common::ask(criterion, &SCENARIOS, &PEERS);
}

criterion_group! { name = group; config = common::config(); targets = fan_in }
criterion_main!(group);
