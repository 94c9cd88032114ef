//! Random programs on the containers, step by step beside a standard collection that says what must
//! come out. A failure names its seed.

#[path = "common/ledger.rs"]
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod ledger;
#[path = "common/random.rs"]
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod random;

use std::collections::VecDeque;

use ledger::{Ledger, Token};
use random::Random;
use towpath::queue::{FreeList, List, Queue, Refusal, Ring, SoleList};

/// A message that knows which one it is, as far as it has room for that.
trait Payload: Sized {
    fn new(ledger: &Ledger, id: u64) -> Self;
    fn is(&self, id: u64) -> bool;
}

impl Payload for Token {
    fn new(ledger: &Ledger, id: u64) -> Token {
        ledger.token(id)
    }

    fn is(&self, id: u64) -> bool {
        self.id == id
    }
}

impl Payload for u64 {
    fn new(_: &Ledger, id: u64) -> u64 {
        id
    }

    fn is(&self, id: u64) -> bool {
        *self == id
    }
}

/// No size at all: blocks and slots without bytes for values.
impl Payload for () {
    fn new(_: &Ledger, _: u64) {}

    fn is(&self, _: u64) -> bool {
        true
    }
}

/// A token in front of so many bytes that all say the same.
struct Large<const BYTES: usize> {
    token: Token,
    padding: [u8; BYTES],
}

impl<const BYTES: usize> Payload for Large<BYTES> {
    fn new(ledger: &Ledger, id: u64) -> Self {
        Large {
            token: ledger.token(id),
            padding: [id as u8; BYTES],
        }
    }

    fn is(&self, id: u64) -> bool {
        self.token.is(id) && self.padding == [id as u8; BYTES]
    }
}

/// A queue, and what must be in it.
struct Pair<T, Q> {
    queue: Q,
    model: VecDeque<u64>,
    closed: bool,
    ledger: Ledger,
    random: Random,
    next: u64,
    popped: Vec<T>,
}

impl<T: Payload, Q: Queue<T>> Pair<T, Q> {
    fn run(queue: Q, seed: u64, steps: u32) {
        let mut pair = Pair {
            queue,
            model: VecDeque::new(),
            closed: false,
            ledger: Ledger::new(),
            random: Random::new(seed),
            next: 0,
            popped: Vec::new(),
        };
        // Phases in which pushes, or pops, are more frequent, so that it is full and empty at times.
        let mut pushes = 5;
        for _ in 0..steps {
            if pair.random.one_in(40) {
                pushes = 2 + pair.random.below(7);
            }
            pair.step(pushes);
            pair.agree();
        }
        let Pair {
            queue,
            ledger,
            popped,
            ..
        } = pair;
        drop((queue, popped));
        ledger.assert_live(0);
    }

    fn step(&mut self, pushes_in_ten: u64) {
        let push = self.random.below(10) < pushes_in_ten;
        let batch = self.random.one_in(3);
        match (push, batch) {
            (true, false) if self.random.one_in(4) => self.force_push(),
            (true, false) => self.push(),
            (true, true) => self.push_many(),
            (false, false) => self.pop(),
            (false, true) => self.pop_many(),
        }
        if self.random.one_in(400) {
            assert_eq!(self.queue.close(), !self.closed, "the first close says so");
            self.closed = true;
        }
    }

    fn agree(&self) {
        assert_eq!(self.queue.len(), self.model.len());
        assert_eq!(self.queue.is_empty(), self.model.is_empty());
        assert_eq!(self.queue.is_closed(), self.closed);
        assert_eq!(
            self.queue.push_looks_ready(),
            self.closed || self.room() > 0
        );
        let something = self.closed || !self.model.is_empty();
        assert_eq!(self.queue.pop_looks_ready(), something);
    }

    fn room(&self) -> usize {
        self.queue
            .capacity()
            .map_or(usize::MAX, |capacity| capacity - self.model.len())
    }

    fn fresh(&mut self) -> T {
        self.next += 1;
        T::new(&self.ledger, self.next)
    }

    /// Why a push must fail now, if it must.
    fn push_refusal(&self) -> Option<Refusal> {
        if self.closed {
            Some(Refusal::Closed)
        } else {
            (self.room() == 0).then_some(Refusal::Blocked)
        }
    }

    fn pop_refusal(&self) -> Refusal {
        if self.closed {
            Refusal::Closed
        } else {
            Refusal::Blocked
        }
    }

    fn push(&mut self) {
        let message = self.fresh();
        match (self.queue.push(message), self.push_refusal()) {
            (Ok(()), None) => self.model.push_back(self.next),
            (Err((why, back)), Some(expected)) => {
                assert_eq!(why, expected);
                assert!(back.is(self.next), "the same message comes back");
            }
            (outcome, expected) => panic!("{:?}, not {expected:?}", outcome.map_err(|no| no.0)),
        }
    }

    fn force_push(&mut self) {
        let message = self.fresh();
        match self.queue.force_push(message) {
            Err(back) => assert!(self.closed && back.is(self.next)),
            Ok(evicted) => {
                assert!(!self.closed);
                let oldest = (self.room() == 0).then(|| self.model.pop_front()).flatten();
                self.model.push_back(self.next);
                assert_eq!(evicted.is_some(), oldest.is_some());
                assert!(evicted.is_none_or(|message| message.is(oldest.unwrap())));
            }
        }
    }

