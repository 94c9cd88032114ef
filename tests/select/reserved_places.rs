//! A place in a ring that user code holds: between its claim and its message anything may happen, on
//! the same thread too, and nobody may be kept waiting for it but those who want that very message.

use crate::common::{Alarm, Crew, Ledger, Scripted, Token, poll, poll_noop, watchdog};
use crate::promise::Promise;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread;
use towpath::{Receiver, Select, Sender, bounded, oneshot, select, select_biased};

/// The last receiver goes while the value of a send is made, by the very thread that makes it: the
/// end of the channel must not wait for the place.
#[test]
fn the_last_receiver_goes_while_the_value_is_made() {
    for capacity in [1, 2, 3, 8] {
        watchdog(60, move |_| {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(capacity);
            let token = ledger.token(1);
            select! {
                send(tx, { drop(rx); token }) -> sent => drop(sent),
            }
            ledger.assert_live(0);
            assert!(tx.is_disconnected());
        });
    }
}

/// The same with messages behind the place, and the place filled or given up afterwards: whichever of
/// the two comes last drops all of them.
#[test]
fn what_is_behind_a_place_goes_with_the_last_receiver() {
    for keeps in [true, false] {
        watchdog(60, move |_| {
            let ledger = Ledger::new();
            let (tx, rx) = bounded(8);
            let promise = Promise::make(&tx);
            (1..5).for_each(|i| assert!(tx.send(ledger.token(i)).is_ok()));
            drop(rx);
            if keeps {
                let _ = promise.keep(ledger.token(0));
            } else {
                drop(promise);
            }
            ledger.assert_live(0);
        });
    }
}

/// A place that is held for good keeps neither the last receiver nor the channel's drop waiting.
#[test]
fn a_place_that_is_forgotten_for_good_holds_up_nobody() {
    for capacity in [1, 3, 8] {
        watchdog(60, move |_| {
            let (tx, rx) = bounded::<u64>(capacity);
            // For good, as it is borrowed for good.
            let tx: &'static Sender<u64> = Box::leak(Box::new(tx));
            Promise::make(tx).forget();
            drop(rx);
            assert!(tx.is_disconnected());
        });
    }
}

/// Nothing can be evicted from behind a reserved place: the new message comes back, at once.
#[test]
fn force_send_does_not_wait_for_a_reserved_place() {
    watchdog(60, |_| {
        let (tx, rx) = bounded(3);
        let promise = Promise::make(&tx);
        assert_eq!(tx.force_send(2), Ok(None));
        assert_eq!(tx.force_send(3), Ok(None));
        assert_eq!(tx.force_send(4), Ok(Some(4)));
        assert_eq!(promise.keep(1), Poll::Ready(Ok(())));
        assert_eq!(tx.force_send(5), Ok(Some(1)));
        assert!(rx.try_iter().eq([2, 3, 5]));
    });
}

/// Behind a reserved place a receiver sleeps; its waker does not go round in circles. Messages that
/// came meanwhile, and told nobody who could take them, are received once the place is filled.
#[test]
fn receivers_sleep_behind_a_reserved_place() {
    for keeps in [true, false] {
        let (tx, rx) = bounded(4);
        let promise = Promise::make(&tx);
        let mut receives: Vec<_> = (0..3).map(|_| Box::pin(rx.recv_async())).collect();
        let (alarm, waker) = Alarm::new();
        for receive in &mut receives {
            assert!(poll(receive, &waker).is_pending());
        }
        assert_eq!(alarm.rings(), 0, "they ask to be polled again");
        tx.send(2).unwrap();
        tx.send(3).unwrap();
        for receive in &mut receives {
            assert!(poll(receive, &waker).is_pending(), "not before the first");
        }
        let rings = alarm.rings();
        assert!(rings <= 2, "they ask to be polled again");
        if keeps {
            assert_eq!(promise.keep(1), Poll::Ready(Ok(())));
        } else {
            drop(promise);
        }
        assert!(alarm.rings() - rings >= 2, "nobody was told");
        let mut got = Vec::new();
        for receive in &mut receives {
            if let Poll::Ready(message) = poll(receive, &waker) {
                got.push(message.unwrap());
            }
        }
        assert_eq!(got, if keeps { vec![1, 2, 3] } else { vec![2, 3] });
    }
}

/// Behind a reserved place receivers sleep although the channel is closed, as its message was accepted. Once
/// it is filled one of them receives that, and all others hear of the end, however few messages there are.
#[test]
fn receivers_that_sleep_behind_a_reserved_place_hear_of_the_end() {
    for keeps in [true, false] {
        let (tx, rx) = bounded(4);
        let promise = Promise::make(&tx);
        let mut receives: Vec<_> = (0..3).map(|_| Box::pin(rx.recv_async())).collect();
        let alarms = [(); 3].map(|()| Alarm::new());
        for (receive, (_, waker)) in receives.iter_mut().zip(&alarms) {
            assert!(poll(receive, waker).is_pending());
        }
        assert!(tx.close());
        for (receive, (_, waker)) in receives.iter_mut().zip(&alarms) {
            assert!(poll(receive, waker).is_pending(), "a message is to come");
        }
        let before: Vec<_> = alarms.iter().map(|(alarm, _)| alarm.rings()).collect();
        if keeps {
            assert_eq!(promise.keep(1), Poll::Ready(Ok(())));
        } else {
            drop(promise);
        }
        let mut received = 0;
        for ((receive, (alarm, waker)), before) in receives.iter_mut().zip(&alarms).zip(before) {
            assert!(alarm.rings() > before, "nobody told it");
            match poll(receive, waker) {
                Poll::Ready(outcome) => received += usize::from(outcome.is_ok()),
                Poll::Pending => panic!("it waits for a message that cannot come"),
            }
        }
        assert_eq!(received, usize::from(keeps));
    }
}

