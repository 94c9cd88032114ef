//! A linearizability checker in the manner of Wing and Gong, for short histories
//! of a bounded or unbounded FIFO that can be closed.
//!
//! A history is linearizable if its operations can be put in one order, each
//! between its call and its return, such that a sequential queue gives the same
//! answers. The search tries every operation that may come first (nobody else
//! returned before it was called), and remembers the dead ends by (operations
//! done, state of the queue), after Lowe.

use std::collections::{HashSet, VecDeque};

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    TrySend(u8),
    TryRecv,
    Len,
    IsEmpty,
    Close,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Sent,
    Full,
    Received(u8),
    Empty,
    Disconnected,
    Length(usize),
    Flag(bool),
}

/// One operation, with the instants of a shared clock around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) called: u64,
    pub(crate) returned: u64,
    pub(crate) call: Call,
    pub(crate) answer: Answer,
}

/// The sequential channel.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Model {
    queue: VecDeque<u8>,
    capacity: Option<usize>,
    closed: bool,
}

impl Model {
    fn apply(&mut self, call: Call) -> Answer {
        match call {
            Call::TrySend(_) if self.closed => Answer::Disconnected,
            Call::TrySend(_) if self.capacity == Some(self.queue.len()) => Answer::Full,
            Call::TrySend(value) => {
                self.queue.push_back(value);
                Answer::Sent
            }
            Call::TryRecv => match self.queue.pop_front() {
                Some(value) => Answer::Received(value),
                None if self.closed => Answer::Disconnected,
                None => Answer::Empty,
            },
            Call::Len => Answer::Length(self.queue.len()),
            Call::IsEmpty => Answer::Flag(self.queue.is_empty()),
            Call::Close => Answer::Flag(!std::mem::replace(&mut self.closed, true)),
        }
    }
}

/// Whether some order explains `history`.
pub(crate) fn linearizable(history: &[Event], capacity: Option<usize>) -> bool {
    assert!(history.len() <= 32, "the search is exponential");
    let model = Model {
        queue: VecDeque::new(),
        capacity,
        closed: false,
    };
    explain(history, 0, &model, &mut HashSet::new())
}

/// The history without refusals beside a peer: the lock-free flavours answer `Empty` or `Full`
/// in a bounded time even if the peer that has the next place was preempted in its operation. And if there is
/// no bound, without messages counted beside a send: that flavour counts one that is on its way, and lets
/// later ones pass it while its sender is preempted.
pub(crate) fn without_lagging(history: &[Event], capacity: Option<usize>) -> Vec<Event> {
    let lagging = |event: &Event| {
        let overlaps = |other: &&Event| {
            other.called != event.called
                && other.called < event.returned
                && event.called < other.returned
        };
        let mut beside = history.iter().filter(overlaps);
        match (event.call, event.answer) {
            (_, Answer::Empty | Answer::Full) => beside.next().is_some(),
            (Call::IsEmpty, Answer::Flag(false)) | (Call::Len, Answer::Length(1..)) => {
                capacity.is_none() && beside.any(|other| matches!(other.call, Call::TrySend(_)))
            }
            _ => false,
        }
    };
    let kept = history.iter().filter(|event| !lagging(event));
    kept.copied().collect()
}

fn explain(
    history: &[Event],
    done: u32,
    model: &Model,
    dead_ends: &mut HashSet<(u32, Model)>,
) -> bool {
    let open = |i: &usize| done & (1 << i) == 0;
    let Some(first_return) = (0..history.len())
        .filter(open)
        .map(|i| history[i].returned)
        .min()
    else {
        return true;
    };
    if dead_ends.contains(&(done, model.clone())) {
        return false;
    }
    for i in (0..history.len()).filter(open) {
        let event = &history[i];
        let mut next = model.clone();
        if event.called < first_return
            && next.apply(event.call) == event.answer
            && explain(history, done | (1 << i), &next, dead_ends)
        {
            return true;
        }
    }
    dead_ends.insert((done, model.clone()));
    false
}

// The checker itself must say no.

fn event(called: u64, returned: u64, call: Call, answer: Answer) -> Event {
    Event {
        called,
        returned,
        call,
        answer,
    }
}

use Answer::{Disconnected, Empty, Flag, Full, Length, Received, Sent};
use Call::{Close, IsEmpty, Len, TryRecv, TrySend};

#[test]
fn a_sequential_history_is_accepted() {
    let history = [
        event(0, 1, TrySend(1), Sent),
        event(2, 3, TrySend(2), Sent),
        event(4, 5, TrySend(3), Full),
        event(6, 7, Len, Length(2)),
        event(8, 9, TryRecv, Received(1)),
        event(10, 11, Close, Flag(true)),
        event(12, 13, TryRecv, Received(2)),
        event(14, 15, TryRecv, Disconnected),
        event(16, 17, IsEmpty, Flag(true)),
        event(18, 19, Close, Flag(false)),
    ];
    assert!(linearizable(&history, Some(2)));
}

