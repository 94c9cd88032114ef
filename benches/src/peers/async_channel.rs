//! async-channel: threads and tasks on the same handles.

use async_channel::{Receiver, Sender, bounded, unbounded};

use super::{
    between_tasks, between_threads, on_tasks, on_threads, payloads, selecting_tasks, shared,
};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::mixed;

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "async-channel", open);
    payloads!(plan, "async-channel", add_threads, open);
    between_tasks!(plan, "async-channel", open);
    payloads!(plan, "async-channel", add_tasks, open);
    selecting_tasks!(plan, "async-channel", open);
    mixed::add(plan, "async-channel", open::<u64>, open::<u64>);
}

fn open<T>(capacity: Capacity) -> Option<(Sender<T>, Receiver<T>)> {
    match capacity {
        Capacity::Bounded(0) => None,
        Capacity::Bounded(bound) => Some(bounded(bound)),
        Capacity::Unbounded => Some(unbounded()),
    }
}

shared!(Sender<T>, Receiver<T>);
on_threads!(Sender.send_blocking, Receiver.recv_blocking);
on_tasks!(Sender.send, Receiver.recv);
