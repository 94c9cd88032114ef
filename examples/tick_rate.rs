//! Serves requests at a given rate, from a thread and from a task that share one ticker: each tick lets
//! one request through, whoever takes it.
//!
//! A tick that nobody needs is not saved up, so there are no bursts after a pause. Between two ticks the
//! arm of the requests is switched off: a `None` in a select is Go's nil channel.
//!
//! ```text
//! cargo run --release --example tick_rate
//! ```

use std::thread;
use std::time::{Duration, Instant};

use towpath::time::sleep;
use towpath::{Receiver, select, select_async, tick, unbounded};

const PERIOD: Duration = Duration::from_millis(5);
const REQUESTS: u32 = 60;

#[tokio::main]
async fn main() {
    let (sender, requests) = unbounded();
    let begun = Instant::now();
    let ticks = tick(PERIOD);

    let (for_thread, its_ticks) = (requests.clone(), ticks.clone());
    let thread = thread::spawn(move || serve(for_thread, its_ticks));
    let task = tokio::spawn(serve_async(requests, ticks));

    // The requests come in two bursts; in the pause between them ticks go by.
    sender.send_many(0..REQUESTS / 2).unwrap();
    while !sender.is_empty() {
        sleep(PERIOD).await;
    }
    sleep(PERIOD * 10).await;
    sender.send_many(REQUESTS / 2..REQUESTS).unwrap();
    drop(sender);

    let mut served = thread.join().unwrap();
    println!("{} served by the thread", served.len());
    served.extend(task.await.unwrap());
    println!("{} served in {:.0?}", served.len(), begun.elapsed());

    let (mut numbers, mut ticks): (Vec<_>, Vec<_>) = served.into_iter().unzip();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..REQUESTS));
    // No tick lets two requests through, and none is early.
    ticks.sort_unstable();
    assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(
        (1..)
            .zip(ticks)
            .all(|(count, tick)| tick >= begun + PERIOD * count)
    );
}

/// One request for each tick, until there are no more; with the tick that let it through.
fn serve(requests: Receiver<u32>, ticks: Receiver<Instant>) -> Vec<(u32, Instant)> {
    let mut served = Vec::new();
    let mut ticked = None;
    loop {
        select! {
            // Switched off until there was a tick.
            recv(ticked.map(|_| &requests)) -> request => match request {
                Ok(request) => served.extend(ticked.take().map(|at| (request, at))),
                Err(_) => return served,
            },
            // Switched off once there was one: the next is for somebody else.
            recv(ticked.is_none().then_some(&ticks)) -> at => ticked = at.ok(),
        }
    }
}

/// The same in a task.
async fn serve_async(requests: Receiver<u32>, ticks: Receiver<Instant>) -> Vec<(u32, Instant)> {
    let mut served = Vec::new();
    let mut ticked = None;
    loop {
        select_async! {
            recv(ticked.map(|_| &requests)) -> request => match request {
                Ok(request) => served.extend(ticked.take().map(|at| (request, at))),
                Err(_) => return served,
            },
            recv(ticked.is_none().then_some(&ticks)) -> at => ticked = at.ok(),
        }
    }
}
