//! Channels used where one would rather not: in thread-local destructors, in
//! `Drop`, in wakers, across unwinding.

use crate::common::{BUFFERED, FLAVOURS, channel, poll, poll_noop, watchdog};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use towpath::{Receiver, Sender, bounded, oneshot, unbounded};

/// Runs something in the destructor of a thread-local.
struct AtExit(Box<dyn FnMut()>);

impl Drop for AtExit {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

/// Runs `first` on a new thread and `last` in a thread-local destructor of it.
/// With `used` the thread blocks on a channel first, so that the channel's own
/// thread-locals (a cached parker) exist, and are already destroyed or not.
fn at_thread_exit(used: bool, last: impl FnMut() + Send + 'static) {
    let thread = std::thread::spawn(move || {
        let register = |last: Box<dyn FnMut()>| {
            AT_EXIT.with(|slot| *slot.borrow_mut() = Some(AtExit(last)));
        };
        // Destructors run in the reverse order of first use or not: try both.
        if used {
            let (_tx, rx) = bounded::<u8>(0);
            let _ = rx.recv_timeout(std::time::Duration::from_millis(2));
        }
        register(Box::new(last));
        if !used {
            let (_tx, rx) = bounded::<u8>(0);
            let _ = rx.recv_timeout(std::time::Duration::from_millis(2));
        }
    });
    thread.join().expect("a thread-local destructor panicked");
}

/// Catches `LocalKey::with` on a destroyed thread-local (a panic, here an abort).
#[test]
fn thread_local_destructors_may_send_and_receive_and_wait() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            for used in [false, true] {
                let (ping, pings) = channel::<u64>(capacity);
                let (pong, pongs) = channel::<u64>(capacity);
                let echo = crew.thread(format!("echo, {capacity:?}"), move |_| {
                    pings.iter().for_each(|value| pong.send(value + 1).unwrap());
                });
                at_thread_exit(used, move || {
                    ping.send(1).unwrap();
                    assert_eq!(pongs.recv(), Ok(2));
                    let timed_out = pongs.recv_timeout(std::time::Duration::from_millis(2));
                    assert!(timed_out.is_err());
                    assert_eq!(pollster::block_on(ping.send_async(5)), Ok(()));
                    assert_eq!(pongs.recv(), Ok(6));
                    ping.close();
                });
                echo.join();
            }
        }
    });
}

#[test]
fn the_last_handles_may_go_in_a_thread_local_destructor() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel::<u64>(capacity);
            let receiver = crew.thread(format!("receiver, {capacity:?}"), move |_| rx.recv());
            let mut tx = Some(tx);
            at_thread_exit(true, move || drop(tx.take()));
            assert!(receiver.join().is_err());
        }
    });
}

/// A worker that reports from its `Drop`, also while its thread unwinds: the send
/// happens with `thread::panicking()` and must neither poison nor abort.
#[test]
fn a_drop_may_send_while_unwinding() {
    struct Report(Sender<&'static str>);
    impl Drop for Report {
        fn drop(&mut self) {
            let text = if std::thread::panicking() {
                "unwound"
            } else {
                "finished"
            };
            self.0.send(text).unwrap();
        }
    }
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let worker = std::thread::spawn(move || {
                let _report = Report(tx);
                resume_unwind(Box::new("the worker's own panic"));
            });
            assert_eq!(rx.recv(), Ok("unwound"));
            assert!(worker.join().is_err());
            assert!(rx.recv().is_err());
        }
    });
}

/// Handles cross `catch_unwind` and work afterwards.
#[test]
fn a_channel_survives_a_panic_beside_it() {
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let inner = tx.clone();
        let outcome = catch_unwind(move || {
            inner.send(1).unwrap();
            resume_unwind(Box::new("after the send"));
        });
        assert!(outcome.is_err());
        assert_eq!(tx.sender_count(), 1, "the panic dropped the other handle");
        assert_eq!(rx.recv(), Ok(1));
    }
}

/// A future that is dropped because its task unwinds.
#[test]
fn a_pending_future_unwound_out_of_leaves_no_waiter() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel::<u8>(capacity);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut receive = Box::pin(rx.recv_async());
            assert!(poll_noop(&mut receive).is_pending());
            resume_unwind(Box::new("the task's own panic"));
        }));
        assert!(outcome.is_err());
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut receive).is_pending());
        tx.try_send(4).unwrap();
        assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(4)));
    }
}

/// A waker that runs user code, and counts.
struct Doing {
    work: Mutex<Box<dyn FnMut() + Send>>,
    wakes: AtomicUsize,
}

impl Doing {
    fn waker(work: impl FnMut() + Send + 'static) -> (Arc<Doing>, Waker) {
        let doing = Arc::new(Doing {
            work: Mutex::new(Box::new(work)),
            wakes: AtomicUsize::new(0),
        });
        (Arc::clone(&doing), Waker::from(doing))
    }
}

impl Wake for Doing {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        // A wake inside this wake finds the work busy, and that is all.
        if let Ok(mut work) = self.work.try_lock() {
            work();
        }
    }
}

