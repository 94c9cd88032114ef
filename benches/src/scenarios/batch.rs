//! One to one with the batch calls that a library has, next to its single ones.

use std::thread;

use super::tasks::{Flavor, measure_on};
use super::{Share, tasks, threads};
use crate::measure::{Run, Tally, measure};
use crate::plan::Plan;
use crate::role::{AsyncBatchReceiver, AsyncBatchSender, AsyncReceiver, AsyncSender};
use crate::role::{BlockingBatchReceiver, BlockingBatchSender, BlockingReceiver, BlockingSender};
use crate::role::{Capacity, Handle, Open};

/// Messages to a send, where the sender sends in batches.
const SEND_BATCH: u64 = 64;
/// The most that a receive takes at once, where the library has a limit.
pub const RECEIVE_LIMIT: usize = 256;

/// The single calls, for comparison.
pub fn add_threads_singly<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    add_threads(plan, peer, open, threads::send_all, threads::receive_all);
}

/// The single calls, for comparison.
pub fn add_tasks_singly<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    add_tasks(plan, peer, open, tasks::send_all, tasks::receive_all);
}

/// Sends one by one, receives in batches.
pub fn add_threads_receiving<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: BlockingBatchReceiver<u64>,
{
    add_threads(plan, peer, open, threads::send_all, receive_batches);
}

/// Sends one by one, receives in batches.
pub fn add_tasks_receiving<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncBatchReceiver<u64>,
{
    add_tasks(plan, peer, open, tasks::send_all, receive_batches_async);
}

/// How a sender works off its share, and how a receiver receives: one by one
/// (`threads::send_all`, `threads::receive_all`, and `tasks` likewise) or in batches (below).
pub fn add_threads<Tx, Rx>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    send: fn(Tx, Share),
    receive: fn(Rx) -> Tally,
) where
    Tx: Handle,
    Rx: Handle,
{
    for capacity in [Capacity::Bounded(1000), Capacity::Unbounded] {
        if open(capacity).is_some() {
            plan.add(format!("batch/threads/{capacity}"), peer, move |n| {
                let (tx, rx) = open(capacity).unwrap();
                on_threads(move || send(tx, Share::whole(n)), move || receive(rx))
            });
        }
    }
}

fn on_threads(
    send: impl FnOnce() + Send + 'static,
    receive: impl FnOnce() -> Tally + Send + 'static,
) -> Run {
    measure(|| {
        let sender = thread::spawn(send);
        let receiver = thread::spawn(receive);
        threads::join([sender]);
        threads::join([receiver])[0]
    })
}

pub fn add_tasks<Tx, Rx, Sending, Receiving>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    send: fn(Tx, Share) -> Sending,
    receive: fn(Rx) -> Receiving,
) where
    Tx: Handle,
    Rx: Handle,
    Sending: Future<Output = ()> + Send + 'static,
    Receiving: Future<Output = Tally> + Send + 'static,
{
    for flavor in Flavor::ALL {
        for capacity in [Capacity::Bounded(100), Capacity::Unbounded] {
            if open(capacity).is_some() {
                let scenario = format!("batch/{}/{capacity}", flavor.name());
                plan.add(scenario, peer, move |n| {
                    let (tx, rx) = open(capacity).unwrap();
                    on_tasks(flavor, send(tx, Share::whole(n)), receive(rx))
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
    measure_on(flavor, async move {
        let sender = tokio::spawn(send);
        let receiver = tokio::spawn(receive);
        sender.await.expect("the sender panicked");
        receiver.await.expect("the receiver panicked")
    })
}

pub fn send_batches<Tx: BlockingBatchSender<u64>>(mut tx: Tx, share: Share) {
    for batch in batches(share) {
        tx.put_many(batch);
    }
}

pub fn receive_batches<Rx: BlockingBatchReceiver<u64>>(mut rx: Rx) -> Tally {
    let mut tally = Tally::default();
    let mut buffer = Vec::with_capacity(RECEIVE_LIMIT);
    loop {
        rx.take_many(&mut buffer);
        if buffer.is_empty() {
            return tally;
        }
        buffer.drain(..).for_each(|id| tally.add(id));
    }
}

pub async fn send_batches_async<Tx: AsyncBatchSender<u64>>(mut tx: Tx, share: Share) {
    for batch in batches(share) {
        tx.put_many_async(batch).await;
    }
}

pub async fn receive_batches_async<Rx: AsyncBatchReceiver<u64>>(mut rx: Rx) -> Tally {
    let mut tally = Tally::default();
    let mut buffer = Vec::with_capacity(RECEIVE_LIMIT);
    loop {
        rx.take_many_async(&mut buffer).await;
        if buffer.is_empty() {
            return tally;
        }
        buffer.drain(..).for_each(|id| tally.add(id));
    }
}

/// The ids of a whole share, a range at a time.
fn batches(share: Share) -> impl Iterator<Item = std::ops::Range<u64>> + Send {
    let end = share.end;
    let starts = (share.first..end).step_by(SEND_BATCH as usize);
    starts.map(move |start| start..end.min(start + SEND_BATCH))
}
