//! What does the order cost in which a select looks at its channels? One thread, four unbounded channels with
//! messages enough, so that only the choice differs: in turn and the first one can be foreseen, one at random
//! cannot.

use std::array;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use crossfire::mpmc::unbounded_blocking;
use crossfire::select::{Select as InOrder, SelectMode};

const CHANNELS: usize = 4;

pub(crate) fn ask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("select: order");
    group.throughput(Throughput::Elements(1));
    let mut question = |name: &str, received: fn(u64) -> Duration| {
        group.bench_function(name, |bencher| bencher.iter_custom(received));
    };
    question("towpath select!", |n| {
        let channels = full(n, towpath::unbounded, |tx, id| tx.send(id).is_ok());
        let [(_, a), (_, b), (_, c), (_, d)] = &channels;
        timed(n, || {
            towpath::select! {
                recv(a) -> id => id.ok(),
                recv(b) -> id => id.ok(),
                recv(c) -> id => id.ok(),
                recv(d) -> id => id.ok(),
            }
        })
    });
    question("towpath select_biased!", |n| {
        let channels = full(n, towpath::unbounded, |tx, id| tx.send(id).is_ok());
        let [(_, a), (_, b), (_, c), (_, d)] = &channels;
        timed(n, || {
            towpath::select_biased! {
                recv(a) -> id => id.ok(),
                recv(b) -> id => id.ok(),
                recv(c) -> id => id.ok(),
                recv(d) -> id => id.ok(),
            }
        })
    });
    question("towpath Select", |n| {
        let channels = full(n, towpath::unbounded, |tx, id| tx.send(id).is_ok());
        let mut select = towpath::Select::new();
        for (_, rx) in &channels {
            select.recv(rx);
        }
        timed(n, || {
            let selected = select.select();
            let (_, rx) = &channels[selected.index()];
            selected.recv(rx).ok()
        })
    });
    question("crossbeam select!", |n| {
        let channels = full(n, crossbeam_channel::unbounded, |tx, id| {
            tx.send(id).is_ok()
        });
        let [(_, a), (_, b), (_, c), (_, d)] = &channels;
        timed(n, || {
            crossbeam_channel::select! {
                recv(a) -> id => id.ok(),
                recv(b) -> id => id.ok(),
                recv(c) -> id => id.ok(),
                recv(d) -> id => id.ok(),
            }
        })
    });
    question("crossfire Select in turn", |n| crossfire(n, SelectMode::RR));
    question("crossfire Select at random", |n| {
        crossfire(n, SelectMode::Rand)
    });
    group.finish();
}

fn crossfire(n: u64, mode: SelectMode) -> Duration {
    let channels = full(n, unbounded_blocking, |tx, id| tx.send(id).is_ok());
    let mut select = InOrder::new_with(mode);
    for (_, rx) in &channels {
        select.add(rx);
    }
    timed(n, || {
        let selected = select.select().ok()?;
        let (_, rx) = channels.iter().find(|(_, rx)| selected.is_from(rx))?;
        rx.read_select(selected).ok()
    })
}

/// Channels each of which has a message for every receive.
fn full<Tx, Rx>(
    n: u64,
    open: impl Fn() -> (Tx, Rx),
    send: impl Fn(&Tx, u64) -> bool,
) -> [(Tx, Rx); CHANNELS] {
    array::from_fn(|_| {
        let (tx, rx) = open();
        assert!((0..n).all(|id| send(&tx, id)), "the receiver is alive");
        (tx, rx)
    })
}

fn timed(n: u64, mut receive: impl FnMut() -> Option<u64>) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        black_box(receive()).expect("there is a message");
    }
    start.elapsed()
}
