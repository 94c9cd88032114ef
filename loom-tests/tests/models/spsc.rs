//! The ring of one producer and one consumer, by itself and as a channel.

use std::pin::pin;

use loom::sync::Arc;
use loom::thread;
use towpath::queue::{Queue, Refusal, Spsc};
use towpath::unique::bounded;
use towpath_loom_tests::{Ledger, Parcel, block_on, check, poll_once, spawn};

use crate::queues::{self, beside, with};

/// Each model pushes on one thread at a time, and pops on one.
fn spsc<T>(capacity: usize) -> Spsc<T> {
    // SAFETY: as said above.
    unsafe { Spsc::new(capacity) }
}

fn ring_of<T>(capacity: usize, values: impl IntoIterator<Item = T>) -> Arc<Spsc<T>> {
    with(spsc(capacity), values)
}

/// Pops until the ring says that it is closed and drained.
fn pop_all<T>(ring: &Spsc<T>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        match ring.pop() {
            Ok(value) => all.push(value),
            Err(Refusal::Closed) => return all,
            Err(refusal) => {
                assert_eq!(refusal, Refusal::Blocked, "nobody is ever in the way");
                thread::yield_now();
            }
        }
    }
}

#[test]
fn push_against_pop_keeps_the_order() {
    check(|| {
        let ring = ring_of(2, []);
        let producer = beside(&ring, |ring| {
            (1..3).for_each(|value| ring.push(value).expect("there is room"));
            ring.close();
        });
        assert_eq!(pop_all(&ring), [1, 2]);
        producer.join().unwrap();
    });
}

#[test]
fn slot_is_reused_only_after_its_message_was_read() {
    check(|| {
        let ring = ring_of(1, [1]);
        let producer = beside(&ring, |ring| ring.push(2).is_ok());
        assert_eq!(ring.pop(), Ok(1));
        let pushed = producer.join().unwrap();
        assert_eq!(
            ring.pop(),
            if pushed { Ok(2) } else { Err(Refusal::Blocked) }
        );
    });
}

#[test]
fn batch_against_batch() {
    check(|| {
        let ring = ring_of(2, [0]);
        let producer = beside(&ring, |ring| {
            let mut values = vec![1, 2, 3].into_iter();
            let first = ring.push_many(&mut values).expect("there is room for one");
            let more = ring.push_many(&mut values).unwrap_or(0);
            assert_eq!(first + more + values.len(), 3);
            ring.close();
            first + more
        });
        let mut out = Vec::new();
        assert!(ring.pop_many(&mut out, 2).is_ok(), "there is one");
        out.extend(pop_all(&ring));
        let pushed = producer.join().unwrap();
        assert!(out.into_iter().eq(0..=pushed));
    });
}

/// A message is accepted exactly if it comes out before the end.
#[test]
fn close_against_push() {
    check(|| {
        let ledger = Ledger::default();
        let ring = ring_of(1, []);
        let parcel = ledger.parcel(1);
        let pushed = beside(&ring, move |ring: &Spsc<Parcel>| ring.push(parcel).is_ok());
        assert!(ring.close(), "nobody else closes it");
        let received = pop_all(&ring);
        assert_eq!(usize::from(pushed.join().unwrap()), received.len());
        assert!(ring.pop().is_err(), "it was drained");
        drop((received, ring));
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn close_against_a_batch() {
    check(|| {
        let ledger = Ledger::default();
        let ring = ring_of(2, []);
        let parcels = vec![ledger.parcel(1), ledger.parcel(2)];
        let pushed = beside(&ring, move |ring: &Spsc<Parcel>| {
            let mut parcels = parcels.into_iter();
            let pushed = ring.push_many(&mut parcels).unwrap_or(0);
            assert_eq!(pushed + parcels.len(), 2);
            pushed
        });
        ring.close();
        let received = pop_all(&ring);
        assert_eq!(pushed.join().unwrap(), received.len());
        drop((received, ring));
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn len_is_of_one_instant() {
    check(|| queues::len_is_of_one_instant(spsc(3)));
}

#[test]
fn receiver_parks_against_send() {
    check(|| {
        let (mut tx, mut rx) = bounded(1);
        let sender = spawn(move || tx.send(1));
        assert_eq!(rx.recv(), Ok(1));
        assert!(rx.recv().is_err(), "the sender is gone");
        assert!(sender.join().unwrap().is_ok());
    });
}

#[test]
fn sender_parks_against_receive() {
    check(|| {
        let (mut tx, mut rx) = bounded(1);
        tx.send(1).unwrap();
        let sender = spawn(move || tx.send(2));
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(rx.recv(), Ok(2));
        assert!(sender.join().unwrap().is_ok());
    });
}

#[test]
fn sender_parks_against_a_batch_received() {
    check(|| {
        let (mut tx, mut rx) = bounded(2);
        tx.send_many([1, 2]).unwrap();
        let sender = spawn(move || tx.send(3));
        let mut out = Vec::new();
        assert_eq!(rx.recv_many(&mut out, 2), Ok(2));
        assert_eq!(rx.recv(), Ok(3));
        assert!(sender.join().unwrap().is_ok());
    });
}

#[test]
fn task_waits_against_send() {
    check(|| {
        let (mut tx, mut rx) = bounded(1);
        let sender = spawn(move || block_on(tx.send_async(1)));
        assert_eq!(block_on(rx.recv_async()), Ok(1));
        assert!(sender.join().unwrap().is_ok());
    });
}

/// A receive that was polled is dropped while a message comes: the next one finds it.
#[test]
fn receive_dropped_against_send() {
    check(|| {
        let (mut tx, mut rx) = bounded(1);
        let sender = spawn(move || tx.send(1));
        let first = {
            let receive = pin!(rx.recv_async());
            poll_once(receive)
        };
        match first {
            std::task::Poll::Ready(received) => assert_eq!(received, Ok(1)),
            std::task::Poll::Pending => assert_eq!(rx.recv(), Ok(1)),
        }
        assert!(sender.join().unwrap().is_ok());
    });
}

#[test]
fn close_against_parked_sender() {
    check(|| {
        let (mut tx, mut rx) = bounded(1);
        tx.send(1).unwrap();
        let sender = spawn(move || tx.send(2).is_ok());
        rx.close();
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(sender.join().unwrap(), rx.recv().is_ok());
    });
}

#[test]
fn receiver_goes_while_a_sender_parks() {
    check(|| {
        let ledger = Ledger::default();
        let (mut tx, rx) = bounded(1);
        assert!(tx.send(ledger.parcel(1)).is_ok());
        let parcel = ledger.parcel(2);
        let sender = spawn(move || tx.send(parcel).is_err());
        drop(rx);
        assert!(sender.join().unwrap(), "nobody receives it");
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn sender_goes_while_the_receiver_parks() {
    check(|| {
        let (tx, mut rx) = bounded::<u8>(1);
        let sender = spawn(move || drop(tx));
        assert!(rx.recv().is_err());
        sender.join().unwrap();
    });
}
