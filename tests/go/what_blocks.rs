//! Which operations block and which do not: alone, and as the only case of a select.
//!
//! A table of every state that a channel can be in; one rule says what must happen in it. That a
//! task blocks is seen at once, it is pending; a thread is given a short time that it uses up
//! exactly if it blocks.

use crate::common::{ready, watchdog};
use std::time::Duration;
use towpath::{
    Receiver, Sender, bounded, select, select_async, select_biased, select_biased_async, unbounded,
};

const MOMENT: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// Both have a handle.
    Open,
    Closed,
    SendersGone,
    ReceiversGone,
    /// `None` instead of a handle: Go's nil channel.
    Nil,
}

#[derive(Clone, Copy, Debug)]
struct State {
    capacity: Option<usize>,
    held: usize,
    ends: Ends,
}

/// The handles of a channel in a state, and those that the test keeps for it.
struct Channel {
    tx: Option<Sender<u32>>,
    rx: Option<Receiver<u32>>,
    _kept: (Option<Sender<u32>>, Option<Receiver<u32>>),
}

/// What an operation does, if it does anything: whether it succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Blocks,
    Succeeds,
    Fails,
}

use Outcome::{Blocks, Fails, Succeeds};

fn outcome<T, E>(result: Result<T, E>) -> Outcome {
    if result.is_ok() { Succeeds } else { Fails }
}

fn states() -> Vec<State> {
    let capacities = [Some(0), Some(1), Some(2), Some(3), Some(10), None];
    let ends = [
        Ends::Open,
        Ends::Closed,
        Ends::SendersGone,
        Ends::ReceiversGone,
        Ends::Nil,
    ];
    let mut states = Vec::new();
    for capacity in capacities {
        for ends in ends {
            let full = capacity.unwrap_or(20);
            for held in [0, full.min(1), full] {
                states.push(State {
                    capacity,
                    held,
                    ends,
                });
            }
        }
    }
    states
}

impl State {
    fn build(self) -> Channel {
        let (tx, rx) = self.capacity.map_or_else(unbounded, bounded);
        for i in 0..self.held {
            tx.try_send(i as u32).expect("there is room");
        }
        let mut kept = (Some(tx.clone()), Some(rx.clone()));
        let (mut tx, mut rx) = (Some(tx), Some(rx));
        match self.ends {
            Ends::Open => {}
            Ends::Closed => assert!(kept.0.as_ref().is_some_and(Sender::close)),
            Ends::SendersGone => (tx, kept.0) = (None, None),
            Ends::ReceiversGone => (rx, kept.1) = (None, None),
            Ends::Nil => (tx, rx) = (None, None),
        }
        Channel {
            tx,
            rx,
            _kept: kept,
        }
    }

    /// The rule for a receive; `None` if there is no handle to receive with.
    fn receives(self) -> Outcome {
        match self.ends {
            Ends::Nil | Ends::ReceiversGone => Blocks,
            _ if self.held > 0 => Succeeds,
            Ends::Open => Blocks,
            Ends::Closed | Ends::SendersGone => Fails,
        }
    }

    /// The rule for a send. A handle that is not there is a nil channel.
    fn sends(self) -> Outcome {
        match self.ends {
            Ends::Nil | Ends::SendersGone => Blocks,
            Ends::Closed | Ends::ReceiversGone => Fails,
            Ends::Open if self.capacity.is_none_or(|capacity| self.held < capacity) => Succeeds,
            Ends::Open => Blocks,
        }
    }
}

/// Runs `form` on a fresh channel in every state, and compares.
fn each_state(form: &str, rule: fn(State) -> Outcome, run: impl Fn(&Channel) -> Outcome) {
    for state in states() {
        assert_eq!(run(&state.build()), rule(state), "{form}, {state:?}");
    }
}

