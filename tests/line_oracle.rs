//! Random programs on the line of a channel's receivers, step by step beside the listeners of an
//! `event_listener::Event`, which say who is woken next. A failure names its seed and its step.
//!
//! A message sent while somebody waits is one notification. The two sides are alike as long as
//! there is one message for each waiter that was woken and has not been polled yet; the programs
//! keep to that, see [`Program::possible`] and [`Program::leave`].

#[path = "common/random.rs"]
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod random;
#[path = "common/wakers.rs"]
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod wakers;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use event_listener::{Event, EventListener};
use random::Random;
use towpath::{Receiver, RecvFut, Sender};
use wakers::{Scripted, poll};

const SEEDS: u64 = 2000;
const STEPS: u64 = 40;
/// More than the ring has room for: the line is not to depend on the capacity.
const LONGEST_LINE: usize = 12;
const CAPACITY: usize = 8;

#[test]
fn a_ring_wakes_whom_an_event_wakes() {
    for seed in 0..SEEDS {
        let (tx, rx) = towpath::bounded(CAPACITY);
        Program::new(seed, &tx, &rx).run();
    }
}

#[test]
fn a_list_wakes_whom_an_event_wakes() {
    for seed in 0..SEEDS {
        let (tx, rx) = towpath::unbounded();
        Program::new(seed, &tx, &rx).run();
    }
}

/// The name of one waker. Both sides' wakers are named alike.
type Bell = usize;

/// What is in line on one side, oldest first, and the log of the wakers that were woken.
struct Side<F> {
    waiters: Vec<Pin<Box<F>>>,
    rung: Arc<Mutex<Vec<Bell>>>,
}

impl<F: Future> Side<F> {
    fn new() -> Self {
        Side {
            waiters: Vec::new(),
            rung: Arc::default(),
        }
    }

    fn join(&mut self, waiter: F, bell: Bell) -> Poll<F::Output> {
        self.waiters.push(Box::pin(waiter));
        self.poll(self.waiters.len() - 1, bell)
    }

    /// Polls once, with a waker of its own that leaves its name in the log.
    fn poll(&mut self, at: usize, bell: Bell) -> Poll<F::Output> {
        let rung = Arc::clone(&self.rung);
        let waker = Scripted::waker(move || rung.lock().unwrap().push(bell));
        poll(&mut self.waiters[at], &waker)
    }

    fn leave(&mut self, at: usize) {
        drop(self.waiters.remove(at));
    }

    /// Who was woken since the last time, in order.
    fn take_rung(&self) -> Vec<Bell> {
        std::mem::take(&mut self.rung.lock().unwrap())
    }
}

/// One that is in line on both sides.
struct Waiter {
    /// The waker of its last poll.
    bell: Bell,
    woken: bool,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A new waiter gets in line.
    Join,
    /// Notifies one.
    Notify,
    /// This waiter, woken or not, is dropped.
    Leave(usize),
    /// This waiter, which was woken, is polled and done.
    Finish(usize),
    /// This waiter, which was not, is polled with another waker: it keeps its place.
    Renew(usize),
    /// The end of every program: everybody is notified.
    Close,
}

struct Program<'a> {
    seed: u64,
    random: Random,
    tx: &'a Sender<u32>,
    rx: &'a Receiver<u32>,
    event: Event,
    channel: Side<RecvFut<'a, u32>>,
    oracle: Side<EventListener>,
    waiters: Vec<Waiter>,
    bells: usize,
    /// For failures: the steps so far.
    steps: Vec<Step>,
}

impl<'a> Program<'a> {
    fn new(seed: u64, tx: &'a Sender<u32>, rx: &'a Receiver<u32>) -> Self {
        Program {
            seed,
            random: Random::new(seed),
            tx,
            rx,
            event: Event::new(),
            channel: Side::new(),
            oracle: Side::new(),
            waiters: Vec::new(),
            bells: 0,
            steps: Vec::new(),
        }
    }

    fn run(mut self) {
        for _ in 0..STEPS {
            let step = self.choose();
            self.take(step);
        }
        self.take(Step::Close);
    }

    fn choose(&mut self) -> Step {
        let possible = self.possible();
        possible[self.random.below(possible.len() as u64) as usize]
    }