#[test]
fn overlapping_operations_may_take_effect_in_either_order() {
    for answer in [Received(1), Empty] {
        let history = [event(0, 3, TrySend(1), Sent), event(1, 2, TryRecv, answer)];
        assert!(linearizable(&history, Some(1)));
    }
}

#[test]
fn a_stale_empty_is_rejected() {
    let history = [event(0, 1, TrySend(1), Sent), event(2, 3, TryRecv, Empty)];
    assert!(!linearizable(&history, Some(1)));
    // A send that has returned must be seen, whatever another one is up to.
    let history = [
        event(0, 9, TrySend(1), Sent),
        event(1, 2, TrySend(2), Sent),
        event(3, 4, TryRecv, Empty),
    ];
    assert!(!linearizable(&history, Some(3)));
}

#[test]
fn a_reordering_is_rejected() {
    let history = [
        event(0, 1, TrySend(1), Sent),
        event(2, 3, TrySend(2), Sent),
        event(4, 5, TryRecv, Received(2)),
        event(6, 7, TryRecv, Received(1)),
    ];
    assert!(!linearizable(&history, None));
}

#[test]
fn a_message_received_twice_or_never_sent_is_rejected() {
    let twice = [
        event(0, 1, TrySend(1), Sent),
        event(2, 5, TryRecv, Received(1)),
        event(3, 4, TryRecv, Received(1)),
    ];
    assert!(!linearizable(&twice, Some(1)));
    assert!(!linearizable(&[event(0, 1, TryRecv, Received(1))], Some(1)));
}

#[test]
fn a_wrong_length_is_rejected() {
    for (call, answer) in [(Len, Length(0)), (Len, Length(2)), (IsEmpty, Flag(true))] {
        let history = [event(0, 1, TrySend(1), Sent), event(2, 3, call, answer)];
        assert!(!linearizable(&history, Some(3)));
    }
    // Each answer alone is explained; the two together are not.
    let history = [
        event(0, 9, TrySend(1), Sent),
        event(1, 2, Len, Length(1)),
        event(3, 4, TryRecv, Empty),
    ];
    assert!(!linearizable(&history, Some(1)));
}

#[test]
fn a_stale_full_is_rejected() {
    let history = [
        event(0, 1, TrySend(1), Sent),
        event(2, 3, TryRecv, Received(1)),
        event(4, 5, TrySend(2), Full),
    ];
    assert!(!linearizable(&history, Some(1)));
}

#[test]
fn what_follows_a_close_is_checked() {
    let closed = event(0, 1, Close, Flag(true));
    assert!(!linearizable(
        &[closed, event(2, 3, TrySend(1), Sent)],
        None
    ));
    assert!(!linearizable(&[closed, event(2, 3, TryRecv, Empty)], None));
    assert!(!linearizable(
        &[closed, event(2, 3, Close, Flag(true))],
        None
    ));
    // Accepted before the close, so not yet the end.
    let history = [
        event(0, 1, TrySend(1), Sent),
        event(2, 3, Close, Flag(true)),
    ];
    let lost = event(4, 5, TryRecv, Disconnected);
    assert!(!linearizable(&[history[0], history[1], lost], Some(1)));
}

#[test]
fn a_refusal_beside_a_preempted_peer_is_told_from_a_stale_one() {
    let before = [
        event(0, 1, TrySend(1), Sent),
        event(2, 3, Close, Flag(true)),
    ];
    let beside = [
        event(4, 7, TryRecv, Received(1)),
        event(5, 6, TryRecv, Empty),
    ];
    let history = [before, beside].concat();
    assert!(!linearizable(&history, None));
    assert!(linearizable(&without_lagging(&history, None), None));

    let after = [
        event(4, 5, TryRecv, Empty),
        event(6, 7, TryRecv, Received(1)),
    ];
    let history = [before, after].concat();
    assert!(!linearizable(&without_lagging(&history, None), None));
}

#[test]
fn a_count_beside_a_preempted_sender_is_told_from_a_wrong_one() {
    let overtaken = [
        event(0, 7, TrySend(20), Sent),
        event(1, 2, IsEmpty, Flag(false)),
        event(3, 4, TrySend(10), Sent),
        event(5, 6, TryRecv, Received(10)),
    ];
    assert!(!linearizable(&overtaken, None));
    assert!(linearizable(&without_lagging(&overtaken, None), None));
    let in_a_ring = without_lagging(&overtaken, Some(9));
    assert!(!linearizable(&in_a_ring, Some(9)), "nothing passes there");

    // The one that is there counts, whatever is sent beside it.
    let history = [
        event(0, 1, TrySend(20), Sent),
        event(2, 5, TrySend(21), Sent),
        event(3, 4, IsEmpty, Flag(true)),
    ];
    assert!(!linearizable(&without_lagging(&history, None), None));
}
