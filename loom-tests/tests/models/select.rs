//! Selects that meet each other, and plain operations.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use towpath::select_biased_async;
use towpath::{Receiver, RecvError, SendError, Sender, bounded, oneshot, select_biased};
use towpath_loom_tests::{Alarm, Ledger, Parcel, block_on, check, spawn};

use crate::channels::{Channel, on_each, spawn_recv, spawn_send};

on_each! {
    [rendezvous hand_off ring list]
    crossing_selects
    crossing_selects_of_tasks
    select_of_receives_against_a_send
    same_receiver_twice_against_one_message
    same_receiver_twice_against_the_last_sender
    last_handles_of_both_cases_go
    message_against_a_deadline
    future_case_of_a_task_against_a_message
}

on_each! {
    [hand_off ring; less rendezvous list]
    two_cases_claimed_at_once
    future_case_against_a_message
}

on_each! {
    [hand_off_two ring list]
    lesser_arm_waits_for_another_receiver
    lesser_arm_of_a_task_waits_for_another_receiver
    default_arm_waits_for_another_receiver
}

on_each! {
    [hand_off hand_off_two ring list]
    time_runs_out_while_a_lesser_arm_is_ready
    time_of_a_task_runs_out_while_a_lesser_arm_is_ready
}

/// What a select did.
#[derive(Debug, PartialEq)]
enum Did {
    Send(usize),
    Receive(usize),
}

fn received(message: Result<Parcel, RecvError>) -> Did {
    Did::Receive(message.expect("nobody closes it").id)
}

fn sent(id: usize, sent: Result<(), SendError<Parcel>>) -> Did {
    sent.expect("nobody closes it");
    Did::Send(id)
}

/// Every message that was sent was received once, or is still in its channel; at capacity 0 one side
/// sent to the other.
fn settle(did: [Did; 2], ledger: &Ledger, channels: [(Sender<Parcel>, Receiver<Parcel>); 2]) {
    let left: Vec<usize> = channels
        .iter()
        .flat_map(|(_, rx)| rx.try_iter())
        .map(|parcel| parcel.id)
        .collect();
    let mut sent = Vec::new();
    let mut received = left.clone();
    for did in &did {
        match did {
            Did::Send(id) => sent.push(*id),
            Did::Receive(id) => received.push(*id),
        }
    }
    sent.sort_unstable();
    received.sort_unstable();
    assert_eq!(sent, received, "{did:?}, left: {left:?}");
    if channels[0].0.capacity() == Some(0) {
        assert_eq!(left, [], "a rendezvous keeps nothing: {did:?}");
    }
    assert_eq!(ledger.live(), 0);
}

/// Each sends where the other receives: they cannot sleep past each other.
fn crossing_selects(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let other = {
            let (rx, tx, ledger) = (a.1.clone(), b.0.clone(), ledger.clone());
            spawn(move || {
                select_biased! {
                    recv(rx) -> message => received(message),
                    send(tx, ledger.parcel(2)) -> outcome => sent(2, outcome),
                }
            })
        };
        let mine = select_biased! {
            recv(b.1) -> message => received(message),
            send(a.0, ledger.parcel(1)) -> outcome => sent(1, outcome),
        };
        settle([mine, other.join().unwrap()], &ledger, [a, b]);
    });
}

fn crossing_selects_of_tasks(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let other = {
            let (rx, tx, ledger) = (a.1.clone(), b.0.clone(), ledger.clone());
            spawn(move || {
                block_on(async move {
                    select_biased_async! {
                        recv(rx) -> message => received(message),
                        send(tx, ledger.parcel(2)) -> outcome => sent(2, outcome),
                    }
                })
            })
        };
        let mine = block_on(async {
            select_biased_async! {
                send(a.0, ledger.parcel(1)) -> outcome => sent(1, outcome),
                recv(b.1) -> message => received(message),
            }
        });
        settle([mine, other.join().unwrap()], &ledger, [a, b]);
    });
}

