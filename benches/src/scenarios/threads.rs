//! Threads alone: one that fills and drains, streams of several shapes, and ping-pong.

use std::thread::{self, JoinHandle};

use super::{MPMC, MPSC, OVERSUBSCRIBED, PINNED, SPMC, SPSC, Shape, Share};
use crate::measure::{Run, Tally, measure};
use crate::message::Message;
use crate::plan::Plan;
use crate::role::{BlockingReceiver, BlockingSender, Capacity, Open, Received, Sent};

const CAPACITIES: [Capacity; 5] = [
    Capacity::Bounded(0),
    Capacity::Bounded(1),
    Capacity::Bounded(16),
    Capacity::Bounded(1000),
    Capacity::Unbounded,
];

pub fn add<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    for capacity in CAPACITIES {
        if open(capacity).is_none() {
            continue;
        }
        if capacity != Capacity::Bounded(0) {
            plan.add(format!("threads/{capacity}/seq"), peer, move |n| {
                sequence(open(capacity).unwrap(), n)
            });
        }
        let shapes = [SPSC, MPSC, SPMC, MPMC, OVERSUBSCRIBED];
        add_jobs(plan, "threads", capacity, peer, &shapes, open);
        add_jobs(plan, PINNED, capacity, peer, &shapes[..4], open);
    }
}

fn add_jobs<Tx, Rx>(
    plan: &mut Plan,
    group: &str,
    capacity: Capacity,
    peer: &str,
    shapes: &[Shape],
    open: impl Open<Tx, Rx>,
) where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    for shape in shapes {
        let scenario = format!("{group}/{capacity}/{}", shape.name);
        add_stream(plan, scenario, peer, *shape, move || open(capacity));
    }
    plan.add(format!("{group}/{capacity}/pingpong"), peer, move |n| {
        ping_pong(open(capacity).unwrap(), open(capacity).unwrap(), n)
    });
}

/// A stream of messages from threads to threads, if the channel's ends can be shared so widely.
pub fn add_stream<T, Tx, Rx>(
    plan: &mut Plan,
    scenario: String,
    peer: &str,
    shape: Shape,
    open: impl Fn() -> Option<(Tx, Rx)> + Send + Sync + 'static,
) where
    T: Message,
    Tx: BlockingSender<T>,
    Rx: BlockingReceiver<T>,
{
    let handles = move || open().and_then(|(tx, rx)| shape.handles(tx, rx));
    if handles().is_some() {
        plan.add(scenario, peer, move |n| stream(handles().unwrap(), n));
    }
}

pub fn stream<T, Tx, Rx>((senders, receivers): (Vec<Tx>, Vec<Rx>), n: u64) -> Run
where
    T: Message,
    Tx: BlockingSender<T>,
    Rx: BlockingReceiver<T>,
{
    measure(|| {
        let senders = spawn_senders(senders, n);
        let receivers = spawn_receivers(receivers);
        join(senders);
        join(receivers).into_iter().sum()
    })
}

/// One thread sends and receives in turn: the cost of the operations when nobody else is there.
fn sequence<Tx, Rx>((mut tx, mut rx): (Tx, Rx), n: u64) -> Run
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    measure(|| {
        let mut tally = Tally::default();
        for id in 0..n {
            tx.put(id).delivered();
            if let Some(id) = rx.take().message() {
                tally.add(id);
            }
        }
        tally
    })
}

/// One message in flight, there and back: the cost of waking the other side.
fn ping_pong<Tx, Rx>(there: (Tx, Rx), back: (Tx, Rx), n: u64) -> Run
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    let (mut ping, mut ping_rx) = there;
    let (mut pong, mut pong_rx) = back;
    measure(|| {
        let echo = start(move || {
            while let Some(id) = ping_rx.take().message() {
                pong.put(id).delivered();
            }
        });
        let player = start(move || {
            let mut tally = Tally::default();
            for id in 0..n {
                ping.put(id).delivered();
                match pong_rx.take().message() {
                    Some(id) => tally.add(id),
                    None => break,
                }
            }
            tally
        });
        let tally = join([player])[0];
        join([echo]);
        tally
    })
}

pub fn spawn_senders<T: Message, Tx: BlockingSender<T>>(
    senders: Vec<Tx>,
    n: u64,
) -> Vec<JoinHandle<()>> {
    let shares = Share::deal(n, senders.len());
    let spawn = |(tx, share)| start(move || send_all(tx, share));
    senders.into_iter().zip(shares).map(spawn).collect()
}

pub fn spawn_receivers<T: Message, Rx: BlockingReceiver<T>>(
    receivers: Vec<Rx>,
) -> Vec<JoinHandle<Tally>> {
    receivers
        .into_iter()
        .map(|rx| start(move || receive_all(rx)))
        .collect()
}

/// Starts a thread with work that is called once, through a pointer: compiled for each result, not
/// for each work.
pub fn start<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    let work: Box<dyn FnOnce() -> R + Send> = Box::new(work);
    thread::spawn(work)
}

pub fn join<R>(threads: impl IntoIterator<Item = JoinHandle<R>>) -> Vec<R> {
    let join = |thread: JoinHandle<R>| thread.join().expect("a thread of the run panicked");
    threads.into_iter().map(join).collect()
}

/// Sends one by one.
pub fn send_all<T: Message, Tx: BlockingSender<T>>(mut tx: Tx, share: Share) {
    for id in share.ids() {
        tx.put(T::new(id)).delivered();
    }
}

/// Receives one by one until disconnected.
pub fn receive_all<T: Message, Rx: BlockingReceiver<T>>(mut rx: Rx) -> Tally {
    let mut tally = Tally::default();
    while let Some(message) = rx.take().as_message() {
        tally.add(message.id());
    }
    tally
}
