//! Each operation by itself: what it returns when it can proceed, must wait,
//! times out, or finds the other side gone.

use crate::common::{
    BOUNDED, BUFFERED, FLAVOURS, Place, channel, fill, poll_noop, ready, room, watchdog,
};
use std::task::Poll;
use std::time::{Duration, Instant};
use towpath::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError, bounded,
};

const SHORT: Duration = Duration::from_millis(15);
const LONG: Duration = Duration::from_secs(30);

#[test]
fn try_send_fills_then_is_full_and_try_recv_empties_then_is_empty() {
    for capacity in BOUNDED {
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| i);
        assert_eq!(tx.try_send(99), Err(TrySendError::Full(99)));
        for i in 0..capacity as u64 {
            assert_eq!(rx.try_recv(), Ok(i));
        }
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

/// Laps: catches a stamp that is wrong once the ring wraps.
#[test]
fn a_ring_wraps_many_times() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let held = room(capacity, 5);
        for i in 0..held as u64 {
            tx.try_send(i).unwrap();
        }
        for i in 0..1000 {
            assert_eq!(rx.try_recv(), Ok(i));
            tx.try_send(i + held as u64).unwrap();
            assert_eq!(rx.len(), held);
        }
    }
}

#[test]
fn send_and_recv_that_need_not_wait_do_not() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        tx.send(1).unwrap();
        assert_eq!(rx.recv(), Ok(1));
        tx.send_timeout(2, Duration::ZERO).unwrap();
        assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(2));
        tx.send_deadline(3, Instant::now()).unwrap();
        assert_eq!(rx.recv_deadline(Instant::now()), Ok(3));
        ready(tx.send_async(4)).unwrap();
        assert_eq!(ready(rx.recv_async()), Ok(4));
        ready(tx.clone().into_send_async(5)).unwrap();
        assert_eq!(ready(rx.clone().into_recv_async()), Ok(5));
        tx.send_async(6).wait().unwrap();
        assert_eq!(rx.recv_async().wait(), Ok(6));
        tx.send_async(7).wait_timeout(LONG).unwrap();
        assert_eq!(rx.recv_async().wait_timeout(LONG), Ok(7));
        tx.send_async(8)
            .wait_deadline(Instant::now() + LONG)
            .unwrap();
        assert_eq!(rx.recv_async().wait_deadline(Instant::now() + LONG), Ok(8));
    }
}

/// Catches a timeout that returns early, and one that swallows the message.
#[test]
fn a_send_that_times_out_gives_its_message_back_after_the_time() {
    for capacity in BOUNDED {
        let (tx, rx) = bounded(capacity);
        fill(&tx, |_| 0);
        let start = Instant::now();
        assert_eq!(tx.send_timeout(1, SHORT), Err(SendTimeoutError::Timeout(1)));
        assert!(start.elapsed() >= SHORT);
        let at = Instant::now() + SHORT;
        assert_eq!(tx.send_deadline(2, at), Err(SendTimeoutError::Timeout(2)));
        assert!(Instant::now() >= at);
        let waited = tx.send_async(3).wait_timeout(SHORT);
        assert_eq!(waited, Err(SendTimeoutError::Timeout(3)));
        let waited = tx.send_async(4).wait_deadline(Instant::now() + SHORT);
        assert_eq!(waited, Err(SendTimeoutError::Timeout(4)));
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), vec![0; capacity]);
    }
}

#[test]
fn a_receive_that_times_out_says_so_after_the_time() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        let start = Instant::now();
        assert_eq!(rx.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        assert!(start.elapsed() >= SHORT);
        let at = Instant::now() + SHORT;
        assert_eq!(rx.recv_deadline(at), Err(RecvTimeoutError::Timeout));
        assert!(Instant::now() >= at);
        assert_eq!(
            rx.recv_async().wait_timeout(SHORT),
            Err(RecvTimeoutError::Timeout)
        );
        let at = Instant::now() + SHORT;
        assert_eq!(
            rx.recv_async().wait_deadline(at),
            Err(RecvTimeoutError::Timeout)
        );
        drop(tx);
    }
}

/// Catches an `Instant` overflow: "wait this long" must accept any duration.
#[test]
fn the_longest_timeout_there_is_works() {
    watchdog(20, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let receiver = crew.thread(format!("receiver, {capacity:?}"), move |me| {
                me.at("recv_timeout(MAX)", 0);
                assert_eq!(rx.recv_timeout(Duration::MAX), Ok(1));
                me.at("recv_timeout(MAX)", 1);
                assert_eq!(rx.recv_async().wait_timeout(Duration::MAX), Ok(2));
            });
            tx.send_timeout(1, Duration::MAX).unwrap();
            tx.send_async(2).wait_timeout(Duration::MAX).unwrap();
            receiver.join();
        }
    });
}

