//! Batches: order, limits, what is not sent comes back, odd iterators.

use crate::common::{
    Alarm, BUFFERED, FLAVOURS, Ledger, channel, poll, poll_noop, ready, room, watchdog,
};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use towpath::{SendError, TryRecvError, bounded};

#[test]
fn a_batch_that_fits_is_sent_and_received_in_order() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let n = room(capacity, 20);
        for round in 0..10 {
            let batch = || (0..n).map(move |i| round * 100 + i);
            tx.send_many(batch()).unwrap();
            assert_eq!(rx.len(), n);
            let mut got = vec![usize::MAX];
            assert_eq!(rx.recv_many(&mut got, n + 5), Ok(n));
            assert_eq!(got[0], usize::MAX, "what was in the vector stays");
            assert!(got[1..].iter().copied().eq(batch()));
            ready(tx.send_many_async(batch())).unwrap();
            got.clear();
            assert_eq!(ready(rx.recv_many_async(&mut got, n + 5)), Ok(n));
            assert!(got.into_iter().eq(batch()));
        }
    }
}

#[test]
fn a_limit_is_kept_and_zero_takes_nothing() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let n = room(capacity, 20);
        let mut got = Vec::new();
        assert_eq!(rx.recv_many(&mut got, 0), Ok(0), "zero never waits");
        assert_eq!(ready(rx.recv_many_async(&mut got, 0)), Ok(0));
        tx.send_many(0..n).unwrap();
        for i in 0..n {
            assert_eq!(rx.try_recv_many(&mut got, 1), Ok(1));
            assert_eq!(got.last(), Some(&i));
        }
        assert_eq!(rx.try_recv_many(&mut got, 1), Err(TryRecvError::Empty));
        drop(tx);
        assert_eq!(
            rx.try_recv_many(&mut got, 9),
            Err(TryRecvError::Disconnected)
        );
        assert_eq!(got.len(), n);
    }
}

#[test]
fn the_largest_limit_there_is_works() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        tx.send(1).unwrap();
        let mut got = Vec::new();
        assert_eq!(rx.try_recv_many(&mut got, usize::MAX), Ok(1));
        tx.send(2).unwrap();
        assert_eq!(rx.recv_many(&mut got, usize::MAX), Ok(1));
        assert_eq!(got, [1, 2]);
    }
}

#[test]
fn a_batch_larger_than_the_channel_waits_for_room() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let sender = crew.thread(format!("sender, {capacity:?}"), move |me| {
                me.at("send_many", 250);
                tx.send_many(0..250u64)
            });
            let mut got = Vec::new();
            while rx.recv_many(&mut got, 16).is_ok() {}
            assert_eq!(got, (0..250).collect::<Vec<_>>());
            assert_eq!(sender.join(), Ok(()));
        }
    });
}

/// A batch cut off by a disconnect: what was accepted is a prefix, the rest comes
/// back in order; nothing is in both, nothing in neither.
#[test]
fn an_unsent_rest_comes_back_in_order() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS.into_iter().flatten() {
            let (tx, rx) = bounded(capacity);
            let receiver = rx.clone();
            let sender = crew.thread(format!("sender, capacity {capacity}"), move |me| {
                me.at("send_many", 0);
                tx.send_many(0..250u64)
            });
            let mut got: Vec<u64> = (0..10).map(|_| rx.recv().unwrap()).collect();
            rx.close();
            let SendError(rest) = sender.join().expect_err("the channel was closed");
            got.extend(receiver.try_iter());
            assert!((10..=10 + capacity + 1).contains(&got.len()));
            got.extend(rest);
            assert_eq!(got, (0..250).collect::<Vec<_>>(), "capacity {capacity}");
        }
    });
}

#[test]
fn dropping_a_half_sent_batch_sends_a_prefix_and_drops_the_rest_once() {
    for capacity in FLAVOURS.into_iter().flatten() {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let batch: Vec<_> = (0..120).map(|i| ledger.token(i)).collect();
        let mut send = Box::pin(tx.send_many_async(batch));
        assert!(poll_noop(&mut send).is_pending());
        ledger.assert_live(120);
        drop(send);
        ledger.assert_live(capacity as isize);
        let ids: Vec<_> = rx.try_iter().map(|token| token.id).collect();
        assert_eq!(ids, (0..capacity as u64).collect::<Vec<_>>());
        ledger.assert_live(0);
    }
}

