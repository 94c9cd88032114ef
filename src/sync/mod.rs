//! Locks and small primitives for threads and tasks alike, on the same values, at the same time.
