//! All there is in one walk, and what can happen in it.

use super::actors::{Actor, Channel, Channels, Gate};
use super::oracle::Books;
use super::wakers;
use crate::common::Random;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::task::Poll;
use towpath::{bounded, unbounded};

/// So many are there at most: the fewer they are, the more they meet.
const ACTORS: usize = 10;

/// So many wakers meddle at most, one in the midst of what the other does.
const DEPTH: u32 = 3;

/// Far more polls than all that are there need to come to rest.
const RESTLESS: u32 = 3000;

pub(super) struct World {
    pub(super) channels: Channels,
    random: RefCell<Random>,
    /// `None`: it is being polled, or was, further up the stack. The others keep their numbers.
    actors: RefCell<Vec<Option<Actor>>>,
    books: RefCell<Books>,
    ids: Cell<u64>,
    wakers: Cell<usize>,
    /// Whether channels are closed in this walk.
    closes: bool,
    /// Whether wakers meddle now.
    meddles: Cell<bool>,
    depth: Cell<u32>,
    /// Why the walk failed, if it was where a waker meddled.
    failure: RefCell<Option<Box<dyn Any + Send>>>,
}

impl World {
    pub(super) fn new(seed: u64, meddles: bool) -> Rc<World> {
        let mut random = Random::new(seed);
        let channels = 1 + random.below(3);
        Rc::new(World {
            channels: (0..channels).map(|_| any_channel(&mut random)).collect(),
            closes: random.one_in(6),
            random: RefCell::new(random),
            actors: RefCell::default(),
            books: RefCell::default(),
            ids: Cell::new(0),
            wakers: Cell::new(0),
            meddles: Cell::new(meddles),
            depth: Cell::new(0),
            failure: RefCell::default(),
        })
    }

    /// The walk itself.
    pub(super) fn wander(&self) {
        for _ in 0..20 + self.below(50) {
            self.step();
            self.fail_late();
            self.actors.borrow_mut().retain(Option::is_some);
            if self.one_in(20) {
                let meddles = self.meddles.replace(false);
                self.come_to_rest();
                self.meddles.set(meddles);
            }
        }
    }

    /// Comes to rest for good: no more is started, and values that are waited for are made.
    pub(super) fn settle(&self) {
        self.meddles.set(false);
        loop {
            self.come_to_rest();
            let actors = self.actors.borrow();
            let values = actors.iter().flatten().map(|actor| &actor.value);
            let outstanding: Vec<Rc<Gate>> =
                values.filter(|value| value.holds_up()).cloned().collect();
            drop(actors);
            if outstanding.is_empty() {
                return;
            }
            outstanding.iter().for_each(|value| value.open());
        }
    }

    /// Who is left, and the books.
    pub(super) fn end(&self) -> (Vec<Actor>, Books) {
        let actors = self.actors.take().into_iter().flatten().collect();
        (actors, self.books.take())
    }

