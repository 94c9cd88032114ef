//! The choice among the ready cases is uniform, and independent from one select to the next: up to
//! a million picks each, compared with what chance allows.
//!
//! A rotating start is not enough: where only some cases are ready, the first ready one after a gap
//! would be chosen more often. So ready cases stand beside others that never are.

use crate::common::{Alarm, poll, ready};
use crate::receiving;
use std::task::Poll;
use towpath::{Receiver, Select, Sender, bounded, never, select, select_async, unbounded};

/// For the plain macro and the plain dynamic select.
const MILLION: u64 = 1_000_000;
/// For each variation.
const PICKS: u64 = 200_000;

/// How often each of `N` was picked, and after which.
struct Tally<const N: usize> {
    picks: [u64; N],
    pairs: [[u64; N]; N],
    last: usize,
}

impl<const N: usize> Tally<N> {
    fn of(picks: u64, mut pick: impl FnMut() -> usize) -> Tally<N> {
        let mut tally = Tally {
            picks: [0; N],
            pairs: [[0; N]; N],
            last: pick(),
        };
        for _ in 0..picks {
            let picked = pick();
            tally.picks[picked] += 1;
            tally.pairs[tally.last][picked] += 1;
            tally.last = picked;
        }
        tally
    }

    /// Six standard deviations: chance goes beyond twice in a billion.
    fn is_by_chance(counts: impl IntoIterator<Item = u64>) -> bool {
        let counts: Vec<u64> = counts.into_iter().collect();
        let total = counts.iter().sum::<u64>() as f64;
        let probability = 1.0 / counts.len() as f64;
        let deviation = (total * probability * (1.0 - probability)).sqrt();
        counts
            .iter()
            .all(|&count| (count as f64 - total * probability).abs() < 6.0 * deviation)
    }

    #[track_caller]
    fn assert_uniform(&self, what: &str) {
        let (picks, pairs) = (self.picks, self.pairs);
        assert!(Self::is_by_chance(picks), "{what}: {picks:?}");
        assert!(
            Self::is_by_chance(pairs.into_iter().flatten()),
            "{what}: {pairs:?}"
        );
    }
}

/// Receivers that are always ready, having no sender.
fn over<const N: usize>() -> [Receiver<u64>; N] {
    std::array::from_fn(|i| bounded(i % 4).1)
}

/// A channel with a message in it that `turn` takes out and puts back.
fn always_full() -> (Sender<u64>, Receiver<u64>) {
    let (tx, rx) = bounded(3);
    tx.send(0).unwrap();
    (tx, rx)
}

#[test]
fn the_macro_picks_uniformly() {
    let [a, b, c, d] = over();
    let tally = Tally::<4>::of(MILLION, || {
        select! {
            recv(a) -> _ => 0,
            recv(b) -> _ => 1,
            recv(c) -> _ => 2,
            recv(d) -> _ => 3,
        }
    });
    tally.assert_uniform("four receives");
}

#[test]
fn the_macro_picks_uniformly_with_a_default() {
    let [a, b] = over();
    let tally = Tally::<2>::of(PICKS, || {
        select! {
            recv(a) -> _ => 0,
            recv(b) -> _ => 1,
            default => unreachable!("two are ready"),
        }
    });
    tally.assert_uniform("two receives and a default");
}

#[test]
fn the_macro_picks_uniformly_among_the_ready_beside_others() {
    let [a, b, c] = over();
    let (_tx, empty) = bounded::<u64>(1);
    let tally = Tally::<3>::of(PICKS, || {
        select! {
            recv(a) -> _ => 0,
            recv(b) -> _ => 1,
            recv(empty) -> _ => unreachable!(),
            recv(empty) -> _ => unreachable!(),
            recv(never::<u64>()) -> _ => unreachable!(),
            recv(c) -> _ => 2,
            recv(None::<Receiver<u64>>) -> _ => unreachable!(),
        }
    });
    tally.assert_uniform("three ready among seven");
}

#[test]
fn the_macro_picks_uniformly_among_sends_and_receives() {
    let (tx, rx) = always_full();
    let [gone] = over();
    let tally = Tally::<3>::of(PICKS, || {
        select! {
            recv(rx) -> message => { tx.send(message.unwrap()).unwrap(); 0 }
            send(tx, 1) -> sent => { sent.unwrap(); rx.recv().unwrap(); 1 }
            recv(gone) -> _ => 2,
        }
    });
    tally.assert_uniform("a send and two receives");
}