/// Returns once a receiver is in line on the rendezvous channel of `probe`.
fn until_in_line(probe: &Sender<u64>) {
    let mut select = Select::new();
    select.send(probe);
    while select.try_ready().is_err() {
        thread::yield_now();
    }
}

/// A thread that waits behind a reserved place, in a select; `other` makes another arm ready once it
/// has got in line. `probe` is its last arm.
fn is_not_held_up(
    crew: &Crew,
    selecting: impl FnOnce(&Receiver<u64>, &Receiver<u64>) -> u64 + Send + 'static,
    other: impl FnOnce(),
) {
    let (tx, rx) = bounded::<u64>(4);
    let (probe, probed) = bounded(0);
    let promise = Promise::make(&tx);
    let waits = crew.thread("selector", move |me| {
        me.at("select behind a reserved place", 0);
        selecting(&rx, &probed)
    });
    until_in_line(&probe);
    other();
    assert_eq!(waits.join(), 7);
    drop(promise);
}

/// With an arm that waits for the place, a select still looks at those after it.
#[test]
fn the_other_arms_of_a_thread_are_looked_at_behind_a_reserved_place() {
    watchdog(60, |crew| {
        let (tx, rx) = bounded(4);
        is_not_held_up(
            crew,
            move |held, probed| {
                select_biased! {
                    recv(held) -> message => message.unwrap(),
                    recv(rx) -> message => message.unwrap(),
                    recv(probed) -> message => message.unwrap(),
                }
            },
            || tx.send(7).unwrap(),
        );
    });
}

/// A future among them is polled, too.
#[test]
fn futures_of_a_thread_are_polled_behind_a_reserved_place() {
    watchdog(60, |crew| {
        let (answer, answered) = oneshot();
        is_not_held_up(
            crew,
            |held, probed| {
                select! {
                    recv(held) -> message => message.unwrap(),
                    wait(answered) -> message => message.unwrap(),
                    recv(probed) -> message => message.unwrap(),
                }
            },
            || answer.send(7).unwrap(),
        );
    });
}

/// A place that is given up, by a `?` say, is room at once: nobody need receive first.
#[test]
fn a_place_that_is_given_up_is_room() {
    fn give_up(tx: &Sender<u64>) -> Option<()> {
        select! { send(tx, None?) -> _ => {} }
        Some(())
    }
    for capacity in [3, 8] {
        let (tx, rx) = bounded(capacity);
        // Every place, and round about.
        for _ in 0..=capacity {
            assert_eq!(give_up(&tx), None);
            assert_eq!((rx.len(), rx.is_empty()), (0, true));
            (0..capacity).for_each(|i| tx.try_send(i as u64).expect("it is empty"));
            assert!(rx.try_iter().eq(0..capacity as u64));
        }
    }
}

/// A sender that waits is told of the place.
#[test]
fn a_place_that_is_given_up_goes_to_the_sender_in_line() {
    let (tx, rx) = bounded(3);
    let promise = Promise::make(&tx);
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    let (alarm, waker) = Alarm::new();
    let mut send = Box::pin(tx.send_async(3));
    assert!(poll(&mut send, &waker).is_pending());
    drop(promise);
    assert_eq!(alarm.rings(), 1);
    assert!(poll_noop(&mut send).is_ready());
    assert!(rx.try_iter().eq([1, 2, 3]));
}

/// One behind a message is stepped over when its turn comes, and is then room for somebody as well.
#[test]
fn a_place_that_is_given_up_in_the_middle_is_room_in_the_end() {
    for many in [false, true] {
        let (tx, rx) = bounded(3);
        tx.send(1).unwrap();
        let promise = Promise::make(&tx);
        tx.send(2).unwrap();
        let (alarm, waker) = Alarm::new();
        let mut sends: Vec<_> = (3..6).map(|i| Box::pin(tx.send_async(i))).collect();
        for send in &mut sends {
            assert!(poll(send, &waker).is_pending());
        }
        drop(promise);
        let mut got = Vec::new();
        for _ in 0..2 {
            if many {
                assert_eq!(rx.try_recv_many(&mut got, 1), Ok(1));
            } else {
                got.push(rx.try_recv().unwrap());
            }
        }
        assert_eq!(alarm.rings(), 3, "three places are free");
        for send in &mut sends {
            assert!(poll(send, &waker).is_ready());
        }
        got.extend(rx.try_iter());
        assert_eq!(got, [1, 2, 3, 4, 5]);
    }
}

