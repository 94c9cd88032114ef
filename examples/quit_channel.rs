//! Searches for a number with a given property, in threads and tasks, until somebody has found one:
//! then a channel is closed, which tells all of them to stop, wherever they wait.
//!
//! ```text
//! cargo run --release --example quit_channel
//! ```

use std::ops::Range;
use std::thread;

use towpath::{Receiver, Sender, bounded, select, select_async};

/// How many bits of the hash must be zero.
const ZEROS: u32 = 18;
/// How many numbers are tried at once.
const CHUNK: u64 = 1000;
const SEARCHERS: usize = 2;

#[tokio::main]
async fn main() {
    let (quit, stop) = bounded::<()>(1);
    let (chunks, work) = bounded(0);
    let (found, results) = bounded(0);

    let stop_making = stop.clone();
    let maker = thread::spawn(move || make_chunks(chunks, stop_making));
    let threads: Vec<_> = (0..SEARCHERS)
        .map(|_| (work.clone(), found.clone(), stop.clone()))
        .map(|(work, found, stop)| thread::spawn(move || search(work, found, stop)))
        .collect();
    let tasks: Vec<_> = (0..SEARCHERS)
        .map(|_| tokio::spawn(search_async(work.clone(), found.clone(), stop.clone())))
        .collect();

    let number = results.recv_async().await.expect("there is such a number");
    quit.close();

    // Everybody ends, also those who have found another one that nobody wants any more.
    let mut tried = 0;
    for task in tasks {
        tried += task.await.unwrap();
    }
    tried += threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum::<usize>();
    let made = maker.join().unwrap();
    assert!(has_property(number));
    assert_eq!(tried, made, "every chunk that was handed over was tried");
    println!("{number} found after {tried} chunks of {CHUNK}");
}

/// Offers one chunk after the other; says how many were taken.
fn make_chunks(chunks: Sender<Range<u64>>, stop: Receiver<()>) -> usize {
    for (count, first) in (0..).step_by(CHUNK as usize).enumerate() {
        select! {
            send(chunks, first..first + CHUNK) -> taken => taken.unwrap(),
            recv(stop) -> _ => return count,
        }
    }
    unreachable!("there are more numbers than anybody tries")
}

/// Tries chunks until it is told to stop; says how many.
fn search(work: Receiver<Range<u64>>, found: Sender<u64>, stop: Receiver<()>) -> usize {
    let mut tried = 0;
    loop {
        let chunk = select! {
            recv(work) -> chunk => chunk,
            recv(stop) -> _ => return tried,
        };
        // The maker may have stopped before we have.
        let Ok(mut chunk) = chunk else { return tried };
        tried += 1;
        let Some(number) = chunk.find(|&number| has_property(number)) else {
            continue;
        };
        select! {
            send(found, number) -> sent => sent.unwrap(),
            recv(stop) -> _ => return tried,
        }
    }
}

/// The same in a task.
async fn search_async(work: Receiver<Range<u64>>, found: Sender<u64>, stop: Receiver<()>) -> usize {
    let mut tried = 0;
    loop {
        let chunk = select_async! {
            recv(work) -> chunk => chunk,
            recv(stop) -> _ => return tried,
        };
        let Ok(mut chunk) = chunk else { return tried };
        tried += 1;
        let Some(number) = chunk.find(|&number| has_property(number)) else {
            continue;
        };
        select_async! {
            send(found, number) -> sent => sent.unwrap(),
            recv(stop) -> _ => return tried,
        }
    }
}

/// True if the number's hash begins with enough zeros.
fn has_property(number: u64) -> bool {
    hash(number).leading_zeros() >= ZEROS
}

/// Mixes the bits of a number (the last step of MurmurHash3).
fn hash(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ bits >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ bits >> 33
}
