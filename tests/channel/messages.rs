//! Messages of every shape: nothing, wide, huge, ill-tempered.

use crate::common::{BUFFERED, FLAVOURS, Ledger, Place, Token, channel, poll_noop, room, watchdog};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use towpath::{Receiver, Sender, bounded, oneshot};

/// Sends from a thread and a task, receives in both ways; each message passes `check`.
fn carry<T: Send + 'static>(make: fn(usize) -> T, check: fn(&T, usize)) {
    watchdog(60, move |crew| {
        for capacity in FLAVOURS {
            for place in [Place::Thread, Place::TokioMulti] {
                let (tx, rx) = channel(capacity);
                let name = format!("sender, capacity {capacity:?}");
                crew.act(place, name, move |me| async move {
                    for i in 0..40 {
                        me.send(&tx, make(i))
                            .await
                            .unwrap_or_else(|_| panic!("disconnected"));
                    }
                });
                let name = format!("receiver, capacity {capacity:?}");
                let receiver = crew.act(place, name, move |me| async move {
                    for i in 0..40 {
                        check(&me.recv(&rx).await.expect("there are 40"), i);
                    }
                    assert!(me.recv(&rx).await.is_err());
                });
                receiver.join();
            }
        }
    });
}

#[test]
fn zero_sized_messages_are_counted() {
    carry(|_| (), |(), _| ());
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 100);
        (0..sent).for_each(|_| tx.try_send(()).unwrap());
        assert_eq!(rx.len(), sent);
        assert_eq!(rx.drain().count(), sent);
        let mut got = Vec::new();
        tx.send_many(vec![(); sent]).unwrap();
        assert_eq!(rx.recv_many(&mut got, usize::MAX), Ok(sent));
    }
}

/// Zero-sized with a drop: catches a container that skips drops for size 0.
#[test]
fn zero_sized_messages_are_dropped() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    let mut expected = 0;
    for capacity in BUFFERED {
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 70);
        (0..sent).for_each(|_| assert!(tx.try_send(Nothing).is_ok()));
        drop(rx.try_recv());
        drop(rx);
        expected += sent;
        assert_eq!(
            DROPS.load(Ordering::SeqCst),
            expected,
            "capacity {capacity:?}"
        );
    }
}

#[repr(align(128))]
struct Aligned128(usize);

#[repr(align(256))]
struct Aligned256(usize);

/// Catches a slot or block that is laid out by hand without the alignment.
#[test]
fn over_aligned_messages_stay_aligned() {
    fn aligned<T>(value: &T) {
        let address = std::ptr::from_ref(value).addr();
        assert!(address.is_multiple_of(align_of::<T>()));
    }
    carry(Aligned128, |message, i| {
        aligned(message);
        assert_eq!(message.0, i);
    });
    carry(Aligned256, |message, i| {
        aligned(message);
        assert_eq!(message.0, i);
    });
    // The address inside the channel shows in a message that notes its own.
    let (tx, rx) = oneshot();
    assert!(tx.send(Aligned256(3)).is_ok());
    aligned(&rx.recv().unwrap());
}

type Huge = [u8; 32 * 1024];

fn huge(i: usize) -> Huge {
    [i as u8; 32 * 1024]
}

/// On the 2 MiB stack of a thread, unoptimised: catches a path that moves the
/// message through a dozen frames, or builds a block of slots on the stack. (The
/// futures are boxed, as theirs is the caller's stack.)
#[test]
fn huge_messages_do_not_overflow_the_stack() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let (tx2, rx2) = channel(capacity);
            crew.thread(format!("sender, {capacity:?}"), move |_| {
                for i in 0..20 {
                    assert!(tx.send(huge(i)).is_ok());
                }
            });
            crew.act(
                Place::TokioMulti,
                format!("relay, {capacity:?}"),
                move |_| async move {
                    while let Ok(message) = Box::pin(rx.recv_async()).await {
                        assert!(Box::pin(tx2.send_async(message)).await.is_ok());
                    }
                },
            );
            let receiver = crew.thread(format!("receiver, {capacity:?}"), move |_| {
                for (i, message) in (0..).zip(&rx2) {
                    assert!(message.iter().all(|&byte| byte == i as u8));
                }
            });
            receiver.join();
        }
    });
}

#[test]
fn huge_messages_pass_every_other_way() {
    watchdog(60, |_| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            assert!(tx.force_send(huge(1)).is_ok());
            assert_eq!(rx.try_recv().unwrap()[7], 1);
            assert!(tx.try_send(huge(2)).is_ok());
            let mut got = Vec::new();
            assert_eq!(rx.recv_many(&mut got, 3), Ok(1));
            assert_eq!(got[0][32_767], 2);
            assert!(tx.send_many((3..4).map(huge)).is_ok());
            assert_eq!(rx.drain().next().unwrap()[0], 3);
            let timed = tx.send_timeout(huge(4), std::time::Duration::from_secs(9));
            assert!(timed.is_ok());
        }
        let (tx, rx) = oneshot();
        assert!(tx.send(huge(5)).is_ok());
        assert_eq!(rx.recv().unwrap()[1], 5);
    });
}

/// Panics when dropped, if its number says so.
struct Grenade {
    token: Token,
    armed: bool,
}

