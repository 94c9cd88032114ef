//! Hand over under a short lock: capacities 0 to 2.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use towpath::bounded;
use towpath_loom_tests::{Alarm, Ledger, block_on, check, spawn};

use crate::channels::{Channel, on_each, rendezvous, spawn_send, waker_changes};

on_each! {
    [rendezvous hand_off hand_off_two]
    first_poll_given_up_against_a_send
    first_poll_of_a_send_given_up_against_a_receive
    first_poll_against_a_send
    first_polls_against_a_close
}

#[test]
fn rendezvous_hands_over_exactly_once() {
    check(|| {
        let (tx, rx) = bounded(0);
        let sender = spawn(move || tx.send(1));
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
        assert!(rx.try_recv().unwrap_err().is_disconnected());
    });
}

#[test]
fn rendezvous_of_two_tasks() {
    check(|| {
        let (tx, rx) = bounded(0);
        let sender = spawn(move || block_on(tx.send_async(1)));
        assert_eq!(block_on(rx.recv_async()), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn two_parked_senders_meet_two_receives() {
    check(|| {
        let (tx, rx) = bounded(0);
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut first = pin!(tx.send_async(1));
        let mut second = pin!(tx.send_async(2));
        assert!(one.poll(first.as_mut()).is_pending());
        assert!(other.poll(second.as_mut()).is_pending());
        let receiver = spawn(move || ([rx.recv(), rx.recv()], rx));
        // The other way round, so that either needs a wake of its own.
        assert_eq!(other.finish(second), Ok(()));
        assert_eq!(one.finish(first), Ok(()));
        let (both, rx) = receiver.join().unwrap();
        assert_eq!(both, [Ok(1), Ok(2)]);
        drop(rx);
    });
}

#[test]
fn buffer_of_one_keeps_the_order() {
    check(|| {
        let (tx, rx) = bounded(1);
        let sender = spawn(move || (1..3).try_for_each(|value| tx.send(value)));
        assert_eq!([rx.recv(), rx.recv()], [Ok(1), Ok(2)]);
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

/// The signal says that the message is there; a waker that comes too early or goes to the wrong
/// place would leave the new one silent.
#[test]
fn waker_changes_while_handed() {
    check(|| waker_changes(rendezvous()));
}

#[test]
fn timeout_against_hand_over() {
    check(|| {
        let (tx, rx) = bounded(0);
        let receiver = spawn(move || rx.recv_timeout(Duration::from_secs(1)));
        let sent = tx.try_send(1);
        let received = receiver.join().unwrap();
        assert_eq!(sent.is_ok(), received.is_ok(), "{sent:?}, {received:?}");
    });
}

#[test]
fn send_timeout_against_take() {
    check(|| {
        let (tx, rx) = bounded(0);
        let ledger = Ledger::default();
        let parcel = ledger.parcel(1);
        let sender = spawn(move || tx.send_timeout(parcel, Duration::from_secs(1)));
        let received = rx.try_recv();
        let sent = sender.join().unwrap();
        assert_eq!(sent.is_ok(), received.is_ok(), "{sent:?}, {received:?}");
        drop((sent, received));
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn handed_value_of_a_dropped_future_goes_to_the_next() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(0);
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(rx.recv_async());
        let mut next = pin!(rx.recv_async());
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        assert!(alarm.poll(next.as_mut()).is_pending());
        let parcel = ledger.parcel(7);
        let sender = spawn(move || {
            tx.send(parcel).unwrap();
            tx
        });
        drop(gives_up);
        let parcel = alarm.finish(next).expect("the channel is open");
        assert_eq!((parcel.id, ledger.live()), (7, 1));
        drop((parcel, sender.join().unwrap()));
        assert_eq!(ledger.live(), 0);
    });
}

/// Nobody else is in line: the message waits for the next receive.
#[test]
fn handed_value_of_a_dropped_future_is_kept() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(1);
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(rx.recv_async());
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let parcel = ledger.parcel(7);
        let sender = spawn(move || tx.send(parcel).is_ok());
        drop(gives_up);
        let parcel = rx.recv().expect("it was sent before the sender went");
        assert_eq!((parcel.id, ledger.live()), (7, 1));
        assert!(sender.join().unwrap());
    });
}

#[test]
fn dropped_send_is_sent_or_dropped_once() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(0);
        let alarm = Alarm::new();
        let mut sending = Box::pin(tx.send_async(ledger.parcel(7)));
        assert!(alarm.poll(sending.as_mut()).is_pending());
        let receiver = spawn(move || rx.try_recv().ok());
        drop(sending);
        let received = receiver.join().unwrap();
        assert_eq!(ledger.live(), isize::from(received.is_some()));
    });
}

/// A poll never waits for the lock's holder: it asks to be polled again.
#[test]
fn poll_against_a_holder_of_the_lock() {
    check(|| {
        let (tx, rx) = bounded(1);
        let holder = spawn(move || {
            tx.try_send(1).unwrap();
            tx
        });
        let alarm = Alarm::new();
        let mut receiving = pin!(rx.recv_async());
        let received = match alarm.poll(receiving.as_mut()) {
            Poll::Ready(received) => received,
            Poll::Pending => alarm.finish(receiving),
        };
        assert_eq!(received, Ok(1));
        drop(holder.join().unwrap());
    });
}

/// A first poll attempts and gets in line in one step, awake, and is given up a moment later: what it was
/// handed is received, or stays.
fn first_poll_given_up_against_a_send(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let parcel = ledger.parcel(7);
        let sender = spawn(move || (tx.try_send(parcel).is_ok(), tx));
        let received = Alarm::new().poll(Box::pin(rx.recv_async()).as_mut());
        let (sent, tx) = sender.join().unwrap();
        let left = rx.try_recv().is_ok();
        assert_eq!(
            usize::from(sent),
            usize::from(received.is_ready()) + usize::from(left)
        );
        drop((received, tx, rx));
        assert_eq!(ledger.live(), 0);
    });
}

