//! Wakers that panic when they wake: foreign code that fails in the middle of somebody else's
//! operation. The panic hook is told, and the operation goes on: its message arrives once, and
//! whoever else it has to wake is woken.

mod close;
mod receives;
mod sends;

use crate::common::{Alarm, FLAVOURS, Faulty, channel, poll, poll_noop, reported};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use towpath::{RecvError, oneshot};

/// The wakers of `count` waiters: alarms, and one bomb.
struct Line {
    alarm: Arc<Alarm>,
    bomb: Arc<Faulty>,
    wakers: (Waker, Waker),
    bomb_at: usize,
    count: usize,
}

impl Line {
    fn new(count: usize, bomb_at: usize) -> Line {
        let (alarm, counting) = Alarm::new();
        let (bomb, bombing) = Faulty::bomb();
        Line {
            alarm,
            bomb,
            wakers: (counting, bombing),
            bomb_at,
            count,
        }
    }

    fn waker(&self, i: usize) -> &Waker {
        if i == self.bomb_at {
            &self.wakers.1
        } else {
            &self.wakers.0
        }
    }

    /// Everybody was woken once.
    #[track_caller]
    fn assert_all_woken(&self, what: &str) {
        assert_eq!(self.alarm.rings(), self.count - 1, "{what}: the others");
        assert_eq!(self.bomb.wakes(), 1, "{what}: the one that panics");
    }
}

/// Polls `count` futures of a kind; each has to wait.
#[track_caller]
fn enlist<F: Future>(line: &Line, make: impl Fn(usize) -> F) -> Vec<Pin<Box<F>>> {
    let waits = (0..line.count).map(|i| {
        let mut wait = Box::pin(make(i));
        assert!(poll(&mut wait, line.waker(i)).is_pending());
        wait
    });
    waits.collect()
}

#[test]
fn the_panic_hook_is_told_and_the_caller_is_not() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let (bomb, waker) = Faulty::bomb();
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll(&mut receive, &waker).is_pending());
        let before = reported();
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!((bomb.wakes(), reported() - before), (1, 1));
        drop(waker);
        assert_eq!(bomb.wakers(), 0, "capacity {capacity:?}: a waker is left");
        assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(1)));
    }
}

#[test]
fn a_oneshot_arrives_though_its_receivers_waker_panics() {
    let (tx, rx) = oneshot();
    let mut rx = Box::pin(rx);
    let (bomb, waker) = Faulty::bomb();
    assert!(poll(&mut rx, &waker).is_pending());
    assert_eq!(tx.send(1), Ok(()));
    assert_eq!(bomb.wakes(), 1);
    assert_eq!(poll_noop(&mut rx), Poll::Ready(Ok(1)));
}

#[test]
fn a_oneshot_ends_though_its_receivers_waker_panics() {
    let (tx, rx) = oneshot::<u64>();
    let mut rx = Box::pin(rx);
    let (bomb, waker) = Faulty::bomb();
    assert!(poll(&mut rx, &waker).is_pending());
    drop(tx);
    assert_eq!(bomb.wakes(), 1);
    assert_eq!(poll_noop(&mut rx), Poll::Ready(Err(RecvError)));
}

#[test]
fn a_oneshot_closes_though_its_senders_waker_panics() {
    let (mut tx, rx) = oneshot();
    let mut closed = Box::pin(tx.closed_async());
    let (bomb, waker) = Faulty::bomb();
    assert!(poll(&mut closed, &waker).is_pending());
    drop(rx);
    assert_eq!(bomb.wakes(), 1);
    assert!(poll_noop(&mut closed).is_ready());
    drop(closed);
    assert_eq!(tx.send(1), Err(1));
}
