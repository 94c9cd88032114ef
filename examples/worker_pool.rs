//! Tasks ask, threads answer: work that would hold up an executor goes to a pool of plain threads,
//! and each answer comes back over a oneshot channel.
//!
//! ```text
//! cargo run --release --example worker_pool
//! ```

use std::thread;

use tokio::task::JoinSet;
use towpath::{OneshotSender, Receiver, Sender, bounded, oneshot};

const WORKERS: usize = 2;
/// How many questions may wait for a worker. A task that asks one more waits its turn.
const QUEUE: usize = 4;

/// How many steps the longest Collatz sequence takes that starts below a number: known answers.
const LONGEST: [(u64, u64); 6] = [
    (10, 19),
    (100, 118),
    (1_000, 178),
    (10_000, 261),
    (100_000, 350),
    (1_000_000, 524),
];

struct Question {
    number: u64,
    reply: OneshotSender<u64>,
}

#[tokio::main]
async fn main() {
    let (sender, questions) = bounded(QUEUE);
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| questions.clone())
        .map(|questions| thread::spawn(|| answer(questions)))
        .collect();
    drop(questions);

    let mut tasks = JoinSet::new();
    for (number, known) in LONGEST {
        let sender = sender.clone();
        tasks.spawn(async move {
            let steps = ask(sender, number).await;
            println!("the longest Collatz sequence from below {number} takes {steps} steps");
            assert_eq!(steps, known);
        });
    }
    drop(sender);
    while let Some(task) = tasks.join_next().await {
        task.expect("a task gets the known answer");
    }

    let answered: usize = workers
        .into_iter()
        .map(|worker| worker.join().unwrap())
        .sum();
    assert_eq!(answered, LONGEST.len());
}

async fn ask(questions: Sender<Question>, number: u64) -> u64 {
    let (reply, answer) = oneshot();
    questions
        .send_async(Question { number, reply })
        .await
        .expect("a worker listens");
    answer.await.expect("a worker answers what it took")
}

/// Ends when the last task has dropped its sender; says how many questions it answered.
fn answer(questions: Receiver<Question>) -> usize {
    let mut answered = 0;
    for Question { number, reply } in questions {
        // An error would mean that the task no longer wants to know.
        if reply.send(longest_below(number)).is_ok() {
            answered += 1;
        }
    }
    answered
}

fn longest_below(limit: u64) -> u64 {
    (1..limit).map(steps).max().unwrap_or(0)
}

/// How many steps the Collatz sequence takes from `n` to 1.
fn steps(n: u64) -> u64 {
    let next = |&n: &u64| (n > 1).then(|| if n % 2 == 0 { n / 2 } else { 3 * n + 1 });
    std::iter::successors(Some(n), next).count() as u64 - 1
}