/// A channel in several arms has that many chances.
#[test]
fn the_same_channel_in_two_arms_is_picked_as_two() {
    let [a, b] = over();
    let tally = Tally::<3>::of(PICKS, || {
        select! {
            recv(a) -> _ => 0,
            recv(b) -> _ => 1,
            recv(a) -> _ => 2,
        }
    });
    tally.assert_uniform("a channel twice, and another");
}

#[test]
fn the_async_macro_picks_uniformly() {
    let [a, b, c] = over();
    let (_tx, empty) = bounded::<u64>(1);
    let tally = Tally::<3>::of(PICKS, || {
        ready(async {
            select_async! {
                recv(empty) -> _ => unreachable!(),
                recv(a) -> _ => 0,
                recv(b) -> _ => 1,
                recv(empty) -> _ => unreachable!(),
                recv(c) -> _ => 2,
            }
        })
    });
    tally.assert_uniform("three ready among five, awaited");
}

/// Completes the chosen operation; all receivers are disconnected or full.
#[test]
fn the_dynamic_select_picks_uniformly() {
    let receivers: [_; 5] = over();
    let mut select = receiving(Select::new(), &receivers);
    let tally = Tally::<5>::of(MILLION, || {
        let chosen = select.select();
        let index = chosen.index();
        assert!(chosen.recv(&receivers[index]).is_err());
        index
    });
    tally.assert_uniform("select");
    Tally::<5>::of(PICKS, || select.ready()).assert_uniform("ready");
    let tally = Tally::<5>::of(PICKS, || select.try_ready().unwrap());
    tally.assert_uniform("try_ready");
    let tally = Tally::<5>::of(PICKS, || ready(select.ready_async()));
    tally.assert_uniform("ready_async");
    let tally = Tally::<5>::of(PICKS, || {
        let chosen = ready(select.select_async());
        let index = chosen.index();
        assert!(chosen.recv(&receivers[index]).is_err());
        index
    });
    tally.assert_uniform("select_async");
}

#[test]
fn the_dynamic_select_picks_uniformly_among_the_ready_beside_others() {
    let receivers: [_; 3] = over();
    let (_tx, empty) = bounded::<u64>(1);
    let mut select = Select::new();
    for rx in [
        &receivers[0],
        &receivers[1],
        &empty,
        &empty,
        &empty,
        &receivers[2],
    ] {
        select.recv(rx);
    }
    let tally = Tally::<3>::of(PICKS, || {
        let chosen = select.try_select().unwrap();
        let picked = [0, 1, 9, 9, 9, 2][chosen.index()];
        assert!(chosen.recv(&receivers[picked]).is_err());
        picked
    });
    tally.assert_uniform("three ready among six");
}

#[test]
fn the_tally_finds_what_is_not_uniform() {
    let mut turn = 0;
    let mut rotating = || {
        turn = (turn + 1) % 3;
        turn
    };
    let tally = Tally::<3>::of(9000, &mut rotating);
    assert!(Tally::<3>::is_by_chance(tally.picks));
    assert!(
        !Tally::<3>::is_by_chance(tally.pairs.into_iter().flatten()),
        "in turn"
    );
    let mut turn = 0;
    let tally = Tally::<2>::of(9000, || {
        turn = (turn + 1) % 4;
        usize::from(turn == 0)
    });
    assert!(!Tally::<2>::is_by_chance(tally.picks), "three to one");
}

/// A select that was notified, and found that others were faster, goes back to the front of the
/// line: the next message is its, not that of who came after it.
#[test]
fn a_select_that_was_beaten_keeps_its_place() {
    for (tx, rx) in [bounded(4), unbounded()] {
        let (first, first_waker) = Alarm::new();
        let (second, second_waker) = Alarm::new();
        let mut selecting = Box::pin(async {
            select_async! { recv(rx) -> got => got }
        });
        let mut receiving = Box::pin(rx.recv_async());
        assert!(poll(&mut selecting, &first_waker).is_pending());
        assert!(poll(&mut receiving, &second_waker).is_pending());
        for round in 1..4 {
            tx.send(round).unwrap();
            assert_eq!(rx.try_recv(), Ok(round), "a third one is faster");
            assert_eq!((first.rings(), second.rings()), (round, 0));
            assert!(poll(&mut selecting, &first_waker).is_pending());
        }
        tx.send(4).unwrap();
        assert_eq!(poll(&mut selecting, &first_waker), Poll::Ready(Ok(4)));
        assert_eq!(second.rings(), 0);
        tx.send(5).unwrap();
        assert_eq!(poll(&mut receiving, &second_waker), Poll::Ready(Ok(5)));
    }
}
