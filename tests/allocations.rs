//! Steady-state sends and receives allocate nothing, waits included.
//!
//! A binary of its own, for the counting allocator. Every round trip of a
//! ping-pong makes both sides wait, so a waiter that is boxed, a parker made per
//! wait, or a waker cloned into a new `Arc` shows at once.

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;
#[allow(dead_code)]
#[path = "common/counting.rs"]
mod counting;

use common::{Crew, FLAVOURS, Place, channel, watchdog};
use counting::{Counting, Enrolled, allocations, enrol, park_a_lock};
use futures::{SinkExt, StreamExt};
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Waker};
use std::time::Duration;
use towpath::{Receiver, Sender};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const WARM_UP: u64 = 200;
const ROUNDS: u64 = 2000;
/// Longer than the watchdog waits: nobody is rescued by it.
const LONG: Duration = Duration::from_secs(3600);

/// The count is the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Bounded channels allocate nothing; an unbounded one its blocks, of at least
/// eight of these messages, and those it keeps it uses again.
fn allowed(capacity: Option<usize>) -> usize {
    match capacity {
        Some(_) => 0,
        None => 2 * ROUNDS as usize / 8,
    }
}

/// Two channels of a capacity: there and back.
struct Line {
    capacity: Option<usize>,
    ping: Sender<u64>,
    pings: Receiver<u64>,
    pong: Sender<u64>,
    pongs: Receiver<u64>,
}

fn lines() -> impl Iterator<Item = Line> {
    FLAVOURS.into_iter().map(|capacity| {
        let (ping, pings) = channel(capacity);
        let (pong, pongs) = channel(capacity);
        Line {
            capacity,
            ping,
            pings,
            pong,
            pongs,
        }
    })
}

/// Runs `body` with each of them, nothing else beside it.
fn each_line(body: impl Fn(&Crew, Line) + Send + 'static) {
    let _alone = alone();
    watchdog(240, move |crew| lines().for_each(|line| body(crew, line)));
}

/// Sends back what comes.
async fn echo_async(pings: Receiver<u64>, pong: Sender<u64>) {
    while let Ok(value) = pings.recv_async().await {
        pong.send_async(value).await.unwrap();
    }
}

/// Enrols a thread that has waited before: its first park may allocate, once.
fn enrol_thread() -> Enrolled {
    let (_tx, rx) = channel::<u8>(Some(1));
    assert!(rx.recv_timeout(Duration::from_millis(1)).is_err());
    enrol()
}

/// Calls `round` until warm, then counts what `ROUNDS` more of them allocate.
fn made(mut round: impl FnMut(u64)) -> usize {
    (0..WARM_UP).for_each(&mut round);
    let before = allocations();
    (0..ROUNDS).for_each(&mut round);
    allocations() - before
}

fn measure(capacity: Option<usize>, round: impl FnMut(u64)) {
    let made = made(round);
    assert!(
        made <= allowed(capacity),
        "{made} allocations, capacity {capacity:?}"
    );
}

/// The same for a task; `once` more are allowed.
async fn measure_async(capacity: Option<usize>, once: usize, mut round: impl AsyncFnMut(u64)) {
    for i in 0..WARM_UP {
        round(i).await;
    }
    let before = allocations();
    for i in 0..ROUNDS {
        round(i).await;
    }
    let made = allocations() - before;
    assert!(
        made <= allowed(capacity) + once,
        "{made} allocations, capacity {capacity:?}"
    );
}

#[test]
fn the_allocator_counts_enrolled_threads_only() {
    let _alone = alone();
    let before = allocations();
    drop(Box::new(1));
    assert_eq!(allocations(), before);
    let enrolled = std::thread::spawn(|| {
        let _counted = enrol();
        let before = allocations();
        drop(std::hint::black_box(Box::new(1)));
        allocations() - before
    });
    assert_eq!(enrolled.join().unwrap(), 1);
}

