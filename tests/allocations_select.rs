//! Selects allocate nothing: the macro forms never, the dynamic form not once it is built.
//!
//! A binary of its own, for the counting allocator. Every round of a ping-pong makes both sides
//! wait, so that a boxed case, a parker made per wait or a list built per select shows at once.

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;
#[allow(dead_code)]
#[path = "common/counting.rs"]
mod counting;

use common::{Place, watchdog};
use counting::{Counting, Enrolled, allocations, enrol};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use towpath::{
    Receiver, Select, Sender, bounded, select, select_async, select_biased, select_biased_async,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const WARM_UP: u64 = 200;
const ROUNDS: u64 = 2000;
const CAPACITIES: [usize; 4] = [0, 1, 3, 100];

/// The count is the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Enrols a thread that has waited before, also for a future: the first time may allocate, and it is chance in which
/// round a select finds nothing ready.
fn enrol_thread() -> Enrolled {
    let (_tx, rx) = bounded::<u8>(1);
    select! {
        recv(rx) -> _ => unreachable!(),
        wait(std::future::pending::<()>()) -> () => unreachable!(),
        default(Duration::from_millis(1)) => {}
    }
    enrol()
}

#[test]
fn the_first_select_that_waits_for_a_future_is_not_counted() {
    let _alone = alone();
    let enrolled = std::thread::spawn(|| {
        let _counted = enrol_thread();
        let before = allocations();
        select! {
            wait(std::future::pending::<()>()) -> () => unreachable!(),
            default(Duration::from_millis(1)) => {}
        }
        allocations() - before
    });
    assert_eq!(enrolled.join().unwrap(), 0);
}

/// Calls `round` until warm, then counts what more of them allocate.
fn measure(what: &str, mut round: impl FnMut(u64)) {
    (0..WARM_UP).for_each(&mut round);
    let before = allocations();
    (0..ROUNDS).for_each(&mut round);
    assert_eq!(allocations() - before, 0, "{what}");
}

async fn measure_async(what: &str, mut round: impl AsyncFnMut(u64)) {
    for i in 0..WARM_UP {
        round(i).await;
    }
    let before = allocations();
    for i in 0..ROUNDS {
        round(i).await;
    }
    assert_eq!(allocations() - before, 0, "{what}");
}

/// There and back, and a channel on which nothing ever happens.
struct Line {
    ping: (Sender<u64>, Receiver<u64>),
    pong: (Sender<u64>, Receiver<u64>),
    idle: (Sender<u64>, Receiver<u64>),
}

impl Line {
    fn new(capacity: usize) -> Line {
        Line {
            ping: bounded(capacity),
            pong: bounded(capacity),
            idle: bounded(0),
        }
    }
}

impl Clone for Line {
    fn clone(&self) -> Line {
        Line {
            ping: self.ping.clone(),
            pong: self.pong.clone(),
            idle: self.idle.clone(),
        }
    }
}

/// Sends back what comes until it is told to stop by a number that is too large.
fn echo(line: &Line) {
    loop {
        let ball = select! {
            recv(line.idle.1) -> _ => unreachable!(),
            recv(line.ping.1) -> ball => ball.unwrap(),
        };
        select_biased! {
            send(line.idle.0, ball) -> _ => unreachable!(),
            send(line.pong.0, ball) -> sent => sent.unwrap(),
            recv(line.idle.1) -> _ => unreachable!(),
        }
        if ball == u64::MAX {
            return;
        }
    }
}

async fn echo_async(line: &Line) {
    loop {
        let ball = select_async! {
            recv(line.idle.1) -> _ => unreachable!(),
            recv(line.ping.1) -> ball => ball.unwrap(),
        };
        select_biased_async! {
            recv(line.idle.1) -> _ => unreachable!(),
            send(line.pong.0, ball) -> sent => sent.unwrap(),
        }
        if ball == u64::MAX {
            return;
        }
    }
}

fn round(line: &Line, ball: u64) {
    // A select cannot meet itself; the echo waits on the idle channel in both directions, too.
    select! {
        send(line.ping.0, ball) -> sent => sent.unwrap(),
        recv(None::<Receiver<u64>>) -> _ => unreachable!(),
        // Longer than the watchdog waits: nobody is rescued by it.
        default(Duration::from_secs(3600)) => panic!("the echo does not receive"),
    }
    select! {
        recv(line.pong.1) -> back => assert_eq!(back, Ok(ball)),
        wait(std::future::pending::<()>()) -> () => unreachable!(),
    }
}

async fn round_async(line: &Line, ball: u64) {
    select_async! {
        send(line.ping.0, ball) -> sent => sent.unwrap(),
        recv(None::<Receiver<u64>>) -> _ => unreachable!(),
    }
    select_async! {
        wait(line.pong.1.recv_async()) -> back => assert_eq!(back, Ok(ball)),
        wait(std::future::pending::<()>()) -> () => unreachable!(),
    }
}

#[test]
fn threads_that_select_allocate_nothing() {
    let _alone = alone();
    watchdog(240, |crew| {
        for capacity in CAPACITIES {
            let line = Line::new(capacity);
            let other = line.clone();
            let echo = crew.thread(format!("echo, {capacity}"), move |_| {
                let _counted = enrol_thread();
                echo(&other);
            });
            let pinger = crew.thread(format!("pinger, {capacity}"), move |_| {
                let _counted = enrol_thread();
                measure(&format!("threads, {capacity}"), |i| round(&line, i));
                round(&line, u64::MAX);
            });
            pinger.join();
            echo.join();
        }
    });
}

#[test]
fn tasks_that_select_allocate_nothing() {
    let _alone = alone();
    watchdog(240, |crew| {
        for capacity in CAPACITIES {
            let line = Line::new(capacity);
            let runner = crew.thread(format!("runtime, {capacity}"), move |_| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let _counted = enrol();
                let other = line.clone();
                let echo = runtime.spawn(async move { echo_async(&other).await });
                runtime.block_on(async {
                    let round = async |i| round_async(&line, i).await;
                    measure_async(&format!("tasks, {capacity}"), round).await;
                    round_async(&line, u64::MAX).await;
                    echo.await.unwrap();
                });
            });
            runner.join();
        }
    });
}