/// On one channel, each from both sides: neither meets itself, and they meet each other.
#[test]
fn two_selects_on_both_sides_of_one_channel() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(0);
        let other = {
            let (tx, rx, ledger) = (tx.clone(), rx.clone(), ledger.clone());
            spawn(move || {
                select_biased! {
                    recv(rx) -> message => received(message),
                    send(tx, ledger.parcel(2)) -> outcome => sent(2, outcome),
                }
            })
        };
        let mine = select_biased! {
            send(tx, ledger.parcel(1)) -> outcome => sent(1, outcome),
            recv(rx) -> message => received(message),
        };
        let did = [mine, other.join().unwrap()];
        settle(did, &ledger, [(tx, rx), bounded(0)]);
    });
}

/// A select on both sides of a channel waits, until somebody else comes to either side.
#[test]
fn select_on_both_sides_of_a_channel_does_not_meet_itself() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = bounded(0);
        let alarm = Alarm::new();
        let mut both = pin!(async {
            select_biased_async! {
                recv(rx) -> message => received(message),
                send(tx, ledger.parcel(1)) -> outcome => sent(1, outcome),
            }
        });
        assert!(alarm.poll(both.as_mut()).is_pending());
        let receiver = spawn_recv(&rx);
        assert_eq!(alarm.finish(both), Did::Send(1));
        assert_eq!(receiver.join().unwrap(), Ok(1));
        assert_eq!(ledger.live(), 0);
    });
}

fn select_of_receives_against_a_send(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let parcel = ledger.parcel(1);
        let sender = {
            let tx = b.0.clone();
            spawn(move || sent(1, tx.send(parcel)))
        };
        let mine = select_biased! {
            recv(a.1) -> message => received(message),
            recv(b.1) -> message => received(message),
        };
        settle([mine, sender.join().unwrap()], &ledger, [a, b]);
    });
}

/// Both channels send at once: one message comes, the other one stays where it is.
fn two_cases_claimed_at_once(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let alarm = Alarm::new();
        let mut selecting = pin!(async {
            select_biased_async! {
                recv(a.1) -> message => message.expect("nobody closes it").id,
                recv(b.1) -> message => message.expect("nobody closes it").id,
            }
        });
        assert!(alarm.poll(selecting.as_mut()).is_pending());
        let senders = [(&a.0, 1), (&b.0, 2)].map(|(tx, id)| spawn_send(tx, ledger.parcel(id)));
        let mine = alarm.finish(selecting);
        let rest = if mine == 1 { &b } else { &a };
        assert_eq!(rest.1.recv().map(|parcel| parcel.id), Ok(3 - mine));
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        assert_eq!(ledger.live(), 0);
    });
}

fn same_receiver_twice_against_one_message(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let a = channel();
        let parcel = ledger.parcel(1);
        let sender = {
            let tx = a.0.clone();
            spawn(move || sent(1, tx.send(parcel)))
        };
        let mine = select_biased! {
            recv(a.1) -> message => received(message),
            recv(a.1) -> message => received(message),
        };
        settle([mine, sender.join().unwrap()], &ledger, [a, channel()]);
    });
}

fn same_receiver_twice_against_the_last_sender(channel: Channel) {
    check(move || {
        let (tx, rx) = channel();
        let sender = spawn(move || drop(tx));
        select_biased! {
            recv(rx) -> message => assert!(message.is_err(), "nothing was sent"),
            recv(rx) -> message => assert!(message.is_err(), "nothing was sent"),
        }
        sender.join().unwrap();
    });
}

/// The last sender of one case and the last receiver of the other: it hears of either.
fn last_handles_of_both_cases_go(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (receiving, sending) = (channel(), channel());
        let full = sending.0.capacity();
        (0..full.unwrap_or(0)).for_each(|id| drop(sending.0.try_send(ledger.parcel(id))));
        let (a_tx, b_rx) = (receiving.0, sending.1);
        let others = [spawn(move || drop(a_tx)), spawn(move || drop(b_rx))];
        select_biased! {
            recv(receiving.1) -> message => assert!(message.is_err(), "nothing was sent"),
            send(sending.0, ledger.parcel(9)) -> outcome => {
                assert!(full.is_none() || outcome.is_err(), "it was full all the time");
            }
        }
        for other in others {
            other.join().unwrap();
        }
        drop(sending.0);
        assert_eq!(ledger.live(), 0);
    });
}

