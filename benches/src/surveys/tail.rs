//! How late a message arrives when messages are due at a fixed rate.
//!
//! The latency of a message counts from when it was due, not from when the sender came round to
//! sending it: a sender that was held up delays the messages behind it too, and their lateness is
//! part of the tail.
//!
//! The rate is a share of what the *slowest* peer can take, the same for all: at their own
//! capacities, the peers would be compared under different loads.

use std::time::{Duration, Instant};

use crate::measure::Usage;
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender, Capacity};
use crate::role::{Open, Received, Sent};
use crate::runtime::{Boxing, Flavor, Spawn};
use crate::scenarios::threads::start;
use crate::survey::{Column, Load, Question, Request, largest, median};

const CAPACITY: Capacity = Capacity::Bounded(100);

const CAPACITY_COLUMNS: &[Column] = &[median("messages/s")];
const LATENCY_COLUMNS: &[Column] = &[
    median("p50, µs"),
    median("p99, µs"),
    median("p99.9, µs"),
    largest("max, µs"),
    median("CPU, cores"),
];

/// Where the two ends are, the names of the survey that finds the capacity and of those that load
/// it, and their titles.
type World = (&'static str, [(&'static str, &'static str, f64); 3]);

const THREADS: World = (
    "tail/threads/capacity",
    [
        (
            "tail/threads/10%",
            "Latency, thread to thread, 10 % load",
            0.1,
        ),
        (
            "tail/threads/50%",
            "Latency, thread to thread, 50 % load",
            0.5,
        ),
        (
            "tail/threads/90%",
            "Latency, thread to thread, 90 % load",
            0.9,
        ),
    ],
);
const TASKS: World = (
    "tail/tasks-mt/capacity",
    [
        ("tail/tasks-mt/10%", "Latency, task to task, 10 % load", 0.1),
        ("tail/tasks-mt/50%", "Latency, task to task, 50 % load", 0.5),
        ("tail/tasks-mt/90%", "Latency, task to task, 90 % load", 0.9),
    ],
);

pub fn questions() -> impl Iterator<Item = Question> {
    [THREADS, TASKS].into_iter().flat_map(|(capacity, loads)| {
        let load = move |(name, title, share)| {
            let load = Load { capacity, share };
            question(name, title, LATENCY_COLUMNS, Some(load))
        };
        let first = question(
            capacity,
            "The load of the tables below",
            CAPACITY_COLUMNS,
            None,
        );
        std::iter::once(first).chain(loads.into_iter().map(load))
    })
}

fn question(
    name: &'static str,
    title: &'static str,
    columns: &'static [Column],
    load: Option<Load>,
) -> Question {
    Question {
        name,
        title,
        columns,
        load,
        time: Duration::from_millis(500),
        rounds: 5,
        at_once: false,
    }
}

pub fn add_threads<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    if open(CAPACITY).is_some() {
        add(plan, THREADS, peer, move |schedule| {
            let (tx, rx) = open(CAPACITY).unwrap();
            on_threads(tx, rx, schedule)
        });
    }
}

pub fn add_tasks<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    if open(CAPACITY).is_some() {
        add(plan, TASKS, peer, move |schedule| {
            let (tx, rx) = open(CAPACITY).unwrap();
            on_tasks(tx, rx, schedule)
        });
    }
}

fn add(
    plan: &mut Plan,
    (capacity, loads): World,
    peer: &str,
    run: impl Fn(Schedule) -> Latencies + Copy + Send + Sync + 'static,
) {
    plan.survey(capacity, peer, move |request: &Request| {
        vec![run(Schedule::unpaced(request.time)).rate()]
    });
    for (name, _, _) in loads {
        plan.survey(name, peer, move |request: &Request| {
            let before = Usage::now();
            let latencies = run(Schedule::paced(request.time, request.rate));
            let cpu = (Usage::now() - before).cpu;
            let mut figures = latencies.microseconds();
            figures.push(cpu.as_secs_f64() / latencies.took.as_secs_f64());
            figures
        });
    }
}

/// When which message is due.
#[derive(Clone, Copy)]
struct Schedule {
    start: Instant,
    /// In nanoseconds from the start, as all times here.
    end: u64,
    /// Between two messages; `None` for as fast as they go.
    gap: Option<f64>,
}