    fn push_many(&mut self) {
        let count = self.random.below(12) as usize;
        let first = self.next + 1;
        let batch: Vec<T> = (0..count).map(|_| self.fresh()).collect();
        let mut batch = batch.into_iter();
        let outcome = self.queue.push_many(&mut batch);
        match (outcome, self.push_refusal()) {
            (Ok(0), _) => assert_eq!(count, 0, "at least one, if there is room"),
            (Ok(sent), None) => {
                assert_eq!(sent, count - batch.len());
                if self.queue.capacity().is_some() {
                    assert_eq!(sent, count.min(self.room()), "all that fit, with one claim");
                }
                self.model.extend(first..first + sent as u64);
            }
            (Err(why), Some(expected)) => assert_eq!((why, batch.len()), (expected, count)),
            (outcome, expected) => panic!("{outcome:?}, not {expected:?}"),
        }
        let left = (self.next + 1 - batch.len() as u64)..;
        assert!(left.zip(batch).all(|(id, message)| message.is(id)));
    }

    fn pop(&mut self) {
        match (self.queue.pop(), self.model.pop_front()) {
            (Ok(message), Some(id)) => assert!(message.is(id)),
            (Err(why), None) => assert_eq!(why, self.pop_refusal()),
            (outcome, id) => panic!("{:?}, not {id:?}", outcome.map(drop)),
        }
    }

    fn pop_many(&mut self) {
        let limit = self.random.below(12) as usize;
        if self.random.one_in(3) {
            self.popped = Vec::new();
        }
        self.popped.clear();
        let most = limit.min(self.model.len());
        match self.queue.pop_many(&mut self.popped, limit) {
            Ok(count) => {
                assert_eq!(count, self.popped.len());
                assert!(
                    count <= most && (count > 0 || limit == 0),
                    "{count} of {most}"
                );
                for (message, id) in self.popped.iter().zip(self.model.drain(..count)) {
                    assert!(message.is(id));
                }
            }
            Err(why) => {
                assert!(most == 0 && limit > 0, "{why:?}, but there are {most}");
                assert_eq!(why, self.pop_refusal());
            }
        }
    }
}

/// Runs many programs, each from a seed of its own.
fn each_seed(programs: u64, run: impl Fn(u64)) {
    /// Says which program it was when one panics.
    struct Named(u64);
    impl Drop for Named {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("the program's seed is {}", self.0);
            }
        }
    }
    for seed in 0..programs {
        let _named = Named(seed);
        run(seed);
    }
}

const PROGRAMS: u64 = if cfg!(miri) { 2 } else { 100 };
const STEPS: u32 = if cfg!(miri) { 100 } else { 1000 };

#[test]
fn ring_of_any_small_capacity() {
    for capacity in 1..=9 {
        each_seed(PROGRAMS, |seed| {
            Pair::<Token, _>::run(Ring::new(capacity), seed, STEPS);
        });
    }
}

#[test]
fn ring_of_messages_without_size() {
    each_seed(PROGRAMS, |seed| {
        Pair::<(), _>::run(Ring::new(5), seed, STEPS)
    });
}

#[test]
fn list_of_numbers() {
    each_seed(PROGRAMS, |seed| {
        Pair::<u64, _>::run(List::new(), seed, STEPS)
    });
}

#[test]
fn list_of_tokens() {
    each_seed(PROGRAMS, |seed| {
        Pair::<Token, _>::run(List::new(), seed, STEPS)
    });
}

#[test]
fn list_of_messages_without_size() {
    each_seed(PROGRAMS, |seed| {
        Pair::<(), _>::run(List::new(), seed, STEPS)
    });
}

/// Fewer of them fit in a block.
#[test]
fn list_of_large_messages() {
    each_seed(PROGRAMS, |seed| {
        Pair::<Large<256>, _>::run(List::new(), seed, STEPS);
    });
}

/// One in each block: every slot is a block's last.
#[test]
fn list_of_messages_larger_than_a_block() {
    each_seed(PROGRAMS / 2, |seed| {
        Pair::<Large<5000>, _>::run(List::new(), seed, STEPS);
    });
}

/// Of numbers, tokens, nothing, some to a block, one to a block.
#[test]
fn sole_list_of_any_messages() {
    fn programs<T: Payload>(seed: u64) {
        // SAFETY: one thread does it all.
        Pair::<T, _>::run(unsafe { SoleList::new() }, seed, STEPS);
    }
    each_seed(PROGRAMS, programs::<u64>);
    each_seed(PROGRAMS, programs::<Token>);
    each_seed(PROGRAMS, programs::<()>);
    each_seed(PROGRAMS, programs::<Large<256>>);
    each_seed(PROGRAMS / 2, programs::<Large<5000>>);
}

#[test]
fn free_list_is_a_bounded_stack() {
    for capacity in 0..=9 {
        each_seed(PROGRAMS, |seed| run_free_list(capacity, seed));
    }
}

fn run_free_list(capacity: usize, seed: u64) {
    let ledger = Ledger::new();
    let mut random = Random::new(seed);
    let list = FreeList::new(capacity);
    let mut model = Vec::new();
    assert_eq!(list.capacity(), capacity);
    for id in 0..u64::from(STEPS) {
        if random.one_in(2) {
            match list.push(ledger.token(id)) {
                Ok(()) => model.push(id),
                Err(back) => assert_eq!((back.id, model.len()), (id, capacity)),
            }
        } else {
            assert_eq!(list.pop().map(|token| token.id), model.pop());
        }
        assert!(model.len() <= capacity);
        ledger.assert_live(model.len() as isize);
    }
    drop(list);
    ledger.assert_live(0);
}