#[test]
fn a_thread_and_a_task_that_select_allocate_nothing() {
    let _alone = alone();
    watchdog(240, |crew| {
        for capacity in CAPACITIES {
            let line = Line::new(capacity);
            let other = line.clone();
            let echo = crew.act(
                Place::Pollster,
                format!("echo, {capacity}"),
                move |_| async move {
                    let _counted = enrol();
                    echo_async(&other).await;
                },
            );
            let pinger = crew.thread(format!("pinger, {capacity}"), move |_| {
                let _counted = enrol_thread();
                measure(&format!("thread and task, {capacity}"), |i| round(&line, i));
                round(&line, u64::MAX);
            });
            pinger.join();
            echo.join();
        }
    });
}

/// A select with a case for each.
fn receiving(receivers: &[Receiver<u64>]) -> Select<'_> {
    let mut select = Select::new();
    for rx in receivers {
        select.recv(rx);
    }
    select
}

/// Sixty-four channels and one select, which is built once.
#[test]
fn a_dynamic_select_allocates_nothing_once_it_is_built() {
    let _alone = alone();
    watchdog(240, |crew| {
        for capacity in [0, 1, 3] {
            let (senders, receivers): (Vec<_>, Vec<_>) =
                (0..64).map(|_| bounded::<u64>(capacity)).unzip();
            let (done, rounds_done) = bounded(0);
            let sender = crew.thread(format!("sender, {capacity}"), move |_| {
                let _counted = enrol_thread();
                for i in 0..WARM_UP + ROUNDS {
                    senders[i as usize % 64].send(i).unwrap();
                    // The selector waits each time.
                    rounds_done.recv().unwrap();
                }
                senders
            });
            let selector = crew.thread(format!("selector, {capacity}"), move |_| {
                let _counted = enrol_thread();
                let mut select = receiving(&receivers);
                let mut expected = 0..;
                measure(&format!("dynamic, {capacity}"), |_| {
                    let chosen = select.select();
                    let index = chosen.index();
                    assert_eq!(chosen.recv(&receivers[index]).ok(), expected.next());
                    done.send(()).unwrap();
                });
                drop(select);
                receivers
            });
            drop(selector.join());
            drop(sender.join());
        }
    });
}

#[test]
fn a_dynamic_select_in_a_task_allocates_nothing_once_it_is_built() {
    let _alone = alone();
    watchdog(240, |crew| {
        for capacity in [0, 1, 3] {
            let (senders, receivers): (Vec<_>, Vec<_>) =
                (0..64).map(|_| bounded::<u64>(capacity)).unzip();
            let runner = crew.thread(format!("runtime, {capacity}"), move |_| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let _counted = enrol();
                let sender = runtime.spawn(async move {
                    for i in 0..WARM_UP + ROUNDS {
                        senders[i as usize % 64].send_async(i).await.unwrap();
                    }
                    senders
                });
                runtime.block_on(async {
                    let mut select = receiving(&receivers);
                    let mut left = WARM_UP + ROUNDS;
                    measure_async(&format!("dynamic task, {capacity}"), async |_| {
                        let chosen = select.select_async().await;
                        let index = chosen.index();
                        assert!(chosen.recv(&receivers[index]).is_ok());
                        left -= 1;
                    })
                    .await;
                    assert_eq!(left, 0);
                    drop(sender.await.unwrap());
                });
            });
            runner.join();
        }
    });
}
