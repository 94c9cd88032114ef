//! Random walks: selects of all forms on one thread, polled only as they are woken, until they come to
//! rest. Then an oracle, which knows nothing of lines and promises, says whether they may: nobody
//! sleeps beside what it waits for, every message that was sent is received once, and no waker is left.
//!
//! In half of the walks the wakers meddle: whenever one is cloned, woken or dropped, that is in the
//! midst of some operation, others may be started, polled and given up.
//!
//! `TOWPATH_SEEDS=0..1000000` walks farther, `TOWPATH_SEEDS=17` repeats the one that failed.

mod actors;
mod oracle;
mod wakers;
mod world;

use crate::common::watchdog;
use std::ops::Range;
use std::rc::Rc;
use world::World;

/// They take about a second where nothing is optimised.
const SEEDS: Range<u64> = 0..2000;

/// As many walks as one watchdog sees to: in a long run, too, a walk that hangs is noticed soon.
const FLOCK: usize = 10_000;

#[test]
fn random_walks() {
    walk_all(false);
}

#[test]
fn random_walks_with_wakers_that_meddle() {
    walk_all(true);
}

fn walk_all(meddles: bool) {
    let seeds: Vec<u64> = seeds().collect();
    for flock in seeds.chunks(FLOCK) {
        let flock = flock.to_vec();
        watchdog(60, move |crew| {
            crew.thread("walker", move |me| {
                for seed in flock {
                    me.at("walks; its TOWPATH_SEEDS is", seed);
                    walk(seed, meddles);
                }
            });
        });
    }
}

/// `TOWPATH_SEEDS`, which is a range or one number, or else a few.
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("TOWPATH_SEEDS") else {
        return SEEDS;
    };
    let number = |text: &str| {
        text.parse::<u64>()
            .expect("TOWPATH_SEEDS is FROM..TO or one")
    };
    let (from, to) = text.split_once("..").unwrap_or((&text, ""));
    let from = number(from);
    from..if to.is_empty() { from + 1 } else { number(to) }
}

fn walk(seed: u64, meddles: bool) {
    let world = World::new(seed, meddles);
    wakers::begin(Rc::downgrade(&world));
    world.wander();
    world.settle();
    let (actors, mut books) = world.end();
    oracle::nobody_sleeps_in_vain(&actors, &world.channels);
    actors.iter().for_each(|actor| books.give_up(actor));
    drop(actors);
    for (_, rx) in &world.channels[..] {
        while let Ok(message) = rx.try_recv() {
            books.received(message);
        }
    }
    books.balance();
    drop(world);
    assert_eq!(wakers::alive(), 0, "wakers are left, or dropped twice");
}
