//! Messages that keep accounts.

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};

/// Counts the [`Parcel`]s that exist. Not a part of the model: plain atomics.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<AtomicIsize>);

/// A message that tells its ledger when it is dropped.
#[derive(Debug)]
pub struct Parcel {
    /// What it says.
    pub id: usize,
    ledger: Ledger,
}

impl Ledger {
    /// A message.
    #[must_use]
    pub fn parcel(&self, id: usize) -> Parcel {
        self.0.fetch_add(1, Ordering::Relaxed);
        let ledger = self.clone();
        Parcel { id, ledger }
    }

    /// How many parcels exist. Negative: one was dropped twice.
    #[must_use]
    pub fn live(&self) -> isize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        self.ledger.0.fetch_sub(1, Ordering::Relaxed);
    }
}
