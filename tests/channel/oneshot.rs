//! The oneshot: one message, one sender, one receiver.

use crate::common::{Alarm, Ledger, Place, poll, poll_noop, ready, watchdog};
use std::sync::{Arc, Barrier};
use std::task::Poll;
use std::time::{Duration, Instant};
use towpath::{OneshotReceiver, RecvError, RecvTimeoutError, TryRecvError, oneshot};

const SHORT: Duration = Duration::from_millis(15);
const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_message_sent_first_is_there_for_every_way_to_receive() {
    let sent = || {
        let (tx, rx) = oneshot();
        assert_eq!(tx.send(7), Ok(()));
        rx
    };
    assert_eq!(sent().recv(), Ok(7));
    assert_eq!(sent().try_recv(), Ok(7));
    assert_eq!(sent().recv_timeout(Duration::ZERO), Ok(7));
    assert_eq!(sent().recv_deadline(Instant::now()), Ok(7));
    assert_eq!(ready(sent()), Ok(7));
    assert_eq!(ready(sent().recv_async()), Ok(7));
}

#[test]
fn before_the_message_receivers_wait_or_say_so() {
    let (tx, mut rx) = oneshot();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    let start = Instant::now();
    assert_eq!(rx.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
    assert!(start.elapsed() >= SHORT);
    let at = Instant::now() + SHORT;
    assert_eq!(rx.recv_deadline(at), Err(RecvTimeoutError::Timeout));
    assert!(Instant::now() >= at);
    assert!(!tx.is_closed());
    tx.send(1).unwrap();
    assert_eq!(rx.recv_timeout(LONG), Ok(1));
}

#[test]
fn a_sender_dropped_unsent_ends_every_way_to_receive() {
    let dropped = || oneshot::<u8>().1;
    assert_eq!(dropped().recv(), Err(RecvError));
    assert_eq!(dropped().try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(
        dropped().recv_timeout(LONG),
        Err(RecvTimeoutError::Disconnected)
    );
    let deadline = Instant::now() + LONG;
    assert_eq!(
        dropped().recv_deadline(deadline),
        Err(RecvTimeoutError::Disconnected)
    );
    assert_eq!(ready(dropped()), Err(RecvError));
}

/// After the message the channel is over.
#[test]
fn the_message_is_received_once() {
    let (tx, mut rx) = oneshot();
    tx.send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(rx.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    assert_eq!(rx.recv(), Err(RecvError));
}

#[test]
fn with_nobody_listening_the_message_comes_back() {
    let (tx, rx) = oneshot();
    drop(rx);
    assert!(tx.is_closed());
    assert_eq!(tx.send(3), Err(3));
    let (tx, mut rx) = oneshot();
    rx.close();
    assert!(tx.is_closed());
    assert_eq!(tx.send(4), Err(4));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

/// `close` refuses what comes later, not what has come.
#[test]
fn a_message_sent_before_close_is_received_after_it() {
    let (tx, mut rx) = oneshot();
    tx.send(5).unwrap();
    rx.close();
    assert_eq!(rx.recv(), Ok(5));
}

#[test]
fn the_receiver_is_a_future_that_wakes_its_latest_waker_once() {
    let (tx, rx) = oneshot();
    let (first, first_waker) = Alarm::new();
    let (second, second_waker) = Alarm::new();
    let mut rx = Box::pin(rx);
    assert!(poll(&mut rx, &first_waker).is_pending());
    assert!(poll(&mut rx, &second_waker).is_pending());
    tx.send(1).unwrap();
    assert_eq!((first.rings(), second.rings()), (0, 1));
    assert_eq!(poll(&mut rx, &second_waker), Poll::Ready(Ok(1)));
}

#[test]
fn a_dropped_sender_wakes_the_pending_receiver() {
    let (tx, rx) = oneshot::<u8>();
    let (alarm, waker) = Alarm::new();
    let mut rx = Box::pin(rx);
    assert!(poll(&mut rx, &waker).is_pending());
    drop(tx);
    assert_eq!(alarm.rings(), 1);
    assert_eq!(poll(&mut rx, &waker), Poll::Ready(Err(RecvError)));
}

/// A message that is sent and never taken dies with the channel, once, whichever
/// side goes last; so does a waker.
#[test]
fn nothing_is_left_behind() {
    let ledger = Ledger::new();
    let (tx, rx) = oneshot();
    assert!(tx.send(ledger.token(1)).is_ok());
    ledger.assert_live(1);
    drop(rx);
    ledger.assert_live(0);

    let (alarm, waker) = Alarm::new();
    let (tx, rx) = oneshot();
    let mut rx = Box::pin(rx);
    assert!(poll(&mut rx, &waker).is_pending());
    assert!(tx.send(ledger.token(2)).is_ok());
    drop(rx);
    ledger.assert_live(0);
    drop(waker);
    assert_eq!(Arc::strong_count(&alarm), 1);
}

/// A receiver that timed out or was polled may be used in any other way.
#[test]
fn ways_to_receive_may_be_mixed() {
    let (tx, mut rx) = oneshot();
    assert!(poll_noop(&mut Box::pin(&mut rx)).is_pending());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(rx.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
    tx.send(9).unwrap();
    assert_eq!(pollster::block_on(&mut rx), Ok(9));
}

#[test]
fn closed_waits_for_the_receiver_to_go() {
    watchdog(20, |crew| {
        for place in [Place::Thread, Place::TokioMulti, Place::Smol] {
            let (mut tx, rx) = oneshot::<u8>();
            let waiter = crew.act(place, "closed()", move |me| async move {
                me.at("closed()", 0);
                if place == Place::Thread {
                    tx.closed()
                } else {
                    tx.closed_async().await
                }
                assert!(tx.is_closed());
                tx.send(1)
            });
            drop(rx);
            assert_eq!(waiter.join(), Err(1));
        }
    });
}

/// A `closed_async` that is dropped takes its waker with it.
#[test]
fn a_dropped_closed_future_is_forgotten() {
    let (mut tx, rx) = oneshot::<u8>();
    let (alarm, waker) = Alarm::new();
    let mut closed = Box::pin(tx.closed_async());
    assert!(poll(&mut closed, &waker).is_pending());
    drop((closed, waker));
    assert_eq!(Arc::strong_count(&alarm), 1, "its waker is still held");
    drop(rx);
    assert_eq!(alarm.rings(), 0);
}

/// So does a receiver.
#[test]
fn a_dropped_receiver_is_forgotten() {
    let (tx, rx) = oneshot::<u8>();
    let (alarm, waker) = Alarm::new();
    let mut receive = Box::pin(rx);
    assert!(poll(&mut receive, &waker).is_pending());
    drop((receive, waker));
    assert_eq!(Arc::strong_count(&alarm), 1, "its waker is still held");
    assert_eq!(tx.send(1), Err(1));
    assert_eq!(alarm.rings(), 0);
}

#[test]
fn closed_is_ready_when_the_receiver_is_gone_or_closed() {
    let (mut tx, rx) = oneshot::<u8>();
    drop(rx);
    tx.closed();
    ready(tx.closed_async());
    let (mut tx, mut rx) = oneshot::<u8>();
    let (alarm, waker) = Alarm::new();
    let mut closed = Box::pin(tx.closed_async());
    assert!(poll(&mut closed, &waker).is_pending());
    rx.close();
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut closed, &waker).is_ready());
}

#[test]
fn it_works_between_all_places() {
    watchdog(60, |crew| {
        for place in Place::TASKS {
            for round in 0..50u64 {
                let (tx, rx) = oneshot();
                let receiver = crew.act(place, "receiver", move |_| rx);
                crew.thread("sender", move |_| tx.send(round).unwrap());
                assert_eq!(receiver.join(), Ok(round));

                let (tx, rx) = oneshot();
                let receiver = crew.thread("receiver", move |_| rx.recv());
                crew.act(
                    place,
                    "sender",
                    move |_| async move { tx.send(round).unwrap() },
                );
                assert_eq!(receiver.join(), Ok(round));
            }
        }
    });
}

/// A send against a drop of the receiver: Ok means the message was the
/// receiver's (and died with it), Err gives it back; it is dropped once.
#[test]
fn a_send_racing_the_receivers_end_never_loses_the_message() {
    watchdog(60, |crew| {
        for round in 0..400 {
            let ledger = Ledger::new();
            let (tx, rx) = oneshot();
            let token = ledger.token(round);
            let start = Arc::new(Barrier::new(2));
            let started = Arc::clone(&start);
            let sender = crew.thread("sender", move |_| {
                started.wait();
                tx.send(token).map_err(|token| token.id)
            });
            start.wait();
            match round % 3 {
                0 => drop(rx),
                1 => drop(poll_noop(&mut Box::pin(rx))),
                _ => close_and_look(rx, round),
            }
            let sent = sender.join();
            assert!(matches!(sent, Ok(())) || sent == Err(round));
            ledger.assert_live(0);
        }
    });
}

fn close_and_look(mut rx: OneshotReceiver<crate::common::Token>, round: u64) {
    rx.close();
    match rx.try_recv() {
        Ok(token) => assert_eq!(token.id, round),
        Err(error) => assert_eq!(error, TryRecvError::Disconnected, "closed means decided"),
    }
}

#[test]
fn a_timeout_racing_the_message_decides_one_way() {
    watchdog(60, |crew| {
        for round in 0..400u64 {
            let (tx, mut rx) = oneshot();
            let sender = crew.thread("sender", move |_| tx.send(round));
            let first = rx.recv_timeout(Duration::from_micros(round % 100));
            sender.join().expect("the receiver is there");
            let got = first.or_else(|_| rx.recv_timeout(LONG));
            assert_eq!(got, Ok(round));
        }
    });
}
