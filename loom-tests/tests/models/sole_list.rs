//! The unbounded list with one consumer, by itself and as a channel. Its blocks have two slots under loom.

use std::pin::pin;
use std::task::Poll;

use loom::sync::Arc;
use towpath::queue::{Claims, PushClaim, Queue, SoleList};
use towpath::unique::unbounded;
use towpath_loom_tests::{Ledger, Parcel, block_on, check, poll_once, spawn};

use crate::queues::{self, assert_all, beside, drain, drain_closed, pop, with};

/// Each model pops on one thread at a time.
fn sole_list<T>() -> SoleList<T> {
    // SAFETY: as said above.
    unsafe { SoleList::new() }
}

fn list_of<T>(values: impl IntoIterator<Item = T>) -> Arc<SoleList<T>> {
    with(sole_list(), values)
}

/// Over the end of a block, from an empty list on, and until its end.
#[test]
fn push_against_pop_keeps_the_order() {
    check(|| {
        let list = list_of([]);
        let sender = beside(&list, |list| {
            assert!((0..3).all(|value| list.push(value).is_ok()));
            list.close();
        });
        assert_eq!(drain_closed(&*list), [0, 1, 2]);
        sender.join().unwrap();
    });
}

/// The block that was left is installed again behind the next one.
#[test]
fn reused_block_is_not_taken_for_the_one_it_was() {
    check(|| {
        let list = list_of([0, 1]);
        let sender = beside(&list, |list| (2..5).all(|value| list.push(value).is_ok()));
        let early = [pop(&*list), pop(&*list), pop(&*list)];
        assert_eq!(early[..2], [Some(0), Some(1)], "they were there");
        assert!(sender.join().unwrap());
        let all: Vec<_> = early.into_iter().flatten().chain(drain(&*list)).collect();
        assert_eq!(all, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn two_senders_keep_their_own_order() {
    check(|| queues::each_sender_keeps_its_own_order(sole_list()));
}

/// What was taken ahead of its turn is stepped over, also at the end of a block.
#[test]
fn message_is_taken_ahead_of_a_stalled_sender() {
    check(|| queues::message_is_taken_ahead_of_a_stalled_sender(sole_list()));
}

#[test]
fn batch_against_pushes() {
    check(|| {
        let list = list_of([0, 1]);
        let sender = beside(&list, |list| (2..4).all(|value| list.push(value).is_ok()));
        let mut batch = Vec::new();
        let count = list.pop_many(&mut batch, 3).expect("nobody is in the way");
        assert!(count >= 2 && count == batch.len(), "{batch:?}");
        assert!(sender.join().unwrap());
        batch.extend(drain(&*list));
        assert_eq!(batch, [0, 1, 2, 3]);
    });
}

#[test]
fn len_is_of_one_instant() {
    check(|| queues::len_is_of_one_instant(sole_list()));
}

/// The first block is at `head` before it is at `tail`.
#[test]
fn len_beside_the_first_push() {
    check(|| {
        let list = list_of([]);
        let sender = beside(&list, |list| list.push(1).is_ok());
        assert!(list.len() <= 1);
        assert!(sender.join().unwrap());
        assert_eq!(list.len(), 1);
    });
}

/// Whoever counts walks blocks that the consumer must not free meanwhile: of two that it leaves, one is freed.
#[test]
fn len_while_blocks_are_left() {
    check(|| {
        let list = list_of(0..5);
        let counting = beside(&list, |list| list.len());
        let early: Vec<_> = (0..4).filter_map(|_| pop(&*list)).collect();
        assert_eq!(early, [0, 1, 2, 3], "counting holds nobody up for long");
        let len = counting.join().unwrap();
        assert!((1..=5).contains(&len), "{len}");
        assert_eq!(list.len(), 1);
    });
}

/// A sender that stalls before it links a block leaves those behind it without numbers: whoever counts walks, and
/// numbers them beside senders that do, and again once they are used again.
#[test]
fn len_beside_a_slow_link() {
    check(|| {
        let list = list_of([0]);
        let slow = beside(&list, |list| list.push(1).is_ok());
        assert!((10..13).all(|value| list.push(value).is_ok()));
        let len = list.len();
        assert!((4..=5).contains(&len), "{len}");
        assert_eq!(pop(&*list), Some(0));
        let len = list.len();
        assert!((3..=4).contains(&len), "{len}");
        assert!(slow.join().unwrap());
        assert_eq!(list.len(), 4);
        let first: Vec<_> = (0..3).filter_map(|_| pop(&*list)).collect();
        assert!((20..22).all(|value| list.push(value).is_ok()));
        assert_eq!(list.len(), 3);
        assert_all(
            first.into_iter().chain(drain(&*list)),
            [1, 10, 11, 12, 20, 21],
        );
        assert_eq!(list.len(), 0);
    });
}

#[test]
fn is_empty_while_a_block_is_left() {
    check(|| {
        let list = list_of(0..3);
        let asking = beside(&list, |list| list.is_empty());
        assert_eq!((pop(&*list), pop(&*list)), (Some(0), Some(1)));
        assert!(!asking.join().unwrap(), "one message is never taken");
        assert_eq!(drain(&*list), [2]);
        assert!(list.is_empty());
    });
}

/// A message is accepted exactly if it comes out before the end.
#[test]
fn close_against_push() {
    check(|| {
        let ledger = Ledger::default();
        let list = list_of([]);
        let parcel = ledger.parcel(1);
        let pushed = beside(&list, move |list: &SoleList<Parcel>| {
            list.push(parcel).is_ok()
        });
        assert!(list.close(), "nobody else closes it");
        let received = drain_closed(&*list);
        assert_eq!(usize::from(pushed.join().unwrap()), received.len());
        drop((received, list));
        assert_eq!(ledger.live(), 0);
    });
}

/// The list is dropped with messages in it, one of them taken ahead of its turn, and some behind what was seen
/// then.
#[test]
fn dropped_with_a_message_taken_ahead() {
    check(|| {
        let ledger = Ledger::default();
        let list = sole_list();
        let claim = list.claim_push().expect("the list is open");
        for id in 1..4 {
            assert!(list.push(ledger.parcel(id)).is_ok());
        }
        drop(list.pop().expect("the second is full"));
        claim.write(ledger.parcel(0));
        for id in 4..6 {
            assert!(list.push(ledger.parcel(id)).is_ok());
        }
        assert_eq!(ledger.live(), 5);
        drop(list);
        assert_eq!(ledger.live(), 0);
    });
}

#[test]
fn receiver_parks_against_send() {
    check(|| {
        let (tx, mut rx) = unbounded();
        let sender = spawn(move || tx.send(1));
        assert_eq!(rx.recv(), Ok(1));
        assert!(rx.recv().is_err(), "the sender is gone");
        assert!(sender.join().unwrap().is_ok());
    });
}

#[test]
fn task_waits_against_send() {
    check(|| {
        let (tx, mut rx) = unbounded();
        let sender = spawn(move || (0..3).all(|id| tx.send(id).is_ok()));
        for id in 0..3 {
            assert_eq!(block_on(rx.recv_async()), Ok(id));
        }
        assert!(sender.join().unwrap());
    });
}

/// A receive that was polled is dropped while a message comes: the next one finds it.
#[test]
fn receive_dropped_against_send() {
    check(|| {
        let (tx, mut rx) = unbounded();
        let sender = spawn(move || tx.send(1));
        let first = {
            let receive = pin!(rx.recv_async());
            poll_once(receive)
        };
        match first {
            Poll::Ready(received) => assert_eq!(received, Ok(1)),
            Poll::Pending => assert_eq!(rx.recv(), Ok(1)),
        }
        assert!(sender.join().unwrap().is_ok());
    });
}

/// Every message is dropped, whether the receiver still found it or its sender was told.
#[test]
fn receiver_goes_against_a_send() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = unbounded();
        assert!(tx.send(ledger.parcel(1)).is_ok());
        let parcel = ledger.parcel(2);
        let sender = spawn(move || {
            drop(tx.send(parcel));
            tx
        });
        drop(rx);
        let tx = sender.join().unwrap();
        assert_eq!(ledger.live(), 0);
        assert!(tx.is_disconnected());
    });
}

#[test]
fn close_against_a_parked_receiver() {
    check(|| {
        let (tx, mut rx) = unbounded::<u8>();
        let closer = spawn(move || {
            tx.close();
            tx
        });
        assert!(rx.recv().is_err());
        drop(closer.join().unwrap());
    });
}

#[test]
fn last_sender_goes_while_the_receiver_parks() {
    check(|| {
        let (tx, mut rx) = unbounded::<u8>();
        let sender = spawn(move || drop(tx));
        assert!(rx.recv().is_err());
        sender.join().unwrap();
    });
}