#[test]
fn a_lock_that_is_waited_for_is_not_counted() {
    let _alone = alone();
    let enrolled = std::thread::spawn(|| {
        let _counted = enrol();
        let before = allocations();
        park_a_lock();
        allocations() - before
    });
    assert_eq!(enrolled.join().unwrap(), 0);
}

#[test]
fn threads_that_wait_for_each_other_allocate_nothing() {
    each_line(|crew, line| {
        let (pings, pong) = (line.pings, line.pong);
        crew.thread(format!("echo, {:?}", line.capacity), move |_| {
            let _counted = enrol_thread();
            while let Ok(value) = pings.recv() {
                pong.send(value).unwrap();
            }
        });
        let (ping, pongs) = (line.ping, line.pongs);
        let pinger = crew.thread(format!("pinger, {:?}", line.capacity), move |_| {
            let _counted = enrol_thread();
            measure(line.capacity, |i| {
                ping.send_timeout(i, LONG).unwrap();
                assert_eq!(pongs.recv_timeout(LONG), Ok(i));
            });
        });
        pinger.join();
    });
}

/// Both tasks on one thread, so that its count is theirs; the executor itself
/// allocates nothing for a wake.
#[test]
fn tasks_that_wait_for_each_other_allocate_nothing() {
    each_line(|crew, line| {
        let runner = crew.thread(format!("runtime, {:?}", line.capacity), move |_| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let _counted = enrol();
            let (pings, pong) = (line.pings, line.pong);
            runtime.spawn(echo_async(pings, pong));
            let (ping, pongs) = (line.ping, line.pongs);
            runtime.block_on(measure_async(line.capacity, 0, async |i| {
                ping.send_async(i).await.unwrap();
                assert_eq!(pongs.recv_async().await, Ok(i));
            }));
        });
        runner.join();
    });
}

#[test]
fn tasks_across_worker_threads_allocate_nothing() {
    each_line(|crew, line| {
        let runner = crew.thread(format!("runtime, {:?}", line.capacity), move |_| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let runtime = builder
                .worker_threads(2)
                .on_thread_start(|| std::mem::forget(enrol()))
                .build()
                .unwrap();
            let (pings, pong) = (line.pings, line.pong);
            runtime.spawn(echo_async(pings, pong));
            let (ping, pongs) = (line.ping, line.pongs);
            let pinger = runtime.spawn(async move {
                let round = async |i| {
                    ping.send_async(i).await.unwrap();
                    assert_eq!(pongs.recv_async().await, Ok(i));
                };
                for i in 0..WARM_UP {
                    round(i).await;
                }
                let before = allocations();
                for i in 0..ROUNDS {
                    round(i).await;
                }
                allocations() - before
            });
            runtime.block_on(pinger).unwrap()
        });
        let made = runner.join();
        let capacity = line.capacity;
        assert!(
            made <= allowed(capacity),
            "{made} allocations, capacity {capacity:?}"
        );
    });
}

#[test]
fn a_thread_and_a_task_that_wait_for_each_other_allocate_nothing() {
    each_line(|crew, line| {
        let (pings, pong) = (line.pings, line.pong);
        crew.act(
            Place::Pollster,
            format!("echo, {:?}", line.capacity),
            move |_| async move {
                let _counted = enrol();
                echo_async(pings, pong).await;
            },
        );
        let (ping, pongs) = (line.ping, line.pongs);
        let pinger = crew.thread(format!("pinger, {:?}", line.capacity), move |_| {
            let _counted = enrol_thread();
            measure(line.capacity, |i| {
                ping.send(i).unwrap();
                assert_eq!(pongs.recv(), Ok(i));
            });
        });
        pinger.join();
    });
}