/// A future that never ends, and panics when it is dropped.
struct Sour;

impl Future for Sour {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Pending
    }
}

impl Drop for Sour {
    fn drop(&mut self) {
        panic!("the future that lost");
    }
}

/// The drop of a losing arm panics: what the chosen one has reserved is given up, what it has received
/// is dropped.
#[test]
fn an_arm_that_panics_as_it_loses_leaks_nothing_of_the_winner() {
    for capacity in [1, 2, 3, 8] {
        let ledger = Ledger::new();
        let (tx, rx) = bounded::<Token>(capacity);
        let sends = catch_unwind(AssertUnwindSafe(|| {
            select_biased! {
                send(tx, ledger.token(1)) -> _ => {}
                wait(Sour) -> _ => {}
            }
        }));
        assert!(sends.is_err(), "it panicked on purpose");
        (0..capacity as u64).for_each(|i| {
            let sent = tx.try_send(ledger.token(i));
            assert!(sent.is_ok(), "capacity {capacity}: a place is lost");
        });
        let receives = catch_unwind(AssertUnwindSafe(|| {
            select_biased! {
                recv(rx) -> _ => {}
                wait(Sour) -> _ => {}
            }
        }));
        assert!(receives.is_err(), "it panicked on purpose");
        assert_eq!(rx.try_iter().count(), capacity - 1);
        ledger.assert_live(0);
    }
}

/// A waker that receives, once, in a select.
struct Selecting {
    rx: Receiver<u64>,
    got: Mutex<Option<u64>>,
}

impl Wake for Selecting {
    fn wake(self: Arc<Self>) {
        let message = select! { recv(self.rx) -> message => message };
        *self.got.lock().unwrap() = message.ok();
    }
}

/// Between a receive and its look at the next place, a place at the head that was given up hides the messages
/// behind it from a glance: a select that meanwhile waits for one of them must not stop at that.
#[test]
fn a_select_does_not_take_a_place_that_was_given_up_for_an_empty_ring() {
    watchdog(60, |_| {
        let (tx, rx) = bounded(3);
        tx.send(1).unwrap();
        let promise = Promise::make(&tx);
        tx.send(3).unwrap();
        let selecting = Arc::new(Selecting {
            rx: rx.clone(),
            got: Mutex::new(None),
        });
        let mut send = Box::pin(tx.send_async(4));
        assert!(poll(&mut send, &Arc::clone(&selecting).into()).is_pending());
        drop(promise);
        assert_eq!(rx.recv(), Ok(1), "it tells the sender, whose waker selects");
        assert_eq!(*selecting.got.lock().unwrap(), Some(3));
        assert!(poll_noop(&mut send).is_ready());
        assert_eq!(rx.try_recv(), Ok(4));
    });
}

/// An eviction may bring a place to the head that was given up: it is stepped over, and who waits for room is
/// told. The first of two cases that looks empty for good would never be chosen.
#[test]
fn an_eviction_steps_over_a_place_that_was_given_up() {
    watchdog(60, |_| {
        let (tx, rx) = bounded(3);
        let (other_tx, other) = bounded(3);
        tx.send(1).unwrap();
        let promise = Promise::make(&tx);
        tx.send(3).unwrap();
        let (alarm, waker) = Alarm::new();
        let mut send = Box::pin(tx.send_async(5));
        assert!(poll(&mut send, &waker).is_pending());
        drop(promise);
        assert_eq!(tx.force_send(4), Ok(Some(1)));
        assert_eq!(alarm.rings(), 1, "there is room");
        other_tx.send(0).unwrap();
        select_biased! {
            recv(rx) -> message => assert_eq!(message, Ok(3)),
            recv(other) -> _ => panic!("the first is possible"),
        }
        assert!(poll(&mut send, &waker).is_ready());
        assert!(rx.try_iter().eq([4, 5]));
    });
}

/// Between a receive and its look at the next place, a place at the head that was given up is room already: for
/// a sender that finds the ring full but for that, as for one that only looks.
#[test]
fn a_sender_that_finds_the_ring_full_steps_over_a_place_that_was_given_up() {
    watchdog(60, |_| {
        let (tx, rx) = bounded(3);
        tx.send(1).unwrap();
        let promise = Promise::make(&tx);
        tx.send(3).unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let waker = {
            let (tx, sent) = (tx.clone(), Arc::clone(&sent));
            Scripted::waker(move || {
                let outcomes = [4, 5, 6].map(|message| tx.try_send(message).is_ok());
                sent.lock().unwrap().push(outcomes);
            })
        };
        let mut send = Box::pin(tx.send_async(7));
        assert!(poll(&mut send, &waker).is_pending());
        drop(promise);
        assert_eq!(
            rx.recv(),
            Ok(1),
            "it sends the message of the one in line, whose waker sends"
        );
        assert_eq!(*sent.lock().unwrap(), [[true, false, false]]);
        assert!(poll_noop(&mut send).is_ready());
        assert!(rx.try_iter().eq([3, 7, 4]));
    });
}
