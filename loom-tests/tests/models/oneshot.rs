//! The channel for one message.

use std::pin::Pin;
use std::time::Duration;

use towpath::{RecvError, oneshot};
use towpath_loom_tests::{Alarm, Ledger, block_on, check, spawn};

#[test]
fn park_against_send() {
    check(|| {
        let (tx, rx) = oneshot();
        let sender = spawn(move || tx.send(1));
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn pend_against_send() {
    check(|| {
        let (tx, rx) = oneshot();
        let sender = spawn(move || tx.send(1));
        assert_eq!(block_on(rx), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn park_against_sender_drop() {
    check(|| {
        let (tx, rx) = oneshot::<u8>();
        let sender = spawn(move || drop(tx));
        assert_eq!(rx.recv(), Err(RecvError));
        sender.join().unwrap();
    });
}

#[test]
fn oneshot_send_against_drop() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = oneshot();
        let parcel = ledger.parcel(1);
        let sender = spawn(move || tx.send(parcel));
        drop(rx);
        let sent = sender.join().unwrap();
        assert_eq!(ledger.live(), isize::from(sent.is_err()), "{sent:?}");
        drop(sent);
        assert_eq!(ledger.live(), 0);
    });
}

/// Its waker is there, to be woken or dropped.
#[test]
fn oneshot_send_against_drop_after_a_poll() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, mut rx) = oneshot();
        assert!(Alarm::new().poll(Pin::new(&mut rx)).is_pending());
        let parcel = ledger.parcel(1);
        let sender = spawn(move || tx.send(parcel));
        drop(rx);
        let sent = sender.join().unwrap();
        assert_eq!(ledger.live(), isize::from(sent.is_err()), "{sent:?}");
        drop(sent);
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn oneshot_send_against_close() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, mut rx) = oneshot();
        let parcel = ledger.parcel(1);
        let sender = spawn(move || tx.send(parcel));
        rx.close();
        let received = rx.try_recv();
        let sent = sender.join().unwrap();
        assert_eq!(sent.is_ok(), received.is_ok(), "{sent:?}, {received:?}");
        drop((sent, received, rx));
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn timeout_against_send() {
    check(|| {
        let (tx, mut rx) = oneshot();
        let sender = spawn(move || tx.send(1).is_ok());
        let first = rx.recv_timeout(Duration::from_secs(1));
        assert!(sender.join().unwrap(), "the receiver is there");
        match first {
            Ok(message) => assert_eq!(message, 1),
            Err(_) => assert_eq!(rx.try_recv(), Ok(1)),
        }
    });
}

#[test]
fn waker_changes_while_sent() {
    check(|| {
        let (tx, mut rx) = oneshot();
        let (old, new) = (Alarm::new(), Alarm::new());
        assert!(old.poll(Pin::new(&mut rx)).is_pending());
        let sender = spawn(move || tx.send(1));
        assert_eq!(new.finish(Pin::new(&mut rx)), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn closed_against_receiver_drop() {
    check(|| {
        let (mut tx, rx) = oneshot::<u8>();
        let receiver = spawn(move || drop(rx));
        tx.closed();
        assert!(tx.is_closed());
        receiver.join().unwrap();
    });
}
