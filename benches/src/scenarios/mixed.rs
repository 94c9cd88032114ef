//! Threads on one end, tasks on the other.

use super::{MPMC, SPSC, Shape, tasks, threads};
use crate::measure::{Run, measure};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender, Capacity, Open};

const CAPACITY: Capacity = Capacity::Bounded(100);

/// The handles may differ by direction, hence two ways to open.
pub fn add<Tx, AsyncRx, AsyncTx, Rx>(
    plan: &mut Plan,
    peer: &str,
    to_task: impl Open<Tx, AsyncRx>,
    to_thread: impl Open<AsyncTx, Rx>,
) where
    Tx: BlockingSender<u64>,
    AsyncRx: AsyncReceiver<u64>,
    AsyncTx: AsyncSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    let name = |job: &str| format!("mixed/{CAPACITY}/{job}");
    add_to_tasks(plan, name("thread-to-task"), peer, SPSC, to_task);
    plan.add(name("task-to-thread"), peer, move |n| {
        let (tx, rx) = to_thread(CAPACITY).unwrap();
        task_to_thread(tx, rx, n)
    });
    add_to_tasks(plan, name("4threads-to-4tasks"), peer, MPMC, to_task);
}

fn add_to_tasks<Tx, Rx>(
    plan: &mut Plan,
    scenario: String,
    peer: &str,
    shape: Shape,
    open: impl Open<Tx, Rx>,
) where
    Tx: BlockingSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let handles = move || open(CAPACITY).and_then(|(tx, rx)| shape.handles(tx, rx));
    if handles().is_some() {
        plan.add(scenario, peer, move |n| {
            threads_to_tasks(handles().unwrap(), n)
        });
    }
}

fn threads_to_tasks<Tx, Rx>((senders, receivers): (Vec<Tx>, Vec<Rx>), n: u64) -> Run
where
    Tx: BlockingSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let runtime = tasks::Flavor::MultiThread.runtime();
    measure(|| {
        let senders = threads::spawn_senders(senders, n);
        let tally = runtime.block_on(async move {
            let receivers = tasks::spawn_receivers(receivers);
            tasks::join(receivers).await.into_iter().sum()
        });
        threads::join(senders);
        tally
    })
}

fn task_to_thread<Tx, Rx>(tx: Tx, rx: Rx, n: u64) -> Run
where
    Tx: AsyncSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    let runtime = tasks::Flavor::MultiThread.runtime();
    measure(|| {
        let receivers = threads::spawn_receivers(vec![rx]);
        runtime.block_on(async move {
            let senders = tasks::spawn_senders(vec![tx], n);
            tasks::join(senders).await;
        });
        threads::join(receivers).into_iter().sum()
    })
}
