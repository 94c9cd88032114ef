//! Waiting until a channel is ready, without taking anything.

use std::pin::pin;

use towpath::{Receiver, Select, bounded};
use towpath_loom_tests::{Alarm, Ledger, Parcel, check, spawn};

use crate::channels::{Channel, on_each, spawn_recv, spawn_send};

on_each! {
    [rendezvous hand_off ring list]
    watcher_against_a_send
    watcher_against_the_send_of_a_select
    watcher_against_the_last_sender
    watcher_tells_the_receiver_behind_it
    dropped_watcher_passes_on
    two_watchers_one_message
}

/// Which of the two is ready to be received from.
fn ready(a: &Receiver<Parcel>, b: &Receiver<Parcel>) -> usize {
    let mut select = Select::new_biased();
    select.recv(a);
    select.recv(b);
    select.ready()
}

fn watcher_against_a_send(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let sender = spawn_send(&b.0, ledger.parcel(1));
        assert_eq!(ready(&a.1, &b.1), 1);
        assert_eq!(b.1.recv().map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

fn watcher_against_the_send_of_a_select(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let sender = {
            let (tx, ledger) = (b.0.clone(), ledger.clone());
            spawn(move || {
                let mut select = Select::new_biased();
                select.send(&tx);
                let operation = select.select();
                operation.send(&tx, ledger.parcel(1)).is_ok()
            })
        };
        assert_eq!(ready(&a.1, &b.1), 1);
        assert_eq!(b.1.recv().map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

fn watcher_against_the_last_sender(channel: Channel) {
    check(move || {
        let (a, b) = (channel(), channel());
        let (tx, rx) = b;
        let sender = spawn(move || drop(tx));
        assert_eq!(ready(&a.1, &rx), 1);
        assert!(rx.recv().is_err());
        sender.join().unwrap();
    });
}

/// The watcher takes nothing: the receiver that came after it gets the message.
fn watcher_tells_the_receiver_behind_it(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let (watching, receiving) = (Alarm::new(), Alarm::new());
        let mut select = Select::new_biased();
        select.recv(&rx);
        let mut watcher = Box::pin(select.ready_async());
        assert!(watching.poll(watcher.as_mut()).is_pending());
        let mut receiver = pin!(rx.recv_async());
        assert!(receiving.poll(receiver.as_mut()).is_pending());
        let sender = spawn_send(&tx, ledger.parcel(1));
        // The watcher may not see it ready any more, and then waits on.
        while watching.rings() == 0 && receiving.rings() == 0 {
            loom::thread::yield_now();
        }
        if watching.rings() > 0 {
            let _ = watching.poll_into_line(watcher.as_mut());
        }
        assert_eq!(receiving.finish(receiver).map(|parcel| parcel.id), Ok(1));
        drop(watcher);
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

fn dropped_watcher_passes_on(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let (watching, receiving) = (Alarm::new(), Alarm::new());
        let mut select = Select::new_biased();
        select.recv(&rx);
        let mut watcher = Box::pin(select.ready_async());
        assert!(watching.poll(watcher.as_mut()).is_pending());
        let mut receiver = pin!(rx.recv_async());
        assert!(receiving.poll(receiver.as_mut()).is_pending());
        let sender = spawn_send(&tx, ledger.parcel(1));
        drop(watcher);
        assert_eq!(receiving.finish(receiver).map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

/// Both hear of the one message, whoever takes it.
fn two_watchers_one_message(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let alarms = [Alarm::new(), Alarm::new()];
        let (mut one, mut other) = (Select::new_biased(), Select::new_biased());
        one.recv(&rx);
        other.recv(&rx);
        let mut first = pin!(one.ready_async());
        let mut second = pin!(other.ready_async());
        assert!(alarms[0].poll(first.as_mut()).is_pending());
        assert!(alarms[1].poll(second.as_mut()).is_pending());
        let sender = spawn_send(&tx, ledger.parcel(1));
        assert_eq!(alarms[0].finish(first), 0);
        assert_eq!(alarms[1].finish(second), 0);
        assert_eq!(rx.recv().map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

fn sender_against_a_receive(capacity: usize) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(capacity);
        (0..capacity).for_each(|id| tx.try_send(ledger.parcel(id)).unwrap());
        let receiver = spawn_recv(&rx);
        let mut select = Select::new_biased();
        select.send(&tx);
        assert_eq!(select.ready(), 0);
        tx.send(ledger.parcel(9)).unwrap();
        let first = receiver.join().unwrap().expect("nobody closes it");
        let ids = std::iter::once(first).chain(rx.try_iter().map(|parcel| parcel.id));
        assert_eq!(ids.last(), Some(9));
        assert_eq!(ledger.live(), 0);
    });
}

/// A receiver that waits makes the channel ready to be sent to.
#[test]
fn watcher_of_the_sending_side_against_a_receive_rendezvous() {
    sender_against_a_receive(0);
}

#[test]
fn watcher_of_the_sending_side_against_a_receive_hand_off() {
    sender_against_a_receive(1);
}

#[test]
fn watcher_of_the_sending_side_against_a_receive_ring() {
    sender_against_a_receive(3);
}
