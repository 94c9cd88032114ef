//! What a channel takes from the heap: empty, filled, and for each message.

use std::time::Duration;

use crate::alloc::{Heap, count};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender, Capacity};
use crate::role::{Handle, Open, Received, Sent};
use crate::runtime::Flavor;
use crate::scenarios::{SPSC, tasks, threads};
use crate::survey::{Question, Request, median};

pub const QUESTION: Question = Question {
    name: "memory",
    title: "Memory",
    columns: &[
        median("empty bounded(1), bytes"),
        median("empty bounded(1000), bytes"),
        median("empty unbounded, bytes"),
        median("bytes/message, 1 M queued"),
        median("bytes kept after it"),
        median("allocations/message, unbounded"),
        median("allocations/message, bounded(1000)"),
        median("allocations/message, threads, cap1/1to1"),
        median("allocations/message, tasks, cap1/1to1"),
    ],
    load: None,
    time: Duration::ZERO,
    rounds: 1,
    at_once: false,
};

const MILLION: u64 = 1_000_000;
/// Messages of a run that counts allocations.
const SAMPLE: u64 = 20_000;

pub fn add_threads<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    plan.survey(QUESTION.name, peer, move |_: &Request| {
        let put = |tx: &mut Tx, id| tx.put(id).delivered();
        let take = |rx: &mut Rx| rx.take().message();
        let mut figures = channel(open, put, take);
        figures.push(streaming(open, |handles| {
            threads::stream::<u64, _, _>(handles, SAMPLE);
        }));
        figures.push(f64::NAN);
        figures
    });
}

pub fn add_tasks<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    plan.survey(QUESTION.name, peer, move |_: &Request| {
        let put = |tx: &mut Tx, id| smol::block_on(tx.put_async(id)).delivered();
        let take = |rx: &mut Rx| smol::block_on(rx.take_async()).message();
        // The first use in a thread allocates what `block_on` keeps there.
        smol::block_on(async {});
        let mut figures = channel(open, put, take);
        figures.push(f64::NAN);
        figures.push(streaming(open, |handles| {
            let stream = |spawner| tasks::stream::<u64, _, _>(spawner, handles, SAMPLE);
            Flavor::CurrentThread.measure(stream);
        }));
        figures
    });
}

/// The figures of a channel that one thread fills and empties.
fn channel<Tx, Rx>(
    open: impl Open<Tx, Rx>,
    put: impl Fn(&mut Tx, u64),
    take: impl Fn(&mut Rx) -> Option<u64>,
) -> Vec<f64> {
    let capacities = [
        Capacity::Bounded(1),
        Capacity::Bounded(1000),
        Capacity::Unbounded,
    ];
    let mut figures: Vec<f64> = capacities
        .map(|capacity| {
            let (channel, heap) = count(|| open(capacity));
            channel.map_or(f64::NAN, |_| heap.bytes as f64)
        })
        .into();
    figures.extend(match open(Capacity::Unbounded) {
        Some(handles) => backlog(handles, &put, &take),
        None => [f64::NAN; 3],
    });
    figures.push(match open(Capacity::Bounded(1000)) {
        Some((mut tx, mut rx)) => {
            let mut turn = |id| {
                put(&mut tx, id);
                assert_eq!(take(&mut rx), Some(id));
            };
            turn(0);
            per(SAMPLE, count(|| (0..SAMPLE).for_each(turn)).1)
        }
        None => f64::NAN,
    });
    figures
}

/// A million messages in and out again: bytes for each when all are there, bytes that stay, and
/// allocations for each.
fn backlog<Tx, Rx>(
    (mut tx, mut rx): (Tx, Rx),
    put: &impl Fn(&mut Tx, u64),
    take: &impl Fn(&mut Rx) -> Option<u64>,
) -> [f64; 3] {
    let ((), filling) = count(|| (0..MILLION).for_each(|id| put(&mut tx, id)));
    let ((), emptying) = count(|| {
        for id in 0..MILLION {
            assert_eq!(take(&mut rx), Some(id));
        }
    });
    let kept = (filling.bytes + emptying.bytes) as f64;
    [
        filling.bytes as f64 / MILLION as f64,
        kept,
        per(MILLION, filling) + per(MILLION, emptying),
    ]
}

/// Allocations per message of a stream through one place, where both sides wait all the time. The
/// threads, the runtime and their results are some dozen allocations among the thousands.
fn streaming<Tx: Handle, Rx: Handle>(
    open: impl Open<Tx, Rx>,
    run: impl Fn((Vec<Tx>, Vec<Rx>)),
) -> f64 {
    let handles = || open(Capacity::Bounded(1)).and_then(|(tx, rx)| SPSC.handles(tx, rx));
    match handles() {
        Some(handles) => per(SAMPLE, count(|| run(handles)).1),
        None => f64::NAN,
    }
}

fn per(messages: u64, heap: Heap) -> f64 {
    heap.allocations as f64 / messages as f64
}