/// After a timeout nothing of the waiter may remain: a notification or a value
/// handed to it would be lost, and the next round would hang.
#[test]
fn a_timed_out_waiter_leaves_nothing_behind() {
    watchdog(30, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            for _ in 0..20 {
                let timed_out = rx.recv_timeout(Duration::from_micros(50));
                assert_eq!(timed_out, Err(RecvTimeoutError::Timeout));
            }
            let receiver = crew.thread(format!("receiver, {capacity:?}"), move |_| rx.recv());
            tx.send(1).unwrap();
            assert_eq!(receiver.join(), Ok(1));
        }
    });
}

#[test]
fn with_the_receiver_gone_every_send_gives_the_message_back() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        drop(rx);
        assert!(tx.is_disconnected());
        assert_eq!(tx.try_send(1), Err(TrySendError::Disconnected(1)));
        assert_eq!(tx.send(2), Err(SendError(2)));
        assert_eq!(
            tx.send_timeout(3, LONG),
            Err(SendTimeoutError::Disconnected(3))
        );
        let deadline = Instant::now() + LONG;
        assert_eq!(
            tx.send_deadline(4, deadline),
            Err(SendTimeoutError::Disconnected(4))
        );
        assert_eq!(ready(tx.send_async(5)), Err(SendError(5)));
        assert_eq!(ready(tx.clone().into_send_async(6)), Err(SendError(6)));
        assert_eq!(tx.send_async(7).wait(), Err(SendError(7)));
        let waited = tx.send_async(8).wait_timeout(LONG);
        assert_eq!(waited, Err(SendTimeoutError::Disconnected(8)));
        assert_eq!(tx.force_send(9), Err(SendError(9)));
        assert_eq!(tx.send_many([1, 2, 3]), Err(SendError(vec![1, 2, 3])));
        assert_eq!(
            ready(tx.send_many_async([4, 5])),
            Err(SendError(vec![4, 5]))
        );
    }
}

#[test]
fn with_the_sender_gone_receivers_drain_and_then_are_told() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        tx.try_send(1).unwrap();
        drop(tx);
        assert!(rx.is_disconnected() || rx.len() == 1);
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(rx.recv(), Err(RecvError));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
        assert_eq!(rx.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
        let deadline = Instant::now() + LONG;
        assert_eq!(
            rx.recv_deadline(deadline),
            Err(RecvTimeoutError::Disconnected)
        );
        assert_eq!(ready(rx.recv_async()), Err(RecvError));
        assert_eq!(
            rx.recv_async().wait_timeout(LONG),
            Err(RecvTimeoutError::Disconnected)
        );
        assert_eq!(rx.recv_many(&mut Vec::new(), 3), Err(RecvError));
        assert_eq!(
            rx.try_recv_many(&mut Vec::new(), 3),
            Err(TryRecvError::Disconnected)
        );
        assert_eq!(ready(rx.into_recv_async()), Err(RecvError));
    }
}

#[test]
fn a_pending_receive_completes_on_a_send_and_a_pending_send_on_a_receive() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        tx.try_send(1).unwrap();
        assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(1)));
        drop(receive);

        if tx.capacity().is_some() {
            let filled = fill(&tx, |_| 2);
            let mut send = Box::pin(tx.send_async(3));
            assert!(poll_noop(&mut send).is_pending());
            assert!(rx.try_recv().is_ok());
            assert_eq!(poll_noop(&mut send), Poll::Ready(Ok(())));
            let left = rx.try_iter().count();
            assert_eq!(left, filled, "capacity {capacity:?}");
        }
    }
}

/// The `'static` futures own their handle: it lives as long as the future.
#[test]
fn into_futures_own_their_handle() {
    let (tx, rx) = bounded(3);
    let other = tx.clone();
    let send = tx.into_send_async(1);
    assert_eq!(rx.sender_count(), 2);
    ready(send).unwrap();
    assert_eq!(rx.sender_count(), 1);
    let receive = rx.into_recv_async();
    assert_eq!(other.receiver_count(), 1);
    assert_eq!(ready(receive), Ok(1));
    assert_eq!(other.receiver_count(), 0);
}

#[test]
fn the_async_forms_wait_on_every_executor_with_handles_they_own() {
    watchdog(30, |crew| {
        for place in Place::TASKS {
            for capacity in FLAVOURS {
                let (tx, rx) = channel(capacity);
                let name = format!("receiver, capacity {capacity:?}");
                let receiver = crew.act(place, name, move |_| rx.into_recv_async());
                crew.act(place, "sender", move |_| tx.into_send_async(5));
                assert_eq!(receiver.join(), Ok(5));
            }
        }
    });
}
