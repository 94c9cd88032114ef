//! The biased forms: of several ready cases the first one in the source, always.

use crate::common::ready;
use crate::receiving;
use std::time::Duration;
use towpath::{Receiver, Select, Sender, bounded, select_biased, select_biased_async};

/// Five channels, of which those in the bits of `set` have a message.
struct Five {
    senders: Vec<Sender<u32>>,
    receivers: Vec<Receiver<u32>>,
}

impl Five {
    fn new(set: usize) -> Five {
        let (senders, receivers) = (0..5).map(|i| bounded(1 + i)).collect::<(Vec<_>, Vec<_>)>();
        for i in (0..5).filter(|i| set & (1 << i) != 0) {
            senders[i].send(0).unwrap();
        }
        Five { senders, receivers }
    }
}

/// Every set of ready channels, and how the first of it is expected: `None` if it is empty.
fn each_set(check: impl Fn(&Five, Option<usize>)) {
    for set in 0..32 {
        for _ in 0..20 {
            let first = (0..5).find(|i| set & (1 << i) != 0);
            check(&Five::new(set), first);
        }
    }
}

macro_rules! first_of_five {
    ($select:ident, $rx:expr, $($default:tt)*) => {
        $select! {
            recv($rx[0]) -> _ => Some(0),
            recv($rx[1]) -> _ => Some(1),
            recv($rx[2]) -> _ => Some(2),
            recv($rx[3]) -> _ => Some(3),
            recv($rx[4]) -> _ => Some(4),
            $($default)*
        }
    };
}

#[test]
fn the_first_ready_receive_is_chosen() {
    each_set(|five, first| {
        let rx = &five.receivers;
        assert_eq!(first_of_five!(select_biased, rx, default => None), first);
    });
    each_set(|five, first| {
        let rx = &five.receivers;
        let soon = Duration::from_micros(10);
        assert_eq!(
            first_of_five!(select_biased, rx, default(soon) => None),
            first
        );
    });
    each_set(|five, first| {
        let rx = &five.receivers;
        let chosen = ready(async { first_of_five!(select_biased_async, rx, default => None) });
        assert_eq!(chosen, first);
    });
    each_set(|five, first| {
        let rx = &five.receivers;
        assert!(first.is_none() || first_of_five!(select_biased, rx,) == first);
    });
    each_set(|five, first| {
        let rx = &five.receivers;
        let chosen = || ready(async { first_of_five!(select_biased_async, rx,) });
        assert!(first.is_none() || chosen() == first);
    });
}

#[test]
fn the_first_possible_send_is_chosen() {
    // Those in the set are full.
    each_set(|five, _| {
        let tx = &five.senders;
        tx.iter()
            .for_each(|tx| while !tx.is_empty() && tx.try_send(0).is_ok() {});
        let room = (0..5).find(|&i| !tx[i].is_full());
        let chosen = select_biased! {
            send(tx[0], 9) -> sent => sent.map(|()| 0).ok(),
            send(tx[1], 9) -> sent => sent.map(|()| 1).ok(),
            send(tx[2], 9) -> sent => sent.map(|()| 2).ok(),
            send(tx[3], 9) -> sent => sent.map(|()| 3).ok(),
            send(tx[4], 9) -> sent => sent.map(|()| 4).ok(),
            default => None,
        };
        assert_eq!(chosen, room);
    });
}

#[test]
fn the_dynamic_biased_select_goes_by_the_order_of_its_cases() {
    each_set(|five, first| {
        let mut select = receiving(Select::new_biased(), &five.receivers);
        assert_eq!(select.try_ready().ok(), first);
        let chosen = select.try_select().ok().map(|chosen| {
            let index = chosen.index();
            assert_eq!(chosen.recv(&five.receivers[index]), Ok(0));
            index
        });
        assert_eq!(chosen, first);
    });
}

/// A case that was removed leaves the order of the others.
#[test]
fn removed_cases_are_not_chosen() {
    each_set(|five, _| {
        for removed in 0..5 {
            let mut select = receiving(Select::new_biased(), &five.receivers);
            select.remove(removed);
            let expected = (0..5).find(|&i| i != removed && !five.receivers[i].is_empty());
            assert_eq!(select.try_ready().ok(), expected);
        }
    });
}
