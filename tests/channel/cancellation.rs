//! The cancellation matrix: every waiting operation, dropped in every state, in
//! every flavour. No message, wake-up, slot or memory may be lost.
//!
//! Each cell runs by hand on one thread, so that it fails the same way each time.
//! `conservation` does it at random, at speed.

mod receives;
mod sends;

use crate::common::{BOUNDED, FLAVOURS, Ledger, channel, fill, poll, poll_noop};
use crate::waiting::assert_whole;
use std::task::Waker;
use towpath::bounded;

/// Borrowed futures that are forgotten outlive every handle: the channel is freed
/// with the waiter still listed.
#[test]
fn a_channel_may_end_with_forgotten_waiters_in_its_lists() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u64>(capacity);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        std::mem::forget(receive);
        drop(tx);
        drop(rx);

        let (tx, rx) = channel::<u64>(capacity);
        if capacity.is_some() {
            fill(&tx, |i| i);
            let mut send = Box::pin(tx.send_async(9));
            assert!(poll_noop(&mut send).is_pending());
            std::mem::forget(send);
        }
        drop(rx);
        assert!(tx.try_send(1).is_err_and(|error| error.is_disconnected()));
        drop(tx);
    }
}

/// After a blocking wait timed out, the list is as before.
#[test]
fn waits_that_timed_out_leave_the_channel_whole() {
    let moment = std::time::Duration::from_millis(1);
    for capacity in BOUNDED {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        assert!(rx.recv_timeout(moment).is_err());
        assert!(rx.recv_async().wait_timeout(moment).is_err());
        fill(&tx, |i| ledger.token(i));
        let back = tx.send_timeout(ledger.token(100), moment).unwrap_err();
        assert!(back.is_timeout() && back.into_inner().id == 100);
        let back = tx
            .send_async(ledger.token(101))
            .wait_timeout(moment)
            .unwrap_err();
        assert!(back.is_timeout() && back.into_inner().id == 101);
        assert_eq!(rx.try_iter().count(), capacity);
        assert_whole(&tx, &rx, &ledger);
    }
}

/// A wait that began as a poll and ends as another task's: futures move.
#[test]
fn a_pending_future_may_move_to_another_thread_and_be_dropped_there() {
    for capacity in FLAVOURS {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        for notified in [false, true] {
            let mut receive = Box::pin(rx.clone().into_recv_async());
            assert!(poll(&mut receive, Waker::noop()).is_pending());
            if notified {
                assert!(tx.try_send(ledger.token(3)).is_ok());
            }
            std::thread::spawn(move || drop(receive)).join().unwrap();
            assert_eq!(
                rx.try_recv().map(|token| token.id).ok(),
                notified.then_some(3)
            );
        }
        assert_whole(&tx, &rx, &ledger);
    }
}
