//! A power series as a process that makes its next coefficient when asked to.

use super::rational::Rational;
use crate::common::{Crew, Me, Place};
use std::collections::VecDeque;
use std::future::Future;
use towpath::{Receiver, RecvError, SendError, Sender, bounded};

/// The consumer's end: a demand, then a coefficient.
pub(crate) struct Series {
    demands: Sender<()>,
    terms: Receiver<Rational>,
}

/// The producer's end.
pub(crate) struct Outlet {
    demands: Receiver<()>,
    terms: Sender<Rational>,
}

/// The other end is gone, so this process has nothing more to do.
pub(crate) struct Gone;

impl From<RecvError> for Gone {
    fn from(_: RecvError) -> Gone {
        Gone
    }
}

impl<T> From<SendError<T>> for Gone {
    fn from(_: SendError<T>) -> Gone {
        Gone
    }
}

/// Where the processes of one computation run.
#[derive(Clone)]
pub(crate) struct Works {
    crew: Crew,
    place: Place,
}

impl Works {
    pub(crate) fn new(crew: &Crew, place: Place) -> Works {
        Works {
            crew: crew.clone(),
            place,
        }
    }

    /// Starts the process that makes a series.
    pub(crate) fn start<F>(
        &self,
        name: &'static str,
        process: impl FnOnce(Me, Works, Outlet) -> F + Send + 'static,
    ) -> Series
    where
        F: Future<Output = Result<(), Gone>> + Send + 'static,
    {
        let (series, outlet) = line();
        self.launch(name, |me, works| process(me, works, outlet));
        series
    }

    fn launch<F>(&self, name: &'static str, process: impl FnOnce(Me, Works) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), Gone>> + Send + 'static,
    {
        let works = self.clone();
        self.crew.act(self.place, name, move |me| {
            let running = process(me, works);
            async move {
                // A process ends when nobody wants its terms, or it gets no more itself.
                let Err(Gone) = running.await else {
                    return;
                };
            }
        });
    }

    /// Two series with the coefficients of one, each asked at its own pace.
    pub(crate) fn fork(&self, series: Series) -> (Series, Series) {
        self.fork_while(series, |one, two| one.is_wanted() || two.is_wanted())
    }

    /// The same where the second series is used to make the first: it ends with the first one, or
    /// the processes of the loop would go on waiting for each other.
    pub(crate) fn fork_back(&self, series: Series) -> (Series, Series) {
        self.fork_while(series, |one, _| one.is_wanted())
    }

    fn fork_while(&self, series: Series, goes_on: fn(&Prong, &Prong) -> bool) -> (Series, Series) {
        let (one, outlet_one) = line();
        let (two, outlet_two) = line();
        self.launch("fork", move |me, _| async move {
            let (mut one, mut two) = (Prong::new(outlet_one), Prong::new(outlet_two));
            let mut asked = false;
            while goes_on(&one, &two) {
                asked = serve(&me, &series, &mut one, &mut two, asked).await?;
            }
            Ok(())
        });
        (one, two)
    }
}

fn line() -> (Series, Outlet) {
    let (demands, demanded) = bounded(0);
    let (sender, terms) = bounded(0);
    let outlet = Outlet {
        demands: demanded,
        terms: sender,
    };
    (Series { demands, terms }, outlet)
}

impl Outlet {
    /// Waits for a demand. Whoever makes a term without one runs ahead, and where series are made
    /// from themselves it runs ahead for ever.
    pub(crate) async fn asked(&self, me: &Me) -> Result<(), Gone> {
        me.at("wait for a demand", 0);
        Ok(me.recv(&self.demands).await?)
    }

    /// Gives what it was asked for.
    pub(crate) async fn give(&self, me: &Me, term: Rational) -> Result<(), Gone> {
        me.at("send a term", 0);
        Ok(me.send(&self.terms, term).await?)
    }

    /// Gives one coefficient to the next demand.
    pub(crate) async fn put(&self, me: &Me, term: Rational) -> Result<(), Gone> {
        self.asked(me).await?;
        self.give(me, term).await
    }

