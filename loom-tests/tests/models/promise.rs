//! Sends of selects, whose messages are made once a receiver or a place is reserved.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use loom::thread::JoinHandle;
use towpath::{Receiver, Sender, bounded, select, select_biased, select_biased_async, unbounded};
use towpath_loom_tests::{Alarm, Ledger, Parcel, check, poll_once, spawn};

use crate::channels::{Channel, on_each, spawn_recv, spawn_send};

// At a rendezvous a receiver is reserved, in a hand-off room under the lock, in a ring a place.
on_each! {
    [rendezvous hand_off ring]
    promise_against_a_receiver
    promise_against_a_receiver_that_gives_up
    promise_and_a_plain_sender
    promise_and_two_receivers
    promise_against_close
    promise_against_the_last_receiver
    promise_against_try_recv
    broken_promise_against_a_receiver
    broken_promise_against_a_first_poll
    promise_against_a_first_poll_that_is_given_up
    broken_promise_lets_a_plain_sender_in
    broken_promise_and_then_the_last_sender_goes
    dropped_select_against_its_claim
}

/// Sends by a select. True: it was accepted.
fn select_send(tx: &Sender<Parcel>, ledger: &Ledger, id: usize) -> bool {
    select_biased! {
        send(tx, ledger.parcel(id)) -> outcome => outcome.is_ok(),
    }
}

/// A thread that sends by a select.
fn spawn_select_send(tx: &Sender<Parcel>, ledger: &Ledger, id: usize) -> JoinHandle<bool> {
    let (tx, ledger) = (tx.clone(), ledger.clone());
    spawn(move || select_send(&tx, &ledger, id))
}

/// Reserves by a select, and gives that up after `run`.
#[allow(unreachable_code, reason = "the message is never made")]
pub(crate) fn break_promise_after(tx: &Sender<Parcel>, run: impl FnOnce()) {
    select_biased! {
        send(tx, {
            run();
            return
        }) -> _ => {}
    }
}

fn break_promise(tx: &Sender<Parcel>) {
    break_promise_after(tx, || {});
}

async fn select_send_async(tx: &Sender<Parcel>, ledger: &Ledger, id: usize) -> bool {
    select_biased_async! {
        send(tx, ledger.parcel(id)) -> outcome => outcome.is_ok(),
    }
}

fn fill(tx: &Sender<Parcel>, ledger: &Ledger) -> usize {
    let room = tx.capacity().expect("it is bounded");
    (0..room).for_each(|id| tx.try_send(ledger.parcel(100 + id)).unwrap());
    room
}

fn promise_against_a_receiver(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let sender = spawn_select_send(&tx, &ledger, 1);
        assert_eq!(rx.recv().map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

/// It was in line when the promise was made, and goes: the message is for the next receive.
fn promise_against_a_receiver_that_gives_up(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(rx.recv_async());
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let sender = spawn_select_send(&tx, &ledger, 1);
        let early = (alarm.rings() > 0).then(|| alarm.poll(gives_up.as_mut()));
        drop(gives_up);
        if !early.is_some_and(|polled| polled.is_ready()) {
            assert_eq!(rx.recv().map(|parcel| parcel.id), Ok(1));
        }
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

fn promise_and_a_plain_sender(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let room = fill(&tx, &ledger);
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut promising = pin!(select_send_async(&tx, &ledger, 1));
        let mut plain = pin!(tx.send_async(ledger.parcel(2)));
        assert!(one.poll(promising.as_mut()).is_pending());
        assert!(other.poll(plain.as_mut()).is_pending());
        let receiver = {
            let rx = rx.clone();
            spawn(move || [rx.recv(), rx.recv()].map(|got| got.unwrap().id))
        };
        // A receiver may wait for the promised message, so that is made first.
        assert!(one.finish(promising));
        assert!(other.finish(plain).is_ok());
        let two = receiver.join().unwrap();
        let rest = rx.try_iter().map(|parcel| parcel.id);
        let mut all: Vec<usize> = two.into_iter().chain(rest).filter(|id| *id < 100).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
        assert_eq!((rx.len(), room, ledger.live()), (0, room, 0));
    });
}

/// One of them was promised a message, the other one gets a plain one; either may get either.
fn promise_and_two_receivers(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut first = pin!(rx.recv_async());
        let mut second = pin!(rx.recv_async());
        assert!(one.poll(first.as_mut()).is_pending());
        assert!(other.poll(second.as_mut()).is_pending());
        let sender = {
            let (tx, ledger) = (tx.clone(), ledger.clone());
            spawn(move || {
                assert!(select_send(&tx, &ledger, 1));
                tx.send(ledger.parcel(2)).unwrap();
            })
        };
        let both = [other.finish(second), one.finish(first)];
        let both = both.map(|got| got.expect("nobody closes it").id);
        assert!(both == [1, 2] || both == [2, 1], "{both:?}");
        sender.join().unwrap();
        assert_eq!(ledger.live(), 0);
    });
}

