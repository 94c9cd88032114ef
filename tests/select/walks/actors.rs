//! Those that take part in a walk: tasks that do one operation each, most of them a select.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::common::Random;
use towpath::{Receiver, Select, Sender, select_async, select_biased_async};

/// Both its handles, so it is closed only if a walk closes it.
pub(super) type Channel = (Sender<u64>, Receiver<u64>);
pub(super) type Channels = Rc<[Channel]>;

/// What an actor came to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Received(u64),
    Sent(u64),
    /// The channel was closed, or it was not about a message.
    Nothing,
}

/// What an actor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Recv,
    Send,
    Fair,
    Biased,
    /// With a future among its cases.
    Polls,
    /// Of a single send.
    OnlySend,
    Dynamic,
    DynamicBiased,
    /// Takes nothing: it only says that something is ready.
    Ready,
}

/// The common ones are there twice.
const FORMS: [Form; 14] = [
    Form::Recv,
    Form::Recv,
    Form::Send,
    Form::Send,
    Form::Fair,
    Form::Fair,
    Form::Biased,
    Form::Polls,
    Form::Polls,
    Form::OnlySend,
    Form::Dynamic,
    Form::DynamicBiased,
    Form::Ready,
    Form::Ready,
];

/// The channels an actor waits at, by their numbers. They may be the same.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cases {
    recvs: [Option<usize>; 2],
    send: Option<usize>,
}

impl Cases {
    pub(super) fn recvs<'a>(&self, channels: &'a [Channel]) -> impl Iterator<Item = &'a Channel> {
        self.recvs.into_iter().flatten().map(|i| &channels[i])
    }

    pub(super) fn send<'a>(&self, channels: &'a [Channel]) -> Option<&'a Channel> {
        self.send.map(|i| &channels[i])
    }

    /// Whether these send where `others` receive.
    pub(super) fn serve(&self, others: &Cases) -> bool {
        self.send.is_some() && others.recvs.contains(&self.send)
    }

    fn random(form: Form, channels: u64, random: &mut Random) -> Cases {
        let mut any =
            |in_ten: u64| (random.below(10) < in_ten).then(|| random.below(channels) as usize);
        let (always, often, at_times, send) = (any(10), any(8), any(5), any(6));
        match form {
            Form::Recv => Cases {
                recvs: [always, None],
                send: None,
            },
            Form::Send | Form::OnlySend => Cases {
                recvs: [None; 2],
                send: always,
            },
            Form::Fair | Form::Biased => Cases {
                recvs: [often, at_times],
                send,
            },
            Form::Polls => Cases {
                recvs: [often, None],
                send,
            },
            Form::Dynamic | Form::DynamicBiased => Cases {
                recvs: [always, often],
                send,
            },
            Form::Ready => Cases {
                recvs: [always, None],
                send,
            },
        }
    }
}

/// Something outside of the channels that is waited for.
#[derive(Default)]
pub(super) struct Gate {
    is_open: Cell<bool>,
    is_reached: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Gate {
    async fn pass(&self) {
        self.is_reached.set(true);
        poll_fn(|cx| {
            if self.is_open.get() {
                return Poll::Ready(());
            }
            let fresh = cx.waker().clone();
            // Whatever wakers do when they are dropped, they find this one at peace.
            let old = self.waker.replace(Some(fresh));
            drop(old);
            Poll::Pending
        })
        .await;
    }

    pub(super) fn open(&self) {
        self.is_open.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open.get()
    }

    /// Whether somebody stands before it.
    pub(super) fn holds_up(&self) -> bool {
        self.is_reached.get() && !self.is_open.get()
    }
}

pub(super) struct Actor {
    /// Its own, and that of the message that it may send.
    pub(super) id: u64,
    pub(super) form: Form,
    pub(super) cases: Cases,
    /// The value of its send, once that is chosen, takes until this opens.
    pub(super) value: Rc<Gate>,
    /// The future among its cases, if it has one, takes until this opens.
    pub(super) arm: Rc<Gate>,
    /// The number of the waker that it was last polled with.
    pub(super) waker: Option<usize>,
    future: Pin<Box<dyn Future<Output = Outcome>>>,
}

impl Actor {
    pub(super) fn random(id: u64, channels: &Channels, random: &mut Random) -> Actor {
        let form = FORMS[random.below(FORMS.len() as u64) as usize];
        let cases = Cases::random(form, channels.len() as u64, random);
        let (value, arm) = (Rc::<Gate>::default(), Rc::<Gate>::default());
        value.is_open.set(random.one_in(2));
        let hand = Hand {
            id,
            channels: Rc::clone(channels),
            cases,
            value: Rc::clone(&value),
            arm: Rc::clone(&arm),
        };
        Actor {
            id,
            form,
            cases,
            value,
            arm,
            waker: None,
            future: hand.play(form),
        }
    }

