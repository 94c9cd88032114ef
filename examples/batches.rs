//! Sends and receives in batches: one claim on the channel for many messages.
//!
//! ```text
//! cargo run --release --example batches
//! ```

use std::thread;
use std::time::Instant;

use towpath::{Receiver, Sender, bounded};

const MESSAGES: u64 = 2_000_000;
const CAPACITY: usize = 1024;
const BATCH: usize = 256;

fn main() {
    let (single, _) = timed("one by one", send_singly, receive_singly);
    let (batched, takes) = timed("in batches", send_batches, receive_batches);

    let sum = MESSAGES * (MESSAGES - 1) / 2;
    assert_eq!((single, batched), (sum, sum));
    assert!(takes >= MESSAGES.div_ceil(BATCH as u64) && takes <= MESSAGES);
}

/// Runs the two ends on two threads; returns the sum received and how often the receiver took.
fn timed(
    name: &str,
    send: impl FnOnce(Sender<u64>) + Send,
    receive: impl FnOnce(Receiver<u64>) -> (u64, u64),
) -> (u64, u64) {
    let (sender, receiver) = bounded(CAPACITY);
    let started = Instant::now();
    let (sum, takes) = thread::scope(|scope| {
        scope.spawn(|| send(sender));
        receive(receiver)
    });
    let elapsed = started.elapsed();
    println!("{name}: {MESSAGES} messages in {takes} receives, {elapsed:.1?}");
    (sum, takes)
}

fn send_singly(sender: Sender<u64>) {
    for n in 0..MESSAGES {
        sender.send(n).expect("the receiver stays to the end");
    }
}

fn receive_singly(receiver: Receiver<u64>) -> (u64, u64) {
    receiver
        .iter()
        .fold((0, 0), |(sum, takes), n| (sum + n, takes + 1))
}

/// Waits while the channel is full; an error would return what was not sent.
fn send_batches(sender: Sender<u64>) {
    for first in (0..MESSAGES).step_by(BATCH) {
        let batch = first..MESSAGES.min(first + BATCH as u64);
        sender
            .send_many(batch)
            .expect("the receiver stays to the end");
    }
}

/// Waits for one message, then takes what else is there, into a vector that is used again.
fn receive_batches(receiver: Receiver<u64>) -> (u64, u64) {
    let (mut sum, mut takes) = (0, 0);
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).is_ok() {
        assert!(batch.len() <= BATCH);
        sum += batch.drain(..).sum::<u64>();
        takes += 1;
    }
    (sum, takes)
}
