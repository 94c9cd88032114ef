//! The concurrent prime sieve: a chain of filters that grows by one actor per prime.

use crate::PLACES;
use crate::common::{Crew, Me, Place, watchdog};
use towpath::{Receiver, Sender, bounded};

const PRIMES: usize = 60;

/// A stage of the chain, and where it is told to stop.
struct Stage {
    crew: Crew,
    place: Place,
    quit: Receiver<()>,
}

impl Stage {
    /// Starts an actor that sends what `step` makes of each number until somebody stops it.
    fn start(
        &self,
        name: String,
        numbers: impl Numbers,
        keep: impl Fn(u64) -> bool + Send + 'static,
    ) -> Receiver<u64> {
        let (tx, rx) = bounded(0);
        let quit = self.quit.clone();
        self.crew.act(self.place, name, move |me| async move {
            let mut numbers = numbers;
            while let Some(number) = numbers.next(&me).await {
                me.at("pass on", number);
                if keep(number) && !offer(&me, &tx, &quit, number).await {
                    return;
                }
            }
        });
        rx
    }
}

/// Sends, unless the sieve is told to quit or nobody listens any more.
async fn offer(me: &Me, tx: &Sender<u64>, quit: &Receiver<()>, number: u64) -> bool {
    select_at!(me;
        send(tx, number) -> sent => sent.is_ok(),
        recv(quit) -> _ => false,
    )
}

/// Where a stage gets its numbers from.
trait Numbers: Send + 'static {
    fn next(&mut self, me: &Me) -> impl Future<Output = Option<u64>> + Send;
}

/// 2, 3, 4, …
struct All(u64);

impl Numbers for All {
    async fn next(&mut self, _: &Me) -> Option<u64> {
        self.0 += 1;
        Some(self.0)
    }
}

impl Numbers for Receiver<u64> {
    async fn next(&mut self, me: &Me) -> Option<u64> {
        me.recv(self).await.ok()
    }
}

async fn sieve(me: Me, crew: Crew, place: Place) -> Vec<u64> {
    // Disconnected when `running` goes: every stage sees it.
    let (running, quit) = bounded::<()>(0);
    let stage = Stage { crew, place, quit };
    let mut numbers = stage.start("all numbers".to_string(), All(1), |_| true);
    let mut primes = Vec::new();
    while primes.len() < PRIMES {
        me.at("wait for a prime", primes.len() as u64);
        let prime = me.recv(&numbers).await.expect("the chain is endless");
        primes.push(prime);
        let name = format!("sieve of {prime}");
        numbers = stage.start(name, numbers, move |number| number % prime != 0);
    }
    drop(running);
    primes
}

fn by_division() -> Vec<u64> {
    let prime = |n: &u64| (2..*n).all(|d| n % d != 0);
    (2..).filter(prime).take(PRIMES).collect()
}

/// A hang, a filter that is never told to quit, or a number that overtakes another shows.
#[test]
fn the_sieve_finds_the_primes_and_ends() {
    for place in PLACES {
        watchdog(60, move |crew| {
            let starter = crew.clone();
            let sieving = move |me| sieve(me, starter, place);
            let primes = crew.act(place, format!("sieve at {place:?}"), sieving);
            assert_eq!(primes.join(), by_division());
        });
    }
}
