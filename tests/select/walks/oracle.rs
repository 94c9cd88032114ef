//! What must hold whatever way a walk went.

use super::actors::{Actor, Channel, Form, Outcome};
use std::collections::HashSet;
use std::fmt;

/// All have come to rest, and no value and no receiver is outstanding. What an actor waits for is not
/// there then, or it sleeps in vain.
pub(super) fn nobody_sleeps_in_vain(actors: &[Actor], channels: &[Channel]) {
    let state = State { actors, channels };
    for actor in actors {
        assert!(
            !actor.has_an_open_arm(),
            "{actor}: its future is ready\n{state}"
        );
        for (_, rx) in actor.cases.recvs(channels) {
            assert!(rx.is_empty(), "{actor}: sleeps beside a message\n{state}");
            assert!(
                !rx.is_disconnected(),
                "{actor}: receives from a closed channel\n{state}"
            );
        }
        if let Some((tx, _)) = actor.cases.send(channels) {
            let is_full = tx.capacity() == Some(0) || tx.is_full();
            assert!(is_full, "{actor}: sleeps beside room\n{state}");
            assert!(
                !tx.is_disconnected(),
                "{actor}: sends to a closed channel\n{state}"
            );
        }
    }
    nobody_sleeps_beside_its_peer(actors, &state);
}

fn nobody_sleeps_beside_its_peer(actors: &[Actor], state: &State<'_>) {
    for (i, sender) in actors.iter().enumerate() {
        for (j, receiver) in actors.iter().enumerate() {
            // A select is no peer of its own, and of two that only watch neither will move.
            let are_peers = i != j && !(sender.watches() && receiver.watches());
            assert!(
                !(are_peers && sender.cases.serve(&receiver.cases)),
                "{sender}: sleeps beside its peer {receiver}\n{state}"
            );
        }
    }
}

/// For those who read of a failure.
struct State<'a> {
    actors: &'a [Actor],
    channels: &'a [Channel],
}

impl fmt::Display for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for actor in self.actors {
            writeln!(f, "  {actor}, open arm {}", actor.has_an_open_arm())?;
        }
        for (i, (tx, rx)) in self.channels.iter().enumerate() {
            let (capacity, len, closed) = (tx.capacity(), rx.len(), tx.is_disconnected());
            writeln!(
                f,
                "  channel {i}: capacity {capacity:?}, {len} messages, closed {closed}"
            )?;
        }
        Ok(())
    }
}

/// What became of each message.
#[derive(Default)]
pub(super) struct Books {
    sent: HashSet<u64>,
    /// Their senders were given up, perhaps too late.
    perhaps: HashSet<u64>,
    received: HashSet<u64>,
}

impl Books {
    pub(super) fn enter(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Received(message) => self.received(message),
            Outcome::Sent(message) => self.sent(message),
            Outcome::Nothing => {}
        }
    }

    pub(super) fn received(&mut self, message: u64) {
        assert!(
            self.received.insert(message),
            "message {message} came twice"
        );
    }

    pub(super) fn sent(&mut self, message: u64) {
        assert!(
            self.sent.insert(message),
            "message {message} was sent twice"
        );
    }

    /// `actor` is dropped before it is done. A select that sends has no message until it is sure of a
    /// place for it, and then it is done; a send hands its message over beforehand.
    pub(super) fn give_up(&mut self, actor: &Actor) {
        if actor.form == Form::Send {
            self.perhaps.insert(actor.id);
        }
    }

    /// The channels are empty, and nobody is left.
    pub(super) fn balance(&self) {
        for message in &self.sent {
            assert!(
                self.received.contains(message),
                "message {message} was lost"
            );
        }
        for message in &self.received {
            let is_known = self.sent.contains(message) || self.perhaps.contains(message);
            assert!(is_known, "message {message} came from nowhere");
        }
    }
}
