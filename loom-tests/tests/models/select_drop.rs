//! Selects that are dropped, and notifications that they do not use.

use std::pin::pin;

use towpath::{Receiver, bounded, select_biased, select_biased_async};
use towpath_loom_tests::{Alarm, Ledger, Parcel, check, spawn};

use crate::channels::{Channel, on_each, spawn_recv, spawn_send};

on_each! {
    [rendezvous hand_off ring list]
    dropped_select_passes_the_message_on
    dropped_select_loses_no_message
    dropped_select_against_two_claims
}

async fn either(a: &Receiver<Parcel>, b: &Receiver<Parcel>) -> usize {
    select_biased_async! {
        recv(a) -> message => message.expect("nobody closes it").id,
        recv(b) -> message => message.expect("nobody closes it").id,
    }
}

/// Whatever it had got when it was dropped goes to the next in line.
fn dropped_select_passes_the_message_on(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(either(&a.1, &b.1));
        let mut next = pin!(b.1.recv_async());
        assert!(first.poll(gives_up.as_mut()).is_pending());
        assert!(second.poll(next.as_mut()).is_pending());
        let sender = spawn_send(&b.0, ledger.parcel(1));
        drop(gives_up);
        assert_eq!(second.finish(next).map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

fn dropped_select_loses_no_message(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(either(&a.1, &b.1));
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let sender = spawn_send(&a.0, ledger.parcel(1));
        let polled = if alarm.rings() > 0 {
            alarm.poll(gives_up.as_mut())
        } else {
            std::task::Poll::Pending
        };
        drop(gives_up);
        if polled.is_pending() {
            assert_eq!(a.1.recv().map(|parcel| parcel.id), Ok(1));
        }
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

/// Both of its lines may have claimed it, or be about to.
fn dropped_select_against_two_claims(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(either(&a.1, &b.1));
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let senders = [(&a.0, 1), (&b.0, 2)].map(|(tx, id)| spawn_send(tx, ledger.parcel(id)));
        drop(gives_up);
        assert_eq!(a.1.recv().map(|parcel| parcel.id), Ok(1));
        assert_eq!(b.1.recv().map(|parcel| parcel.id), Ok(2));
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        assert_eq!(ledger.live(), 0);
    });
}

/// Notified of a message that it cannot take yet, because one before it is on its way, it takes
/// another case: those in line behind it hear of both messages.
#[test]
fn notified_select_that_takes_another_case_passes_the_notification_on() {
    check(|| {
        let (a_tx, a_rx) = bounded(3);
        let (b_tx, b_rx) = bounded(3);
        let alarms = [Alarm::new(), Alarm::new(), Alarm::new()];
        let mut selecting = Box::pin(async {
            select_biased_async! {
                recv(a_rx) -> message => message,
                recv(b_rx) -> message => message,
            }
        });
        let mut second = pin!(a_rx.recv_async());
        let mut third = pin!(a_rx.recv_async());
        assert!(alarms[0].poll(selecting.as_mut()).is_pending());
        assert!(alarms[1].poll(second.as_mut()).is_pending());
        assert!(alarms[2].poll(third.as_mut()).is_pending());
        select_biased! {
            send(a_tx, {
                // The place before it is claimed, and not filled yet.
                let behind = {
                    let a_tx = a_tx.clone();
                    spawn(move || a_tx.try_send(2).is_ok())
                };
                b_tx.try_send(9).unwrap();
                assert_eq!(alarms[0].finish(selecting.as_mut()), Ok(9));
                assert!(behind.join().unwrap(), "there is room");
                1
            }) -> outcome => assert!(outcome.is_ok()),
        }
        drop(selecting);
        // Not in order of their places in line: each has to be told.
        let both = [alarms[2].finish(third), alarms[1].finish(second)];
        assert!(both == [Ok(1), Ok(2)] || both == [Ok(2), Ok(1)], "{both:?}");
    });
}

/// A message that is handed to a select goes to the right case, whichever it is.
#[test]
fn handed_message_of_a_dropped_select_is_kept() {
    check(|| {
        let ledger = Ledger::default();
        let (a, b) = (bounded(0), bounded(0));
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(either(&a.1, &b.1));
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let sent = {
            let (tx, parcel) = (b.0.clone(), ledger.parcel(2));
            spawn(move || tx.try_send(parcel).is_ok())
        };
        drop(gives_up);
        let sent = sent.join().unwrap();
        assert_eq!(b.1.try_recv().is_ok(), sent);
        assert!(a.1.try_recv().is_err());
        assert_eq!(ledger.live(), 0);
    });
}

/// Of a select that waits to send the message does not exist yet: there is nothing to lose, and
/// whoever would have received goes on waiting.
#[test]
fn dropped_select_of_sends_against_a_receive() {
    check(|| {
        let ledger = Ledger::default();
        let (a, b) = (bounded(0), bounded(0));
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(async {
            select_biased_async! {
                send(a.0, ledger.parcel(1)) -> _ => (),
                send(b.0, ledger.parcel(2)) -> _ => (),
            }
        });
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let receiver = spawn_recv(&b.1);
        drop(gives_up);
        b.0.send(ledger.parcel(3)).unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(3));
        assert_eq!(ledger.live(), 0);
    });
}