#[test]
fn receives_block_only_on_what_is_empty_or_nil() {
    let check = |form: &str, run: fn(&Channel) -> Outcome| each_state(form, State::receives, run);
    check("recv", |c| {
        match c.rx.as_ref().map(|rx| rx.recv_timeout(MOMENT)) {
            None => Blocks,
            Some(Err(error)) if error.is_timeout() => Blocks,
            Some(result) => outcome(result),
        }
    });
    check("select! with default", |c| {
        select! {
            recv(c.rx) -> result => outcome(result),
            default => Blocks,
        }
    });
    check("select! with default(time)", |c| {
        select! {
            recv(c.rx) -> result => outcome(result),
            default(MOMENT) => Blocks,
        }
    });
    check("select_biased! with default", |c| {
        select_biased! {
            recv(c.rx) -> result => outcome(result),
            default => Blocks,
        }
    });
    check("select_async! with default", |c| {
        ready(async {
            select_async! {
                recv(c.rx) -> result => outcome(result),
                default => Blocks,
            }
        })
    });
    check("select_async!", |c| {
        pending_or(async {
            select_async! { recv(c.rx) -> result => outcome(result) }
        })
    });
    check("select_biased_async!", |c| {
        pending_or(async {
            select_biased_async! { recv(c.rx) -> result => outcome(result) }
        })
    });
}

#[test]
fn sends_block_only_on_what_is_full_or_nil() {
    let check = |form: &str, run: fn(&Channel) -> Outcome| each_state(form, State::sends, run);
    check("send", |c| {
        match c.tx.as_ref().map(|tx| tx.send_timeout(1, MOMENT)) {
            None => Blocks,
            Some(Err(error)) if error.is_timeout() => Blocks,
            Some(result) => outcome(result),
        }
    });
    check("select! with default", |c| {
        select! {
            send(c.tx, 1) -> result => outcome(result),
            default => Blocks,
        }
    });
    check("select! with default(time)", |c| {
        select! {
            send(c.tx, 1) -> result => outcome(result),
            default(MOMENT) => Blocks,
        }
    });
    check("select_biased! with default", |c| {
        select_biased! {
            send(c.tx, 1) -> result => outcome(result),
            default => Blocks,
        }
    });
    check("select_async! with default", |c| {
        ready(async {
            select_async! {
                send(c.tx, 1) -> result => outcome(result),
                default => Blocks,
            }
        })
    });
    check("select_async!", |c| {
        pending_or(async {
            select_async! { send(c.tx, 1) -> result => outcome(result) }
        })
    });
    check("select_biased_async!", |c| {
        pending_or(async {
            select_biased_async! { send(c.tx, 1) -> result => outcome(result) }
        })
    });
}

/// What an async block comes to when it is polled once.
fn pending_or(future: impl Future<Output = Outcome>) -> Outcome {
    match crate::common::poll_noop(&mut Box::pin(future)) {
        std::task::Poll::Ready(outcome) => outcome,
        std::task::Poll::Pending => Blocks,
    }
}

/// A case that can go on does so whatever stands beside it, first or last.
#[test]
fn one_case_that_can_go_on_is_enough() {
    for state in states().into_iter().filter(|s| s.receives() != Blocks) {
        let nil = None::<Receiver<u32>>;
        let (_tx, empty) = bounded::<u32>(0);
        let c = state.build();
        let expected = state.receives();
        let found = select! {
            recv(nil) -> _ => Blocks,
            recv(c.rx) -> result => outcome(result),
            recv(empty) -> _ => Blocks,
        };
        assert_eq!(found, expected, "{state:?}");
        let c = state.build();
        let found = ready(async {
            select_async! {
                recv(nil) -> _ => Blocks,
                recv(empty) -> _ => Blocks,
                recv(c.rx) -> result => outcome(result),
                recv(towpath::never::<u32>()) -> _ => Blocks,
            }
        });
        assert_eq!(found, expected, "{state:?}");
    }
}

/// A thread that is blocked in a select stays so until a peer comes; then both go on.
#[test]
fn a_rendezvous_lasts_until_the_peer_comes() {
    watchdog(30, |crew| {
        for _ in 0..100 {
            let (tx, rx) = bounded(0);
            let (other_tx, other) = bounded::<u32>(0);
            let receiver = crew.thread("receiver", move |_| {
                select! {
                    recv(rx) -> message => message,
                    recv(other) -> message => message,
                }
            });
            select! {
                send(tx, 7) -> sent => assert!(sent.is_ok()),
                default(Duration::from_secs(20)) => panic!("the receiver was not met"),
            }
            assert_eq!(receiver.join(), Ok(7));
            drop(other_tx);
        }
    });
}

#[test]
fn never_blocks() {
    let never = towpath::never::<u32>();
    let timed_out = select! {
        recv(never) -> _ => false,
        default(MOMENT) => true,
    };
    assert!(timed_out);
    assert_eq!(
        pending_or(async {
            select_async! { recv(never) -> result => outcome(result) }
        }),
        Blocks
    );
    assert!(never.try_recv().is_err_and(|error| error.is_empty()));
}
