//! How far apart are two processors, just now? The time that a cache line takes from one to the other and back.
//! Two halves of a core share a cache, two cores may not; a virtual machine's processors may be either, and change.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{scope, yield_now};
use std::time::{Duration, Instant};

use criterion::Criterion;

pub(crate) fn ask(criterion: &mut Criterion) {
    criterion.bench_function("line: there and back", |bencher| {
        bencher.iter_custom(there_and_back);
    });
}

fn there_and_back(n: u64) -> Duration {
    let line = AtomicU64::new(0);
    scope(|scope| {
        scope.spawn(|| (0..n).for_each(|turn| pass_on(&line, 2 * turn + 1)));
        let start = Instant::now();
        (0..n).for_each(|turn| pass_on(&line, 2 * turn));
        wait_for(&line, 2 * n);
        start.elapsed()
    })
}

fn pass_on(line: &AtomicU64, turn: u64) {
    wait_for(line, turn);
    line.store(turn + 1, Ordering::Release);
}

fn wait_for(line: &AtomicU64, turn: u64) {
    while line.load(Ordering::Acquire) != turn {
        // The other one may share this processor until the system has moved it.
        if (0..1000).all(|_| {
            spin_loop();
            line.load(Ordering::Acquire) != turn
        }) {
            yield_now();
        }
    }
}
