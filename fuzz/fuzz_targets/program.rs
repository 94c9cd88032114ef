//! A program on a queue, from the fuzzer's bytes, beside a standard queue that says what must come
//! out. Messages are boxed, so that a value that is lost or duplicated shows to the sanitizers too.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use towpath::queue::{Claims, PushClaim, Refusal};

#[derive(Arbitrary, Debug)]
pub enum Step {
    Push,
    Pop,
    PushMany(u8),
    PopMany(u8),
    ForcePush,
    /// Claims now, writes after the next few steps. (Pushes behind it go on, pops may step over it.)
    Claim,
    Write,
    Close,
}

pub type Message = Box<u64>;

/// Runs `steps`. `stalls`: claims may be left open for a while, which only makes sense where pops
/// step over them.
pub fn run<'q, Q: Claims<Message>>(queue: &'q Q, steps: &[Step], stalls: bool) {
    let mut pair = Pair {
        queue,
        model: VecDeque::new(),
        stalled: None,
        closed: false,
        next: 0,
    };
    for step in steps {
        pair.step(step, stalls);
        pair.agree();
    }
    pair.write();
    while let Some(id) = pair.model.pop_front() {
        assert_eq!(queue.pop().as_deref(), Ok(&id));
    }
    assert_eq!(queue.pop().map(drop), Err(pair.nothing()));
}

struct Pair<'q, Q: Claims<Message>> {
    queue: &'q Q,
    model: VecDeque<u64>,
    /// A claim that is not written yet: how many messages it has in front of it, and itself.
    stalled: Option<(usize, u64, Q::Claim<'q>)>,
    closed: bool,
    next: u64,
}

impl<'q, Q: Claims<Message>> Pair<'q, Q> {
    fn step(&mut self, step: &Step, stalls: bool) {
        match step {
            Step::Push => self.push(),
            Step::Pop => self.pop(),
            Step::PushMany(count) => self.push_many(usize::from(*count)),
            Step::PopMany(limit) => self.pop_many(usize::from(*limit)),
            Step::ForcePush => self.force_push(),
            Step::Claim if stalls => self.claim(),
            Step::Write | Step::Claim => self.write(),
            Step::Close => {
                assert_eq!(self.queue.close(), !self.closed);
                self.closed = true;
            }
        }
    }

    fn agree(&self) {
        let claimed = usize::from(self.stalled.is_some());
        assert_eq!(self.queue.len(), self.model.len() + claimed);
        assert_eq!(self.queue.is_closed(), self.closed);
    }

    fn room(&self) -> usize {
        let capacity = self.queue.capacity();
        capacity.map_or(usize::MAX, |capacity| capacity - self.model.len())
    }

    fn fresh(&mut self) -> Message {
        self.next += 1;
        Box::new(self.next)
    }

    fn refusal(&self) -> Option<Refusal> {
        if self.closed {
            Some(Refusal::Closed)
        } else {
            (self.room() == 0).then_some(Refusal::Blocked)
        }
    }

    /// What a pop must say if it finds no message.
    fn nothing(&self) -> Refusal {
        match (&self.stalled, self.closed) {
            (Some(_), _) => Refusal::Lagging,
            (None, true) => Refusal::Closed,
            (None, false) => Refusal::Blocked,
        }
    }

    fn push(&mut self) {
        let message = self.fresh();
        let outcome = self.queue.push(message);
        assert_eq!(outcome.as_ref().err().map(|no| no.0), self.refusal());
        match outcome {
            Ok(()) => self.model.push_back(self.next),
            Err((_, back)) => assert_eq!(*back, self.next),
        }
    }

    fn push_many(&mut self, count: usize) {
        let first = self.next + 1;
        let batch: Vec<Message> = (0..count).map(|_| self.fresh()).collect();
        let mut batch = batch.into_iter();
        match self.queue.push_many(&mut batch) {
            Ok(sent) => {
                assert_eq!(sent, count - batch.len());
                assert!(sent > 0 || count == 0);
                assert!(sent == 0 || self.refusal().is_none());
                self.model.extend(first..first + sent as u64);
            }
            Err(why) => assert_eq!((Some(why), batch.len()), (self.refusal(), count)),
        }
    }

    fn force_push(&mut self) {
        let message = self.fresh();
        match self.queue.force_push(message) {
            Err(back) => assert!(self.closed && *back == self.next),
            Ok(evicted) => {
                assert!(!self.closed);
                let oldest = (self.room() == 0).then(|| self.model.pop_front()).flatten();
                assert_eq!(evicted.as_deref(), oldest.as_ref());
                self.model.push_back(self.next);
            }
        }
    }

    /// A message came out: of the model, or ahead of the claim that is not written.
    fn popped(&mut self, message: u64) {
        assert_eq!(Some(message), self.model.pop_front());
        if let Some((in_front, ..)) = &mut self.stalled {
            *in_front = in_front.saturating_sub(1);
        }
    }

    fn pop(&mut self) {
        match self.queue.pop() {
            Ok(message) => self.popped(*message),
            Err(why) => assert_eq!((why, self.model.len()), (self.nothing(), 0)),
        }
    }

    fn pop_many(&mut self, limit: usize) {
        let mut out = Vec::new();
        match self.queue.pop_many(&mut out, limit) {
            Ok(count) => {
                assert_eq!(count, out.len());
                assert!(count <= limit && (count > 0 || limit == 0));
                out.into_iter().for_each(|message| self.popped(*message));
            }
            Err(why) => assert_eq!((why, self.model.len()), (self.nothing(), 0)),
        }
    }

    fn claim(&mut self) {
        if self.stalled.is_some() {
            return self.write();
        }
        let expected = self.refusal();
        match self.queue.claim_push() {
            Ok(claim) => {
                assert_eq!(expected, None);
                self.next += 1;
                self.stalled = Some((self.model.len(), self.next, claim));
            }
            Err(why) => assert_eq!(Some(why), expected),
        }
    }

    fn write(&mut self) {
        if let Some((in_front, id, claim)) = self.stalled.take() {
            claim.write(Box::new(id));
            self.model.insert(in_front, id);
        }
    }
}
