//! One adapter per library.

mod async_channel;
mod asyncband;
mod crossbeam;
mod crossfire;
mod flume;
mod kanal;
mod loole;
mod std_mpsc;
mod tokio_mpsc;
mod towpath;

use crate::plan::Plan;

pub(crate) fn register(plan: &mut Plan) {
    towpath::register(plan);
    crossbeam::register(plan);
    flume::register(plan);
    kanal::register(plan);
    crossfire::register(plan);
    async_channel::register(plan);
    tokio_mpsc::register(plan);
    std_mpsc::register(plan);
    asyncband::register(plan);
    loole::register(plan);
}

/// Handles that can be cloned.
macro_rules! shared {
    ($($handle:ty),+ $(,)?) => {$(
        impl<T: Send + 'static> Handle for $handle {
            fn another(&self) -> Option<Self> {
                Some(self.clone())
            }
        }
    )+};
}
use shared;

/// The result of an operation that fails only if the other side is gone, which in a run means
/// that the channel is broken.
#[track_caller]
fn delivered<T, E>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(_) => panic!("the channel disconnected while its other end was alive"),
    }
}
