//! The flavours a test is run over.

use towpath::{Receiver, Sender, bounded, unbounded};

/// Rendezvous, small hand-off, ring (full wrap at 3), large ring, unbounded.
pub(crate) const FLAVOURS: [Option<usize>; 7] =
    [Some(0), Some(1), Some(2), Some(3), Some(8), Some(100), None];

/// Those that have a buffer.
pub(crate) const BUFFERED: [Option<usize>; 6] =
    [Some(1), Some(2), Some(3), Some(8), Some(100), None];

/// Those that can be full, in messages.
pub(crate) const BOUNDED: [usize; 6] = [0, 1, 2, 3, 8, 100];

/// A channel of that capacity; `None` is unbounded.
pub(crate) fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    match capacity {
        Some(capacity) => bounded(capacity),
        None => unbounded(),
    }
}

/// How many messages fit, at most `limit`.
pub(crate) fn room(capacity: Option<usize>, limit: usize) -> usize {
    capacity.map_or(limit, |capacity| capacity.min(limit))
}

/// Fills a bounded channel to the brim with `make(0), make(1), …`.
pub(crate) fn fill<T>(tx: &Sender<T>, make: impl Fn(u64) -> T) -> usize {
    let capacity = tx.capacity().expect("only a bounded channel can be filled");
    for i in 0..capacity {
        assert!(tx.try_send(make(i as u64)).is_ok(), "there was room");
    }
    assert!(tx.is_full());
    capacity
}
