//! Tasks alone, on tokio's two runtimes.

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::{MPMC, MPSC, MPSC_MANY, SPSC, Shape, Share};
use crate::measure::{Run, Tally, measure};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, Capacity, Message, Open};

const CAPACITIES: [Capacity; 4] = [
    Capacity::Bounded(0),
    Capacity::Bounded(1),
    Capacity::Bounded(100),
    Capacity::Unbounded,
];

/// Where the tasks run.
#[derive(Clone, Copy, Debug)]
pub enum Flavor {
    /// Two worker threads.
    MultiThread,
    /// One thread: what a hand-over costs when nothing runs in parallel.
    CurrentThread,
}

impl Flavor {
    pub const ALL: [Flavor; 2] = [Flavor::MultiThread, Flavor::CurrentThread];

    pub fn name(self) -> &'static str {
        match self {
            Flavor::MultiThread => "tasks-mt",
            Flavor::CurrentThread => "tasks-ct",
        }
    }

    pub fn runtime(self) -> Runtime {
        let runtime = match self {
            Flavor::MultiThread => Builder::new_multi_thread().worker_threads(2).build(),
            Flavor::CurrentThread => Builder::new_current_thread().build(),
        };
        runtime.expect("tokio's runtime starts")
    }
}

pub fn add<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    for flavor in Flavor::ALL {
        for capacity in CAPACITIES {
            let name = |job: &str| format!("{}/{capacity}/{job}", flavor.name());
            if open(capacity).is_none() {
                continue;
            }
            for shape in [SPSC, MPSC, MPSC_MANY, MPMC] {
                let open = move || open(capacity);
                add_stream(plan, name(shape.name), peer, shape, flavor, open);
            }
            plan.add(name("pingpong"), peer, move |n| {
                ping_pong(flavor, open(capacity).unwrap(), open(capacity).unwrap(), n)
            });
        }
    }
}

/// A stream of messages from tasks to tasks, if the channel's ends can be shared so widely.
pub fn add_stream<T, Tx, Rx>(
    plan: &mut Plan,
    scenario: String,
    peer: &str,
    shape: Shape,
    flavor: Flavor,
    open: impl Fn() -> Option<(Tx, Rx)> + Send + Sync + 'static,
) where
    T: Message,
    Tx: AsyncSender<T>,
    Rx: AsyncReceiver<T>,
{
    let handles = move || open().and_then(|(tx, rx)| shape.handles(tx, rx));
    if handles().is_some() {
        plan.add(scenario, peer, move |n| {
            stream(flavor, handles().unwrap(), n)
        });
    }
}

fn stream<T, Tx, Rx>(flavor: Flavor, (senders, receivers): (Vec<Tx>, Vec<Rx>), n: u64) -> Run
where
    T: Message,
    Tx: AsyncSender<T>,
    Rx: AsyncReceiver<T>,
{
    measure_on(flavor, async move {
        let senders = spawn_senders(senders, n);
        let receivers = spawn_receivers(receivers);
        join(senders).await;
        join(receivers).await.into_iter().sum()
    })
}

fn ping_pong<Tx, Rx>(flavor: Flavor, there: (Tx, Rx), back: (Tx, Rx), n: u64) -> Run
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let (mut ping, mut ping_rx) = there;
    let (mut pong, mut pong_rx) = back;
    measure_on(flavor, async move {
        let echo = tokio::spawn(async move {
            while let Some(id) = ping_rx.take_async().await {
                pong.put_async(id).await;
            }
        });
        let player = tokio::spawn(async move {
            let mut tally = Tally::default();
            for id in 0..n {
                ping.put_async(id).await;
                match pong_rx.take_async().await {
                    Some(id) => tally.add(id),
                    None => break,
                }
            }
            tally
        });
        let tally = join([player]).await[0];
        join([echo]).await;
        tally
    })
}

/// Measures `work` on a fresh runtime; starting and stopping the runtime does not count.
pub(super) fn measure_on(flavor: Flavor, work: impl Future<Output = Tally>) -> Run {
    let runtime = flavor.runtime();
    measure(|| runtime.block_on(work))
}

pub(super) fn spawn_senders<T: Message, Tx: AsyncSender<T>>(
    senders: Vec<Tx>,
    n: u64,
) -> Vec<JoinHandle<()>> {
    let shares = Share::deal(n, senders.len());
    let spawn = |(tx, share)| tokio::spawn(send_all(tx, share));
    senders.into_iter().zip(shares).map(spawn).collect()
}

pub(super) fn spawn_receivers<T: Message, Rx: AsyncReceiver<T>>(
    receivers: Vec<Rx>,
) -> Vec<JoinHandle<Tally>> {
    receivers
        .into_iter()
        .map(|rx| tokio::spawn(receive_all(rx)))
        .collect()
}

pub(super) async fn join<R>(tasks: impl IntoIterator<Item = JoinHandle<R>>) -> Vec<R> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("a task of the run panicked"));
    }
    results
}

/// Sends one by one.
pub async fn send_all<T: Message, Tx: AsyncSender<T>>(mut tx: Tx, share: Share) {
    for id in share.ids() {
        tx.put_async(T::new(id)).await;
    }
}

/// Receives one by one until disconnected.
pub async fn receive_all<T: Message, Rx: AsyncReceiver<T>>(mut rx: Rx) -> Tally {
    let mut tally = Tally::default();
    while let Some(message) = rx.take_async().await {
        tally.add(message.id());
    }
    tally
}
