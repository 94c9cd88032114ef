//! Cases that are not there: `None` is Go's nil channel, never ready.

use crate::common::{poll_noop, ready};
use std::time::Duration;
use towpath::{Receiver, Sender, bounded, select, select_async, select_biased};

#[test]
fn none_is_never_chosen() {
    let mut chosen = 0;
    for _ in 0..200 {
        let (tx, rx) = bounded(1);
        tx.send(1).unwrap();
        chosen += select! {
            recv(None::<Receiver<u8>>) -> _ => unreachable!(),
            send(None::<Sender<u8>>, 1) -> _ => unreachable!(),
            recv(None::<&Receiver<u8>>) -> _ => unreachable!(),
            send(None::<&Sender<u8>>, 1) -> _ => unreachable!(),
            recv(rx) -> message => message.unwrap(),
        };
    }
    assert_eq!(chosen, 200);
}

#[test]
fn some_is_like_the_handle_itself() {
    let (tx, rx) = bounded(1);
    let (tx, rx) = (Some(tx), Some(rx));
    for i in 0..10 {
        select! {
            send(tx, i) -> sent => sent.unwrap(),
            recv(None::<Receiver<u8>>) -> _ => unreachable!(),
        }
        let (borrowed, nothing) = (rx.as_ref(), None::<Receiver<u8>>);
        select! {
            recv(nothing) -> _ => unreachable!(),
            recv(borrowed) -> message => assert_eq!(message, Ok(i)),
        }
    }
    // Neither was moved.
    assert!(tx.is_some() && rx.is_some());
}

#[test]
fn only_none_means_waiting_for_ever() {
    let nothing = None::<Receiver<u8>>;
    let timed_out = select! {
        recv(nothing) -> _ => false,
        default(Duration::from_millis(2)) => true,
    };
    assert!(timed_out);
    let at_once = select_biased! {
        recv(nothing) -> _ => false,
        default => true,
    };
    assert!(at_once);
    let mut waiting = Box::pin(async {
        select_async! { recv(nothing) -> _ => () }
    });
    assert!(poll_noop(&mut waiting).is_pending());
    assert!(poll_noop(&mut waiting).is_pending());
}

/// The usual loop: a source that has ended becomes nil, and the others go on.
#[test]
fn sources_become_nil_when_they_end() {
    let (tx_a, a) = bounded(10);
    let (tx_b, b) = bounded(10);
    (0..10).for_each(|i| tx_a.send(i).unwrap());
    (0..5).for_each(|i| tx_b.send(i).unwrap());
    drop((tx_a, tx_b));
    let (mut a, mut b) = (Some(a), Some(b));
    let mut counts = (0, 0);
    while a.is_some() || b.is_some() {
        select! {
            recv(a) -> message => match message {
                Ok(_) => counts.0 += 1,
                Err(_) => a = None,
            },
            recv(b) -> message => match message {
                Ok(_) => counts.1 += 1,
                Err(_) => b = None,
            },
        }
    }
    assert_eq!(counts, (10, 5));
}

/// Input and output of a stage with one place between them.
#[test]
fn a_stage_switches_its_arms_on_and_off() {
    let (tx, input) = bounded(4);
    let (output, rx) = bounded(2);
    let (mut held, mut got) = (None, Vec::new());
    ready(async {
        for i in 0..20 {
            tx.try_send(i).unwrap();
            while !(input.is_empty() && held.is_none()) {
                let (from, to) = match held {
                    None => (Some(&input), None),
                    Some(_) => (None, Some(&output)),
                };
                select_async! {
                    recv(from) -> message => held = message.ok(),
                    send(to, held.take().unwrap()) -> sent => sent.unwrap(),
                }
            }
            got.extend(rx.try_recv());
        }
    });
    assert_eq!(got, (0..20).collect::<Vec<_>>());
}
