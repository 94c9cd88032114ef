//! loole: threads and tasks on the same handles.

use loole::{Receiver, Sender, bounded, unbounded};

use super::{
    between_tasks, between_threads, draining, on_tasks, on_threads, opening, payloads,
    selecting_tasks, shared,
};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::batch::Limit;
use crate::scenarios::{batch, mixed};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "loole", open);
    payloads!(plan, "loole", add_threads, open);
    between_tasks!(plan, "loole", open);
    payloads!(plan, "loole", add_tasks, open);
    selecting_tasks!(plan, "loole", open);
    mixed::add(plan, "loole", open::<u64>, open::<u64>);
    batch::add_threads_receiving(plan, "loole drain", open::<u64>, Limit::None);
    batch::add_tasks_receiving(plan, "loole drain", open::<u64>, Limit::None);
}

opening!(bounded, unbounded => Sender, Receiver);
shared!(Sender<T>, Receiver<T>);
on_threads!(Sender.send, Receiver.recv);
on_tasks!(Sender.send_async, Receiver.recv_async);
draining!(Receiver, |rx, buffer| buffer.extend(rx.drain()));
