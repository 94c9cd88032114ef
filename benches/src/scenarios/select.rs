//! Select: over four channels, over many, and with a default.
//!
//! Both ends of a run stay alive until the last message has arrived: a disconnected channel would be
//! ready for ever.

use super::{Share, threads};
use crate::measure::{Run, Tally, measure};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingSender, Capacity, FOUR, Handle, Open};
use crate::role::{Received, SelectMany, SelectReceiver, SelectSender, Sent};
use crate::runtime::{Flavor, Spawn, join};

const CAPACITIES: [Capacity; 4] = [
    Capacity::Bounded(0),
    Capacity::Bounded(1),
    Capacity::Bounded(1000),
    Capacity::Unbounded,
];
/// The channels of a select whose number is known at run time only.
const MANY: usize = 64;
/// Threads or tasks at each end of a select over four channels.
const HANDS: usize = 4;

/// One thread receives from four channels, each of which has a sender.
pub fn add_receive<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: SelectReceiver<u64>,
{
    add(plan, peer, "threads", "rx", open, |channels, n| {
        let (senders, receivers): (Vec<Tx>, Vec<Rx>) = channels.into_iter().unzip();
        let receivers = four(receivers);
        let receive = move || {
            let mut tally = Tally::default();
            Rx::take_any(&receivers, n, |id| tally.add(id));
            tally
        };
        fan_in(senders.into_iter().map(|tx| vec![tx]).collect(), n, receive)
    });
}

/// Four threads send to any of four channels, four receive from any of them.
pub fn add_both<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: SelectSender<u64>,
    Rx: SelectReceiver<u64>,
{
    add(plan, peer, "threads", "both", open, |channels, n| {
        let (senders, receivers): (Vec<Tx>, Vec<Rx>) = channels.into_iter().unzip();
        let (senders, receivers) = (dealt(senders), dealt(receivers));
        measure(|| {
            let spawn = |(senders, share): ([Tx; FOUR], Share)| {
                threads::start(move || {
                    Tx::put_any(&senders, share.ids());
                    senders
                })
            };
            let sending: Vec<_> = shares(senders, n).map(spawn).collect();
            let spawn = |(receivers, share): ([Rx; FOUR], Share)| {
                threads::start(move || {
                    let mut tally = Tally::default();
                    Rx::take_any(&receivers, share.count(), |id| tally.add(id));
                    (tally, receivers)
                })
            };
            let receiving: Vec<_> = shares(receivers, n).map(spawn).collect();
            let received = threads::join(receiving);
            threads::join(sending);
            received.into_iter().map(|(tally, _)| tally).sum()
        })
    });
}

/// One thread receives from many channels, served by four.
pub fn add_many<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: SelectMany<u64>,
{
    let (capacities, job) = (&CAPACITIES[1..3], format!("dynamic{MANY}"));
    let channels = move |capacity| {
        (0..MANY)
            .map(|_| open(capacity))
            .collect::<Option<Vec<_>>>()
    };
    for capacity in capacities.iter().copied() {
        if open(capacity).is_some() {
            plan.add(format!("select/threads/{capacity}/{job}"), peer, move |n| {
                let channels = channels(capacity).unwrap();
                let (senders, receivers): (Vec<Tx>, Vec<Rx>) = channels.into_iter().unzip();
                let mut senders = senders.into_iter();
                let senders = (0..HANDS)
                    .map(|_| senders.by_ref().take(MANY / HANDS).collect())
                    .collect();
                fan_in(senders, n, move || {
                    let mut tally = Tally::default();
                    Rx::take_of_many(&receivers, n, |id| tally.add(id));
                    tally
                })
            });
        }
    }
}

