//! Values on the heap through very many channels that live for one message each, the sender
//! racing with a receiver that gives up: every value is dropped once, whoever owns it in the end.

use crate::PLACES;
use crate::common::{Crew, Ledger, Me, Place, Token, watchdog};
use towpath::{Receiver, Sender, bounded};

const ASKERS: u64 = 8;
const ROUNDS: u64 = 200;

/// Answers, unless the asker has gone already.
async fn answer(me: Me, tx: Sender<Token>, gone: Receiver<()>, token: Token) -> bool {
    me.at("answer", token.id);
    select_at!(me;
        send(tx, token) -> sent => sent.is_ok(),
        recv(gone) -> _ => false,
    )
}

/// Waits for the answer, unless it is told to stop.
async fn ask(me: &Me, rx: Receiver<Token>, stop: &Receiver<()>) -> Option<Token> {
    select_at!(me;
        recv(rx) -> token => token.ok(),
        recv(stop) -> _ => None,
    )
}

/// Counts the answers it got; one in four times it is told to stop at once.
async fn asker(me: Me, crew: Crew, place: Place, capacity: usize, ledger: Ledger) -> u64 {
    let mut got = 0;
    for round in 0..ROUNDS {
        me.at("round", round);
        let (tx, rx) = bounded(capacity);
        let (here, gone) = bounded(0);
        let (stopper, stop) = bounded(1);
        let token = ledger.token(round);
        crew.act(place, "answer", move |me| answer(me, tx, gone, token));
        if round % 4 == 0 {
            stopper.try_send(()).expect("there is room");
        }
        let token = ask(&me, rx, &stop).await;
        got += u64::from(token.is_some_and(|token| token.id == round));
        drop(here);
    }
    got
}

#[test]
fn values_sent_through_short_lived_channels_are_dropped_once() {
    for place in PLACES {
        for capacity in [0, 1] {
            let ledger = Ledger::new();
            let booked = ledger.clone();
            watchdog(60, move |crew| {
                let askers: Vec<_> = (0..ASKERS)
                    .map(|i| {
                        let (crew, ledger) = (crew.clone(), booked.clone());
                        let starter = crew.clone();
                        let name = format!("asker {i}, capacity {capacity}");
                        starter.act(place, name, move |me| {
                            asker(me, crew, place, capacity, ledger)
                        })
                    })
                    .collect();
                for asker in askers {
                    assert!(asker.join() >= ROUNDS * 3 / 4, "an answer went missing");
                }
            });
            ledger.assert_live(0);
        }
    }
}
