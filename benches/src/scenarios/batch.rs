//! One to one with the batch calls that a library has, next to its single ones.

use super::{Share, tasks, threads};
use crate::measure::{Run, Tally, measure};
use crate::plan::Plan;
use crate::role::{AsyncBatchReceiver, AsyncBatchSender, AsyncReceiver, AsyncSender};
use crate::role::{BlockingBatchReceiver, BlockingBatchSender, BlockingReceiver, BlockingSender};
use crate::role::{Capacity, Handle, Open, Sent};
use crate::runtime::{Flavor, Spawn};

/// Messages to a send, where the sender sends in batches, and the most that a receive takes at
/// once, where it has a limit.
const SIZES: [usize; 3] = [1, 8, 64];

/// The most that a receive takes at once.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// The size of a batch.
    Size,
    /// All that there is.
    None,
}

impl Limit {
    fn of(self, size: usize) -> usize {
        match self {
            Self::Size => size,
            Self::None => usize::MAX,
        }
    }
}

/// What a buffer has room for at first, if there is no limit.
const AT_FIRST: usize = 64;

/// The single calls, for comparison.
pub fn add_threads_singly<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    add_threads(
        plan,
        peer,
        open,
        |tx, share, _| threads::send_all(tx, share),
        |rx, _| threads::receive_all(rx),
    );
}

/// The single calls, for comparison.
pub fn add_tasks_singly<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    add_tasks(
        plan,
        peer,
        open,
        |tx, share, _| tasks::send_all(tx, share),
        |rx, _| tasks::receive_all(rx),
    );
}

/// Sends one by one, receives in batches.
pub fn add_threads_receiving<Tx, Rx>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    limit: Limit,
) where
    Tx: BlockingSender<u64>,
    Rx: BlockingBatchReceiver<u64>,
{
    let send = |tx, share, _| threads::send_all(tx, share);
    let receive = move |rx, size| receive_batches(rx, limit.of(size));
    add_threads(plan, peer, open, send, receive);
}

/// Sends one by one, receives in batches.
pub fn add_tasks_receiving<Tx, Rx>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    limit: Limit,
) where
    Tx: AsyncSender<u64>,
    Rx: AsyncBatchReceiver<u64>,
{
    let send = |tx, share, _| tasks::send_all(tx, share);
    let receive = move |rx, size| receive_batches_async(rx, limit.of(size));
    add_tasks(plan, peer, open, send, receive);
}

/// How a sender works off its share, and how a receiver receives, given the size of a batch.
pub fn add_threads<Tx: Handle, Rx: Handle>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    send: impl Fn(Tx, Share, usize) + Copy + Send + Sync + 'static,
    receive: impl Fn(Rx, usize) -> Tally + Copy + Send + Sync + 'static,
) {
    for capacity in [Capacity::Bounded(1000), Capacity::Unbounded] {
        if open(capacity).is_none() {
            continue;
        }
        for size in SIZES {
            plan.add(format!("batch/threads/{capacity}/{size}"), peer, move |n| {
                let (tx, rx) = open(capacity).unwrap();
                on_threads(
                    move || send(tx, Share::whole(n), size),
                    move || receive(rx, size),
                )
            });
        }
    }
}

fn on_threads(
    send: impl FnOnce() + Send + 'static,
    receive: impl FnOnce() -> Tally + Send + 'static,
) -> Run {
    measure(|| {
        let sender = threads::start(send);
        let receiver = threads::start(receive);
        threads::join([sender]);
        threads::join([receiver])[0]
    })
}

pub fn add_tasks<Tx, Rx, Sending, Receiving>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    send: impl Fn(Tx, Share, usize) -> Sending + Copy + Send + Sync + 'static,
    receive: impl Fn(Rx, usize) -> Receiving + Copy + Send + Sync + 'static,
) where
    Tx: Handle,
    Rx: Handle,
    Sending: Future<Output = ()> + Send + 'static,
    Receiving: Future<Output = Tally> + Send + 'static,
{
    for flavor in Flavor::TOKIO {
        for capacity in [Capacity::Bounded(100), Capacity::Unbounded] {
            if open(capacity).is_none() {
                continue;
            }
            for size in SIZES {
                let scenario = format!("batch/{}/{capacity}/{size}", flavor.name());
                plan.add(scenario, peer, move |n| {
                    let (tx, rx) = open(capacity).unwrap();
                    let (send, receive) = (send(tx, Share::whole(n), size), receive(rx, size));
                    on_tasks(flavor, send, receive)
                });
            }
        }
    }
}

fn on_tasks<Sending, Receiving>(flavor: Flavor, send: Sending, receive: Receiving) -> Run
where
    Sending: Future<Output = ()> + Send + 'static,
    Receiving: Future<Output = Tally> + Send + 'static,
{
    flavor.measure(|spawner| async move {
        let sender = spawner.spawn(send);
        let receiver = spawner.spawn(receive);
        sender.join().await;
        receiver.join().await
    })
}

pub fn send_batches<Tx: BlockingBatchSender<u64>>(mut tx: Tx, share: Share, size: usize) {
    for batch in batches(share, size) {
        tx.put_many(batch).delivered();
    }
}

pub fn receive_batches<Rx: BlockingBatchReceiver<u64>>(mut rx: Rx, limit: usize) -> Tally {
    let mut tally = Tally::default();
    let mut buffer = Vec::with_capacity(limit.min(AT_FIRST));
    loop {
        rx.take_many(&mut buffer, limit);
        if buffer.is_empty() {
            return tally;
        }
        buffer.drain(..).for_each(|id| tally.add(id));
    }
}

pub async fn send_batches_async<Tx>(mut tx: Tx, share: Share, size: usize)
where
    Tx: AsyncBatchSender<u64>,
{
    for batch in batches(share, size) {
        tx.put_many_async(batch).await.delivered();
    }
}

pub async fn receive_batches_async<Rx>(mut rx: Rx, limit: usize) -> Tally
where
    Rx: AsyncBatchReceiver<u64>,
{
    let mut tally = Tally::default();
    let mut buffer = Vec::with_capacity(limit.min(AT_FIRST));
    loop {
        // An empty buffer says what an error would.
        let _ = rx.take_many_async(&mut buffer, limit).await;
        if buffer.is_empty() {
            return tally;
        }
        buffer.drain(..).for_each(|id| tally.add(id));
    }
}

/// The ids of a whole share, a range at a time.
fn batches(share: Share, size: usize) -> impl Iterator<Item = std::ops::Range<u64>> + Send {
    let end = share.end;
    let starts = (share.first..end).step_by(size);
    starts.map(move |start| start..end.min(start + size as u64))
}
