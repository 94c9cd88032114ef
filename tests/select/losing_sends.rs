//! A send that is not chosen moves nothing: its value is not even made.

use crate::common::{Ledger, Token, poll_noop, ready};
use std::time::Duration;
use towpath::{Select, bounded, select, select_async, select_biased};

/// The value of a losing send may be used by the arm that won.
#[test]
fn the_other_arms_may_use_the_value() {
    let ledger = Ledger::new();
    let (full, _full) = bounded(0);
    let (tx, rx) = bounded(1);
    tx.send(1).unwrap();
    let token = ledger.token(7);
    let kept = select! {
        send(full, token) -> _ => unreachable!("nobody receives"),
        recv(rx) -> one => { assert_eq!(one, Ok(1)); token }
    };
    assert_eq!(kept.id, 7);
    let kept = select! {
        send(full, kept) -> _ => unreachable!("nobody receives"),
        default => kept,
    };
    let kept = select! {
        send(full, kept) -> _ => unreachable!("nobody receives"),
        default(Duration::from_micros(50)) => kept,
    };
    tx.send(2).unwrap();
    let kept = ready(async {
        select_async! {
            send(full, kept) -> _ => unreachable!("nobody receives"),
            recv(rx) -> _ => kept,
        }
    });
    assert_eq!(kept.id, 7);
    drop(kept);
    ledger.assert_live(0);
}

/// Several sends may name the same value, since only one of them can take it.
#[test]
fn one_value_for_several_sends() {
    let ledger = Ledger::new();
    for _ in 0..50 {
        let (tx_a, a) = bounded(1);
        let (tx_b, b) = bounded(3);
        let token = ledger.token(1);
        select! {
            send(tx_a, token) -> sent => assert!(sent.is_ok()),
            send(tx_b, token) -> sent => assert!(sent.is_ok()),
        }
        assert_eq!(a.len() + b.len(), 1);
        ledger.assert_live(1);
    }
    ledger.assert_live(0);
}

/// The value stays where it is until its turn comes.
#[test]
fn a_value_that_loses_is_offered_again() {
    let ledger = Ledger::new();
    let (tx, rx) = bounded(0);
    let (busy_tx, busy) = bounded(8);
    let mut parcel = Some(ledger.token(3));
    for i in 0..8 {
        busy_tx.send(i).unwrap();
        select! {
            send(tx, parcel.take().unwrap()) -> _ => unreachable!("nobody receives"),
            recv(busy) -> message => assert_eq!(message, Ok(i)),
        }
        assert!(parcel.is_some());
    }
    let receiver = std::thread::spawn(move || rx.recv().map(|token| token.id));
    select! {
        send(tx, parcel.take().unwrap()) -> sent => assert!(sent.is_ok()),
        recv(busy) -> _ => unreachable!("nothing is sent"),
    }
    assert_eq!(receiver.join().unwrap(), Ok(3));
    ledger.assert_live(0);
}

/// A message that comes back from a closed channel is the one that was given.
#[test]
fn a_message_that_cannot_be_sent_comes_back() {
    let ledger = Ledger::new();
    for capacity in [0, 1, 3] {
        let (tx, rx) = bounded(capacity);
        drop(rx);
        let token = ledger.token(9);
        let back = select_biased! { send(tx, token) -> sent => sent.unwrap_err().into_inner() };
        let back = ready(async {
            select_async! { send(tx, back) -> sent => sent.unwrap_err().into_inner() }
        });
        let mut select = Select::new();
        let index = select.send(&tx);
        let chosen = select.select();
        assert_eq!(chosen.index(), index);
        assert_eq!(chosen.send(&tx, back).unwrap_err().into_inner().id, 9);
    }
    ledger.assert_live(0);
}

/// A pending select that is dropped has not taken its value.
#[test]
fn a_select_that_is_dropped_leaves_the_value() {
    let ledger = Ledger::new();
    for capacity in [0, 1, 2, 3] {
        let (tx, rx) = bounded::<Token>(capacity);
        (0..capacity as u64).for_each(|i| assert!(tx.send(ledger.token(i)).is_ok()));
        let mut parcel = Some(ledger.token(100));
        let mut waiting = Box::pin(async {
            select_async! { send(tx, parcel.take().unwrap()) -> sent => sent.is_ok() }
        });
        for _ in 0..3 {
            assert!(poll_noop(&mut waiting).is_pending());
        }
        drop(waiting);
        assert!(parcel.is_some(), "capacity {capacity}");
        assert_eq!(rx.try_iter().count(), capacity);
        ledger.assert_live(1);
    }
}
