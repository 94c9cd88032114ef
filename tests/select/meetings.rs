//! Two selects that meet on rendezvous channels: exactly one exchange per meeting, whichever arm it
//! is, between threads, between tasks, and between one and the other.

use crate::common::{Me, Place, watchdog};
use towpath::{Receiver, Sender, bounded};

const MEETINGS: u64 = 3000;

/// A line in each direction.
#[derive(Clone)]
struct Lines {
    there: (Sender<u64>, Receiver<u64>),
    back: (Sender<u64>, Receiver<u64>),
}

impl Lines {
    fn new() -> Lines {
        Lines {
            there: bounded(0),
            back: bounded(0),
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Met {
    sent: Vec<u64>,
    received: Vec<u64>,
}

/// One exchange per round with whoever does the same the other way round.
async fn meet(me: Me, to: Sender<u64>, from: Receiver<u64>, first: bool, rounds: u64) -> Met {
    let mut met = Met::default();
    for round in 0..rounds {
        me.at("meet", round);
        // In either order of the arms.
        if first {
            select_at!(me;
                send(to, round) -> sent => { sent.unwrap(); met.sent.push(round); }
                recv(from) -> message => met.received.push(message.unwrap()),
            );
        } else {
            select_at!(me;
                recv(from) -> message => met.received.push(message.unwrap()),
                send(to, round) -> sent => { sent.unwrap(); met.sent.push(round); }
            );
        }
    }
    met
}

fn pairs() -> Vec<(Place, Place)> {
    let mut pairs = vec![(Place::Thread, Place::Thread)];
    let tasks = [Place::TokioMulti, Place::TokioCurrent, Place::Smol];
    for task in tasks {
        pairs.push((Place::Thread, task));
        pairs.extend(tasks.map(|other| (task, other)));
    }
    pairs
}

/// A double commit, or a rendezvous that both sides believe to have lost, shows as different
/// accounts or as a hang.
#[test]
fn two_selects_meet_once_per_round() {
    for (one, two) in pairs() {
        watchdog(60, move |crew| {
            let lines = Lines::new();
            let ours = lines.clone();
            let one = crew.act(one, "one", move |me| {
                meet(me, ours.there.0, ours.back.1, true, MEETINGS)
            });
            let two = crew.act(two, "two", move |me| {
                meet(me, lines.back.0, lines.there.1, false, MEETINGS)
            });
            let (one, two) = (one.join(), two.join());
            assert_eq!(one.sent, two.received);
            assert_eq!(one.received, two.sent);
            assert_eq!(one.sent.len() + one.received.len(), MEETINGS as usize);
        });
    }
}

/// Several at a time on either side: who meets whom is open, the sums are not.
#[test]
fn many_selects_meet_in_pairs() {
    let places = [
        Place::Thread,
        Place::TokioMulti,
        Place::Smol,
        Place::TokioCurrent,
    ];
    watchdog(60, move |crew| {
        let lines = Lines::new();
        let mut ones = Vec::new();
        let mut twos = Vec::new();
        for place in places {
            let ours = lines.clone();
            ones.push(crew.act(place, format!("one at {place:?}"), move |me| {
                meet(me, ours.there.0, ours.back.1, true, MEETINGS)
            }));
            let ours = lines.clone();
            twos.push(crew.act(place, format!("two at {place:?}"), move |me| {
                meet(me, ours.back.0, ours.there.1, false, MEETINGS)
            }));
        }
        drop(lines);
        let count = |side: Vec<crate::common::Join<Met>>| {
            let all: Vec<Met> = side.into_iter().map(|met| met.join()).collect();
            let sent: usize = all.iter().map(|met| met.sent.len()).sum();
            let received: usize = all.iter().map(|met| met.received.len()).sum();
            (sent, received)
        };
        let (one, two) = (count(ones), count(twos));
        assert_eq!(one, (two.1, two.0));
        assert_eq!(one.0 + one.1, places.len() * MEETINGS as usize);
    });
}

/// A ring of selects, each with a neighbour on either side: no order of waiting may deadlock.
#[test]
fn a_ring_of_selects_does_not_deadlock() {
    let places = [
        Place::Thread,
        Place::TokioMulti,
        Place::Smol,
        Place::Thread,
        Place::TokioCurrent,
    ];
    watchdog(60, move |crew| {
        let (senders, receivers): (Vec<_>, Vec<_>) = places.iter().map(|_| bounded(0)).unzip();
        let actors: Vec<_> = places
            .into_iter()
            .enumerate()
            .map(|(i, place)| {
                let to = senders[i].clone();
                let from = receivers[(i + 1) % receivers.len()].clone();
                crew.act(place, format!("in the ring {i}"), move |me| async move {
                    // Until each has had its rounds, or the neighbours have gone home.
                    let (mut sent, mut received) = (0u64, 0u64);
                    let mut open = (Some(to), Some(from));
                    while open.0.is_some() || open.1.is_some() {
                        me.at("in the ring", sent + received);
                        select_at!(me;
                            send(open.0, i) -> result => match result {
                                Ok(()) => sent += 1,
                                Err(_) => open.0 = None,
                            },
                            recv(open.1) -> message => match message {
                                Ok(_) => received += 1,
                                Err(_) => open.1 = None,
                            },
                        );
                        if sent >= MEETINGS {
                            open.0 = None;
                        }
                    }
                    (sent, received)
                })
            })
            .collect();
        drop((senders, receivers));
        for actor in actors {
            assert_eq!(actor.join(), (MEETINGS, MEETINGS));
        }
    });
}
