//! Closing, and the last handle of a side.

use std::pin::pin;

use towpath::{RecvError, bounded};
use towpath_loom_tests::{Alarm, Ledger, check, spawn};

use crate::channels::{Channel, list, on_each, rendezvous, spawn_send};

on_each! {
    [hand_off ring list]
    close_against_send
    close_against_parked_receiver
    last_sender_goes_while_a_receiver_parks
    last_receiver_drops_what_a_laggard_sends
    last_receiver_goes_while_a_sender_awaits_it
    an_upgrade_against_the_last_sender
}

/// There is a sender again, or the channel is over: never both.
fn an_upgrade_against_the_last_sender(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let (weak, parcel) = (tx.downgrade(), ledger.parcel(1));
        let upgrader = spawn(move || {
            let sent = weak.upgrade().map(|tx| tx.send(parcel).is_ok());
            sent.unwrap_or(false)
        });
        drop(tx);
        let received = rx.recv().is_ok();
        assert_eq!(upgrader.join().unwrap(), received);
        drop(rx);
        assert_eq!(ledger.live(), 0);
    });
}

/// A message is accepted exactly if it comes out before the end.
fn close_against_send(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let sender = spawn_send(&tx, ledger.parcel(1));
        assert!(rx.close(), "nobody else closes it");
        let received = rx.recv();
        assert_eq!(sender.join().unwrap(), received.is_ok(), "{received:?}");
        drop((received, rx, tx));
        assert_eq!(ledger.live(), 0);
    });
}

fn close_against_parked_receiver(channel: Channel) {
    check(move || {
        let (tx, rx) = channel();
        let receiver = spawn(move || rx.recv().is_err());
        assert!(tx.close(), "nobody else closes it");
        assert!(receiver.join().unwrap(), "nothing was sent");
    });
}

fn last_sender_goes_while_a_receiver_parks(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let receiver = spawn(move || [rx.recv(), rx.recv()].map(|got| got.is_ok()));
        tx.send(ledger.parcel(1)).unwrap();
        drop(tx);
        assert_eq!(receiver.join().unwrap(), [true, false]);
        assert_eq!(ledger.live(), 0);
    });
}

/// A sender may have claimed its place before the close and fill it after: nothing may stay behind.
fn last_receiver_drops_what_a_laggard_sends(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let sender = {
            let tx = tx.clone();
            let parcel = ledger.parcel(1);
            spawn(move || drop(tx.send(parcel)))
        };
        drop(rx);
        sender.join().unwrap();
        assert_eq!(ledger.live(), 0, "gone before the channel is");
        assert!(tx.is_disconnected());
    });
}

fn close_against_parked_sender(capacity: usize) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(capacity);
        (0..capacity).for_each(|id| drop(tx.try_send(ledger.parcel(id))));
        let parcel = ledger.parcel(9);
        let sender = spawn(move || tx.send(parcel).map_err(|error| error.0.id));
        assert!(rx.close(), "nobody else closes it");
        assert_eq!(sender.join().unwrap(), Err(9), "it was full all the time");
        assert_eq!(rx.try_iter().count(), capacity);
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn close_against_parked_sender_hand_off() {
    close_against_parked_sender(1);
}

#[test]
fn close_against_parked_sender_ring() {
    close_against_parked_sender(3);
}

/// Three waiters, and batches of two.
fn close_wakes_more_waiters_than_a_batch_holds(channel: Channel<u8>) {
    check(move || {
        let (tx, rx) = channel();
        let alarms = [Alarm::new(), Alarm::new(), Alarm::new()];
        let mut first = pin!(rx.recv_async());
        let mut second = pin!(rx.recv_async());
        let mut third = pin!(rx.recv_async());
        assert!(alarms[0].poll(first.as_mut()).is_pending());
        assert!(alarms[1].poll(second.as_mut()).is_pending());
        assert!(alarms[2].poll(third.as_mut()).is_pending());
        let closer = spawn(move || tx.close());
        assert_eq!(alarms[2].finish(third), Err(RecvError));
        assert_eq!(alarms[1].finish(second), Err(RecvError));
        assert_eq!(alarms[0].finish(first), Err(RecvError));
        assert!(closer.join().unwrap());
    });
}

#[test]
fn close_wakes_more_waiters_than_a_batch_holds_hand_off() {
    close_wakes_more_waiters_than_a_batch_holds(rendezvous);
}

#[test]
fn close_wakes_more_waiters_than_a_batch_holds_list() {
    close_wakes_more_waiters_than_a_batch_holds(list);
}

#[test]
fn two_closes_and_one_of_them_closed_it() {
    check(|| {
        let (tx, rx) = bounded::<u8>(3);
        let other = spawn(move || rx.close());
        let mine = tx.close();
        assert!(mine != other.join().unwrap(), "exactly one");
    });
}

/// `closed()` ends, and what it tells is true by then.
fn last_receiver_goes_while_a_sender_awaits_it(channel: Channel) {
    check(move || {
        let (tx, rx) = channel();
        let waiter = spawn(move || {
            tx.closed();
            (tx.receiver_count(), tx.is_disconnected())
        });
        drop(rx);
        assert_eq!(waiter.join().unwrap(), (0, true));
    });
}
