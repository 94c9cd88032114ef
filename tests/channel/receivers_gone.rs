//! What holds once the last receiver has gone, for those who waited for that.

use crate::common::{Alarm, FLAVOURS, Scripted, channel, poll, poll_noop, ready, watchdog};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use towpath::TrySendError;

/// Races the last receiver's drop; catches a notification that comes before the disconnect.
#[test]
fn once_closed_returns_the_channel_is_disconnected() {
    const ROUNDS: u64 = 1500;
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (receivers, inbox) = std::sync::mpsc::sync_channel(0);
            crew.thread(format!("dropper, {capacity:?}"), move |me| {
                for (i, rx) in inbox.iter().enumerate() {
                    me.at("dropping a receiver", i as u64);
                    drop(rx);
                }
            });
            let closer = crew.thread(format!("waiter, {capacity:?}"), move |me| {
                for i in 0..ROUNDS {
                    let (tx, rx) = channel(capacity);
                    receivers.send(rx).expect("the dropper is there");
                    me.at("closed", i);
                    match i % 8 {
                        0 => tx.closed(),
                        1 => pollster::block_on(tx.closed_async()),
                        // Looking all the time meets the narrowest moment.
                        _ => {
                            let mut looks = 0;
                            while poll_noop(&mut Box::pin(tx.closed_async())).is_pending() {
                                looks += 1;
                                if looks % 100 == 0 {
                                    std::thread::yield_now();
                                }
                            }
                        }
                    }
                    assert!(tx.is_disconnected(), "round {i}");
                    assert_eq!(tx.receiver_count(), 0, "round {i}");
                    assert_eq!(tx.try_send(i), Err(TrySendError::Disconnected(i)));
                }
            });
            closer.join();
        }
    });
}

/// The same without a race: the earliest moment at which anybody may know is in the waker.
#[test]
fn inside_the_wake_of_closed_the_channel_is_disconnected() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let (inner, seen) = (tx.clone(), Arc::new(Mutex::new(Vec::new())));
            let notes = Arc::clone(&seen);
            let waker = Scripted::waker(move || {
                let at_once = poll_noop(&mut Box::pin(inner.closed_async()));
                let facts = (inner.receiver_count(), inner.is_disconnected());
                notes
                    .lock()
                    .unwrap()
                    .push((facts, at_once, inner.try_send(7)));
            });
            let mut closed = Box::pin(tx.closed_async());
            assert!(poll(&mut closed, &waker).is_pending());
            drop(rx);
            let expected = (
                (0, true),
                Poll::Ready(()),
                Err(TrySendError::Disconnected(7)),
            );
            assert_eq!(*seen.lock().unwrap(), [expected], "capacity {capacity:?}");
            assert!(poll_noop(&mut closed).is_ready());
        }
    });
}

/// No lock is held while wakers run: they may get out of the very line that is being told.
#[test]
fn a_waker_may_drop_other_waits_for_the_same_end() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel::<u64>(capacity);
            let wait = |waker: &Waker| {
                let tx = tx.clone();
                let mut wait = Box::pin(async move { tx.closed_async().await });
                assert!(poll(&mut wait, waker).is_pending());
                wait
            };
            let before = wait(Waker::noop());
            let others = Arc::new(Mutex::new(vec![before]));
            let cell = Arc::clone(&others);
            let waker = Scripted::waker(move || cell.lock().unwrap().clear());
            let mut own = wait(&waker);
            let (alarm, after) = Alarm::new();
            others.lock().unwrap().push(wait(&after));
            let mut last = wait(&after);
            drop(rx);
            assert!(others.lock().unwrap().is_empty(), "the waker ran");
            assert!(alarm.rings() >= 1, "the one that is left was told");
            assert!(poll_noop(&mut own).is_ready() && poll_noop(&mut last).is_ready());
        }
    });
}

/// Nor is the wait that is told needed any more: its waker may drop it.
#[test]
fn a_waker_may_drop_its_own_wait() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel::<u64>(capacity);
            let inner = tx.clone();
            let own = Arc::new(Mutex::new(None));
            let cell = Arc::clone(&own);
            let waker = Scripted::waker(move || drop(cell.lock().unwrap().take()));
            let mut wait = Box::pin(async move { inner.closed_async().await });
            assert!(poll(&mut wait, &waker).is_pending());
            *own.lock().unwrap() = Some(wait);
            drop(rx);
            assert!(own.lock().unwrap().is_none(), "the waker ran");
            assert_eq!(tx.sender_count(), 1);
            ready(tx.closed_async());
        }
    });
}
