//! Wakers that panic when they are cloned or dropped. The poll that does so may end with that
//! panic; the wait, polled again with a good waker or dropped, and its channel, are whole.

use crate::common::{
    Alarm, BOUNDED, FLAVOURS, Fault, Faulty, Ledger, channel, fill, panics_as_planned, poll,
    poll_noop,
};
use crate::waiting::{assert_whole, each_receiving, each_sending};
use futures::Sink;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use towpath::{bounded, oneshot};

/// What happens between the faulty poll and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    PollAgain,
    Ready,
    Drop,
}

const THEN: [Then; 3] = [Then::PollAgain, Then::Ready, Then::Drop];

/// Polls such that a waker panics: when it is cloned in the first poll or in a second one, or
/// when it is replaced in a second one.
fn poll_with_a_fault<F: Future + ?Sized>(wait: &mut Pin<Box<F>>, way: usize) -> Arc<Faulty> {
    let (fault, polled_before) = [
        (Fault::Clone, false),
        (Fault::Clone, true),
        (Fault::Drop, true),
    ][way];
    let (faulty, waker) = Faulty::new(fault);
    if fault == Fault::Drop {
        assert!(poll(wait, &waker).is_pending());
        assert!(panics_as_planned(|| drop(poll_noop(wait))));
        faulty.mend();
        return faulty;
    }
    if polled_before {
        assert!(poll_noop(wait).is_pending());
    }
    assert!(panics_as_planned(|| drop(poll(wait, &waker))));
    faulty
}

const WAYS: usize = 3;

