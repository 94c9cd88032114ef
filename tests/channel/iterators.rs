//! Iterators: blocking, non-blocking, draining.

use crate::common::{BUFFERED, FLAVOURS, Ledger, channel, poll_noop, room, watchdog};
use towpath::{bounded, unbounded};

#[test]
fn iterators_by_reference_and_by_value_end_with_the_last_sender() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let sender = crew.thread(format!("sender, {capacity:?}"), move |me| {
                for i in 0..30 {
                    me.at("send", i);
                    tx.send(i).expect("the receiver is there");
                }
            });
            let mut got: Vec<_> = rx.iter().take(10).collect();
            for value in &rx {
                got.push(value);
                if value == 19 {
                    break;
                }
            }
            got.extend(rx);
            assert_eq!(got, (0..30).collect::<Vec<_>>());
            sender.join();
        }
    });
}

#[test]
fn try_iter_takes_what_is_there_and_stops() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 10);
        (0..sent).for_each(|i| tx.try_send(i).unwrap());
        assert_eq!(
            rx.try_iter().collect::<Vec<_>>(),
            (0..sent).collect::<Vec<_>>()
        );
        assert_eq!(rx.try_iter().next(), None);
        tx.try_send(7).unwrap();
        assert_eq!(rx.try_iter().next(), Some(7), "it may be asked again");
    }
}

/// `drain` is bounded by what was there at the call: a sender that keeps sending
/// must not keep it going.
#[test]
fn drain_takes_at_most_what_was_there_at_the_call() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 10);
        (0..sent).for_each(|i| tx.try_send(i).unwrap());
        let mut drain = rx.drain();
        assert_eq!(drain.len(), sent);
        assert_eq!(drain.size_hint(), (sent, Some(sent)));
        for i in 0..sent {
            assert_eq!(drain.next(), Some(i));
            assert_eq!(drain.len(), sent - i - 1);
            let _ = tx.try_send(100);
        }
        assert_eq!(drain.next(), None);
        drop(drain);
        assert_eq!(rx.try_recv(), Ok(100), "what came later is still there");
    }
}

/// Catches a drain that leaves senders asleep although it made room.
#[test]
fn draining_wakes_the_senders_it_made_room_for() {
    watchdog(60, |crew| {
        for capacity in [1, 2, 3, 8] {
            let (tx, rx) = bounded(capacity);
            let senders: Vec<_> = (0..capacity as u64)
                .map(|i| {
                    let tx = tx.clone();
                    crew.thread(format!("sender {i} of {capacity}"), move |me| {
                        for n in 0..20 {
                            me.at("send", n);
                            tx.send(n).unwrap();
                        }
                    })
                })
                .collect();
            let mut got = 0;
            while got < 20 * capacity {
                got += rx.drain().count();
                std::thread::yield_now();
            }
            senders.into_iter().for_each(|sender| sender.join());
        }
    });
}

#[test]
fn an_abandoned_drain_loses_nothing() {
    for capacity in BUFFERED {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 10) as u64;
        (0..sent).for_each(|i| drop(tx.try_send(ledger.token(i))));
        {
            let mut drain = rx.drain();
            assert_eq!(drain.next().map(|token| token.id), Some(0));
        }
        // Dropping a drain either leaves the rest in the channel (as here
        // specified: it takes what is asked for) or drops it; it never leaks.
        let rest = rx.try_iter().count() as u64;
        assert!(rest == sent - 1 || rest == 0, "{rest} of {sent} left");
        ledger.assert_live(0);
    }
}

#[test]
fn a_drain_of_a_disconnected_channel_takes_the_rest() {
    let (tx, rx) = unbounded();
    (0..100).for_each(|i| tx.try_send(i).unwrap());
    drop(tx);
    assert_eq!(rx.drain().sum::<i32>(), 4950);
    assert_eq!(rx.drain().count(), 0);
}

#[test]
fn an_iterator_can_be_dropped_and_taken_again() {
    let (tx, rx) = bounded(8);
    (0..6).for_each(|i| tx.try_send(i).unwrap());
    drop(tx);
    assert_eq!(rx.iter().next(), Some(0));
    assert_eq!((&rx).into_iter().take(2).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rx.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
}

/// A receive that gives up leaves its message to whoever receives next, but not to an iterator that has said that
/// there is none.
#[test]
fn an_iterator_that_has_ended_stays_at_its_end() {
    let abandoned = || {
        let (tx, rx) = bounded::<u64>(0);
        let mut receive = Box::pin(rx.clone().into_recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        tx.try_send(1).unwrap();
        (rx, receive)
    };
    let (rx, receive) = abandoned();
    let mut iter = rx.iter();
    assert_eq!(iter.next(), None);
    drop(receive);
    assert_eq!(iter.next(), None);
    assert_eq!(rx.try_recv(), Ok(1));

    let (rx, receive) = abandoned();
    let mut iter = rx.into_iter();
    assert_eq!(iter.next(), None);
    drop(receive);
    assert_eq!(iter.next(), None);
}