/// Two sinks, a stream and a polled receiver keep their waiter: each allocates once at
/// most, whenever it first waits, and not per wait.
#[test]
fn streams_sinks_and_poll_recv_allocate_once_at_most() {
    each_line(|crew, line| {
        let runner = crew.thread(format!("runtime, {:?}", line.capacity), move |_| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let _counted = enrol();
            let (mut pings, pong) = (line.pings, line.pong);
            runtime.spawn(async move {
                let mut sink = pong.sink();
                while let Ok(value) = std::future::poll_fn(|cx| pings.poll_recv(cx)).await {
                    sink.send(value).await.unwrap();
                }
            });
            let (ping, pongs) = (line.ping, line.pongs);
            let (mut sink, mut stream) = (ping.sink(), pongs.stream());
            runtime.block_on(measure_async(line.capacity, 4, async |i| {
                sink.send(i).await.unwrap();
                assert_eq!(stream.next().await, Some(i));
            }));
        });
        runner.join();
    });
}

/// A batch is received into the caller's vector and nowhere else.
#[test]
fn batches_received_into_a_warm_vector_allocate_nothing() {
    each_line(|crew, line| {
        let (pings, pong) = (line.pings, line.pong);
        crew.thread(format!("echo, {:?}", line.capacity), move |_| {
            let _counted = enrol_thread();
            let mut batch = Vec::with_capacity(8);
            while pings.recv_many(&mut batch, 4).is_ok() {
                batch.drain(..).for_each(|value| pong.send(value).unwrap());
            }
        });
        let (ping, pongs) = (line.ping, line.pongs);
        let pinger = crew.thread(format!("pinger, {:?}", line.capacity), move |_| {
            let _counted = enrol_thread();
            let mut batch = Vec::with_capacity(8);
            measure(line.capacity, |i| {
                ping.send(i).unwrap();
                assert_eq!(pongs.recv_many(&mut batch, 4), Ok(1));
                assert_eq!(batch.pop(), Some(i));
            });
        });
        pinger.join();
    });
}

/// Waits that time out: their waiter lives on the stack too. (In some of the rounds: on a busy machine each takes a time
/// slice or two.)
#[test]
fn waits_that_time_out_allocate_nothing() {
    const SOME: u64 = 10;
    each_line(|crew, line| {
        let waiter = crew.thread(format!("waiter, {:?}", line.capacity), move |_| {
            let _counted = enrol_thread();
            let moment = Duration::from_micros(1);
            let receives = made(|i| {
                if i % SOME == 0 {
                    assert!(line.pings.recv_timeout(moment).is_err());
                }
            });
            while line.capacity.is_some() && line.ping.try_send(0).is_ok() {}
            let sends = made(|i| {
                if i % SOME == 0 && line.capacity.is_some() {
                    assert!(line.ping.send_timeout(i, moment).is_err());
                }
            });
            // No message is sent, so a list needs no block either.
            assert_eq!((receives, sends), (0, 0), "capacity {:?}", line.capacity);
        });
        waiter.join();
    });
}

/// A mutex at which tasks stand in line behind one that was told. The first time its line moves to where
/// the timers find it; after that nothing is allocated, however often the line is watched.
#[test]
fn tasks_in_the_line_of_a_mutex_allocate_nothing() {
    watchdog(60, |crew| {
        let _alone = alone();
        let lock: &'static towpath::sync::Mutex<u64> = Box::leak(Box::default());
        let task = crew.thread("polls", move |_| {
            let _enrolled = enrol_thread();
            measure(Some(1), |_| {
                let held = lock.lock();
                let mut first = pin!(lock.lock_async());
                let mut second = pin!(lock.lock_async());
                let mut third = pin!(lock.lock_async());
                let mut cx = Context::from_waker(Waker::noop());
                assert!(first.as_mut().poll(&mut cx).is_pending());
                assert!(second.as_mut().poll(&mut cx).is_pending());
                assert!(third.as_mut().poll(&mut cx).is_pending());
                drop(held);
                assert!(first.poll(&mut cx).is_ready());
                assert!(second.poll(&mut cx).is_ready());
                assert!(third.poll(&mut cx).is_ready());
            });
        });
        task.join();
    });
}