#[test]
fn receives_go_on_with_a_good_waker() {
    each_receiving(|cell, receiving, capacity| {
        for (way, then) in (0..WAYS).flat_map(|way| THEN.map(|then| (way, then))) {
            let cell = format!("{cell}, way {way}, then {then:?}");
            let ledger = Ledger::new();
            let (tx, rx) = channel(capacity);
            let mut got = Vec::new();
            let mut receive = receiving(&rx, &mut got);
            let faulty = poll_with_a_fault(&mut receive, way);
            let (alarm, waker) = Alarm::new();
            if then == Then::PollAgain {
                assert!(poll(&mut receive, &waker).is_pending(), "{cell}");
            }
            // Nobody may be in line of a channel of capacity 0.
            let sent = tx.try_send(ledger.token(7)).is_ok();
            assert!(sent || (way == 0 && capacity == Some(0)), "{cell}");
            if then == Then::PollAgain {
                assert_eq!(alarm.rings(), 1, "{cell}: not woken");
            }
            if then != Then::Drop && sent {
                assert_eq!(poll(&mut receive, &waker), Poll::Ready(true), "{cell}");
            }
            drop(receive);
            got.extend(rx.try_recv());
            let ids: Vec<_> = got.drain(..).map(|token| token.id).collect();
            assert_eq!(ids, vec![7; sent as usize], "{cell}");
            assert_eq!(faulty.wakers(), 0, "{cell}: a waker leaks");
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

#[test]
fn sends_go_on_with_a_good_waker() {
    each_sending(|cell, sending, capacity| {
        for (way, then) in (0..WAYS).flat_map(|way| THEN.map(|then| (way, then))) {
            let cell = format!("{cell}, way {way}, then {then:?}");
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            let held = fill(&tx, |i| ledger.token(i)) as u64;
            let mut send = sending(&tx, vec![ledger.token(held)]);
            let faulty = poll_with_a_fault(&mut send, way);
            let (alarm, waker) = Alarm::new();
            if then == Then::PollAgain {
                assert!(poll(&mut send, &waker).is_pending(), "{cell}");
            }
            let mut got: Vec<_> = rx.try_recv().into_iter().collect();
            if then == Then::PollAgain {
                assert_eq!(alarm.rings(), 1, "{cell}: not woken");
            }
            let mut sent = false;
            if then != Then::Drop && !got.is_empty() {
                sent = poll(&mut send, &waker) == Poll::Ready(true);
                assert!(sent, "{cell}");
            }
            drop(send);
            got.extend(rx.try_iter());
            let ids: Vec<_> = got.drain(..).map(|token| token.id).collect();
            // Dropped, it was either sent or not.
            sent |= ids.len() as u64 > held;
            let expected = held + sent as u64;
            assert!(ids.into_iter().eq(0..expected), "{cell}");
            assert_eq!(faulty.wakers(), 0, "{cell}: a waker leaks");
            assert_whole(&tx, &rx, &ledger);
        }
    });
}

#[test]
fn a_wait_for_the_end_goes_on_with_a_good_waker() {
    for capacity in crate::common::FLAVOURS {
        for way in 0..WAYS {
            let (tx, rx) = channel::<u64>(capacity);
            let mut closed = Box::pin(tx.closed_async());
            let faulty = poll_with_a_fault(&mut closed, way);
            let (alarm, waker) = Alarm::new();
            assert!(poll(&mut closed, &waker).is_pending());
            drop(rx);
            assert_eq!(alarm.rings(), 1, "capacity {capacity:?}, way {way}");
            assert!(poll_noop(&mut closed).is_ready());
            drop(closed);
            assert_eq!(faulty.wakers(), 0);
        }
    }
}

#[test]
fn both_ends_of_a_oneshot_go_on_with_a_good_waker() {
    for way in 0..WAYS {
        let (tx, rx) = oneshot::<u64>();
        let mut receive = Box::pin(rx);
        let faulty = poll_with_a_fault(&mut receive, way);
        let (alarm, waker) = Alarm::new();
        assert!(poll(&mut receive, &waker).is_pending());
        tx.send(7).unwrap();
        assert_eq!(alarm.rings(), 1, "way {way}: not woken");
        assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(7)));
        assert_eq!(faulty.wakers(), 0, "way {way}: a waker leaks");

        let (mut tx, rx) = oneshot::<u64>();
        let mut closed = Box::pin(tx.closed_async());
        let faulty = poll_with_a_fault(&mut closed, way);
        let (alarm, waker) = Alarm::new();
        assert!(poll(&mut closed, &waker).is_pending());
        drop(rx);
        assert_eq!(alarm.rings(), 1, "way {way}: not woken");
        assert!(poll_noop(&mut closed).is_ready());
        assert_eq!(faulty.wakers(), 0, "way {way}: a waker leaks");
    }
}

/// A wait that is dropped drops its waker: it is out of line by then.
#[test]
fn a_waker_that_panics_when_its_wait_is_dropped_leaves_the_line_whole() {
    each_receiving(|cell, receiving, capacity| {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let mut got = Vec::new();
        let mut receive = receiving(&rx, &mut got);
        assert!(poll(&mut receive, &waker).is_pending());
        assert!(panics_as_planned(|| drop(receive)), "{cell}");
        faulty.mend();
        drop(waker);
        assert_eq!((faulty.wakers(), faulty.wakes()), (0, 0), "{cell}");
        // Here, a list that still had the node would have it twice.
        drop(receiving(&rx, &mut got));
        assert_whole(&tx, &rx, &ledger);
    });
}

/// The handle has a place in line of its own, for `poll_recv`.
#[test]
fn a_receiver_whose_waker_panics_as_it_is_dropped_leaves_its_channel() {
    for capacity in FLAVOURS {
        let ledger = Ledger::new();
        let (tx, mut rx) = channel(capacity);
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let polled = rx.poll_recv(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert!(panics_as_planned(|| drop(rx)), "{capacity:?}");
        faulty.mend();
        assert!(tx.is_disconnected(), "{capacity:?}");
        assert_eq!(tx.receiver_count(), 0, "{capacity:?}");
        assert!(tx.send(ledger.token(1)).is_err(), "{capacity:?}");
        ledger.assert_live(0);
    }
}

/// Woken by value, a waker is dropped inside the wake.
#[test]
fn a_waker_that_panics_when_it_is_dropped_may_be_woken() {
    for capacity in BOUNDED {
        let (tx, rx) = bounded(capacity);
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll(&mut receive, &waker).is_pending());
        assert_eq!(tx.try_send(1), Ok(()), "capacity {capacity}");
        faulty.mend();
        drop(waker);
        assert_eq!((faulty.wakes(), faulty.wakers()), (1, 0));
        assert_eq!(poll(&mut receive, Waker::noop()), Poll::Ready(Ok(1)));
    }
}

/// It kept a waker that was not to be cloned, was notified, and found nothing: as it gets in line again, the
/// old waker goes, and panics. It is not in line then, and gets there when it is polled again.
#[test]
fn a_waker_that_panics_as_its_wait_gets_in_line_again_does_not_keep_it_out() {
    for capacity in [Some(3), None] {
        let (tx, rx) = channel(capacity);
        let (old, waker) = Faulty::new(Fault::Drop);
        let (uncloned, bad) = Faulty::new(Fault::Clone);
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll(&mut receive, &waker).is_pending());
        assert!(panics_as_planned(|| assert!(
            poll(&mut receive, &bad).is_ready()
        )));
        assert_eq!(tx.try_send(1), Ok(()), "{capacity:?}");
        assert_eq!(rx.try_recv(), Ok(1), "{capacity:?}");
        assert!(panics_as_planned(|| assert!(
            poll_noop(&mut receive).is_ready()
        )));
        old.mend();
        let (alarm, waker) = Alarm::new();
        assert!(poll(&mut receive, &waker).is_pending(), "{capacity:?}");
        assert_eq!(tx.try_send(2), Ok(()), "{capacity:?}");
        assert_eq!(alarm.rings(), 1, "{capacity:?}: not woken");
        assert_eq!(poll(&mut receive, &waker), Poll::Ready(Ok(2)));
        drop((bad, uncloned));
    }
}

/// Drops the future when it is done, as every `.await` does.
async fn awaited<F: Future>(future: F) -> F::Output {
    future.await
}

/// A message comes while a poll clones its waker, so there is a waker left when the wait is over. It goes, and
/// panics; the message that was received goes with the panic, and is not leaked by the `.await`.
#[test]
fn a_message_is_not_leaked_if_a_waker_that_is_left_panics_as_it_is_dropped() {
    for capacity in FLAVOURS {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let token = ledger.token(1);
        faulty.when_cloned(move || {
            let _ = tx.try_send(token);
        });
        let mut receive = Box::pin(awaited(rx.recv_async()));
        assert!(
            panics_as_planned(|| drop(poll(&mut receive, &waker))),
            "{capacity:?}"
        );
        faulty.mend();
        drop(receive);
        ledger.assert_live(0);
        drop(waker);
        assert_eq!(faulty.wakers(), 0, "{capacity:?}: a waker is left");
    }
}

/// The same where the place in line is kept for the next poll: that one begins anew.
#[test]
fn a_handle_and_a_sink_go_on_after_a_waker_that_is_left_panics_as_it_is_dropped() {
    for capacity in BOUNDED.into_iter().filter(|&capacity| capacity > 0) {
        let ledger = Ledger::new();
        let (tx, mut rx) = bounded(capacity);
        let (faulty, waker) = Faulty::new(Fault::Drop);
        let (from, token) = (tx.clone(), ledger.token(1));
        faulty.when_cloned(move || drop(from.try_send(token)));
        let mut cx = Context::from_waker(&waker);
        assert!(panics_as_planned(|| drop(rx.poll_recv(&mut cx))));
        ledger.assert_live(0);
        assert!(tx.try_send(ledger.token(2)).is_ok());
        let received = rx.poll_recv(&mut Context::from_waker(Waker::noop()));
        assert_eq!(received.map_ok(|token| token.id), Poll::Ready(Ok(2)));

        let filled = fill(&tx, |i| ledger.token(i)) as u64;
        let (to, sink) = (rx.clone(), tx.sink());
        let mut sink = pin!(sink);
        assert!(sink.as_mut().start_send(ledger.token(filled)).is_ok());
        faulty.when_cloned(move || drop(to.try_recv()));
        assert!(panics_as_planned(|| drop(
            sink.as_mut().poll_flush(&mut cx)
        )));
        faulty.mend();
        let flushed = sink.poll_flush(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(flushed, Poll::Ready(Ok(()))), "{capacity}");
        assert!(rx.try_iter().map(|token| token.id).eq(1..=filled));
        ledger.assert_live(0);
        drop(waker);
        assert_eq!(faulty.wakers(), 0, "capacity {capacity}: a waker is left");
    }
}

#[test]
fn a_oneshots_message_is_not_leaked_if_a_waker_that_is_left_panics_as_it_is_dropped() {
    let ledger = Ledger::new();
    let (tx, rx) = oneshot();
    let (faulty, waker) = Faulty::new(Fault::Drop);
    let token = ledger.token(1);
    faulty.when_cloned(move || drop(tx.send(token)));
    let mut receive = Box::pin(awaited(rx));
    assert!(panics_as_planned(|| drop(poll(&mut receive, &waker))));
    faulty.mend();
    drop(receive);
    ledger.assert_live(0);
    drop(waker);
    assert_eq!(faulty.wakers(), 0, "a waker is left");
}

/// Nobody waits any more at a oneshot that is done, or will never be, so no waker is kept there.
#[test]
fn a_oneshot_keeps_no_waker_that_nobody_waits_with() {
    let (tx, mut rx) = oneshot();
    let (done, waker) = Faulty::new(Fault::Wake);
    done.when_cloned(move || tx.send(1).unwrap());
    let received = Pin::new(&mut rx).poll(&mut Context::from_waker(&waker));
    assert_eq!(received, Poll::Ready(Ok(1)));
    drop(waker);
    assert_eq!(done.wakers(), 0, "done");

    let (tx, mut rx) = oneshot::<u8>();
    let (refused, waker) = Faulty::new(Fault::Wake);
    let received = Pin::new(&mut rx).poll(&mut Context::from_waker(&waker));
    assert!(received.is_pending());
    drop(waker);
    rx.close();
    assert_eq!(refused.wakers(), 0, "closed");
    assert_eq!(tx.send(1), Err(1));
}
