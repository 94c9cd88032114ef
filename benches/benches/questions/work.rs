//! What does a channel cost tasks that have something to do? Two workers of a runtime, and tasks that work for
//! a while before each send and after each receive. Half of what a message takes on one worker is all that two
//! can gain; what is above that is the channel's.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use tokio::runtime::{Builder, Runtime};
use towpath_benches::scenarios::{MPMC, MPSC, MPSC_MANY, Shape, Share};

const CAPACITIES: [usize; 3] = [0, 1, 100];
const SHAPES: [Shape; 3] = [MPSC, MPSC_MANY, MPMC];
const WORK: [Duration; 2] = [Duration::from_nanos(300), Duration::from_nanos(1000)];

/// How one library moves `n` messages through a channel of that capacity, in that shape.
type Job = fn(&Runtime, usize, (Shape, u64), Duration);

pub(crate) fn ask(criterion: &mut Criterion) {
    let peers: [(&str, Job); 3] = [("towpath", towpath), ("kanal", kanal), ("flume", flume)];
    let runtime = Builder::new_multi_thread().worker_threads(2).build();
    let runtime = runtime.expect("tokio's runtime starts");
    for (work, capacity, shape) in questions() {
        let name = format!("work: {} ns/cap{capacity}/{}", work.as_nanos(), shape.name);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for (peer, job) in peers {
            group.bench_function(peer, |bencher| {
                bencher.iter_custom(|n| {
                    let start = Instant::now();
                    job(&runtime, capacity, (shape, n), work);
                    start.elapsed()
                });
            });
        }
        group.finish();
    }
}

fn questions() -> impl Iterator<Item = (Duration, usize, Shape)> {
    WORK.into_iter().flat_map(|work| {
        let shapes = move |capacity| SHAPES.map(|shape| (work, capacity, shape));
        CAPACITIES.into_iter().flat_map(shapes)
    })
}

fn busy(work: Duration) {
    let start = Instant::now();
    while start.elapsed() < work {}
}

macro_rules! job {
    ($name:ident, $open:path, $send:ident, $recv:ident) => {
        fn $name(runtime: &Runtime, capacity: usize, (shape, n): (Shape, u64), work: Duration) {
            let (tx, rx) = $open(capacity);
            let senders = Share::deal(n, shape.senders).map(|share| {
                let tx = tx.clone();
                runtime.spawn(async move {
                    for id in share.ids() {
                        busy(work);
                        tx.$send(id).await.expect("the receivers are alive");
                    }
                })
            });
            let senders = senders.collect::<Vec<_>>();
            drop(tx);
            let receivers = (0..shape.receivers).map(|_| {
                let rx = rx.clone();
                runtime.spawn(async move {
                    let mut count = 0;
                    while rx.$recv().await.is_ok() {
                        count += 1;
                        busy(work);
                    }
                    count
                })
            });
            let receivers = receivers.collect::<Vec<_>>();
            drop(rx);
            let received: u64 = runtime.block_on(async {
                for sender in senders {
                    sender.await.expect("a sender does not panic");
                }
                let mut sum = 0;
                for receiver in receivers {
                    sum += receiver.await.expect("a receiver does not panic");
                }
                sum
            });
            assert_eq!(received, n, "each message is received once");
        }
    };
}

job!(towpath, towpath::bounded, send_async, recv_async);
job!(kanal, kanal::bounded_async, send, recv);
job!(flume, flume::bounded, send_async, recv_async);
