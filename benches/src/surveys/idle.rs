//! What a receiver costs that waits for a message which does not come.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::measure::Usage;
use crate::plan::Plan;
use crate::role::{AsyncReceiver, BlockingReceiver, Capacity, Handle, Open, Received};
use crate::runtime::{Boxing, Flavor, Spawn};
use crate::scenarios::threads::start;
use crate::survey::{Question, Request, median};

pub const QUESTION: Question = Question {
    name: "idle",
    title: "An idle receiver",
    columns: &[
        median("thread: CPU %"),
        median("thread: wake-ups/s"),
        median("task: CPU %"),
        median("task: wake-ups/s"),
    ],
    load: None,
    time: Duration::from_secs(10),
    rounds: 1,
    at_once: true,
};

pub fn add_threads<Tx: Handle, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Rx: BlockingReceiver<u64>,
{
    plan.survey(QUESTION.name, peer, move |request: &Request| {
        let Some((tx, mut rx)) = opened(open) else {
            return vec![f64::NAN; 4];
        };
        let receiver = start(move || rx.take().message());
        let [cpu, wakes] = look(request.time);
        drop(tx);
        assert_eq!(receiver.join().expect("the receiver panicked"), None);
        vec![cpu, wakes, f64::NAN, f64::NAN]
    });
}

pub fn add_tasks<Tx: Handle, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Rx: AsyncReceiver<u64>,
{
    plan.survey(QUESTION.name, peer, move |request: &Request| {
        let Some((tx, mut rx)) = opened(open) else {
            return vec![f64::NAN; 4];
        };
        let runtime = Arc::new(Flavor::MultiThread.start());
        let receive = async move { rx.take_async().await.message() };
        let receiver = Boxing(runtime.spawner()).spawn(receive);
        let [cpu, wakes] = look(request.time);
        drop(tx);
        assert_eq!(runtime.block_on(receiver.join()), None);
        vec![f64::NAN, f64::NAN, cpu, wakes]
    });
}

/// One kind of channel stands for all: bounded, where the type has bounds.
fn opened<Tx, Rx>(open: impl Open<Tx, Rx>) -> Option<(Tx, Rx)> {
    open(Capacity::Bounded(1))
}

/// What the process uses while this thread sleeps: CPU time in per cent of one core, and how often
/// somebody went back to sleep in a second.
fn look(time: Duration) -> [f64; 2] {
    // The receiver's spinning before it parks is not idleness.
    thread::sleep(Duration::from_millis(100));
    let before = Usage::now();
    thread::sleep(time);
    let used = Usage::now() - before;
    let seconds = time.as_secs_f64();
    // This thread's own sleep is one of the switches.
    let switches = used.switches.saturating_sub(1) as f64;
    [used.cpu.as_secs_f64() / seconds * 100.0, switches / seconds]
}