/// Asks an empty channel and goes on; `ask` says whether it was empty.
pub fn add_default<Tx, Rx>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    ask: impl Fn(&mut Rx) -> bool + Copy + Send + Sync + 'static,
) where
    Tx: Handle,
    Rx: Handle,
{
    plan.add("select/threads/default".to_owned(), peer, move |n| {
        let (tx, mut rx) = open(Capacity::Bounded(1)).expect("bounded channels exist");
        let run = measure(|| {
            let mut tally = Tally::default();
            (0..n).filter(|_| ask(&mut rx)).for_each(|id| tally.add(id));
            tally
        });
        drop(tx);
        run
    });
}

fn add<Tx: Handle, Rx: Handle>(
    plan: &mut Plan,
    peer: &str,
    world: &str,
    job: &str,
    open: impl Open<Tx, Rx>,
    run: impl Fn([(Tx, Rx); FOUR], u64) -> Run + Copy + Send + Sync + 'static,
) {
    for capacity in CAPACITIES {
        // Whoever shares an end must be able to.
        let Some((tx, rx)) = open(capacity) else {
            continue;
        };
        if job == "both" && (tx.another().is_none() || rx.another().is_none()) {
            continue;
        }
        plan.add(format!("select/{world}/{capacity}/{job}"), peer, move |n| {
            run(std::array::from_fn(|_| open(capacity).unwrap()), n)
        });
    }
}

/// Threads that send in turn to the channels they have; they hold them until all is received.
fn fan_in<Tx: BlockingSender<u64>>(
    hands: Vec<Vec<Tx>>,
    n: u64,
    receive: impl FnOnce() -> Tally + Send + 'static,
) -> Run {
    measure(|| {
        let spawn = |(mut senders, share): (Vec<Tx>, Share)| {
            threads::start(move || {
                let count = senders.len();
                for (turn, id) in share.ids().enumerate() {
                    senders[turn % count].put(id).delivered();
                }
                senders
            })
        };
        let count = hands.len();
        let hands = hands.into_iter().zip(Share::deal(n, count));
        let sending: Vec<_> = hands.map(spawn).collect();
        let tally = threads::join([threads::start(receive)])[0];
        threads::join(sending);
        tally
    })
}

/// On tasks, for whoever has the plain futures: `tokio::select!` makes a select of them.
pub fn add_tasks<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    add_tasks_receiving(plan, peer, open, take_any::<Rx>);
    add_tasks_both(plan, peer, open, take_any::<Rx>, put_any::<Tx>);
}

/// One task receives from four channels, each of which has a sender; `take_any` is how.
pub fn add_tasks_receiving<Tx, Rx, Receiving>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    take_any: fn([Rx; FOUR], u64) -> Receiving,
) where
    Tx: AsyncSender<u64>,
    Rx: Handle,
    Receiving: Future<Output = (Tally, [Rx; FOUR])> + Send + 'static,
{
    add_tasks_with(plan, peer, "rx", open, move |flavor, channels, n| {
        let (senders, receivers): (Vec<Tx>, Vec<Rx>) = channels.into_iter().unzip();
        receive_on_tasks(flavor, senders, take_any(four(receivers), n), n)
    });
}

/// Four tasks send to any of four channels, four receive from any of them; `take_any` and `put_any`
/// are how.
///
/// A select of sends that are futures of their own delivers a message twice if two of them complete
/// before the select looks: channels that take the message out of a waiting sender do that.
pub fn add_tasks_both<Tx, Rx, Receiving, Sending>(
    plan: &mut Plan,
    peer: &str,
    open: impl Open<Tx, Rx>,
    take_any: fn([Rx; FOUR], u64) -> Receiving,
    put_any: fn([Tx; FOUR], Share) -> Sending,
) where
    Tx: Handle,
    Rx: Handle,
    Receiving: Future<Output = (Tally, [Rx; FOUR])> + Send + 'static,
    Sending: Future<Output = [Tx; FOUR]> + Send + 'static,
{
    add_tasks_with(plan, peer, "both", open, move |flavor, channels, n| {
        let (senders, receivers): (Vec<Tx>, Vec<Rx>) = channels.into_iter().unzip();
        let sending = shares(dealt(senders), n).map(|(tx, share)| put_any(tx, share));
        let receiving = shares(dealt(receivers), n);
        let receiving = receiving.map(|(rx, share)| take_any(rx, share.count()));
        both_on_tasks(flavor, sending.collect(), receiving.collect())
    });
}