/// What was promised before the close is accepted, and comes out before the end.
fn promise_against_close(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let sender = spawn_select_send(&tx, &ledger, 1);
        assert!(rx.close(), "nobody else closes it");
        let early = rx.try_recv();
        let ended = matches!(&early, Err(error) if error.is_disconnected());
        let sent = sender.join().unwrap();
        assert!(!(ended && sent), "it said that it had ended");
        let received = early.is_ok() || rx.recv().is_ok();
        assert_eq!(sent, received);
        drop(early);
        assert!(rx.try_recv().is_err_and(|error| error.is_disconnected()));
        assert_eq!(ledger.live(), 0);
    });
}

fn promise_against_the_last_receiver(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let sender = spawn_select_send(&tx, &ledger, 1);
        drop(rx);
        let _ = sender.join().unwrap();
        assert_eq!(ledger.live(), 0, "gone before the channel is");
        assert!(tx.is_disconnected());
    });
}

/// A receive that may not wait may bind a promise, and leaves it to the next one.
fn promise_against_try_recv(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let sender = spawn_select_send(&tx, &ledger, 1);
        let received = rx.try_recv().or_else(|_| rx.recv());
        assert_eq!(received.map(|parcel| parcel.id), Ok(1));
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

/// The receiver for which it was meant waits on, and gets what is sent later.
fn broken_promise_against_a_receiver(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let receiver = spawn(move || (rx.recv().map(|parcel| parcel.id), rx));
        break_promise(&tx);
        tx.send(ledger.parcel(2)).unwrap();
        let (received, rx) = receiver.join().unwrap();
        assert_eq!(received, Ok(2));
        assert!(rx.try_recv().is_err());
        assert_eq!(ledger.live(), 0);
    });
}

/// What it held, or the receiver that it was meant for, is there for a plain sender that waits.
fn broken_promise_lets_a_plain_sender_in(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let room = tx.capacity().expect("it is bounded");
        let alarm = Alarm::new();
        let mut receiver = pin!(rx.recv_async());
        if room == 0 {
            assert!(alarm.poll(receiver.as_mut()).is_pending());
        }
        let mut plain = None;
        break_promise_after(&tx, || {
            // But for the place that is held, it is full.
            (1..room).for_each(|id| tx.try_send(ledger.parcel(100 + id)).unwrap());
            plain = Some(spawn_send(&tx, ledger.parcel(2)));
        });
        let first = alarm.finish(receiver).map(|parcel| parcel.id);
        assert!(plain.expect("it was run").join().unwrap());
        let ids = std::iter::once(first.unwrap()).chain(rx.try_iter().map(|parcel| parcel.id));
        assert_eq!(ids.last(), Some(2));
        assert_eq!(ledger.live(), 0);
    });
}

/// The receiver for which it was meant hears of the end.
fn broken_promise_and_then_the_last_sender_goes(channel: Channel) {
    check(move || {
        let (tx, rx) = channel();
        let sender = spawn(move || break_promise(&tx));
        assert!(rx.recv().is_err(), "nothing was sent");
        sender.join().unwrap();
    });
}

/// The select was in line; a receiver found it there, and it goes: the receiver goes on with others.
fn dropped_select_against_its_claim(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let room = fill(&tx, &ledger);
        let alarm = Alarm::new();
        let mut gives_up = Box::pin(select_send_async(&tx, &ledger, 1));
        assert!(alarm.poll(gives_up.as_mut()).is_pending());
        let receiver = spawn_recv(&rx);
        drop(gives_up);
        tx.send(ledger.parcel(2)).unwrap();
        let first = receiver.join().unwrap().expect("nobody closes it");
        let ids = std::iter::once(first).chain(rx.try_iter().map(|parcel| parcel.id));
        assert_eq!(ids.last(), Some(2));
        assert_eq!((room, ledger.live()), (room, 0));
    });
}

/// One receive is one rendezvous: the other select goes on waiting.
#[test]
fn one_receive_binds_one_promise() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(0);
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut first = pin!(select_send_async(&tx, &ledger, 1));
        let mut second = pin!(select_send_async(&tx, &ledger, 2));
        assert!(one.poll(first.as_mut()).is_pending());
        assert!(other.poll(second.as_mut()).is_pending());
        let receiver = spawn_recv(&rx);
        assert!(one.finish(first));
        assert_eq!(receiver.join().unwrap(), Ok(1));
        assert!(other.poll(second.as_mut()).is_pending(), "nobody receives");
        assert!(rx.try_recv().is_err());
    });
}

