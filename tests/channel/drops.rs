//! Who drops what, and when.

use crate::common::{BUFFERED, FLAVOURS, Ledger, Token, channel, room, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use towpath::{Receiver, Sender, TrySendError, WeakReceiver, bounded, unbounded};

/// "At once": while sender handles live. Catches a channel that only cleans up
/// when its memory goes.
#[test]
fn the_last_receiver_takes_the_buffered_messages_with_it() {
    for capacity in BUFFERED {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 1000) as u64;
        (0..sent).for_each(|i| drop(tx.try_send(ledger.token(i))));
        let rx2 = rx.clone();
        drop(rx);
        ledger.assert_live(sent as isize);
        drop(rx2);
        ledger.assert_live(0);
        let refused = tx.try_send(ledger.token(0));
        assert!(matches!(refused, Err(TrySendError::Disconnected(_))));
    }
}

/// Partly consumed, wrapped, and then dropped from either end.
#[test]
fn what_is_left_in_a_channel_is_dropped_once() {
    for capacity in BUFFERED {
        for taken in [0, 1, 2, 5, 33, 64, 65] {
            for senders_first in [false, true] {
                let ledger = Ledger::new();
                let (tx, rx) = channel(capacity);
                let held = room(capacity, 70) as u64;
                (0..held).for_each(|i| drop(tx.try_send(ledger.token(i))));
                for i in 0..taken {
                    drop(rx.try_recv());
                    drop(tx.try_send(ledger.token(held + i)));
                }
                if senders_first {
                    drop(tx);
                    ledger.assert_live(held as isize);
                    drop(rx);
                } else {
                    drop(rx);
                    ledger.assert_live(0);
                    drop(tx);
                }
                ledger.assert_live(0);
            }
        }
    }
}

/// A message that owns a sender of its own channel makes a circle; the last
/// receiver's drop breaks it.
#[test]
fn messages_that_own_senders_of_their_own_channel_are_dropped() {
    struct Letter {
        _reply: Sender<Letter>,
        _token: Token,
    }
    for capacity in BUFFERED {
        let ledger = Ledger::new();
        let (tx, rx) = channel(capacity);
        for i in 0..room(capacity, 50) as u64 {
            let letter = Letter {
                _reply: tx.clone(),
                _token: ledger.token(i),
            };
            assert!(tx.try_send(letter).is_ok());
        }
        drop(rx);
        ledger.assert_live(0);
        assert_eq!(tx.sender_count(), 1, "the messages' handles are gone");
    }
    // The circle alone: no handle is left outside.
    let ledger = Ledger::new();
    let (tx, rx) = unbounded();
    let letter = Letter {
        _reply: tx.clone(),
        _token: ledger.token(0),
    };
    assert!(tx.try_send(letter).is_ok());
    drop(tx);
    ledger.assert_live(1);
    drop(rx);
    ledger.assert_live(0);
}

/// Dropping one channel drops another's last receiver, and so on: catches a lock
/// held while messages are dropped, here of a chain of channels.
#[test]
fn messages_that_own_receivers_of_other_channels_are_dropped_in_a_chain() {
    struct Nested {
        _inner: Option<Receiver<Nested>>,
        _token: Token,
    }
    watchdog(60, |_| {
        for capacity in BUFFERED {
            let ledger = Ledger::new();
            let mut senders = Vec::new();
            let mut inner = None;
            for i in 0..40 {
                let (tx, rx) = channel(capacity);
                let message = Nested {
                    _inner: inner.take(),
                    _token: ledger.token(i),
                };
                assert!(tx.try_send(message).is_ok());
                senders.push(tx);
                inner = Some(rx);
            }
            drop(inner);
            ledger.assert_live(0);
            assert!(senders.iter().all(|tx| tx.is_disconnected()));
        }
    });
}

/// A message whose drop uses the channel it was in: it finds it disconnected, and
/// does not find itself in a lock.
#[test]
fn a_message_may_use_its_channel_while_it_is_dropped() {
    struct Nosy {
        tx: Sender<Nosy>,
        rx: WeakReceiver<Nosy>,
        refused: Arc<AtomicUsize>,
        quiet: bool,
    }
    impl Drop for Nosy {
        fn drop(&mut self) {
            if self.quiet {
                return;
            }
            assert!(self.rx.upgrade().is_none());
            let _ = (self.tx.len(), self.tx.is_full(), self.tx.sender_count());
            let _ = format!("{:?}", self.tx);
            let again = Nosy {
                tx: self.tx.clone(),
                rx: self.rx.clone(),
                refused: Arc::clone(&self.refused),
                quiet: true,
            };
            let back = self
                .tx
                .try_send(again)
                .expect_err("nobody is left to receive");
            assert!(back.is_disconnected());
            self.refused.fetch_add(1, Ordering::SeqCst);
        }
    }
    watchdog(60, |_| {
        for capacity in BUFFERED {
            let refused = Arc::default();
            let (tx, rx) = channel(capacity);
            let sent = room(capacity, 20);
            for _ in 0..sent {
                let message = Nosy {
                    tx: tx.clone(),
                    rx: rx.downgrade(),
                    refused: Arc::clone(&refused),
                    quiet: false,
                };
                assert!(tx.try_send(message).is_ok());
            }
            drop(rx);
            assert_eq!(refused.load(Ordering::SeqCst), sent);
        }
    });
}

/// A receiver's clone inside a message keeps the channel alive, as any handle
/// does; receiving that message gives it back.
#[test]
fn a_receiver_inside_its_own_channel_can_be_taken_out() {
    struct Baton(Receiver<Baton>);
    let (tx, rx) = bounded(3);
    assert!(tx.try_send(Baton(rx.clone())).is_ok());
    assert_eq!(tx.receiver_count(), 2);
    let Ok(Baton(other)) = rx.try_recv() else {
        panic!("it was there")
    };
    drop(rx);
    assert!(!tx.is_disconnected());
    drop(other);
    assert!(tx.is_disconnected());
}

#[test]
fn channels_that_were_never_used_cost_and_keep_nothing() {
    for capacity in FLAVOURS {
        drop(channel::<Token>(capacity));
        let (tx, rx) = channel::<Token>(capacity);
        drop(rx);
        drop(tx);
        let (tx, rx) = channel::<Token>(capacity);
        drop(tx);
        drop(rx);
    }
}

/// Both last handles go at once, on two threads: one of them frees the channel,
/// the messages are dropped once. (A double free or a leak shows in the ledger or
/// crashes.)
#[test]
fn both_ends_dropped_at_once_clean_up_once() {
    watchdog(60, |crew| {
        for capacity in BUFFERED {
            for _ in 0..60 {
                let ledger = Ledger::new();
                let (tx, rx) = channel(capacity);
                (0..room(capacity, 3) as u64).for_each(|i| drop(tx.try_send(ledger.token(i))));
                let other = crew.thread("drops the sender", move |_| drop(tx));
                drop(rx);
                other.join();
                ledger.assert_live(0);
            }
        }
    });
}
