//! Sends that wait in line with their message, and that nobody polls again.

use crate::common::{Alarm, BOUNDED, Ledger, Scripted, Token, fill, poll, poll_noop};
use crate::waiting::{SENDING, Waiting, assert_whole};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use towpath::{Sender, bounded, select_biased_async, unbounded};

type Selecting<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// More than any of the capacities.
const SENDS: u64 = 120;

/// Sends of the tokens from `first` on, each in line, made in every way.
fn in_line<'a>(tx: &'a Sender<Token>, ledger: &Ledger, first: u64) -> Vec<Waiting<'a>> {
    let sends = SENDING
        .iter()
        .cycle()
        .zip(first..first + SENDS)
        .map(|((_, way), id)| {
            let mut send = way(tx, vec![ledger.token(id)]);
            assert!(poll_noop(&mut send).is_pending());
            send
        });
    sends.collect()
}

/// As many as there are places, and more: none of them keeps a place free while others wait.
#[test]
fn sends_that_nobody_polls_are_received() {
    for many in [false, true] {
        for capacity in BOUNDED {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            let held = fill(&tx, |i| ledger.token(i)) as u64;
            let mut sends = in_line(&tx, &ledger, held);
            let mut got = Vec::new();
            if many {
                while rx.try_recv_many(&mut got, 7).is_ok() {}
            } else {
                got.extend(rx.try_iter());
            }
            let ids = got.iter().map(|token| token.id);
            assert!(ids.eq(0..held + SENDS), "capacity {capacity}");
            for send in &mut sends {
                assert_eq!(poll_noop(send), Poll::Ready(true), "capacity {capacity}");
            }
            drop((got, sends));
            assert_whole(&tx, &rx, &ledger);
        }
    }
}

/// Whether it is received or dropped, each message is there once.
#[test]
fn sends_that_are_dropped_after_their_message_was_taken_do_not_drop_it() {
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let held = fill(&tx, |i| ledger.token(i)) as u64;
        let sends = in_line(&tx, &ledger, held);
        let first = rx.try_recv().expect("full, or a sender waits");
        ledger.assert_live((held + SENDS) as isize);
        drop(sends);
        let left = rx.try_iter().map(|token| token.id).collect::<Vec<_>>();
        assert_eq!(
            left.first(),
            (held > 0).then_some(&1),
            "capacity {capacity}"
        );
        assert_eq!(left.len() as u64, held, "the place was filled again");
        drop(first);
        assert_whole(&tx, &rx, &ledger);
    }
}

/// A select in line has no message yet, so it is told, and those behind it have the place after it.
#[test]
fn a_select_in_line_is_told_and_those_behind_it_are_not_forgotten() {
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let held = fill(&tx, |i| ledger.token(i)) as u64;
        let (alarm, waker) = Alarm::new();
        let mut selects: Waiting = Box::pin(async {
            select_biased_async! {
                send(tx, ledger.token(held)) -> sent => sent.is_ok(),
            }
        });
        assert!(poll(&mut selects, &waker).is_pending());
        let mut sends = in_line(&tx, &ledger, held + 1);
        let mut got = vec![];
        let mut sent = false;
        for _ in 0..2 + SENDS {
            got.extend(rx.try_iter().map(|token| token.id));
            sent = sent || poll(&mut selects, &waker).is_ready();
        }
        assert!(sent && alarm.rings() > 0, "capacity {capacity}");
        got.sort_unstable();
        assert!(
            got.iter().copied().eq(0..held + 1 + SENDS),
            "capacity {capacity}"
        );
        for send in &mut sends {
            assert_eq!(poll_noop(send), Poll::Ready(true), "capacity {capacity}");
        }
        drop((selects, sends));
        assert_whole(&tx, &rx, &ledger);
    }
}

/// Selects that were given something else, and did not run since: the sends behind each of them are received.
#[test]
fn selects_that_have_something_else_hide_nobody() {
    let (tx, rx) = bounded(3);
    (0..3).for_each(|i| tx.try_send(i).unwrap());
    let others = [(); 3].map(|()| unbounded());
    let (mut selects, mut sends) = (Vec::<Selecting>::new(), Vec::new());
    for (i, (_, other)) in (3..).zip(&others) {
        let tx = &tx;
        selects.push(Box::pin(async move {
            select_biased_async! {
                recv(other) -> _ => {}
                send(tx, 100) -> _ => unreachable!("the other one was first"),
            }
        }));
        assert!(poll_noop(selects.last_mut().unwrap()).is_pending());
        sends.push(Box::pin(tx.send_async(i)));
        assert!(poll_noop(sends.last_mut().unwrap()).is_pending());
    }
    for (gives, _) in &others {
        gives.try_send(()).unwrap();
    }
    assert!(rx.try_iter().eq(0..6));
    for (select, send) in selects.iter_mut().zip(&mut sends) {
        assert!(poll_noop(select).is_ready());
        assert_eq!(poll_noop(send), Poll::Ready(Ok(())));
    }
}

/// Whoever is woken because its message was sent finds that a receiver was told of it.
#[test]
fn receivers_are_told_before_the_sender_is_woken() {
    let (tx, rx) = bounded(3);
    (0..3).for_each(|i| tx.try_send(i).unwrap());
    let (hears, waker) = Alarm::new();
    let receives = Arc::new(Mutex::new(Box::pin(rx.clone().into_recv_async())));
    // The first in line has no message yet. A receiver waits at the empty ring by the time that the next one's is put
    // there.
    let first = {
        let receives = Arc::clone(&receives);
        Scripted::waker(move || {
            let _ = poll(&mut receives.lock().unwrap(), &waker);
        })
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let second = {
        let told = Arc::clone(&told);
        Scripted::waker(move || told.lock().unwrap().push(hears.rings()))
    };
    let mut selects: Selecting = Box::pin(async {
        select_biased_async! { send(tx, 3) -> _sent => () }
    });
    assert!(poll(&mut selects, &first).is_pending());
    let mut send = Box::pin(tx.send_async(4));
    assert!(poll(&mut send, &second).is_pending());
    let mut got = Vec::new();
    assert_eq!(rx.try_recv_many(&mut got, 3), Ok(3));
    assert_eq!(*told.lock().unwrap(), [1]);
}

/// As where it is handed over: a batch gets in line again, behind the others, with each of its messages.
#[test]
fn batches_in_line_take_turns() {
    for capacity in BOUNDED {
        let (tx, rx) = bounded(capacity);
        let held = fill(&tx, |_| 0);
        let mut one = Box::pin(tx.send_many_async([10, 11, 12]));
        let mut other = Box::pin(tx.send_many_async([20, 21, 22]));
        let mut ready = [false; 2];
        let mut poll_both = || {
            ready[0] = ready[0] || poll_noop(&mut one).is_ready();
            ready[1] = ready[1] || poll_noop(&mut other).is_ready();
        };
        poll_both();
        let mut got = Vec::new();
        while let Ok(message) = rx.try_recv() {
            got.push(message);
            poll_both();
        }
        assert_eq!(got[held..], [10, 20, 11, 21, 12, 22], "capacity {capacity}");
        assert_eq!(ready, [true; 2], "capacity {capacity}");
    }
}
