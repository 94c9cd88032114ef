//! async-channel: threads and tasks on the same handles.

use async_channel::{Receiver, Sender, bounded, unbounded};

use super::{between_tasks, between_threads, payloads, selecting_tasks, shared};
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

impl<T: Send + 'static> BlockingSender<T> for Sender<T> {
    fn put(&mut self, message: T) -> impl Sent {
        self.send_blocking(message)
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Receiver<T> {
    fn take(&mut self) -> impl Received<T> {
        self.recv_blocking()
    }
}

impl<T: Send + 'static> AsyncSender<T> for Sender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send(message)
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}
