//! Capacity 0: a send completes only when a receiver owns the value.

use crate::common::{Alarm, Ledger, Place, poll, poll_noop, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use towpath::{RecvError, SendTimeoutError, TryRecvError, TrySendError, bounded};

#[test]
fn it_holds_nothing_and_is_always_empty_and_full() {
    let (tx, rx) = bounded(0);
    assert_eq!((tx.capacity(), tx.len(), rx.len()), (Some(0), 0, 0));
    assert!(tx.is_empty() && tx.is_full() && rx.is_empty() && rx.is_full());
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

/// Catches a hidden buffer of one.
#[test]
fn an_async_send_is_pending_until_a_receive_completes() {
    let ledger = Ledger::new();
    let (tx, rx) = bounded(0);
    let (alarm, waker) = Alarm::new();
    let mut send = Box::pin(tx.send_async(ledger.token(7)));
    for _ in 0..3 {
        assert!(poll(&mut send, &waker).is_pending());
    }
    assert_eq!(alarm.rings(), 0);
    assert_eq!(rx.try_recv().unwrap().id, 7);
    assert_eq!(alarm.rings(), 1);
    assert!(matches!(poll(&mut send, &waker), Poll::Ready(Ok(()))));
    ledger.assert_live(0);
}

/// The same from threads: `send` returns after the receive began, never before.
#[test]
fn a_blocking_send_returns_only_once_somebody_receives() {
    watchdog(60, |crew| {
        for place in [Place::Thread, Place::TokioMulti, Place::Pollster] {
            for _ in 0..50 {
                let (tx, rx) = bounded(0);
                let receiving = Arc::new(AtomicBool::new(false));
                let seen = Arc::clone(&receiving);
                let sender = crew.act(place, "sender", move |me| async move {
                    me.send(&tx, 1).await.unwrap();
                    seen.load(Ordering::SeqCst)
                });
                std::thread::yield_now();
                receiving.store(true, Ordering::SeqCst);
                assert_eq!(rx.recv(), Ok(1));
                assert!(sender.join(), "the send completed before anybody received");
            }
        }
    });
}

#[test]
fn try_send_meets_a_waiting_receiver_and_try_recv_a_waiting_sender() {
    let (tx, rx) = bounded(0);
    let mut receive = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut receive).is_pending());
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(
        tx.try_send(2),
        Err(TrySendError::Full(2)),
        "one receiver, one message"
    );
    assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(1)));

    let mut send = Box::pin(tx.send_async(3));
    assert!(poll_noop(&mut send).is_pending());
    assert_eq!(rx.try_recv(), Ok(3));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(poll_noop(&mut send), Poll::Ready(Ok(())));
}

/// The send has completed, so its message may not vanish with the future it was
/// handed to.
#[test]
fn a_value_handed_to_a_future_that_is_dropped_goes_to_the_next_receiver() {
    let ledger = Ledger::new();
    let (tx, rx) = bounded(0);
    let (alarm, waker) = Alarm::new();
    let mut first = Box::pin(rx.recv_async());
    let mut second = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut first).is_pending());
    assert!(poll(&mut second, &waker).is_pending());
    assert!(tx.try_send(ledger.token(5)).is_ok());
    drop(first);
    assert_eq!(alarm.rings(), 1, "the one that waits is told");
    let Poll::Ready(Ok(token)) = poll_noop(&mut second) else {
        panic!("the message is lost")
    };
    assert_eq!(token.id, 5);
    drop(token);
    ledger.assert_live(0);
}

/// Nobody else waits: the value stays for whoever comes.
#[test]
fn an_orphaned_value_waits_for_whoever_receives_next() {
    watchdog(60, |crew| {
        for place in [Place::Thread, Place::TokioCurrent] {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(0);
            let mut receive = Box::pin(rx.recv_async());
            assert!(poll_noop(&mut receive).is_pending());
            assert!(tx.try_send(ledger.token(5)).is_ok());
            drop(receive);
            ledger.assert_live(1);
            let next = rx.clone();
            let next = crew.act(place, "next receiver", move |me| async move {
                me.recv(&next).await.map(|token| token.id)
            });
            assert_eq!(next.join(), Ok(5));
            ledger.assert_live(0);
        }
    });
}

/// Orphans survive the senders, are drained before the end, and die with the last
/// receiver.
#[test]
fn an_orphaned_value_is_drained_or_dropped_with_the_last_receiver() {
    for receive_it in [true, false] {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(0);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        assert!(tx.try_send(ledger.token(1)).is_ok());
        drop(receive);
        if receive_it {
            drop(tx);
            assert_eq!(rx.recv().unwrap().id, 1);
            assert_eq!(rx.recv().map(|token| token.id), Err(RecvError));
        } else {
            ledger.assert_live(1);
            drop(rx);
        }
        ledger.assert_live(0);
    }
}

/// Orphans come before a waiting sender's message: it was sent first.
#[test]
fn an_orphan_goes_before_later_messages() {
    let (tx, rx) = bounded(0);
    let mut receive = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut receive).is_pending());
    tx.try_send(1).unwrap();
    let mut later = Box::pin(tx.send_async(2));
    assert!(poll_noop(&mut later).is_pending());
    drop(receive);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(poll_noop(&mut later), Poll::Ready(Ok(())));
}

/// The timeout and the hand-over race: the message ends in exactly one place.
#[test]
fn a_timed_out_send_either_arrived_or_came_back() {
    watchdog(60, |crew| {
        let (tx, rx) = bounded(0);
        let receiver = crew.thread("receiver", move |me| {
            let mut got = Vec::new();
            loop {
                me.at("recv_timeout", got.len() as u64);
                match rx.recv_timeout(Duration::from_micros(got.len() as u64 % 90)) {
                    Ok(value) => got.push(value),
                    Err(error) if error.is_timeout() => {}
                    Err(_) => return got,
                }
            }
        });
        let mut arrived = Vec::new();
        for i in 0..2000u64 {
            match tx.send_timeout(i, Duration::from_micros(i % 70)) {
                Ok(()) => arrived.push(i),
                Err(SendTimeoutError::Timeout(back)) => assert_eq!(back, i),
                Err(error) => panic!("{error:?}"),
            }
        }
        drop(tx);
        assert_eq!(receiver.join(), arrived);
    });
}
