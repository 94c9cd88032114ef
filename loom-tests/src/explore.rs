//! Exploring a model, from both ends.
//!
//! Loom starts with the order in which a thread runs as long as it can, and reverses steps that
//! depend on each other. Of the earlier steps on an atomic it remembers one only, so it overlooks
//! "somebody read, then another thread read and wrote" if the reader has nothing else to do with
//! the writer: it never tries the write first. Exploring every model twice, once from "the spawning
//! thread goes first" and once from "the spawned thread goes first", covers that.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use loom::model::Builder;
use loom::thread::{self, JoinHandle};

thread_local! {
    // Loom runs all threads of a model on one thread of the system.
    static SPAWNED_FIRST: Cell<bool> = const { Cell::new(false) };
    static FEWER: Cell<usize> = const { Cell::new(0) };
}

/// Explores `model`. `LOOM_MAX_PREEMPTIONS` bounds how often a thread is preempted in one run. How
/// many runs there were is said on standard output: a model with one run explores nothing.
pub fn check(model: impl Fn() + Send + Sync + 'static) {
    check_beyond(0, model);
}

/// As [`check`], with so many preemptions at least, for a race that needs them.
pub fn check_beyond(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let model = Arc::new(model);
    let start = Instant::now();
    let runs = [false, true].map(|spawned_first| {
        SPAWNED_FIRST.set(spawned_first);
        explore(preemptions, Arc::clone(&model))
    });
    println!("{name}: {runs:?} runs in {:?}", start.elapsed());
}

/// Explores the models in `run` with one preemption less than asked for: those that take minutes
/// otherwise. `.ci/deep` asks for more than `.ci/run`, so they are explored as far as the others there.
pub fn check_less(run: impl FnOnce()) {
    FEWER.set(1);
    run();
    FEWER.set(0);
}

fn explore(preemptions: usize, model: Arc<impl Fn() + Send + Sync + 'static>) -> usize {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let mut builder = Builder::new();
    builder.max_branches = 10_000;
    let bound = |most: usize| most.saturating_sub(FEWER.get()).max(preemptions);
    builder.preemption_bound = builder.preemption_bound.map(bound);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    runs.load(Ordering::Relaxed)
}

/// Starts a thread of the model.
pub fn spawn<R: 'static>(run: impl FnOnce() -> R + 'static) -> JoinHandle<R> {
    let thread = thread::spawn(run);
    if SPAWNED_FIRST.get() {
        thread::yield_now();
    }
    thread
}
