//! Sends that wait in line with their message, and that nobody polls again.

use crate::common::{Alarm, BOUNDED, Ledger, Token, fill, poll, poll_noop};
use crate::waiting::{SENDING, Waiting, assert_whole};
use std::task::Poll;
use towpath::{Sender, bounded, select_biased_async};

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
