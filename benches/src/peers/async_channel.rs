//! async-channel: threads and tasks on the same handles.

use async_channel::{Receiver, Sender, bounded, unbounded};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender};
use crate::role::{Capacity, Handle, Wide};
use crate::scenarios::{batch, mixed, payload, tasks, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, "async-channel", open::<u64>);
    tasks::add(plan, "async-channel", open::<u64>);
    mixed::add(plan, "async-channel", open::<u64>, open::<u64>);
    payload::add_threads(plan, "async-channel", open::<Wide>);
    payload::add_tasks(plan, "async-channel", open::<Wide>);
    batch::add_threads_singly(plan, "async-channel", open::<u64>);
    batch::add_tasks_singly(plan, "async-channel", open::<u64>);
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
    fn put(&mut self, message: T) {
        delivered(self.send_blocking(message));
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Receiver<T> {
    fn take(&mut self) -> Option<T> {
        self.recv_blocking().ok()
    }
}

impl<T: Send + 'static> AsyncSender<T> for Sender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message).await);
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}