impl Drop for Grenade {
    fn drop(&mut self) {
        if self.armed && !std::thread::panicking() {
            panic_any("the message panics");
        }
    }
}

fn grenades(capacity: Option<usize>, ledger: &Ledger) -> (Sender<Grenade>, Receiver<Grenade>) {
    let (tx, rx) = channel(capacity);
    for i in 0..room(capacity, 70) as u64 {
        let grenade = Grenade {
            token: ledger.token(i),
            armed: i == 1,
        };
        assert!(tx.try_send(grenade).is_ok());
    }
    (tx, rx)
}

/// One message's panicking drop must not drop any message twice, nor poison the channel. What is
/// behind it is leaked, as crossbeam does: a second panic would abort.
#[test]
fn behind_a_message_that_panics_when_dropped_the_others_are_leaked() {
    for capacity in BUFFERED {
        let ledger = Ledger::new();
        let (tx, rx) = grenades(capacity, &ledger);
        let panics = room(capacity, 70) > 1;
        let outcome = catch_unwind(AssertUnwindSafe(|| drop(rx)));
        assert_eq!(outcome.is_err(), panics, "capacity {capacity:?}");
        assert!(tx.is_disconnected());
        let refused = tx.try_send(Grenade {
            token: ledger.token(0),
            armed: false,
        });
        assert!(refused.unwrap_err().is_disconnected());
        drop(tx);
        // The first was dropped, and the one that panicked.
        let leaked = room(capacity, 70).saturating_sub(2);
        ledger.assert_live(leaked as isize);
    }
}

/// The same if some of them came back from receives that gave up, and each would panic.
#[test]
fn behind_a_message_that_came_back_and_panics_the_others_are_leaked() {
    for (capacity, came_back) in [(0, 2), (1, 1), (1, 2), (2, 1), (2, 2)] {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        let mut receives: Vec<_> = (0..came_back).map(|_| Box::pin(rx.recv_async())).collect();
        for receive in &mut receives {
            assert!(poll_noop(receive).is_pending());
        }
        let sent = came_back + capacity;
        for i in 0..sent as u64 {
            let grenade = Grenade {
                token: ledger.token(i),
                armed: true,
            };
            assert!(tx.try_send(grenade).is_ok());
        }
        drop(receives);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
        assert!(tx.is_disconnected());
        ledger.assert_live(sent as isize - 1);
    }
}

/// The panic reaches the receiver that drops the message, and only that.
#[test]
fn a_received_message_that_panics_leaves_the_channel_usable() {
    for capacity in BUFFERED {
        let ledger = Ledger::new();
        let (tx, rx) = grenades(capacity, &ledger);
        let sent = room(capacity, 70);
        for i in 0..sent {
            let message = rx.try_recv().unwrap();
            assert_eq!(message.token.id, i as u64);
            let outcome = catch_unwind(AssertUnwindSafe(|| drop(message)));
            assert_eq!(outcome.is_err(), i == 1);
        }
        ledger.assert_live(0);
        assert!(
            tx.try_send(Grenade {
                token: ledger.token(0),
                armed: false
            })
            .is_ok()
        );
        assert_eq!(rx.len(), 1);
    }
}

/// A send future that is dropped with an armed message: the waiter must be off
/// the list before the message's drop runs.
#[test]
fn a_dropped_send_future_whose_message_panics_leaves_no_waiter() {
    for capacity in [0, 1, 2, 3] {
        let ledger = Ledger::new();
        let (tx, rx) = bounded(capacity);
        for i in 0..capacity as u64 {
            assert!(
                tx.try_send(Grenade {
                    token: ledger.token(i),
                    armed: false
                })
                .is_ok()
            );
        }
        let armed = Grenade {
            token: ledger.token(100),
            armed: true,
        };
        let mut send = Box::pin(tx.send_async(armed));
        assert!(crate::common::poll_noop(&mut send).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(send))).is_err());
        assert_eq!(rx.try_iter().count(), capacity);
        ledger.assert_live(0);
    }
}

/// Ownership of ordinary heap data, for memory checkers.
#[test]
fn heap_messages_arrive_intact() {
    carry(
        |i| vec![i.to_string(); i],
        |message, i| {
            assert_eq!(message.len(), i);
            assert!(message.iter().all(|text| *text == i.to_string()));
        },
    );
    carry(Arc::new, |message, i| {
        assert_eq!((**message, Arc::strong_count(message)), (i, 1))
    });
}

/// The panic names the caller's line, not one inside the library.
#[test]
fn a_capacity_that_overflows_panics_at_the_call_site() {
    use std::sync::Mutex;
    static AT: Mutex<Option<(String, u32)>> = Mutex::new(None);
    let worker = std::thread::Builder::new().name("overflows".into());
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() == Some("overflows") {
            let location = info.location().expect("a location");
            *AT.lock().unwrap() = Some((location.file().to_string(), location.line()));
        } else {
            previous(info);
        }
    }));
    let line = line!() + 1;
    let worker = worker.spawn(|| drop(bounded::<u64>(usize::MAX))).unwrap();
    let payload = worker.join().expect_err("that many messages do not fit");
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap();
    assert!(text.contains("capacity overflow"), "{text}");
    let (file, at) = AT.lock().unwrap().take().expect("it panicked");
    assert!(file.ends_with("messages.rs") && at == line, "{file}:{at}");
}
