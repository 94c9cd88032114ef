//! kanal: threads and tasks; its asynchronous handles are views of the blocking ones.

use kanal::{Receiver, Sender, bounded, unbounded};

use super::{
    between_tasks, between_threads, draining, on_threads, opening, payloads, selecting_tasks,
    shared,
};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::batch::Limit;
use crate::scenarios::{batch, mixed, select};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "kanal", open);
    payloads!(plan, "kanal", add_threads, open);
    between_tasks!(plan, "kanal", open);
    payloads!(plan, "kanal", add_tasks, open);
    selecting_tasks!(plan, "kanal", open);
    mixed::add(plan, "kanal", open::<u64>, open::<u64>);
    batch::add_threads_receiving(plan, "kanal drain_into", open::<u64>, Limit::None);
    batch::add_tasks_receiving(plan, "kanal drain_into", open::<u64>, Limit::None);
    select::add_default(plan, "kanal try_recv", open::<u64>, |rx| {
        matches!(rx.try_recv(), Ok(None))
    });
}

opening!(bounded, unbounded => Sender, Receiver);
shared!(Sender<T>, Receiver<T>);
on_threads!(Sender.send, Receiver.recv);

impl<T: Send + 'static> AsyncSender<T> for Sender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.as_async().send(message)
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.as_async().recv()
    }
}

// Draining fails once disconnected, which the next `recv` reports as well.
draining!(Receiver, |rx, buffer| drop(rx.drain_into(buffer)));
