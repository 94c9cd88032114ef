//! Tasks alone, on three runtimes.

use super::{MPMC, MPSC, MPSC_MANY, SPSC, Share};
use crate::measure::{Run, Tally};
use crate::message::Message;
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, Capacity, Open, Received, Sent};
use crate::runtime::{Flavor, Spawn, Task, join};

const CAPACITIES: [Capacity; 4] = [
    Capacity::Bounded(0),
    Capacity::Bounded(1),
    Capacity::Bounded(100),
    Capacity::Unbounded,
];

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
                let handles = move || open(capacity).and_then(|(tx, rx)| shape.handles(tx, rx));
                if handles().is_some() {
                    plan.add(name(shape.name), peer, move |n| {
                        let handles = handles().unwrap();
                        flavor.measure_unboxed(|spawner| stream(spawner, handles, n))
                    });
                }
            }
            plan.add(name("pingpong"), peer, move |n| {
                ping_pong(flavor, open(capacity).unwrap(), open(capacity).unwrap(), n)
            });
        }
    }
}

/// A stream of messages from tasks to tasks.
pub async fn stream<T, Tx, Rx>(
    spawner: impl Spawn,
    (senders, receivers): (Vec<Tx>, Vec<Rx>),
    n: u64,
) -> Tally
where
    T: Message,
    Tx: AsyncSender<T>,
    Rx: AsyncReceiver<T>,
{
    let senders = spawn_senders(&spawner, senders, n);
    let receivers = spawn_receivers(&spawner, receivers);
    join(senders).await;
    join(receivers).await.into_iter().sum()
}

fn ping_pong<Tx, Rx>(flavor: Flavor, there: (Tx, Rx), back: (Tx, Rx), n: u64) -> Run
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let (mut ping, mut ping_rx) = there;
    let (mut pong, mut pong_rx) = back;
    flavor.measure_unboxed(|spawner| async move {
        let echo = spawner.spawn(async move {
            while let Some(id) = ping_rx.take_async().await.message() {
                pong.put_async(id).await.delivered();
            }
        });
        let player = spawner.spawn(async move {
            let mut tally = Tally::default();
            for id in 0..n {
                ping.put_async(id).await.delivered();
                match pong_rx.take_async().await.message() {
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

pub fn spawn_senders<T: Message, Tx: AsyncSender<T>>(
    spawner: &impl Spawn,
    senders: Vec<Tx>,
    n: u64,
) -> Vec<Task<()>> {
    let shares = Share::deal(n, senders.len());
    let spawn = |(tx, share)| spawner.spawn(send_all(tx, share));
    senders.into_iter().zip(shares).map(spawn).collect()
}

pub fn spawn_receivers<T: Message, Rx: AsyncReceiver<T>>(
    spawner: &impl Spawn,
    receivers: Vec<Rx>,
) -> Vec<Task<Tally>> {
    receivers
        .into_iter()
        .map(|rx| spawner.spawn(receive_all(rx)))
        .collect()
}

/// Sends one by one.
pub async fn send_all<T: Message, Tx: AsyncSender<T>>(mut tx: Tx, share: Share) {
    for id in share.ids() {
        tx.put_async(T::new(id)).await.delivered();
    }
}

/// Receives one by one until disconnected.
pub async fn receive_all<T: Message, Rx: AsyncReceiver<T>>(mut rx: Rx) -> Tally {
    let mut tally = Tally::default();
    while let Some(message) = rx.take_async().await.as_message() {
        tally.add(message.id());
    }
    tally
}