fn first_poll_of_a_send_given_up_against_a_receive(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let room = tx.capacity().expect("it is bounded");
        (0..room).for_each(|id| tx.try_send(ledger.parcel(id)).unwrap());
        let parcel = ledger.parcel(7);
        let receiver = spawn(move || (rx.try_recv().is_ok(), rx));
        let sent = Alarm::new().poll(Box::pin(tx.send_async(parcel)).as_mut());
        let (received, rx) = receiver.join().unwrap();
        let left = rx.try_iter().count();
        let all = usize::from(received) + left;
        assert!(all == room + 1 || (sent.is_pending() && all == room));
        drop((sent, tx, rx));
        assert_eq!(ledger.live(), 0);
    });
}

/// It is done, or its waker rings, whenever the message comes.
fn first_poll_against_a_send(channel: Channel) {
    check(move || {
        let (tx, rx) = channel();
        let ledger = Ledger::default();
        let sender = spawn_send(&tx, ledger.parcel(7));
        let received = Alarm::new().finish(pin!(rx.recv_async()));
        assert_eq!(received.map(|parcel| parcel.id), Ok(7));
        assert!(sender.join().unwrap());
    });
}

fn first_polls_against_a_close(channel: Channel) {
    check(move || {
        let (tx, rx) = channel();
        let ledger = Ledger::default();
        let room = tx.capacity().expect("it is bounded");
        (0..room).for_each(|id| tx.try_send(ledger.parcel(id)).unwrap());
        let closer = {
            let tx = tx.clone();
            spawn(move || assert!(tx.close()))
        };
        let refused = Alarm::new().finish(pin!(tx.send_async(ledger.parcel(7))));
        assert_eq!(refused.map_err(|unsent| unsent.0.id), Err(7));
        closer.join().unwrap();
        drop((tx, rx));

        let (tx, rx) = channel();
        let closer = spawn(move || drop(tx));
        assert!(Alarm::new().finish(pin!(rx.recv_async())).is_err());
        closer.join().unwrap();
        assert_eq!(ledger.live(), 0);
    });
}
