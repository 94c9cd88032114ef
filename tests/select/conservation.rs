//! Conservation: selectors that receive from some channels and send to others, in every form, giving
//! up at random; threads, tasks, and both. At the end every message was received exactly once or
//! stayed with its sender, and nothing is left alive.
//!
//! `TOWPATH_SOAK_SECONDS` sets how long each kind runs (2 by default).

use crate::common::{
    Crew, FLAVOURS, Join, Ledger, Me, Place, Random, Sent, Token, channel, give_up_at_random,
    pause, settle, soak, soak_patience, watchdog,
};
use std::time::{Duration, Instant};
use towpath::{
    Receiver, Select, SelectedOperation, Sender, bounded, select_async, select_biased_async,
};

type Channels = Vec<(Sender<Token>, Receiver<Token>)>;

/// One of those that take part, with its accounts.
struct Selector {
    me: Me,
    channels: Channels,
    /// Disconnected when the time is up.
    quit: Receiver<()>,
    random: Random,
    sent: Sent,
    got: Vec<u64>,
}

/// What one select looks at: two channels to receive from, one to send to. They may be the same.
struct Hand<'a> {
    from: [&'a Receiver<Token>; 2],
    to: &'a Sender<Token>,
}

/// What one select did.
enum Did {
    Got(Token),
    /// Sent, or not because the channel was closed.
    Sent(bool),
    Nothing,
    Quit,
}

fn got<E>(token: Result<Token, E>) -> Did {
    token.map_or(Did::Nothing, Did::Got)
}

impl Selector {
    /// Until the time is up, offers numbered tokens and takes whatever comes.
    async fn run(mut self, ledger: Ledger, ids: std::ops::Range<u64>) -> (Sent, Vec<u64>) {
        for id in ids {
            self.me.at("select", id);
            let mut parcel = Some(ledger.token(id));
            let kind = self.random.below(7);
            let did = self.select(kind, &mut parcel).await;
            match did {
                Some(Did::Got(token)) => self.got.push(token.id),
                Some(Did::Sent(true)) => self.sent.surely.push(id),
                Some(Did::Sent(false) | Did::Nothing) => {}
                Some(Did::Quit) => return (self.sent, self.got),
                None if parcel.is_none() => self.sent.perhaps.push(id),
                None => {}
            }
            if self.random.one_in(64) {
                pause().await;
            }
        }
        unreachable!("more numbers than any run can use");
    }

    /// One select of some kind; `None` if it was given up.
    async fn select(&mut self, kind: u64, parcel: &mut Option<Token>) -> Option<Did> {
        let Selector {
            me,
            channels,
            quit,
            random,
            ..
        } = self;
        let mut any = || &channels[random.below(channels.len() as u64) as usize];
        let hand = Hand {
            from: [&any().1, &any().1],
            to: &any().0,
        };
        let patience = Duration::from_micros(random.below(200));
        match kind {
            0 => Some(hand.wait(me, quit, parcel).await),
            1 => Some(hand.look(me, quit, parcel).await),
            2 if me.blocks() => Some(hand.wait_bounded(quit, parcel, patience)),
            3 => give_up_at_random(hand.biased(quit, parcel), random).await,
            4 if me.blocks() => Some(hand.dynamic_bounded(quit, parcel, patience)),
            5 => give_up_at_random(hand.dynamic(quit, parcel), random).await,
            _ => give_up_at_random(hand.any(quit, parcel), random).await,
        }
    }
}