/// It gives up at once; the message is received, or stays.
fn message_against_a_deadline(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (a, b) = (channel(), channel());
        let selector = {
            let (a_rx, b_rx) = (a.1.clone(), b.1.clone());
            spawn(move || {
                select_biased! {
                    recv(a_rx) -> message => Some(received(message)),
                    recv(b_rx) -> message => Some(received(message)),
                    default(std::time::Duration::from_secs(1)) => None,
                }
            })
        };
        let sent = a.0.try_send(ledger.parcel(1)).is_ok();
        let received = selector.join().unwrap().is_some();
        let left = a.1.try_recv().is_ok();
        assert_eq!(sent, received != left, "received {received}, left {left}");
        assert_eq!(ledger.live(), 0);
    });
}

fn future_case_against_a_message(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let (once, future) = oneshot();
        let parcel = ledger.parcel(1);
        let sender = spawn(move || tx.send(parcel).map_err(drop));
        let other = spawn(move || once.send(7).is_ok());
        let from_channel = select_biased! {
            recv(rx) -> message => {
                assert_eq!(message.map(|parcel| parcel.id), Ok(1));
                true
            }
            wait(future) -> message => {
                assert_eq!(message, Ok(7));
                false
            }
        };
        if !from_channel {
            assert_eq!(rx.recv().map(|parcel| parcel.id), Ok(1));
        }
        assert_eq!(sender.join().unwrap(), Ok(()));
        let _ = other.join().unwrap();
        assert_eq!(ledger.live(), 0);
    });
}

/// The future's waker is the task's; nothing signals the select.
fn future_case_of_a_task_against_a_message(channel: Channel) {
    check(move || {
        let ledger = Ledger::default();
        let (tx, rx) = channel();
        let (once, future) = oneshot();
        let other = spawn(move || once.send(7).is_ok());
        let parcel = ledger.parcel(1);
        let alarm = Alarm::new();
        let selecting = pin!(async {
            select_biased_async! {
                wait(future) -> message => {
                    assert_eq!(message, Ok(7));
                    false
                }
                recv(rx) -> message => {
                    assert_eq!(message.map(|parcel| parcel.id), Ok(1));
                    true
                }
            }
        });
        let from_channel = alarm.finish(selecting);
        assert!(!from_channel, "nothing was sent");
        assert!(other.join().unwrap());
        drop((tx, parcel));
        assert_eq!(ledger.live(), 0);
    });
}

/// Two urgent messages, and another receiver that takes one of them: whoever selects with a bias takes the
/// other one, however far that receiver is.
fn urgent_messages_for_two(channel: Channel, select: fn([&Receiver<Parcel>; 2]) -> Option<usize>) {
    check(move || {
        let ledger = Ledger::default();
        let (urgent, ordinary) = (channel(), channel());
        for id in [1, 2] {
            urgent.0.try_send(ledger.parcel(id)).unwrap();
        }
        ordinary.0.try_send(ledger.parcel(3)).unwrap();
        let other = spawn_recv(&urgent.1);
        let mine = select([&urgent.1, &ordinary.1]).expect("something was ready all the time");
        assert_ne!(mine, 3, "an urgent message was there all the time");
        assert_eq!(other.join().unwrap(), Ok(3 - mine));
        drop((urgent, ordinary));
        assert_eq!(ledger.live(), 0);
    });
}

fn lesser_arm_waits_for_another_receiver(channel: Channel) {
    urgent_messages_for_two(channel, |[urgent, ordinary]| {
        select_biased! {
            recv(urgent) -> message => message.ok().map(|parcel| parcel.id),
            recv(ordinary) -> message => message.ok().map(|parcel| parcel.id),
        }
    });
}