    /// The steps that mean the same on both sides, the likelier ones more than once.
    fn possible(&mut self) -> Vec<Step> {
        let mut possible = Vec::new();
        // Not while somebody is woken: the newcomer would find that one's message in the channel
        // and take it, without ever getting in line. An event has nothing to take.
        if self.woken() == 0 && self.waiters.len() < LONGEST_LINE {
            possible.extend([Step::Join; 6]);
        }
        // Not while nobody waits: the message would stay in the channel for whoever comes next,
        // while an event forgets a notification that meets nobody.
        if self.woken() < self.waiters.len() && self.woken() < CAPACITY {
            possible.extend([Step::Notify; 3]);
        }
        if let Some(anybody) = self.somebody(|_| true) {
            possible.extend([Step::Leave(anybody); 2]);
        }
        if let Some(woken) = self.somebody(|waiter| waiter.woken) {
            possible.push(Step::Finish(woken));
        }
        if let Some(waiting) = self.somebody(|waiter| !waiter.woken) {
            possible.push(Step::Renew(waiting));
        }
        possible
    }

    fn woken(&self) -> usize {
        self.waiters.iter().filter(|waiter| waiter.woken).count()
    }

    /// Any of those that are such.
    fn somebody(&mut self, such: impl Fn(&Waiter) -> bool) -> Option<usize> {
        let all = 0..self.waiters.len();
        let those: Vec<usize> = all.filter(|&at| such(&self.waiters[at])).collect();
        match those.len() {
            0 => None,
            count => Some(those[self.random.below(count as u64) as usize]),
        }
    }

    fn take(&mut self, step: Step) {
        self.steps.push(step);
        match step {
            Step::Join => self.join(),
            Step::Notify => self.notify(),
            Step::Leave(at) => self.leave(at),
            Step::Finish(at) => self.finish(at),
            Step::Renew(at) => self.renew(at),
            Step::Close => self.close(),
        }
    }

    fn join(&mut self) {
        let bell = self.next_bell();
        let received = self.channel.join(self.rx.recv_async(), bell);
        let heard = self.oracle.join(self.event.listen(), bell);
        self.expect(received.is_pending() && heard.is_pending(), "waits");
        self.waiters.push(Waiter { bell, woken: false });
        self.compare();
    }

    fn notify(&mut self) {
        let sent = self.tx.try_send(0);
        self.expect(sent.is_ok(), "sent");
        // Additional to those that were woken and not polled yet, as a message is.
        self.event.notify_additional(1);
        let woken = self.compare();
        self.expect(woken == 1, "one is woken");
    }

    fn leave(&mut self, at: usize) {
        self.channel.leave(at);
        self.oracle.leave(at);
        let left = self.waiters.remove(at);
        let woken = self.compare();
        // Its notification met nobody, so the event forgot it. The channel keeps the message, which
        // would go to whoever comes next: take it out.
        if left.woken && woken == 0 {
            let message = self.rx.try_recv();
            self.expect(message.is_ok(), "its message is there");
            self.compare();
        }
    }

    fn finish(&mut self, at: usize) {
        let bell = self.next_bell();
        let received = self.channel.poll(at, bell);
        let heard = self.oracle.poll(at, bell);
        let done = matches!(received, Poll::Ready(Ok(_))) && heard.is_ready();
        self.expect(done, "done");
        self.channel.leave(at);
        self.oracle.leave(at);
        self.waiters.remove(at);
        self.compare();
    }

    fn renew(&mut self, at: usize) {
        let bell = self.next_bell();
        let received = self.channel.poll(at, bell);
        let heard = self.oracle.poll(at, bell);
        self.expect(received.is_pending() && heard.is_pending(), "still waits");
        self.waiters[at].bell = bell;
        self.compare();
    }

    fn close(&mut self) {
        let waiting = self.waiters.len() - self.woken();
        self.tx.close();
        self.event.notify_additional(usize::MAX);
        let woken = self.compare();
        self.expect(woken == waiting, "all the others are woken");
    }

    fn next_bell(&mut self) -> Bell {
        self.bells += 1;
        self.bells
    }

    /// Both sides must have woken the same ones in the same order: tells how many.
    fn compare(&mut self) -> usize {
        let woken = self.channel.take_rung();
        let expected = self.oracle.take_rung();
        assert_eq!(
            woken,
            expected,
            "left: by the channel, right: by the event; {}",
            self.now()
        );
        for bell in &woken {
            let waiter = self.waiters.iter_mut().find(|waiter| waiter.bell == *bell);
            waiter.expect("whoever is woken is in line").woken = true;
        }
        woken.len()
    }

    fn expect(&self, holds: bool, what: &str) {
        assert!(holds, "not so: {what}; {}", self.now());
    }

    fn now(&self) -> String {
        let step = self.steps.len();
        format!("seed {}, step {step} of {:?}", self.seed, self.steps)
    }
}
