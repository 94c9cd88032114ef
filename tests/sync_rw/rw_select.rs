//! A lock among the cases of a select.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::task::Poll;

use towpath::sync::RwMutex;
use towpath::{bounded, select_async, select_biased_async};

use crate::common::{Alarm, poll, poll_noop};

/// A select with a future among its cases steps out of line at each poll and comes back at the front.
/// What let it in happened in between, when whoever was first could not make use of it.
#[test]
fn an_upgradable_reader_that_returns_to_the_front_is_let_in() {
    let lock = RwMutex::new(0);
    let upgradable = Cell::new(lock.try_upgradable_read());
    let reader = lock.try_read().expect("beside an upgradable reader");
    let step_out = Cell::new(false);
    let mut selecting = Box::pin(async {
        select_biased_async! {
            // Polled out of line, before the lock is asked for.
            wait(poll_fn(|_| {
                if step_out.get() {
                    drop(upgradable.take());
                }
                Poll::<()>::Pending
            })) -> () => false,
            wait(lock.upgradable_read_async()) -> _held => true,
        }
    });
    let (alarm, waker) = Alarm::new();
    assert!(poll(&mut selecting, &waker).is_pending());
    let mut writer = Box::pin(lock.write_async());
    assert!(poll_noop(&mut writer).is_pending());
    step_out.set(true);
    assert!(
        poll(&mut selecting, &waker).is_pending(),
        "others are in line"
    );
    assert_eq!(alarm.rings(), 1, "it may enter beside the reader");
    assert!(poll(&mut selecting, &waker).is_ready());
    drop((writer, reader));
}

/// It was told to try, and nobody came in between: it has the lock, though others are in line.
#[test]
fn a_writer_that_was_told_tries_before_it_lets_others() {
    let lock = RwMutex::new(0);
    let held = lock.write();
    let (_tx, silent) = bounded::<()>(1);
    let (alarm, waker) = Alarm::new();
    let mut selecting = Box::pin(async {
        select_async! {
            recv(silent) -> _ => false,
            wait(lock.write_async()) -> _held => true,
        }
    });
    assert!(poll(&mut selecting, &waker).is_pending());
    let mut next = Box::pin(lock.write_async());
    assert!(poll_noop(&mut next).is_pending());
    drop(held);
    assert_eq!(alarm.rings(), 1, "told");
    assert_eq!(poll(&mut selecting, &waker), Poll::Ready(true));
    assert!(poll_noop(&mut next).is_ready());
}

/// It was told to try, a reader was faster, and it goes on with another case: who is in line behind it
/// and can enter beside the reader does.
#[test]
fn a_writer_that_was_told_in_vain_leaves_nobody_behind() {
    let lock = RwMutex::new(0);
    let held = lock.write();
    let (tx, rx) = bounded::<()>(1);
    let mut selecting = Box::pin(async {
        select_async! {
            recv(rx) -> _ => true,
            wait(lock.write_async()) -> _held => false,
        }
    });
    assert!(poll_noop(&mut selecting).is_pending());
    let (alarm, waker) = Alarm::new();
    let mut upgradable = Box::pin(lock.upgradable_read_async());
    assert!(poll(&mut upgradable, &waker).is_pending());
    drop(held);
    let reader = lock.try_read().expect("no writer is in line now");
    tx.send(()).unwrap();
    assert_eq!(poll_noop(&mut selecting), Poll::Ready(true));
    assert_eq!(alarm.rings(), 1);
    assert!(poll(&mut upgradable, &waker).is_ready());
    drop(reader);
}

/// A writer returns to the front again and again, and the line goes on behind it.
#[test]
fn a_writer_that_returns_is_handed_the_lock() {
    let lock = RwMutex::new(0);
    let reader = lock.read();
    let mut selecting = Box::pin(async {
        select_async! {
            wait(pending::<()>()) -> () => false,
            wait(lock.write_async()) -> _held => true,
        }
    });
    for _ in 0..3 {
        assert!(poll_noop(&mut selecting).is_pending());
    }
    let mut next = Box::pin(lock.read_async());
    assert!(poll_noop(&mut next).is_pending(), "a writer waits");
    drop(reader);
    assert_eq!(poll_noop(&mut selecting), Poll::Ready(true));
    assert!(poll_noop(&mut next).is_ready());
}