fn lesser_arm_of_a_task_waits_for_another_receiver(channel: Channel) {
    urgent_messages_for_two(channel, |[urgent, ordinary]| {
        block_on(async {
            select_biased_async! {
                recv(urgent) -> message => message.ok().map(|parcel| parcel.id),
                recv(ordinary) -> message => message.ok().map(|parcel| parcel.id),
            }
        })
    });
}

fn default_arm_waits_for_another_receiver(channel: Channel) {
    urgent_messages_for_two(channel, |[urgent, ordinary]| {
        select_biased! {
            recv(urgent) -> message => message.ok().map(|parcel| parcel.id),
            recv(ordinary) -> message => message.ok().map(|parcel| parcel.id),
            default => None,
        }
    });
}

/// One urgent message, which another receiver takes; an ordinary one is there all the time. Time is over at
/// once: it is no reason to go without.
fn one_urgent_message_for_two(
    channel: Channel,
    select: fn([&Receiver<Parcel>; 2]) -> Option<usize>,
) {
    check(move || {
        let ledger = Ledger::default();
        let (urgent, ordinary) = (channel(), channel());
        urgent.0.try_send(ledger.parcel(1)).unwrap();
        ordinary.0.try_send(ledger.parcel(3)).unwrap();
        let other = {
            let rx = urgent.1.clone();
            spawn(move || rx.try_recv().is_ok())
        };
        let mine = select([&urgent.1, &ordinary.1]);
        let taken = other.join().unwrap();
        assert!(mine.is_some(), "something was ready all the time");
        assert_eq!(taken, mine == Some(3));
        drop((urgent, ordinary));
        assert_eq!(ledger.live(), 0);
    });
}

fn time_runs_out_while_a_lesser_arm_is_ready(channel: Channel) {
    one_urgent_message_for_two(channel, |[urgent, ordinary]| {
        select_biased! {
            recv(urgent) -> message => message.ok().map(|parcel| parcel.id),
            recv(ordinary) -> message => message.ok().map(|parcel| parcel.id),
            default(std::time::Duration::from_secs(1)) => None,
        }
    });
}

fn time_of_a_task_runs_out_while_a_lesser_arm_is_ready(channel: Channel) {
    one_urgent_message_for_two(channel, |[urgent, ordinary]| {
        block_on(async {
            select_biased_async! {
                recv(urgent) -> message => message.ok().map(|parcel| parcel.id),
                recv(ordinary) -> message => message.ok().map(|parcel| parcel.id),
                default(std::time::Duration::ZERO) => None,
            }
        })
    });
}

/// Room for a send of a select, of which there are two.
#[test]
fn two_full_rings_against_a_select_of_sends() {
    check(|| {
        let ledger = Ledger::default();
        let (a, b) = (bounded(3), bounded(3));
        for id in 0..3 {
            a.0.try_send(ledger.parcel(id)).unwrap();
            b.0.try_send(ledger.parcel(id)).unwrap();
        }
        let receiver = spawn_recv(&b.1);
        select_biased! {
            send(a.0, ledger.parcel(8)) -> _ => unreachable!("nobody makes room"),
            send(b.0, ledger.parcel(9)) -> outcome => assert!(outcome.is_ok()),
        }
        assert_eq!(receiver.join().unwrap(), Ok(0));
        let rest: Vec<usize> = b.1.try_iter().map(|parcel| parcel.id).collect();
        assert_eq!(rest, [1, 2, 9]);
    });
}

/// A future's polls park the thread, and so use up what another future's waker has left for it: also the
/// last poll before the thread sleeps, which is the second.
#[test]
fn future_case_against_another_that_parks() {
    check(|| {
        let (once, future) = oneshot();
        let (tx, rx) = bounded(2);
        let other = spawn(move || tx.send(1).is_ok() && once.send(7).is_ok() && tx.send(2).is_ok());
        let mut polls = 0;
        let got = select_biased! {
            wait(future) -> message => message,
            wait(poll_fn(|_| {
                polls += 1;
                if polls <= 2 {
                    assert_eq!(rx.recv(), Ok(polls));
                }
                Poll::Pending
            })) -> never => never,
        };
        assert_eq!(got, Ok(7));
        assert!(other.join().unwrap());
    });
}
