//! Selects whose time runs out beside a peer that was stopped halfway through a receive.

use crate::common::{Alarm, poll, poll_noop, watchdog};
use crate::promise::Promise;
use crate::stalled_peer::{MESSAGES, StalledPeer, stalled};
use crate::until_ready;
use std::future::poll_fn;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use towpath::{
    Receiver, Sender, bounded, select, select_async, select_biased, select_biased_async, unbounded,
};

const LIMIT: Duration = Duration::from_millis(20);

/// For what has to be done before the time is out, on a busy machine.
const LONG_ENOUGH: Duration = Duration::from_millis(500);

/// A channel with one message.
fn holding(message: u64) -> (Sender<u64>, Receiver<u64>) {
    let (tx, rx) = unbounded();
    tx.send(message).unwrap();
    (tx, rx)
}

/// A better arm's peer does not run: the lesser arm is not missed for that.
#[test]
fn a_thread_takes_a_lesser_arm_when_its_time_is_out() {
    watchdog(60, |_| {
        let (_tx, rx, _peer) = stalled();
        let (_ready_tx, ready) = holding(1000);
        let got = select_biased! {
            recv(rx) -> got => got.ok(),
            recv(ready) -> got => got.ok(),
            default(LIMIT) => None,
        };
        assert_eq!(got, Some(1000));
    });
}

#[test]
fn a_task_takes_a_lesser_arm_when_its_time_is_out() {
    watchdog(60, |_| {
        let (_tx, rx, _peer) = stalled();
        let (_ready_tx, ready) = holding(1000);
        let mut select = Box::pin(async {
            select_biased_async! {
                recv(rx) -> got => got.ok(),
                recv(ready) -> got => got.ok(),
                default(LIMIT) => None,
            }
        });
        assert_eq!(until_ready(&mut select), Some(1000));
    });
}

/// Nothing else is ready: it ends all the same, and so does a receive on its own.
#[test]
fn a_task_whose_time_is_out_does_not_wait_for_the_peer() {
    watchdog(60, |_| {
        let (_tx, rx, _peer) = stalled();
        let (_silent, empty) = unbounded::<u64>();
        let mut select = Box::pin(async {
            select_async! {
                recv(rx) -> got => got.ok(),
                recv(empty) -> got => got.ok(),
                default(LIMIT) => None,
            }
        });
        assert_eq!(until_ready(&mut select), None);
        let mut alone = Box::pin(rx.recv_async().timeout(LIMIT));
        assert!(until_ready(&mut alone).is_err());
    });
}

/// What it was notified of is for the next in line.
#[test]
fn a_task_that_gives_up_beside_a_peer_passes_its_notification_on() {
    watchdog(60, |_| {
        let (tx, rx) = unbounded();
        let mut bounded = Box::pin(rx.recv_async().timeout(LONG_ENOUGH));
        assert!(poll_noop(&mut bounded).is_pending());
        let mut others: Vec<_> = (1..MESSAGES).map(|_| Box::pin(rx.recv_async())).collect();
        assert!(others.iter_mut().all(|other| poll_noop(other).is_pending()));
        let mut last = Box::pin(rx.recv_async());
        let (alarm, waker) = Alarm::new();
        assert!(poll(&mut last, &waker).is_pending());
        let _peer = StalledPeer::start((&tx, &rx));
        assert_eq!(alarm.rings(), 0, "as many were told as there are messages");
        assert!(until_ready(&mut bounded).is_err());
        assert_eq!(alarm.rings(), 1);
    });
}

/// A select that a promise has is not told of messages: it looks itself, and waits for the peer that is there.
#[test]
fn a_thread_that_was_promised_a_message_waits_for_a_peer_when_its_time_is_out() {
    watchdog(60, |_| {
        let (promising, promised) = bounded::<u64>(0);
        let (tx, rx) = unbounded();
        let mut promise = Promise::make(&promising);
        let (alarm, waker) = Alarm::new();
        promise.look(&waker);
        thread::scope(|scope| {
            let (peer_is_there, peer) = std::sync::mpsc::channel::<StalledPeer>();
            let rx = &rx;
            let got = scope.spawn(move || {
                let deadline = Instant::now() + LONG_ENOUGH;
                let mut late = 0;
                let lets_the_peer_go = poll_fn(|_| {
                    late += u32::from(Instant::now() >= deadline);
                    if late >= 2 {
                        drop(peer.try_recv());
                    }
                    Poll::<()>::Pending
                });
                select! {
                    recv(promised) -> got => got.ok(),
                    recv(rx) -> got => got.ok(),
                    wait(lets_the_peer_go) -> () => None,
                    default(LONG_ENOUGH) => None,
                }
            });
            // It is bound.
            while alarm.rings() == 0 {
                thread::yield_now();
            }
            let _ = peer_is_there.send(StalledPeer::start((&tx, rx)));
            assert!(got.join().unwrap().is_some());
        });
        drop(promise);
    });
}

#[test]
fn a_task_that_was_promised_a_message_waits_for_a_peer_when_its_time_is_out() {
    watchdog(60, |_| {
        let (promising, promised) = bounded::<u64>(0);
        let (tx, rx) = unbounded();
        let mut select = Box::pin(async {
            select_async! {
                recv(promised) -> got => got.ok(),
                recv(rx) -> got => got.ok(),
                default(LONG_ENOUGH) => None,
            }
        });
        assert!(poll_noop(&mut select).is_pending());
        let deadline = Instant::now() + LONG_ENOUGH;
        // Takes the one that is in line.
        let promise = Promise::make(&promising);
        let peer = StalledPeer::start((&tx, &rx));
        while Instant::now() < deadline {
            thread::yield_now();
        }
        assert!(
            poll_noop(&mut select).is_pending(),
            "it may have come in time"
        );
        drop(peer);
        assert!(until_ready(&mut select).is_some());
        drop(promise);
    });
}

/// Polls may be slow to come: some of them wait, however much time has passed.
#[test]
fn a_task_whose_time_is_out_is_polled_ten_times_at_least() {
    watchdog(60, |_| {
        let (_tx, rx, _peer) = stalled();
        let start = Instant::now();
        let mut bounded = Box::pin(rx.recv_async().timeout(Duration::ZERO));
        let mut waits = 0;
        while poll_noop(&mut bounded).is_pending() {
            waits += 1;
            while start.elapsed() < 3 * LIMIT {
                thread::yield_now();
            }
        }
        assert_eq!(waits, 10);
    });
}

/// The operation gave up beside a peer at first, and was done then.
#[test]
#[should_panic(expected = "polled after it was done")]
fn a_bounded_task_that_was_done_beside_a_peer_is_not_polled_again() {
    let (_tx, rx, peer) = stalled();
    let mut bounded = Box::pin(rx.recv_async().timeout(Duration::ZERO));
    assert!(poll_noop(&mut bounded).is_pending());
    drop(peer);
    assert!(until_ready(&mut bounded).is_ok());
    let _ = poll_noop(&mut bounded);
}
