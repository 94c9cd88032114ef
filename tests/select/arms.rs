//! How arms may be written, and how many there may be.

use crate::common::ready;
use std::time::Duration;
use towpath::{
    Receiver, Sender, bounded, select, select_async, select_biased, select_biased_async,
};

/// The other ends, so that nothing is disconnected.
type Kept = (Receiver<u32>, Sender<u32>);

/// A rendezvous that is never met, and a channel with a message.
fn handles() -> (Sender<u32>, Receiver<u32>, Kept) {
    let (tx, rx) = bounded(1);
    tx.send(1).unwrap();
    let (full, full_rx) = bounded(0);
    (full, rx, (full_rx, tx))
}

/// Each way to write two arms, in all four forms; the receive is the one that is ready.
macro_rules! each_form {
    (|$full:ident, $rx:ident| $($arms:tt)*) => {{
        let ($full, $rx, _kept) = handles();
        assert_eq!(select! { $($arms)* }, 1);
        let ($full, $rx, _kept) = handles();
        assert_eq!(select_biased! { $($arms)* }, 1);
        let ($full, $rx, _kept) = handles();
        assert_eq!(ready(async { select_async! { $($arms)* } }), 1);
        let ($full, $rx, _kept) = handles();
        assert_eq!(ready(async { select_biased_async! { $($arms)* } }), 1);
    }};
}

#[test]
fn with_commas() {
    each_form!(|full, rx| send(full, 2) -> _ => 2, recv(rx) -> m => m.unwrap(), default => 3);
    each_form!(|full, rx| send(full, 2) -> _ => 2, recv(rx) -> m => m.unwrap(), default => 3,);
    each_form!(|full, rx| recv(rx) -> m => m.unwrap(), send(full, 2) -> _ => 2,);
}

#[test]
fn with_braces() {
    each_form!(|full, rx| send(full, 2) -> _ => { 2 } recv(rx) -> m => { m.unwrap() } default => { 3 });
    each_form!(|full, rx| send(full, 2) -> _ => { 2 }, recv(rx) -> m => { m.unwrap() }, default => { 3 },);
    each_form!(|full, rx| recv(rx) -> m => { m.unwrap() } send(full, 2) -> _ => 2);
    each_form!(|full, rx| recv(rx) -> m => m.unwrap(), send(full, 2) -> _ => { 2 });
}

#[test]
fn with_trailing_commas_inside() {
    each_form!(|full, rx| send(full, 2,) -> _ => 2, recv(rx,) -> m => m.unwrap(), default(Duration::ZERO,) => 3);
    each_form!(|full, rx| send(full, 2,) -> _ => 2, recv(rx,) -> m => m.unwrap(), default() => 3);
}

#[test]
fn the_default_anywhere() {
    each_form!(|full, rx| default => 3, send(full, 2) -> _ => 2, recv(rx) -> m => m.unwrap());
    each_form!(|full, rx| send(full, 2) -> _ => 2, default => { 3 } recv(rx) -> m => m.unwrap());
    each_form!(|full, rx| default(Duration::from_secs(9)) => { 3 } recv(rx) -> m => m.unwrap(), send(full, 2) -> _ => 2);
}

#[test]
fn a_default_alone() {
    assert_eq!(select! { default => 1 }, 1);
    assert_eq!(select_biased! { default => 1, }, 1);
    assert_eq!(select! { default(Duration::from_millis(1)) => 1 }, 1);
    assert_eq!(
        ready(async {
            select_async! { default => 1 }
        }),
        1
    );
    assert_eq!(
        pollster::block_on(async {
            select_async! { default(Duration::from_millis(1)) => 1 }
        }),
        1
    );
}

#[test]
fn bodies_of_other_kinds() {
    each_form!(|full, rx| recv(rx) -> m => match m { Ok(m) => m, Err(_) => panic!() }, send(full, 2) -> _ => if full.is_full() { 2 } else { 4 });
    each_form!(|full, rx| recv(rx) -> m => Some(m).map(|m| m.unwrap()).unwrap(), send(full, 2) -> _ => unreachable!());
    each_form!(|full, rx| recv(rx) -> m => [m][0].unwrap(), send(full, 2) -> _ => if true { 2 } else { 3 });
}

macro_rules! thirty_two_arms {
    ($select:ident, $rx:expr) => {
        thirty_two_arms!(@ $select, $rx,
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)
    };
    (@ $select:ident, $rx:expr, $($i:literal)*) => {
        $select! { $( recv($rx[$i]) -> message => ($i, message), )* }
    };
}

/// Each arm is reached, and binds its own message.
#[test]
fn thirty_two() {
    let (senders, rx): (Vec<_>, Vec<_>) = (0..32).map(|i| bounded(1 + i % 4)).unzip();
    for (i, tx) in senders.iter().enumerate() {
        let expected = (i, Ok(i * 100));
        tx.send(i * 100).unwrap();
        assert_eq!(thirty_two_arms!(select, rx), expected);
        tx.send(i * 100).unwrap();
        assert_eq!(thirty_two_arms!(select_biased, rx), expected);
        tx.send(i * 100).unwrap();
        assert_eq!(
            ready(async { thirty_two_arms!(select_async, rx) }),
            expected
        );
        tx.send(i * 100).unwrap();
        assert_eq!(
            ready(async { thirty_two_arms!(select_biased_async, rx) }),
            expected
        );
    }
}

/// Any arm ends a wait, not only a first look.
#[test]
fn thirty_two_that_wait() {
    let (senders, rx): (Vec<_>, Vec<_>) = (0..32).map(|i| bounded(i % 4)).unzip();
    std::thread::scope(|scope| {
        let selecting = scope.spawn(|| {
            (0..32)
                .map(|_| thirty_two_arms!(select, rx))
                .collect::<Vec<_>>()
        });
        for (i, tx) in senders.iter().enumerate().rev() {
            tx.send(i).unwrap();
        }
        let mut found = selecting.join().unwrap();
        found.sort_unstable_by_key(|&(arm, _)| arm);
        assert_eq!(found, (0..32).map(|i| (i, Ok(i))).collect::<Vec<_>>());
    });
}
