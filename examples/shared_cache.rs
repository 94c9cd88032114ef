//! A cache that threads and tasks share: whoever needs an entry first computes it, once, and the others
//! wait for that one, blocking or awaiting. A wait group tells when all are done.
//!
//! ```text
//! cargo run --release --example shared_cache
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use towpath::sync::{OnceCell, WaitGroup};

/// How many primes there are below each of these: known answers.
const PRIMES_BELOW: [(usize, usize); 5] = [
    (100, 25),
    (1_000, 168),
    (10_000, 1_229),
    (100_000, 9_592),
    (1_000_000, 78_498),
];
const USERS: usize = 4;

#[derive(Default)]
struct Cache {
    counts: [OnceCell<usize>; PRIMES_BELOW.len()],
    computed: AtomicUsize,
    asked: AtomicUsize,
}

impl Cache {
    fn get(&self, index: usize) -> usize {
        self.asked.fetch_add(1, Ordering::Relaxed);
        *self.counts[index].get_or_init(|| self.compute(index))
    }

    async fn get_async(&self, index: usize) -> usize {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let compute = async || self.compute(index);
        *self.counts[index].get_or_init_async(compute).await
    }

    fn compute(&self, index: usize) -> usize {
        self.computed.fetch_add(1, Ordering::Relaxed);
        primes_below(PRIMES_BELOW[index].0)
    }
}

#[tokio::main]
async fn main() {
    let cache = Arc::new(Cache::default());
    let group = WaitGroup::new();
    for _ in 0..USERS {
        let by_thread = Arc::clone(&cache);
        group.go(move || {
            for (index, (_, known)) in PRIMES_BELOW.into_iter().enumerate() {
                assert_eq!(by_thread.get(index), known);
            }
        });
        let (by_task, member) = (Arc::clone(&cache), group.clone());
        tokio::spawn(async move {
            for (index, (_, known)) in PRIMES_BELOW.into_iter().enumerate().rev() {
                assert_eq!(by_task.get_async(index).await, known);
            }
            drop(member);
        });
    }
    group.wait_async().await;

    let (asked, computed) = (
        cache.asked.load(Ordering::Relaxed),
        cache.computed.load(Ordering::Relaxed),
    );
    println!("{asked} questions, {computed} computations");
    assert_eq!(asked, 2 * USERS * PRIMES_BELOW.len());
    assert_eq!(computed, PRIMES_BELOW.len());
}

/// The sieve of Eratosthenes.
fn primes_below(limit: usize) -> usize {
    let mut composite = vec![false; limit];
    let mut count = 0;
    for number in 2..limit {
        if !composite[number] {
            count += 1;
            (number * number..limit)
                .step_by(number)
                .for_each(|multiple| composite[multiple] = true);
        }
    }
    count
}
