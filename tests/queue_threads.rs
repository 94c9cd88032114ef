//! The containers under several threads: what goes in comes out once, in the order of its producer.
//!
//! Nothing here waits by itself: every loop tries again, yields in between, and fails with a message
//! about who got how far when it takes too long.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use towpath::queue::{Claims, FreeList, List, PushClaim, Queue, Refusal, Ring, SoleList};

const PRODUCERS: u64 = 3;
const CONSUMERS: usize = 2;
const EACH: u64 = if cfg!(miri) { 50 } else { 20_000 };
const PATIENCE: Duration = Duration::from_secs(60);

/// A message: whose, and which of theirs.
type Message = (u64, u64);

/// Tries `attempt` until it gives something.
fn insist<R>(who: &str, done: u64, mut attempt: impl FnMut() -> Option<R>) -> R {
    let start = Instant::now();
    loop {
        if let Some(outcome) = attempt() {
            return outcome;
        }
        assert!(start.elapsed() < PATIENCE, "{who} is stuck after {done}");
        thread::yield_now();
    }
}

/// Runs producers and consumers against `queue`; gives what each consumer got.
fn run<Q: Queue<Message> + Sync>(
    queue: &Q,
    produce: impl Fn(&Q, u64) + Sync,
    consume: impl Fn(&Q, &mut Vec<Message>) -> Result<(), Refusal> + Sync,
) -> Vec<Vec<Message>> {
    run_with(CONSUMERS, queue, produce, consume)
}

fn run_with<Q: Queue<Message> + Sync>(
    consumers: usize,
    queue: &Q,
    produce: impl Fn(&Q, u64) + Sync,
    consume: impl Fn(&Q, &mut Vec<Message>) -> Result<(), Refusal> + Sync,
) -> Vec<Vec<Message>> {
    let (produce, consume) = (&produce, &consume);
    thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| scope.spawn(move || produce(queue, producer)))
            .collect();
        let consumers: Vec<_> = (0..consumers)
            .map(|_| scope.spawn(move || consume_all(queue, consume)))
            .collect();
        for producer in producers {
            producer.join().expect("a producer failed");
        }
        assert!(queue.close());
        let results = consumers.into_iter().map(|consumer| consumer.join());
        results.map(|got| got.expect("a consumer failed")).collect()
    })
}

fn consume_all<Q: Queue<Message>>(
    queue: &Q,
    consume: &impl Fn(&Q, &mut Vec<Message>) -> Result<(), Refusal>,
) -> Vec<Message> {
    let mut got = Vec::new();
    loop {
        let done = got.len() as u64;
        let more = insist("a consumer", done, || match consume(queue, &mut got) {
            Ok(()) => Some(true),
            Err(Refusal::Closed) => Some(false),
            Err(Refusal::Blocked | Refusal::Lagging | Refusal::Skipped | Refusal::Promised) => None,
        });
        if !more {
            return got;
        }
    }
}

/// One consumer sees each producer's messages in their order.
fn assert_orders(results: &[Vec<Message>]) {
    for got in results {
        let mut last = HashMap::new();
        for (producer, number) in got {
            let before = last.insert(producer, number);
            assert!(
                before < Some(number),
                "producer {producer}: {number} after {before:?}"
            );
        }
    }
}

/// Every message exactly once, in the order of its producer.
fn assert_conserved(results: &[Vec<Message>]) {
    assert_orders(results);
    let mut all: Vec<_> = results.iter().flatten().copied().collect();
    all.sort_unstable();
    let sent = (0..PRODUCERS).flat_map(|producer| (0..EACH).map(move |number| (producer, number)));
    assert!(all.into_iter().eq(sent), "lost, or taken twice");
}

fn push_one_by_one<Q: Queue<Message>>(queue: &Q, producer: u64) {
    for number in 0..EACH {
        insist("a producer", number, || queue.push((producer, number)).ok());
    }
}

fn push_in_batches<Q: Queue<Message>>(queue: &Q, producer: u64) {
    let all: Vec<_> = (0..EACH).map(|number| (producer, number)).collect();
    for batch in all.chunks(7) {
        let mut rest = Vec::from(batch).into_iter();
        while rest.len() > 0 {
            let done = batch[batch.len() - rest.len()].1;
            insist("a producer", done, || queue.push_many(&mut rest).ok());
        }
    }
}

fn pop_one<Q: Queue<Message>>(queue: &Q, got: &mut Vec<Message>) -> Result<(), Refusal> {
    queue.pop().map(|message| got.push(message))
}

fn pop_batch<Q: Queue<Message>>(queue: &Q, got: &mut Vec<Message>) -> Result<(), Refusal> {
    let before = got.len();
    let count = queue.pop_many(got, 5)?;
    assert_eq!(got.len(), before + count);
    assert!((1..=5).contains(&count), "{count} messages in a batch");
    Ok(())
}

#[test]
fn ring_conserves_messages() {
    // 1 and 2: full or empty at every step. 64: neither, mostly.
    for capacity in [1, 2, 3, 64] {
        let ring = Ring::new(capacity);
        assert_conserved(&run(&ring, push_one_by_one, pop_one));
    }
}

#[test]
fn ring_conserves_batches() {
    for capacity in [1, 4, 64] {
        assert_conserved(&run(&Ring::new(capacity), push_in_batches, pop_batch));
        assert_conserved(&run(&Ring::new(capacity), push_in_batches, pop_one));
        assert_conserved(&run(&Ring::new(capacity), push_one_by_one, pop_batch));
    }
}

