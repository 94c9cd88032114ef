//! How often a message wakes somebody up: polls of the tasks that send and receive.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, Capacity, Open};
use crate::runtime::{Flavor, Spawn, join};
use crate::scenarios::{MPMC, MPSC_MANY, SPSC, Shape, Share, tasks};
use crate::survey::{Question, Request, median};

pub const QUESTION: Question = Question {
    name: "wakes",
    title: "Wake-ups of tasks",
    columns: &[
        median("cap1/1to1"),
        median("cap1/4to4"),
        median("cap1/100to1"),
        median("cap100/1to1"),
        median("cap100/4to4"),
        median("cap100/100to1"),
    ],
    load: None,
    time: Duration::ZERO,
    rounds: 1,
    at_once: false,
};

const MESSAGES: u64 = 20_000;

pub fn add<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    plan.survey(QUESTION.name, peer, move |_: &Request| {
        let mut figures = Vec::new();
        for capacity in [1, 100] {
            for shape in [SPSC, MPMC, MPSC_MANY] {
                let channel = open(Capacity::Bounded(capacity));
                let handles = channel.and_then(|(tx, rx)| shape.handles(tx, rx));
                figures.push(handles.map_or(f64::NAN, |handles| polls(shape, handles)));
            }
        }
        figures
    });
}

/// Polls per message, on one thread; the first poll of each task, which no message caused, left
/// out.
fn polls<Tx, Rx>(shape: Shape, (senders, receivers): (Vec<Tx>, Vec<Rx>)) -> f64
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let polls = Arc::new(AtomicU64::new(0));
    let counter = polls.clone();
    Flavor::CurrentThread.measure(|spawner| async move {
        let shares = Share::deal(MESSAGES, senders.len());
        let send = |(tx, share)| spawner.spawn(counted(&counter, tasks::send_all(tx, share)));
        let sending: Vec<_> = senders.into_iter().zip(shares).map(send).collect();
        let receive = |rx| spawner.spawn(counted(&counter, tasks::receive_all(rx)));
        let receiving: Vec<_> = receivers.into_iter().map(receive).collect();
        join(sending).await;
        join(receiving).await.into_iter().sum()
    });
    // ORDERING: Relaxed: the runtime that counted has stopped.
    let polls = polls.load(Ordering::Relaxed) - (shape.senders + shape.receivers) as u64;
    polls as f64 / MESSAGES as f64
}

fn counted<R>(
    counter: &Arc<AtomicU64>,
    future: impl Future<Output = R> + Send + 'static,
) -> Counted<R> {
    Counted {
        polls: counter.clone(),
        future: Box::pin(future),
    }
}

/// A future that counts how often it is polled.
struct Counted<R> {
    polls: Arc<AtomicU64>,
    future: Pin<Box<dyn Future<Output = R> + Send>>,
}

impl<R> Future for Counted<R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        // ORDERING: Relaxed: only a count.
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.future.as_mut().poll(cx)
    }
}