fn add_tasks_with<Tx: Handle, Rx: Handle>(
    plan: &mut Plan,
    peer: &str,
    job: &str,
    open: impl Open<Tx, Rx>,
    run: impl Fn(Flavor, [(Tx, Rx); FOUR], u64) -> Run + Copy + Send + Sync + 'static,
) {
    for flavor in Flavor::TOKIO {
        let run = move |channels, n| run(flavor, channels, n);
        add(plan, peer, flavor.name(), job, open, run);
    }
}

fn receive_on_tasks<Tx: AsyncSender<u64>, Rx: Handle>(
    flavor: Flavor,
    senders: Vec<Tx>,
    receive: impl Future<Output = (Tally, [Rx; FOUR])> + Send + 'static,
    n: u64,
) -> Run {
    flavor.measure(|spawner| async move {
        let send = |(mut tx, share): (Tx, Share)| {
            spawner.spawn(async move {
                for id in share.ids() {
                    tx.put_async(id).await.delivered();
                }
                tx
            })
        };
        let sending: Vec<_> = shares(senders, n).map(send).collect();
        let (tally, receivers) = spawner.spawn(receive).join().await;
        join(sending).await;
        drop(receivers);
        tally
    })
}

fn both_on_tasks<Sending, Receiving, Rx: Handle>(
    flavor: Flavor,
    sending: Vec<Sending>,
    receiving: Vec<Receiving>,
) -> Run
where
    Sending: Future<Output: Send> + Send + 'static,
    Receiving: Future<Output = (Tally, [Rx; FOUR])> + Send + 'static,
{
    flavor.measure(|spawner| async move {
        let sending: Vec<_> = sending.into_iter().map(|s| spawner.spawn(s)).collect();
        let receiving: Vec<_> = receiving.into_iter().map(|r| spawner.spawn(r)).collect();
        let received = join(receiving).await;
        join(sending).await;
        received.into_iter().map(|(tally, _)| tally).sum()
    })
}

pub async fn take_any<Rx: AsyncReceiver<u64>>(
    mut receivers: [Rx; FOUR],
    n: u64,
) -> (Tally, [Rx; FOUR]) {
    let mut tally = Tally::default();
    let [a, b, c, d] = &mut receivers;
    for _ in 0..n {
        let message = tokio::select! {
            received = a.take_async() => received.message(),
            received = b.take_async() => received.message(),
            received = c.take_async() => received.message(),
            received = d.take_async() => received.message(),
        };
        message.into_iter().for_each(|id| tally.add(id));
    }
    (tally, receivers)
}

async fn put_any<Tx: AsyncSender<u64>>(mut senders: [Tx; FOUR], share: Share) -> [Tx; FOUR] {
    let [a, b, c, d] = &mut senders;
    for id in share.ids() {
        tokio::select! {
            sent = a.put_async(id) => sent.delivered(),
            sent = b.put_async(id) => sent.delivered(),
            sent = c.put_async(id) => sent.delivered(),
            sent = d.put_async(id) => sent.delivered(),
        }
    }
    senders
}

fn four<H>(handles: Vec<H>) -> [H; FOUR] {
    let Ok(four) = handles.try_into() else {
        unreachable!("four were opened");
    };
    four
}

/// Handles to all four channels for each hand.
fn dealt<H: Handle>(handles: Vec<H>) -> Vec<[H; FOUR]> {
    let copy = |handle: &H| handle.another().expect("the end can be shared");
    (0..HANDS)
        .map(|_| four(handles.iter().map(copy).collect()))
        .collect()
}

fn shares<H>(hands: Vec<H>, n: u64) -> impl Iterator<Item = (H, Share)> {
    let count = hands.len();
    hands.into_iter().zip(Share::deal(n, count))
}