    /// Called by a waker in the midst of anything.
    pub(super) fn meddle(&self) {
        if !self.meddles.get() || self.depth.get() == DEPTH || !self.one_in(3) {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        let meddled = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..1 + self.below(4) {
                self.step();
            }
        }));
        self.depth.set(self.depth.get() - 1);
        if let Err(payload) = meddled {
            // Who wakes takes a panic for the waker's own affair, so it must not be left to them.
            self.meddles.set(false);
            self.failure.borrow_mut().get_or_insert(payload);
        }
    }

    /// Fails if a waker found something wrong.
    fn fail_late(&self) {
        if let Some(payload) = self.failure.take() {
            resume_unwind(payload);
        }
    }

    fn step(&self) {
        match self.below(20) {
            0..6 => self.start(),
            6..11 => self.poll_any(is_woken),
            // For no reason.
            11 => self.poll_any(|_| true),
            12 | 13 => self.give_up(),
            14 | 15 => self.open(|actor| &actor.value),
            16 => self.open(|actor| &actor.arm),
            17 => self.try_send(),
            18 => self.try_recv(),
            _ => self.close(),
        }
    }

    fn start(&self) {
        let number = self.actors.borrow().len();
        if number == ACTORS {
            return;
        }
        let actor = Actor::random(self.id(), &self.channels, &mut self.random.borrow_mut());
        self.actors.borrow_mut().push(Some(actor));
        if self.one_in(2) {
            self.poll(number);
        }
    }

    fn poll_any(&self, which: impl Fn(&Actor) -> bool) {
        if let Some(number) = self.any_actor(which) {
            self.poll(number);
        }
    }

    fn poll(&self, number: usize) {
        let mut actor = self.take(number);
        // Seldom another waker: one that is the same is not renewed.
        let same = actor.waker.filter(|_| !self.one_in(3));
        let waker = wakers::waker(*actor.waker.insert(same.unwrap_or_else(|| self.waker())));
        match actor.poll(&waker) {
            Poll::Ready(outcome) => {
                self.books.borrow_mut().enter(outcome);
                drop(actor);
            }
            Poll::Pending => self.actors.borrow_mut()[number] = Some(actor),
        }
    }

    fn give_up(&self) {
        if let Some(number) = self.any_actor(|_| true) {
            let actor = self.take(number);
            self.books.borrow_mut().give_up(&actor);
            drop(actor);
        }
    }

    fn open(&self, which: impl Fn(&Actor) -> &Rc<Gate>) {
        if let Some(number) = self.any_actor(|_| true) {
            let gate = self.actors.borrow()[number]
                .as_ref()
                .map(|actor| Rc::clone(which(actor)));
            gate.expect("it is there").open();
        }
    }

    fn try_send(&self) {
        let (tx, _) = self.any_channel();
        let message = self.id();
        if tx.try_send(message).is_ok() {
            self.books.borrow_mut().sent(message);
        }
    }

    fn try_recv(&self) {
        let (_, rx) = self.any_channel();
        if let Ok(message) = rx.try_recv() {
            self.books.borrow_mut().received(message);
        }
    }

    /// Seldom, or the walk would soon be over.
    fn close(&self) {
        if self.closes && self.one_in(10) {
            self.any_channel().1.close();
        }
    }

    /// Polls whoever is woken, until nobody is.
    fn come_to_rest(&self) {
        for _ in 0..RESTLESS {
            match self.any_actor(is_woken) {
                Some(number) => self.poll(number),
                None => return,
            }
        }
        let actors = self.actors.borrow();
        let actors: Vec<String> = actors.iter().flatten().map(Actor::to_string).collect();
        panic!("they go round in circles:\n  {}", actors.join("\n  "));
    }

    fn take(&self, number: usize) -> Actor {
        self.actors.borrow_mut()[number]
            .take()
            .expect("it is there")
    }

    /// The number of some actor that is there and such as wanted.
    fn any_actor(&self, which: impl Fn(&Actor) -> bool) -> Option<usize> {
        let actors = self.actors.borrow();
        let fits = |number: &usize| actors[*number].as_ref().is_some_and(&which);
        let fitting: Vec<usize> = (0..actors.len()).filter(fits).collect();
        (!fitting.is_empty()).then(|| fitting[self.below(fitting.len() as u64) as usize])
    }

    fn any_channel(&self) -> &Channel {
        &self.channels[self.below(self.channels.len() as u64) as usize]
    }

    fn id(&self) -> u64 {
        self.ids.set(self.ids.get() + 1);
        self.ids.get()
    }

    fn waker(&self) -> usize {
        self.wakers.set(self.wakers.get() + 1);
        self.wakers.get()
    }

    fn below(&self, bound: u64) -> u64 {
        self.random.borrow_mut().below(bound)
    }

    fn one_in(&self, n: u64) -> bool {
        self.random.borrow_mut().one_in(n)
    }
}

/// Its waker was woken; or it was never polled.
fn is_woken(actor: &Actor) -> bool {
    actor.waker.is_none_or(wakers::is_woken)
}

/// Half of them have no room at all: there everything is bound, promised and broken. The others have
/// little, so that they are full at times.
fn any_channel(random: &mut Random) -> Channel {
    match random.below(8) {
        0..4 => bounded(0),
        4 => bounded(1),
        5 => bounded(2),
        6 => bounded(3),
        _ => unbounded(),
    }
}