impl Schedule {
    /// Both ends have started by then.
    const FIRST: u64 = 5_000_000;

    fn unpaced(time: Duration) -> Self {
        Schedule {
            start: Instant::now(),
            end: time.as_nanos() as u64,
            gap: None,
        }
    }

    fn paced(time: Duration, rate: f64) -> Self {
        assert!(rate > 0.0, "a load has a rate");
        Schedule {
            start: Instant::now(),
            end: Self::FIRST + time.as_nanos() as u64,
            gap: Some(1e9 / rate),
        }
    }

    fn now(self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// When the `turn`th message is due; `None` after the end.
    fn due(self, turn: u64) -> Option<u64> {
        let due = match self.gap {
            Some(gap) => Self::FIRST + (turn as f64 * gap) as u64,
            None => self.now(),
        };
        (due < self.end).then_some(due)
    }

    fn log(self) -> Log {
        let messages = self
            .gap
            .map_or(0, |gap| (self.end as f64 / gap) as usize + 1);
        Log {
            schedule: self,
            // Written once, so that no page fault makes a message late.
            late: vec![u32::MAX; messages],
            count: 0,
        }
    }
}

/// What the receiver writes down.
struct Log {
    schedule: Schedule,
    late: Vec<u32>,
    count: usize,
}

impl Log {
    #[inline]
    fn arrived(&mut self, due: u64) {
        if let Some(late) = self.late.get_mut(self.count) {
            *late = u32::try_from(self.schedule.now() - due).unwrap_or(u32::MAX);
        }
        self.count += 1;
    }

    fn finish(mut self) -> Latencies {
        self.late.truncate(self.count);
        self.late.sort_unstable();
        Latencies {
            count: self.count,
            late: self.late,
            took: self.schedule.start.elapsed(),
        }
    }
}

struct Latencies {
    count: usize,
    /// In order of size.
    late: Vec<u32>,
    took: Duration,
}

impl Latencies {
    fn rate(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }

    /// The columns, but for the last.
    fn microseconds(&self) -> Vec<f64> {
        let columns = [0.5, 0.99, 0.999, 1.0];
        columns
            .map(|share| percentile(&self.late, share) / 1000.0)
            .into()
    }
}

/// The smallest value that at least this share of the sorted values does not exceed.
pub fn percentile(sorted: &[u32], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted
        .get(rank - 1)
        .map_or(f64::NAN, |value| f64::from(*value))
}

fn on_threads<Tx, Rx>(mut tx: Tx, mut rx: Rx, schedule: Schedule) -> Latencies
where
    Tx: BlockingSender<u64>,
    Rx: BlockingReceiver<u64>,
{
    let mut log = schedule.log();
    let receiver = start(move || {
        while let Some(due) = rx.take().message() {
            log.arrived(due);
        }
        log
    });
    let sender = start(move || {
        let mut turn = 0;
        while let Some(due) = schedule.due(turn) {
            while schedule.now() < due {
                std::hint::spin_loop();
            }
            tx.put(due).delivered();
            turn += 1;
        }
    });
    sender.join().expect("the sender panicked");
    receiver.join().expect("the receiver panicked").finish()
}

fn on_tasks<Tx, Rx>(mut tx: Tx, mut rx: Rx, schedule: Schedule) -> Latencies
where
    Tx: AsyncSender<u64>,
    Rx: AsyncReceiver<u64>,
{
    let runtime = Flavor::MultiThread.start();
    let spawner = Boxing(runtime.spawner());
    let mut log = schedule.log();
    runtime.block_on(async move {
        let receiver = spawner.spawn(async move {
            while let Some(due) = rx.take_async().await.message() {
                log.arrived(due);
            }
            log
        });
        let sender = spawner.spawn(async move {
            let mut turn = 0;
            while let Some(due) = schedule.due(turn) {
                while schedule.now() < due {
                    tokio::task::yield_now().await;
                }
                tx.put_async(due).await.delivered();
                turn += 1;
            }
        });
        sender.join().await;
        receiver.join().await.finish()
    })
}