/// A select to which a message was promised waits for it alone, until the promise is broken: then
/// all its cases count again.
#[test]
fn broken_promise_sets_a_select_free_for_its_other_cases() {
    check(|| {
        let ledger = Ledger::default();
        let (a_tx, a_rx) = bounded::<Parcel>(0);
        let (b_tx, b_rx) = bounded::<Parcel>(0);
        let receiver = spawn(move || {
            let id = select_biased! {
                recv(a_rx) -> message => message.expect("nobody closes it").id,
                recv(b_rx) -> message => message.expect("nobody closes it").id,
            };
            (id, a_rx, b_rx)
        });
        break_promise(&a_tx);
        b_tx.send(ledger.parcel(2)).unwrap();
        let (id, a_rx, b_rx) = receiver.join().unwrap();
        assert_eq!(id, 2);
        assert!(a_rx.try_recv().is_err() && b_rx.try_recv().is_err());
        assert_eq!(ledger.live(), 0);
    });
}

/// Two were promised a message each, one of which does not come: that one waits on, for the next.
#[test]
fn two_promises_one_of_which_is_broken() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(0);
        let (one, other) = (Alarm::new(), Alarm::new());
        let mut first = pin!(rx.recv_async());
        let mut second = pin!(rx.recv_async());
        assert!(one.poll(first.as_mut()).is_pending());
        assert!(other.poll(second.as_mut()).is_pending());
        let mut keeps = None;
        break_promise_after(&tx, || {
            keeps = Some(spawn_select_send(&tx, &ledger, 1));
        });
        let sending = Alarm::new();
        let mut third = pin!(tx.send_async(ledger.parcel(2)));
        let early = sending.poll_into_line(third.as_mut()).is_ready();
        let both = [other.finish(second), one.finish(first)];
        let both = both.map(|got| got.expect("nobody closes it").id);
        assert!(both == [1, 2] || both == [2, 1], "{both:?}");
        assert!(early || sending.finish(third).is_ok());
        assert!(keeps.expect("it was run").join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}

/// Somebody closes, and the last receiver is gone before the senders in line are told; just then the
/// room that a promise held becomes free.
#[test]
fn broken_promise_against_close_and_the_last_receiver() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(1);
        let alarm = Alarm::new();
        let mut waiting = Box::pin(tx.send_async(ledger.parcel(2)));
        let mut closer = None;
        break_promise_after(&tx, || {
            assert!(alarm.poll(waiting.as_mut()).is_pending());
            let closing = tx.clone();
            closer = Some(spawn(move || closing.close()));
            drop(rx);
        });
        let sent = alarm.finish(waiting.as_mut());
        // Accepted or not, it does not outlive the last receiver.
        drop((sent, waiting));
        closer.expect("it was run").join().unwrap();
        assert_eq!(ledger.live(), 0);
    });
}

/// Room in a ring is given up while a sender waits for it.
#[test]
fn place_given_up_first_in_the_ring_is_room_for_a_sender() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(3);
        let mut sender = None;
        break_promise_after(&tx, || {
            tx.try_send(ledger.parcel(1)).unwrap();
            tx.try_send(ledger.parcel(2)).unwrap();
            sender = Some(spawn_send(&tx, ledger.parcel(3)));
        });
        assert!(sender.expect("the arm was run").join().unwrap());
        assert_eq!(
            rx.try_iter().map(|parcel| parcel.id).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert_eq!(ledger.live(), 0);
    });
}

/// Two receivers sleep behind a place, and the ring is closed meanwhile: one gets the message, the other one
/// hears of the end.
#[test]
fn place_filled_against_close_and_two_receivers() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(3);
        let sender = {
            let ledger = ledger.clone();
            spawn(move || {
                let sent = select_biased! {
                    send(tx, {
                        tx.close();
                        ledger.parcel(1)
                    }) -> outcome => outcome.is_ok(),
                };
                assert!(sent, "it was accepted");
            })
        };
        let alarm = Alarm::new();
        let mut receives = [(); 2].map(|()| Box::pin(rx.recv_async()));
        let mut outcomes = [None, None];
        // Both are polled whenever one is woken, so that both may get in line once more after the close.
        alarm.finish(pin!(poll_fn(|context| {
            for (receive, outcome) in receives.iter_mut().zip(&mut outcomes) {
                if outcome.is_none() {
                    if let Poll::Ready(got) = receive.as_mut().poll(context) {
                        *outcome = Some(got.map(|parcel| parcel.id).ok());
                    }
                }
            }
            if outcomes.contains(&None) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })));
        sender.join().unwrap();
        outcomes.sort_unstable();
        assert_eq!(outcomes, [Some(None), Some(Some(1))]);
        assert_eq!(ledger.live(), 0);
    });
}

