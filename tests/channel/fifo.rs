//! Order beyond one sender: what happened before is received before.

use crate::common::{BUFFERED, FLAVOURS, Place, channel, poll_noop, room, watchdog};
use std::task::Poll;
use towpath::bounded;

/// One send completes before another sender's begins: they arrive in that order.
/// Catches per-sender buffers and lanes, which pass every per-sender test.
#[test]
fn sends_that_follow_each_other_arrive_in_order() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let (batons, mut turns): (Vec<_>, Vec<_>) =
                (0..3).map(|_| std::sync::mpsc::channel()).unzip();
            for s in 0..3 {
                let (tx, next) = (tx.clone(), batons[(s + 1) % 3].clone());
                let turn = turns.remove(0);
                let place = [Place::Thread, Place::Pollster, Place::Thread][s];
                crew.act(
                    place,
                    format!("sender {s}, {capacity:?}"),
                    move |me| async move {
                        while let Ok(i) = turn.recv() {
                            if i == 60u64 {
                                let _ = next.send(i);
                                return;
                            }
                            me.at("send", i);
                            me.send(&tx, i).await.unwrap();
                            next.send(i + 1).unwrap();
                        }
                    },
                );
            }
            batons[0].send(0).unwrap();
            drop((batons, tx));
            assert!(rx.iter().eq(0..60), "capacity {capacity:?}");
        }
    });
}

/// In the hand-off flavour waiting senders are served in the order they came.
#[test]
fn waiting_senders_of_a_small_channel_are_served_in_order() {
    for capacity in [0, 1, 2] {
        let (tx, rx) = bounded(capacity);
        (0..capacity as u64).for_each(|i| tx.try_send(i).unwrap());
        let waiting = capacity as u64..capacity as u64 + 5;
        let mut sends: Vec<_> = waiting.map(|i| Box::pin(tx.send_async(i))).collect();
        for send in &mut sends {
            assert!(poll_noop(send).is_pending());
        }
        for i in 0..capacity as u64 + 5 {
            assert_eq!(rx.try_recv(), Ok(i));
        }
        for send in &mut sends {
            assert_eq!(poll_noop(send), Poll::Ready(Ok(())));
        }
    }
}

/// Two tasks that wait on one channel are both served by two messages, each once.
#[test]
fn waiting_receivers_get_one_message_each() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let mut receives: Vec<_> = (0..2).map(|_| Box::pin(rx.recv_async())).collect();
        for receive in &mut receives {
            assert!(poll_noop(receive).is_pending());
        }
        tx.try_send(1).unwrap();
        if capacity == Some(1) {
            // A full ring of one would refuse the second before the first is taken.
            assert_eq!(poll_noop(&mut receives[0]), Poll::Ready(Ok(1)));
            tx.try_send(2).unwrap();
            assert_eq!(poll_noop(&mut receives[1]), Poll::Ready(Ok(2)));
            continue;
        }
        tx.try_send(2).unwrap();
        assert_eq!(poll_noop(&mut receives[0]), Poll::Ready(Ok(1)));
        assert_eq!(poll_noop(&mut receives[1]), Poll::Ready(Ok(2)));
    }
}

/// All ways to send and to receive share one order.
#[test]
fn every_way_to_send_and_receive_shares_one_order() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let mut next = 0..;
        let mut expected = 0..;
        for _ in 0..50 {
            let n = room(capacity, 4);
            for how in 0..n {
                let i = next.next().unwrap();
                match how {
                    0 => tx.send(i).unwrap(),
                    1 => tx.try_send(i).unwrap(),
                    2 => tx.send_many([i]).unwrap(),
                    _ => assert_eq!(tx.force_send(i), Ok(None)),
                }
            }
            let mut got = Vec::new();
            for how in 0..n {
                match how {
                    0 => got.push(rx.recv().unwrap()),
                    1 => got.extend(rx.try_recv()),
                    2 => assert_eq!(rx.try_recv_many(&mut got, 1), Ok(1)),
                    _ => got.extend(rx.try_iter().next()),
                }
            }
            assert!(got.into_iter().eq(expected.by_ref().take(n)));
        }
    }
}
