//! Questions for criterion, each about a few scenarios of the plan, and three of their own (`line`, `select_order`,
//! `work`). One program for all of them: each would link every peer once more.
//!
//! ```text
//! cargo bench -p towpath-benches                     # all
//! cargo bench -p towpath-benches -- handoff          # one question
//! cargo bench -p towpath-benches -- cap1000/4to1     # one scenario
//! ```
#![allow(missing_docs)]

mod line;
mod select_order;
mod work;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use towpath_benches::harness::{DEADLINE, run};
use towpath_benches::plan::Plan;

struct Question {
    name: &'static str,
    scenarios: &'static [&'static str],
    peers: &'static [&'static str],
}

const QUESTIONS: [Question; 7] = [
    // What do a send and a receive cost while nobody is in the way?
    Question {
        name: "uncontended",
        scenarios: &[
            "threads/cap1/seq",
            "threads/cap1000/seq",
            "threads/unbounded/seq",
        ],
        peers: &["crossbeam", "kanal", "crossfire-mpmc"],
    },
    // What does it cost to hand a message to somebody who waits for it?
    Question {
        name: "handoff",
        scenarios: &[
            "threads/cap0/1to1",
            "threads/cap0/pingpong",
            "tasks-ct/cap1/pingpong",
            "mixed/cap100/thread-to-task",
        ],
        peers: &["crossbeam", "kanal", "flume"],
    },
    // What do many senders cost one receiver?
    Question {
        name: "fan-in",
        scenarios: &[
            "threads/cap1000/4to1",
            "tasks-mt/cap100/4to1",
            "tasks-mt/cap100/100to1",
        ],
        peers: &["kanal", "crossfire-mpsc", "tokio"],
    },
    // What does it cost when everybody sends and receives at once?
    Question {
        name: "fan-out",
        scenarios: &[
            "threads/cap1000/4to4",
            "tasks-mt/cap100/4to4",
            "mixed/cap100/4threads-to-4tasks",
        ],
        peers: &["kanal", "crossfire-mpmc", "async-channel"],
    },
    // What do batches save?
    Question {
        name: "batch",
        scenarios: &["batch/threads/cap1000/64", "batch/tasks-mt/cap100/64"],
        peers: &["tokio", "kanal", "flume"],
    },
    // What does a larger message cost?
    Question {
        name: "payload",
        scenarios: &[
            "payload/threads/cap1000/1to1/256B",
            "payload/tasks-mt/cap1000/1to1/256B",
        ],
        peers: &["kanal", "crossfire-mpmc", "tokio"],
    },
    // What does it cost to wait for several channels?
    Question {
        name: "select",
        scenarios: &[
            "select/threads/cap1/rx",
            "select/threads/cap1/both",
            "select/tasks-ct/cap1/rx",
        ],
        peers: &["crossbeam", "crossfire-mpmc", "flume"],
    },
];

fn ask(criterion: &mut Criterion) {
    let plan = Plan::all();
    for question in &QUESTIONS {
        for name in question.scenarios {
            let scenario = plan
                .scenario(name)
                .unwrap_or_else(|| panic!("no scenario {name}"));
            let mut group = criterion.benchmark_group(format!("{}: {name}", question.name));
            for case in &scenario.cases {
                let named = |peer: &&str| case.peer.starts_with(*peer);
                if !case.is_ours() && !question.peers.iter().any(named) {
                    continue;
                }
                group.bench_function(BenchmarkId::from_parameter(&case.peer), |bencher| {
                    bencher.iter_custom(|n| {
                        let run = run(case, n, DEADLINE);
                        run.unwrap_or_else(|fault| panic!("{} in {name}: {fault}", case.peer))
                            .wall
                    });
                });
            }
            group.finish();
        }
    }
}

/// Short: enough to see a change of a tenth or so where nobody parks.
fn config() -> Criterion {
    Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
}

criterion_group! { name = group; config = config(); targets = ask, line::ask, select_order::ask, work::ask }
criterion_main!(group);
