//! One adapter per library.

mod async_channel;
mod asyncband;
mod crossbeam;
mod crossfire;
mod flume;
mod kanal;
mod locks;
mod loole;
mod rtrb;
mod std_mpsc;
mod tokio_mpsc;
mod towpath;
mod towpath_locks;

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
    rtrb::register(plan);
    towpath_locks::register(plan);
    locks::register(plan);
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

/// All that is asked of channels between threads.
macro_rules! between_threads {
    ($plan:ident, $peer:expr, $($open:ident),+ $(,)?) => {$(
        crate::scenarios::threads::add($plan, $peer, $open::<u64>);
        crate::scenarios::batch::add_threads_singly($plan, $peer, $open::<u64>);
        crate::surveys::idle::add_threads($plan, $peer, $open::<u64>);
        crate::surveys::memory::add_threads($plan, $peer, $open::<u64>);
        crate::surveys::tail::add_threads($plan, $peer, $open::<u64>);
    )+};
}
use between_threads;

/// All that is asked of channels between tasks but for select, which the library may have of its own.
macro_rules! between_tasks {
    ($plan:ident, $peer:expr, $($open:ident),+ $(,)?) => {$(
        crate::scenarios::tasks::add($plan, $peer, $open::<u64>);
        crate::scenarios::batch::add_tasks_singly($plan, $peer, $open::<u64>);
        crate::surveys::idle::add_tasks($plan, $peer, $open::<u64>);
        crate::surveys::wakes::add($plan, $peer, $open::<u64>);
        crate::surveys::memory::add_tasks($plan, $peer, $open::<u64>);
        crate::surveys::tail::add_tasks($plan, $peer, $open::<u64>);
    )+};
}
use between_tasks;

/// A select of the library's futures by `tokio::select!`.
macro_rules! selecting_tasks {
    ($plan:ident, $peer:expr, $($open:ident),+ $(,)?) => {$(
        crate::scenarios::select::add_tasks($plan, $peer, $open::<u64>);
    )+};
}
use selecting_tasks;

/// The sizes of messages, on threads or on tasks.
macro_rules! payloads {
    ($plan:ident, $peer:expr, $add:ident, $open:ident) => {
        crate::scenarios::payload::$add($plan, $peer, $open::<u64>);
        crate::scenarios::payload::$add($plan, $peer, $open::<crate::message::Wide64>);
        crate::scenarios::payload::$add($plan, $peer, $open::<crate::message::Wide256>);
        crate::scenarios::payload::$add($plan, $peer, $open::<crate::message::Wide4096>);
        crate::scenarios::payload::$add($plan, $peer, $open::<Box<u64>>);
        crate::scenarios::payload::$add($plan, $peer, $open::<std::sync::Arc<u64>>);
        crate::scenarios::payload::$add($plan, $peer, $open::<String>);
    };
}
use payloads;