#[test]
fn list_conserves_messages() {
    assert_conserved(&run(&List::new(), push_one_by_one, pop_one));
}

#[test]
fn list_conserves_batches() {
    assert_conserved(&run(&List::new(), push_in_batches, pop_batch));
    assert_conserved(&run(&List::new(), push_in_batches, pop_one));
    assert_conserved(&run(&List::new(), push_one_by_one, pop_batch));
}

/// What `force_push` takes out counts as taken; what it puts in comes out, a close included.
#[test]
fn ring_conserves_messages_that_are_forced_in() {
    for capacity in [1, 2, 8] {
        let evicted = std::sync::Mutex::new(Vec::new());
        let ring = Ring::new(capacity);
        let force = |ring: &Ring<Message>, producer| {
            let mut mine = Vec::new();
            for number in 0..EACH {
                let oldest = ring.force_push((producer, number));
                mine.extend(oldest.expect("it is closed after the producers are done"));
            }
            evicted.lock().unwrap().push(mine);
        };
        let results = run(&ring, force, pop_one);
        assert_orders(&results);
        let evicted = evicted.into_inner().unwrap();
        let mut all: Vec<_> = results.iter().chain(&evicted).flatten().copied().collect();
        all.sort_unstable();
        let sent = (0..PRODUCERS).flat_map(|from| (0..EACH).map(move |number| (from, number)));
        assert!(all.into_iter().eq(sent), "capacity {capacity}");
    }
}

/// The list of one consumer, and each way to push and to pop.
#[test]
fn sole_list_conserves_messages_and_batches() {
    for push in [push_one_by_one, push_in_batches, push_dawdling] {
        for pop in [pop_one, pop_batch] {
            // SAFETY: one thread at a time pops: the consumer, and what drops the list.
            let list = unsafe { SoleList::new() };
            assert_conserved(&run_with(1, &list, push, pop));
        }
    }
}

/// Senders that dawdle between claim and write: the receiver takes what is behind them, and still
/// each sender's messages come in its order.
fn push_dawdling<Q: Claims<Message>>(list: &Q, producer: u64) {
    for number in 0..EACH {
        let claim = list.claim_push().expect("it is open");
        if number % (producer + 2) == 0 {
            thread::yield_now();
        }
        claim.write((producer, number));
    }
}

#[test]
fn list_keeps_the_order_of_senders_that_stall() {
    assert_conserved(&run(&List::new(), push_dawdling, pop_one));
    assert_conserved(&run(&List::new(), push_dawdling, pop_batch));
}

#[test]
fn list_pop_does_not_wait_for_a_stalled_sender() {
    pop_does_not_wait_for_a_stalled_sender(&List::new());
}

#[test]
fn sole_list_pop_does_not_wait_for_a_stalled_sender() {
    // SAFETY: one thread does it all.
    pop_does_not_wait_for_a_stalled_sender(&unsafe { SoleList::new() });
}

/// A sender that never writes hides nobody else's messages, and a pop that finds only its claim
/// comes back.
fn pop_does_not_wait_for_a_stalled_sender(list: &impl Claims<Message>) {
    let stalled = list.claim_push().expect("it is open");
    // Over several blocks.
    for number in 0..200 {
        list.push((1, number)).expect("it is open");
    }
    for number in 0..200 {
        assert_eq!(list.pop(), Ok((1, number)));
    }
    let start = Instant::now();
    for _ in 0..1000 {
        assert_eq!(list.pop(), Err(Refusal::Lagging));
    }
    assert!(
        start.elapsed() < PATIENCE / 2,
        "pops that find nothing are short"
    );
    assert_eq!(list.len(), 1, "it is claimed, so it counts");
    stalled.write((0, 0));
    assert_eq!(list.pop(), Ok((0, 0)));
    assert_eq!(list.pop(), Err(Refusal::Blocked));
}

/// Whoever sees a message accepted must not be told that the queue is empty until it is taken.
#[test]
fn list_is_never_empty_while_it_holds_messages() {
    let list = List::new();
    let (rounds, stop) = (EACH, AtomicBool::new(false));
    for number in 0..3 {
        list.push(number).expect("it is open");
    }
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut looks = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                assert!(!list.is_empty(), "look {looks}: two or three are there");
                looks += 1;
            }
            looks
        });
        for number in 0..rounds {
            list.push(3 + number).expect("it is open");
            let oldest = insist("the receiver", number, || list.pop().ok());
            assert_eq!(oldest, number, "one producer, one consumer: in order");
        }
        stop.store(true, Ordering::Relaxed);
        assert!(watcher.join().is_ok(), "the watcher saw an empty list");
    });
    assert_eq!(list.len(), 3);
}

#[test]
fn free_list_gives_each_value_to_one_owner() {
    let list = FreeList::new(4);
    for value in 0..4_usize {
        list.push(value).expect("there is room");
    }
    let owners: [AtomicUsize; 4] = Default::default();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let Some(value) = list.pop() else {
                        thread::yield_now();
                        continue;
                    };
                    let others = owners[value].fetch_add(1, Ordering::Relaxed);
                    assert_eq!(others, 0, "value {value} has two owners");
                    owners[value].fetch_sub(1, Ordering::Relaxed);
                    // There may be no room for a moment: a pop gives its value before its place.
                    insist("an owner", 0, || list.push(value).ok());
                }
            });
        }
    });
    let mut values: Vec<_> = std::iter::from_fn(|| list.pop()).collect();
    values.sort_unstable();
    assert_eq!(values, [0, 1, 2, 3]);
}