    /// Passes on all of `series`.
    pub(crate) async fn copy(&self, me: &Me, series: &Series) -> Result<(), Gone> {
        loop {
            self.asked(me).await?;
            self.give(me, series.get(me).await?).await?;
        }
    }
}

impl Series {
    /// The next coefficient.
    pub(crate) async fn get(&self, me: &Me) -> Result<Rational, Gone> {
        me.at("ask for a term", 0);
        me.send(&self.demands, ()).await?;
        me.at("wait for a term", 0);
        Ok(me.recv(&self.terms).await?)
    }
}

/// The next coefficients of both, asked for at the same time: whoever is ready is served. What is
/// done or not begun is a nil channel, and cannot be chosen.
pub(crate) async fn both(me: &Me, a: &Series, b: &Series) -> Result<(Rational, Rational), Gone> {
    let (mut ask_a, mut ask_b) = (Some(&a.demands), Some(&b.demands));
    let (mut from_a, mut from_b): (Option<&Receiver<_>>, Option<&Receiver<_>>) = (None, None);
    let (mut term_a, mut term_b) = (None, None);
    loop {
        if let (Some(a), Some(b)) = (term_a, term_b) {
            return Ok((a, b));
        }
        me.at("ask for two terms", 0);
        select_at!(me;
            send(ask_a, ()) -> sent => {
                sent?;
                (ask_a, from_a) = (None, Some(&a.terms));
            }
            send(ask_b, ()) -> sent => {
                sent?;
                (ask_b, from_b) = (None, Some(&b.terms));
            }
            recv(from_a) -> term => {
                from_a = None;
                term_a = Some(term?);
            }
            recv(from_b) -> term => (from_b, term_b) = (None, Some(term?)),
        );
    }
}

/// One side of a fork.
struct Prong {
    /// `None` once nobody is there.
    outlet: Option<Outlet>,
    /// A term is owed.
    owes: bool,
    /// What the other side has had already.
    queue: VecDeque<Rational>,
}

impl Prong {
    fn new(outlet: Outlet) -> Prong {
        Prong {
            outlet: Some(outlet),
            owes: false,
            queue: VecDeque::new(),
        }
    }

    fn is_wanted(&self) -> bool {
        self.outlet.is_some()
    }

    fn starves(&self) -> bool {
        self.owes && self.queue.is_empty()
    }

    fn demands(&self) -> Option<&Receiver<()>> {
        let outlet = self.outlet.as_ref().filter(|_| !self.owes);
        outlet.map(|outlet| &outlet.demands)
    }

    fn terms(&self) -> Option<&Sender<Rational>> {
        let outlet = self.outlet.as_ref();
        let outlet = outlet.filter(|_| self.owes && !self.queue.is_empty());
        outlet.map(|outlet| &outlet.terms)
    }

    fn demanded(&mut self, demand: Result<(), RecvError>) {
        self.owes = demand.is_ok();
        if demand.is_err() {
            self.outlet = None;
        }
    }

    fn served(&mut self, sent: Result<(), SendError<Rational>>) {
        self.owes = false;
        self.queue.pop_front();
        if sent.is_err() {
            self.outlet = None;
        }
    }
}

/// One step of a fork: whatever can happen next. Both sides are served while the series makes a
/// term, or one that is fed back to it would wait for itself.
async fn serve(
    me: &Me,
    series: &Series,
    one: &mut Prong,
    two: &mut Prong,
    asked: bool,
) -> Result<bool, Gone> {
    let starved = one.starves() || two.starves();
    let ask = Some(&series.demands).filter(|_| starved && !asked);
    let answer = Some(&series.terms).filter(|_| asked);
    me.at("serve two", one.queue.len().max(two.queue.len()) as u64);
    select_at!(me;
        recv(one.demands()) -> demand => one.demanded(demand),
        recv(two.demands()) -> demand => two.demanded(demand),
        send(one.terms(), one.queue[0]) -> sent => one.served(sent),
        send(two.terms(), two.queue[0]) -> sent => two.served(sent),
        send(ask, ()) -> sent => {
            sent?;
            return Ok(true);
        }
        recv(answer) -> term => {
            let term = term?;
            one.queue.push_back(term);
            two.queue.push_back(term);
            return Ok(false);
        }
    );
    Ok(asked)
}