/// `size_hint` is a hint: an unsafe claim of as many slots as it says would
/// publish slots that nobody wrote.
#[test]
fn an_iterator_that_lies_about_its_length_is_harmless() {
    struct Liar(u64, usize);
    impl Iterator for Liar {
        type Item = u64;
        fn next(&mut self) -> Option<u64> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.1, Some(self.1))
        }
    }
    impl ExactSizeIterator for Liar {}

    for capacity in [Some(3), Some(8), Some(100), None] {
        for (says, yields) in [(0, 3), (3, 1), (50, 0), (1000, 2)] {
            let (tx, rx) = channel(capacity);
            tx.send_many(Liar(yields, says)).unwrap();
            assert_eq!(rx.len() as u64, yields);
            assert!(rx.try_iter().eq((0..yields).rev()));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

/// User code in the middle of a claim: a panic must not leave claimed slots
/// unpublished (every later receiver would wait for them) nor leak messages.
#[test]
fn a_panicking_iterator_leaves_the_channel_whole() {
    for capacity in [Some(8), Some(100), None] {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let bad = (0..8).map(|i| match i {
            5 => panic!("the iterator panics"),
            _ => ledger.token(i),
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| tx.send_many(bad)));
        assert!(outcome.is_err());
        let got: Vec<_> = rx.try_iter().map(|token| token.id).collect();
        assert!(
            got.iter().copied().eq(0..got.len() as u64) && got.len() <= 5,
            "{got:?}"
        );
        ledger.assert_live(0);
        assert!(tx.try_send(ledger.token(9)).is_ok());
        assert_eq!(rx.try_recv().unwrap().id, 9);
    }
}

/// The iterator may use the channel itself: catches an iterator that is run
/// under a lock (hang) or inside a claim (order, lost slots).
#[test]
fn an_iterator_that_uses_the_same_channel_does_not_hang() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let (accepted, got) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
            let batch = (0..3).inspect(|i| {
                got.borrow_mut().extend(rx.try_recv());
                if tx.try_send(100 + i).is_ok() {
                    accepted.borrow_mut().push(100 + i);
                }
                let _ = (tx.len(), rx.is_empty());
                got.borrow_mut().extend(rx.try_recv());
            });
            let mut send = Box::pin(tx.send_many_async(batch));
            let sent = (0..20).any(|_| {
                let sent = poll_noop(&mut send);
                if let Poll::Ready(Ok(one)) = poll_noop(&mut Box::pin(rx.recv_async())) {
                    got.borrow_mut().push(one);
                }
                sent == Poll::Ready(Ok(()))
            });
            assert!(sent, "capacity {capacity:?}");
            drop(send);
            got.borrow_mut().extend(rx.try_iter());
            let (batch, others): (Vec<_>, Vec<_>) = got.take().into_iter().partition(|i| *i < 100);
            assert_eq!(batch, [0, 1, 2], "capacity {capacity:?}");
            assert_eq!(others, accepted.take(), "capacity {capacity:?}");
        }
    });
}

/// A batch makes room for several senders: each must be woken (a wake-one per
/// batch would leave the others asleep beside free slots).
#[test]
fn one_batch_received_wakes_every_sender_it_made_room_for() {
    for capacity in [2, 3, 8, 100] {
        let (tx, rx) = bounded(capacity);
        tx.send_many(0..capacity).unwrap();
        let mut sends: Vec<_> = (0..capacity)
            .map(|i| (Box::pin(tx.send_async(1000 + i)), Alarm::new()))
            .collect();
        for (send, (_, waker)) in &mut sends {
            assert!(poll(send, waker).is_pending());
        }
        let mut got = Vec::new();
        while got.len() < capacity {
            let wanted = capacity - got.len();
            rx.recv_many(&mut got, wanted).unwrap();
        }
        for (i, (send, (alarm, waker))) in sends.iter_mut().enumerate() {
            assert_eq!(alarm.rings(), 1, "sender {i} of {capacity}");
            assert_eq!(poll(send, waker), Poll::Ready(Ok(())));
        }
        assert_eq!(rx.len(), capacity);
    }
}

/// And a batch sent feeds several receivers.
#[test]
fn one_batch_sent_wakes_every_receiver_it_feeds() {
    for capacity in [Some(2), Some(3), Some(8), None] {
        let (tx, rx) = channel(capacity);
        let receivers = room(capacity, 40);
        let mut receives: Vec<_> = (0..receivers)
            .map(|_| (Box::pin(rx.recv_async()), Alarm::new()))
            .collect();
        for (receive, (_, waker)) in &mut receives {
            assert!(poll(receive, waker).is_pending());
        }
        tx.send_many(0..receivers).unwrap();
        for (i, (receive, (alarm, waker))) in receives.iter_mut().enumerate() {
            assert_eq!(alarm.rings(), 1, "receiver {i} of {receivers}");
            assert_eq!(poll(receive, waker), Poll::Ready(Ok(i)));
        }
    }
}