    pub(super) fn poll(&mut self, waker: &Waker) -> Poll<Outcome> {
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }

    /// Whether the future among its cases is ready.
    pub(super) fn has_an_open_arm(&self) -> bool {
        self.form == Form::Polls && self.arm.is_open()
    }

    /// Whether it only watches, and will neither send nor receive.
    pub(super) fn watches(&self) -> bool {
        self.form == Form::Ready
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cases { recvs, send } = self.cases;
        let recvs: Vec<usize> = recvs.into_iter().flatten().collect();
        write!(
            f,
            "{:?} {}: recv {recvs:?} send {send:?}",
            self.form, self.id
        )
    }
}

/// What an actor's future owns.
struct Hand {
    id: u64,
    channels: Channels,
    cases: Cases,
    value: Rc<Gate>,
    arm: Rc<Gate>,
}

impl Hand {
    fn play(self, form: Form) -> Pin<Box<dyn Future<Output = Outcome>>> {
        match form {
            Form::Recv => Box::pin(self.recv()),
            Form::Send => Box::pin(self.send()),
            Form::Fair => Box::pin(self.fair()),
            Form::Biased => Box::pin(self.biased()),
            Form::Polls => Box::pin(self.polls()),
            Form::OnlySend => Box::pin(self.only_send()),
            Form::Dynamic => Box::pin(self.dynamic(false)),
            Form::DynamicBiased => Box::pin(self.dynamic(true)),
            Form::Ready => Box::pin(self.ready()),
        }
    }

    fn rx(&self, i: usize) -> Option<&Receiver<u64>> {
        self.cases.recvs[i].map(|i| &self.channels[i].1)
    }

    fn tx(&self) -> Option<&Sender<u64>> {
        self.cases.send.map(|i| &self.channels[i].0)
    }

    async fn value(&self) -> u64 {
        self.value.pass().await;
        self.id
    }

    fn sent<E>(&self, sent: Result<(), E>) -> Outcome {
        sent.map_or(Outcome::Nothing, |()| Outcome::Sent(self.id))
    }

    async fn recv(self) -> Outcome {
        received(self.rx(0).unwrap().recv_async().await)
    }

    async fn send(self) -> Outcome {
        self.sent(self.tx().unwrap().send_async(self.id).await)
    }

    async fn fair(self) -> Outcome {
        select_async! {
            recv(self.rx(0)) -> message => received(message),
            recv(self.rx(1)) -> message => received(message),
            send(self.tx(), self.value().await) -> sent => self.sent(sent),
        }
    }

    async fn biased(self) -> Outcome {
        select_biased_async! {
            recv(self.rx(0)) -> message => received(message),
            send(self.tx(), self.value().await) -> sent => self.sent(sent),
            recv(self.rx(1)) -> message => received(message),
        }
    }

    async fn polls(self) -> Outcome {
        select_async! {
            wait(self.arm.pass()) -> () => Outcome::Nothing,
            recv(self.rx(0)) -> message => received(message),
            send(self.tx(), self.value().await) -> sent => self.sent(sent),
        }
    }

    async fn only_send(self) -> Outcome {
        let tx = self.tx().unwrap();
        select_async! { send(tx, self.value().await) -> sent => self.sent(sent) }
    }

    async fn dynamic(self, is_biased: bool) -> Outcome {
        let mut select = if is_biased {
            Select::new_biased()
        } else {
            Select::new()
        };
        let recvs = [0, 1].map(|i| self.rx(i).map(|rx| (select.recv(rx), rx)));
        let send = self.tx().map(|tx| (select.send(tx), tx));
        let operation = select.select_async().await;
        let chosen = operation.index();
        match recvs.into_iter().flatten().find(|(i, _)| *i == chosen) {
            Some((_, rx)) => received(operation.recv(rx)),
            None => {
                let (index, tx) = send.unwrap();
                assert_eq!(index, chosen, "there is no other case");
                self.sent(operation.send(tx, self.id))
            }
        }
    }

    async fn ready(self) -> Outcome {
        let mut select = Select::new();
        select.recv(self.rx(0).unwrap());
        if let Some(tx) = self.tx() {
            select.send(tx);
        }
        select.ready_async().await;
        Outcome::Nothing
    }
}

fn received<E>(received: Result<u64, E>) -> Outcome {
    received.map_or(Outcome::Nothing, Outcome::Received)
}