/// Does a bit of everything on a channel.
fn rummage(tx: &Sender<u64>, rx: &Receiver<u64>) {
    let _ = tx.try_send(50);
    let _ = rx.try_recv();
    let _ = (tx.len(), rx.is_empty(), tx.is_full(), tx.is_disconnected());
    let _ = tx.force_send(51);
    let _ = rx.try_recv_many(&mut Vec::new(), 4);
    let _ = rx.drain().count();
    let mut send = Box::pin(tx.send_async(52));
    let _ = poll_noop(&mut send);
    let mut receive = Box::pin(rx.recv_async());
    let _ = poll_noop(&mut receive);
    drop((tx.clone(), rx.clone(), tx.downgrade(), rx.downgrade()));
}

/// Catches a waker that is called under a lock of the channel: the wake hangs.
#[test]
fn a_receivers_waker_may_use_the_same_channel() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let (tx2, rx2) = (tx.clone(), rx.clone());
            let (doing, waker) = Doing::waker(move || rummage(&tx2, &rx2));
            let mut receive = Box::pin(rx.recv_async());
            assert!(poll(&mut receive, &waker).is_pending());
            tx.try_send(1).unwrap();
            assert!(doing.wakes.load(Ordering::SeqCst) >= 1);
            drop(receive);
            // Break the circle waker → handles → channel.
            *doing.work.lock().unwrap() = Box::new(|| ());
        }
    });
}

#[test]
fn a_senders_waker_may_use_the_same_channel() {
    watchdog(60, |_| {
        for capacity in [0, 1, 2, 3, 8] {
            let (tx, rx) = bounded(capacity);
            (0..capacity as u64).for_each(|i| tx.try_send(i).unwrap());
            let (tx2, rx2) = (tx.clone(), rx.clone());
            let (doing, waker) = Doing::waker(move || rummage(&tx2, &rx2));
            let mut send = Box::pin(tx.send_async(9));
            assert!(poll(&mut send, &waker).is_pending());
            assert!(rx.try_recv().is_ok());
            assert!(doing.wakes.load(Ordering::SeqCst) >= 1);
            drop(send);
            *doing.work.lock().unwrap() = Box::new(|| ());
        }
    });
}

/// Wakers that close, and drop the handles they hold.
#[test]
fn a_waker_may_close_the_channel_and_drop_its_handles() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel::<u64>(capacity);
            let mut handles = Some((tx.clone(), rx.clone()));
            let (doing, waker) = Doing::waker(move || {
                if let Some((tx, rx)) = handles.take() {
                    tx.close();
                    rx.close();
                }
            });
            let mut first = Box::pin(rx.recv_async());
            let mut second = Box::pin(rx.recv_async());
            assert!(poll(&mut first, &waker).is_pending());
            assert!(poll(&mut second, &waker).is_pending());
            tx.try_send(1).unwrap();
            assert_eq!(
                doing.wakes.load(Ordering::SeqCst),
                2,
                "the message, then the close"
            );
            assert_eq!(poll_noop(&mut first), Poll::Ready(Ok(1)));
            assert!(matches!(poll_noop(&mut second), Poll::Ready(Err(_))));
            assert_eq!((tx.sender_count(), tx.receiver_count()), (1, 1));
        }
    });
}

/// A oneshot's waker that drops the other half.
#[test]
fn a_oneshot_may_end_inside_its_own_waker() {
    watchdog(60, |_| {
        let (tx, rx) = oneshot::<u64>();
        let cell = Arc::new(Mutex::new(None));
        let inner = Arc::clone(&cell);
        let (doing, waker) = Doing::waker(move || drop(inner.lock().unwrap().take()));
        let mut rx = Box::pin(rx);
        assert!(poll(&mut rx, &waker).is_pending());
        *cell.lock().unwrap() = Some(rx);
        assert!(tx.send(1).is_ok());
        assert_eq!(doing.wakes.load(Ordering::SeqCst), 1);
        assert!(
            cell.lock().unwrap().is_none(),
            "the receiver was dropped in the wake"
        );
    });
}

/// A waker whose drop uses the channel: replacing or discarding a waker is
/// foreign code too.
#[test]
fn a_wakers_drop_may_use_the_same_channel() {
    struct Parting(Sender<u64>, Receiver<u64>);
    impl Wake for Parting {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Parting {
        fn drop(&mut self) {
            rummage(&self.0, &self.1);
        }
    }
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let parting = || Waker::from(Arc::new(Parting(tx.clone(), rx.clone())));
            let mut receive = Box::pin(rx.recv_async());
            assert!(poll(&mut receive, &parting()).is_pending());
            let again = poll(&mut receive, &parting());
            drop((again, receive));
            let mut receive = Box::pin(rx.recv_async());
            let _ = poll(&mut receive, &parting());
            let _ = tx.try_send(3);
            drop(receive);
            tx.close();
            assert!(tx.is_disconnected());
        }
    });
}

/// A message that is a handle to a blocked worker's reply: nested use in `Drop`.
#[test]
fn a_message_may_answer_in_its_drop() {
    struct Request(Option<Sender<&'static str>>);
    impl Drop for Request {
        fn drop(&mut self) {
            let _ = self.0.take().map(|reply| reply.send("dropped"));
        }
    }
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let (reply, replies) = unbounded();
            let sender = crew.thread("requester", move |_| {
                let _ = tx.send(Request(Some(reply)));
                replies.recv()
            });
            if capacity != Some(0) {
                while rx.is_empty() {
                    std::thread::yield_now();
                }
            }
            drop(rx);
            assert_eq!(sender.join(), Ok("dropped"));
        }
    });
}
