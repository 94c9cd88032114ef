//! Threads on one end, tasks on the other.

use super::{MPMC, SPSC, tasks, threads};
use crate::measure::{Run, measure};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender, Capacity, Open};
use crate::runtime::{Boxing, Flavor, join};

const CAPACITIES: [Capacity; 4] = [
    Capacity::Bounded(0),
    Capacity::Bounded(1),
    Capacity::Bounded(100),
    Capacity::Unbounded,
];

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
    for capacity in CAPACITIES {
        let name = |job: &str| format!("mixed/{capacity}/{job}");
        for (job, shape) in [("thread-to-task", SPSC), ("4threads-to-4tasks", MPMC)] {
            let handles = move || to_task(capacity).and_then(|(tx, rx)| shape.handles(tx, rx));
            if handles().is_some() {
                plan.add(name(job), peer, move |n| {
                    threads_to_tasks(handles().unwrap(), n)
                });
            }
        }
        if to_thread(capacity).is_some() {
            plan.add(name("task-to-thread"), peer, move |n| {
                let (tx, rx) = to_thread(capacity).unwrap();
                task_to_thread(tx, rx, n)
            });
        }
    }
}

fn threads_to_tasks<Tx, Rx>((senders, receivers): (Vec<Tx>, Vec<Rx>), n: u64) -> Run
where
    Tx: BlockingSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let runtime = Flavor::MultiThread.start();
    let spawner = Boxing(runtime.spawner());
    measure(|| {
        let senders = threads::spawn_senders(senders, n);
        let tally = runtime.block_on(async move {
            let receivers = tasks::spawn_receivers(&spawner, receivers);
            join(receivers).await.into_iter().sum()
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
    let runtime = Flavor::MultiThread.start();
    let spawner = Boxing(runtime.spawner());
    measure(|| {
        let receivers = threads::spawn_receivers(vec![rx]);
        runtime.block_on(async move {
            let senders = tasks::spawn_senders(&spawner, vec![tx], n);
            join(senders).await;
        });
        threads::join(receivers).into_iter().sum()
    })
}