/// A place given up in the middle: the receiver that steps over it lets one more sender in.
#[test]
fn receiver_steps_over_a_place_and_tells_the_second_sender() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(3);
        tx.try_send(ledger.parcel(1)).unwrap();
        break_promise(&tx);
        tx.try_send(ledger.parcel(2)).unwrap();
        let alarms = [Alarm::new(), Alarm::new()];
        let mut first = pin!(tx.send_async(ledger.parcel(3)));
        let mut second = pin!(tx.send_async(ledger.parcel(4)));
        assert!(alarms[0].poll(first.as_mut()).is_pending());
        assert!(alarms[1].poll(second.as_mut()).is_pending());
        let receiver = {
            let rx = rx.clone();
            spawn(move || [rx.recv(), rx.recv()].map(|got| got.unwrap().id))
        };
        // Three places became free, one of them the one that was given up.
        assert!(alarms[1].finish(second).is_ok());
        assert!(alarms[0].finish(first).is_ok());
        assert_eq!(receiver.join().unwrap(), [1, 2]);
        assert_eq!(rx.try_iter().count(), 2);
        assert_eq!(ledger.live(), 0);
    });
}

/// A task is in line awake when it is bound, or bound by what it finds as it gets there: the promise is
/// broken, and it waits on, for another message.
fn broken_promise_against_a_first_poll(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let promising = {
            let (tx, ledger) = (tx.clone(), ledger.clone());
            spawn(move || {
                break_promise(&tx);
                tx.send(ledger.parcel(2)).unwrap();
            })
        };
        let received = Alarm::new().finish(pin!(rx.recv_async()));
        assert_eq!(received.map(|parcel| parcel.id), Ok(2));
        promising.join().unwrap();
    });
}

fn promise_against_a_first_poll_that_is_given_up(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let promising = spawn_select_send(&tx, &ledger, 1);
        let alarm = Alarm::new();
        let received = alarm.poll(Box::pin(rx.recv_async()).as_mut());
        if received.is_pending() {
            assert_eq!(rx.recv().map(|parcel| parcel.id), Ok(1));
        }
        assert!(promising.join().unwrap());
        drop((received, tx, rx));
        assert_eq!(ledger.live(), 0);
    });
}

/// Selects from a channel that has a message all the time, of which another receiver takes one, and from one
/// where a message is promised that is never made.
fn select_beside_a_promise(
    select: impl Fn(&Receiver<u8>, &Receiver<u8>) -> u8 + Copy + Send + Sync + 'static,
) {
    check(move || {
        let (tx, ready) = unbounded();
        assert!(tx.send(1).is_ok() && tx.send(1).is_ok());
        let (promising, promised) = bounded(0);
        let mut promise = pin!(async {
            select_biased_async! { send(promising, 2) -> sent => sent.is_ok() }
        });
        assert!(poll_once(promise.as_mut()).is_pending());
        let other = {
            let ready = ready.clone();
            spawn(move || ready.recv())
        };
        assert_eq!(select(&ready, &promised), 1);
        assert_eq!(other.join().unwrap(), Ok(1));
    });
}

#[test]
fn what_is_ready_comes_before_a_promise() {
    select_beside_a_promise(|ready, promised| {
        select! {
            recv(ready) -> message => message.unwrap(),
            recv(promised) -> message => message.unwrap(),
        }
    });
}

#[test]
fn what_is_ready_comes_before_a_better_promise() {
    select_beside_a_promise(|ready, promised| {
        select_biased! {
            recv(promised) -> message => message.unwrap(),
            recv(ready) -> message => message.unwrap(),
        }
    });
}

/// A select goes for a promise, which is kept as a message comes elsewhere: it takes one of the two, and the other one
/// is there for the next.
#[test]
fn promise_kept_against_a_message_elsewhere() {
    check(|| {
        let ledger = Ledger::default();
        let (promising, promised) = bounded(0);
        let (tx, ready) = unbounded();
        let sender = {
            let (promising, tx, ledger) = (promising.clone(), tx.clone(), ledger.clone());
            spawn(move || {
                let alarm = Alarm::new();
                let mut promise = pin!(select_send_async(&promising, &ledger, 1));
                let kept = alarm.poll(promise.as_mut());
                assert!(tx.send(ledger.parcel(2)).is_ok());
                kept.is_ready() || alarm.finish(promise)
            })
        };
        let receive = || {
            select_biased! {
                recv(promised) -> parcel => parcel.unwrap().id,
                recv(ready) -> parcel => parcel.unwrap().id,
            }
        };
        let mut ids = [receive(), receive()];
        ids.sort_unstable();
        assert_eq!(ids, [1, 2]);
        assert!(sender.join().unwrap());
        assert_eq!(ledger.live(), 0);
    });
}
