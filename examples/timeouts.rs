//! Asks several services at once and takes the answers that come in time, on a thread and in a task.
//!
//! One service is quick, one takes a while, and one never answers. The deadline is one
//! receiver, made by `after`, that every question goes by: the whole round is bounded, not each answer.
//!
//! ```text
//! cargo run --release --example timeouts
//! ```

use std::thread;
use std::time::{Duration, Instant};

use towpath::time::after_func;
use towpath::{Receiver, Sender, after, bounded, select, select_async, unbounded};
use towpath::{RecvTimeoutError, SendTimeoutError};

const PATIENCE: Duration = Duration::from_millis(500);
const SERVICES: [&str; 3] = ["quick", "busy", "silent"];

struct Question {
    service: &'static str,
    answers: Sender<&'static str>,
}

#[tokio::main]
async fn main() {
    let (ask, questions) = bounded(0);
    let services = thread::spawn(move || serve(questions));

    let begun = Instant::now();
    let sender = ask.clone();
    let thread = thread::spawn(move || ask_from_thread(&sender));
    let answered = ask_from_task(&ask).await;
    assert_eq!(answered, ["quick", "busy"]);
    assert_eq!(thread.join().unwrap(), ["quick", "busy"]);
    assert!(begun.elapsed() >= PATIENCE, "the silent one was waited for");

    bounds_of_one_operation().await;
    drop(ask);
    assert_eq!(services.join().unwrap(), 2, "the silent one had two");
    println!("two answers in time, one late, from a thread and from a task");
}

/// Takes what comes before the deadline, in any order.
fn ask_from_thread(ask: &Sender<Question>) -> Vec<&'static str> {
    let (answers, incoming) = unbounded();
    for service in SERVICES {
        let answers = answers.clone();
        ask.send(Question { service, answers }).unwrap();
    }
    let deadline = after(PATIENCE);
    let mut answered = Vec::new();
    loop {
        select! {
            recv(incoming) -> answer => answered.push(answer.expect("we keep a sender")),
            recv(deadline) -> _ => break answered,
        }
    }
}

/// The same in a task: the macro has another name, the arms are the same.
async fn ask_from_task(ask: &Sender<Question>) -> Vec<&'static str> {
    let (answers, incoming) = unbounded();
    for service in SERVICES {
        let answers = answers.clone();
        let question = Question { service, answers };
        ask.send_async(question).await.unwrap();
    }
    let deadline = after(PATIENCE);
    let mut answered = Vec::new();
    loop {
        select_async! {
            recv(incoming) -> answer => answered.push(answer.expect("we keep a sender")),
            recv(deadline) -> _ => break answered,
        }
    }
}

/// One operation needs no select: it has a bound of its own, and a send gives its message back.
async fn bounds_of_one_operation() {
    let (sender, receiver) = bounded(1);
    let short = Duration::from_millis(10);
    assert_eq!(receiver.recv_timeout(short), Err(RecvTimeoutError::Timeout));
    sender.send_async("first").timeout(short).await.unwrap();
    let second = sender.send_async("second").timeout(short).await;
    assert_eq!(second, Err(SendTimeoutError::Timeout("second")));
}

/// Says how many questions it kept and did not answer.
fn serve(questions: Receiver<Question>) -> usize {
    let mut kept = Vec::new();
    for question in questions {
        match question.service {
            "silent" => kept.push(question),
            "busy" => drop(after_func(PATIENCE / 10, move || answer(question))),
            _ => answer(question),
        }
    }
    kept.len()
}

fn answer(question: Question) {
    question.answers.send(question.service).expect("in time");
}