impl Hand<'_> {
    async fn wait(&self, me: &Me, quit: &Receiver<()>, parcel: &mut Option<Token>) -> Did {
        select_at!(me;
            recv(self.from[0]) -> token => got(token),
            send(self.to, parcel.take().unwrap()) -> sent => Did::Sent(sent.is_ok()),
            recv(self.from[1]) -> token => got(token),
            recv(quit) -> _ => Did::Quit,
        )
    }

    async fn look(&self, me: &Me, quit: &Receiver<()>, parcel: &mut Option<Token>) -> Did {
        select_at!(me;
            recv(self.from[0]) -> token => got(token),
            recv(self.from[1]) -> token => got(token),
            recv(quit) -> _ => Did::Quit,
            send(self.to, parcel.take().unwrap()) -> sent => Did::Sent(sent.is_ok()),
            default => Did::Nothing,
        )
    }

    fn wait_bounded(
        &self,
        quit: &Receiver<()>,
        parcel: &mut Option<Token>,
        patience: Duration,
    ) -> Did {
        towpath::select! {
            send(self.to, parcel.take().unwrap()) -> sent => Did::Sent(sent.is_ok()),
            recv(self.from[0]) -> token => got(token),
            recv(self.from[1]) -> token => got(token),
            recv(quit) -> _ => Did::Quit,
            default(patience) => Did::Nothing,
        }
    }

    async fn any(&self, quit: &Receiver<()>, parcel: &mut Option<Token>) -> Did {
        select_async! {
            recv(self.from[0]) -> token => got(token),
            wait(self.from[1].recv_async()) -> token => got(token),
            send(self.to, parcel.take().unwrap()) -> sent => Did::Sent(sent.is_ok()),
            recv(quit) -> _ => Did::Quit,
        }
    }

    async fn biased(&self, quit: &Receiver<()>, parcel: &mut Option<Token>) -> Did {
        select_biased_async! {
            recv(quit) -> _ => Did::Quit,
            recv(self.from[0]) -> token => got(token),
            recv(self.from[1]) -> token => got(token),
            send(self.to, parcel.take().unwrap()) -> sent => Did::Sent(sent.is_ok()),
        }
    }

    /// All cases, in a fixed order.
    fn cases<'a>(&'a self, quit: &'a Receiver<()>) -> Select<'a> {
        let mut select = Select::new();
        select.recv(self.from[0]);
        select.recv(self.from[1]);
        select.send(self.to);
        select.recv(quit);
        select
    }

    fn complete(
        &self,
        chosen: SelectedOperation<'_>,
        quit: &Receiver<()>,
        parcel: &mut Option<Token>,
    ) -> Did {
        match chosen.index() {
            2 => Did::Sent(chosen.send(self.to, parcel.take().unwrap()).is_ok()),
            3 => {
                assert!(chosen.recv(quit).is_err());
                Did::Quit
            }
            index => got(chosen.recv(self.from[index])),
        }
    }

    async fn dynamic(&self, quit: &Receiver<()>, parcel: &mut Option<Token>) -> Did {
        let mut select = self.cases(quit);
        let chosen = select.select_async().await;
        self.complete(chosen, quit, parcel)
    }

    fn dynamic_bounded(
        &self,
        quit: &Receiver<()>,
        parcel: &mut Option<Token>,
        patience: Duration,
    ) -> Did {
        let mut select = self.cases(quit);
        match select.select_timeout(patience) {
            Ok(chosen) => self.complete(chosen, quit, parcel),
            Err(_) => Did::Nothing,
        }
    }
}

/// Runs one selector at each place until the time is up, then settles accounts.
fn soak_selectors(crew: &Crew, channels: &Channels, places: &[Place], time: Duration) {
    let ledger = Ledger::new();
    let (running, quit) = bounded::<()>(0);
    let selectors: Vec<Join<(Sent, Vec<u64>)>> = (0..)
        .zip(places)
        .map(|(i, &place)| {
            let (channels, quit, ledger) = (channels.clone(), quit.clone(), ledger.clone());
            crew.act(place, format!("selector {i}"), move |me| {
                let selector = Selector {
                    me,
                    channels,
                    quit,
                    random: Random::new(i),
                    sent: Sent::default(),
                    got: Vec::new(),
                };
                selector.run(ledger, i * 1_000_000_000..(i + 1) * 1_000_000_000)
            })
        })
        .collect();
    // Nothing is sent here: this is how long the soak is.
    assert!(quit.recv_deadline(Instant::now() + time).is_err());
    drop(running);
    let (mut surely, mut perhaps, mut got) = (Vec::new(), Vec::new(), Vec::new());
    for selector in selectors {
        let (sent, received) = selector.join();
        surely.extend(sent.surely);
        perhaps.extend(sent.perhaps);
        got.extend(received);
    }
    for (_, rx) in channels {
        got.extend(rx.try_iter().map(|token| token.id));
    }
    settle(got, surely, perhaps);
    ledger.assert_live(0);
}

/// First over all flavours at once, then over rendezvous channels only, then over few small ones.
fn soak_all(places: &'static [Place]) {
    let kinds: [&[Option<usize>]; 3] = [&FLAVOURS, &[Some(0); 3], &[Some(1), Some(0), Some(3)]];
    let each = soak() / kinds.len() as u32;
    watchdog(soak_patience(1), move |crew| {
        for kind in kinds {
            let channels: Channels = kind.iter().map(|&capacity| channel(capacity)).collect();
            soak_selectors(crew, &channels, places, each);
        }
    });
}

#[test]
fn threads_that_select_lose_nothing() {
    soak_all(&[Place::Thread; 4]);
}

#[test]
fn tasks_that_select_lose_nothing_on_tokio_multi_thread() {
    soak_all(&[Place::TokioMulti; 5]);
}

#[test]
fn tasks_that_select_lose_nothing_on_one_thread() {
    soak_all(&[Place::TokioCurrent; 5]);
}

#[test]
fn tasks_that_select_lose_nothing_on_smol_and_a_local_pool() {
    soak_all(&[
        Place::Smol,
        Place::FuturesLocal,
        Place::Smol,
        Place::FuturesLocal,
    ]);
}

#[test]
fn threads_and_tasks_that_select_lose_nothing() {
    soak_all(&[
        Place::Thread,
        Place::TokioMulti,
        Place::Thread,
        Place::TokioCurrent,
        Place::Smol,
    ]);
}
