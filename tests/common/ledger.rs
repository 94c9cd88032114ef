//! Messages that keep accounts: made, alive, dropped twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

/// Counts the [`Token`]s it issued that are still alive.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    live: Arc<AtomicIsize>,
}

/// A message; its drop is booked in the ledger, and a second drop of the same
/// message (a value duplicated by a bad hand-over) panics.
pub(crate) struct Token {
    pub(crate) id: u64,
    live: Arc<AtomicIsize>,
    // Boxed, so that a duplicated message also shows to memory checkers.
    dropped: Box<AtomicBool>,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger::default()
    }

    pub(crate) fn token(&self, id: u64) -> Token {
        self.live.fetch_add(1, Ordering::SeqCst);
        Token {
            id,
            live: Arc::clone(&self.live),
            dropped: Box::default(),
        }
    }

    /// Messages that exist now.
    pub(crate) fn live(&self) -> isize {
        self.live.load(Ordering::SeqCst)
    }

    #[track_caller]
    pub(crate) fn assert_live(&self, expected: isize) {
        assert_eq!(self.live(), expected, "messages alive");
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let again = self.dropped.swap(true, Ordering::SeqCst);
        assert!(!again, "message {} was dropped twice", self.id);
        self.live.fetch_sub(1, Ordering::SeqCst);
    }
}
