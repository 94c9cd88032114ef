//! kanal: threads and tasks; its asynchronous handles are views of the blocking ones.

use kanal::{Receiver, Sender, bounded, unbounded};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{AsyncBatchReceiver, AsyncReceiver, AsyncSender, BlockingBatchReceiver};
use crate::role::{BlockingReceiver, BlockingSender, Capacity, Handle, Wide};
use crate::scenarios::{batch, mixed, payload, tasks, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, "kanal", open::<u64>);
    tasks::add(plan, "kanal", open::<u64>);
    mixed::add(plan, "kanal", open::<u64>, open::<u64>);
    payload::add_threads(plan, "kanal", open::<Wide>);
    payload::add_tasks(plan, "kanal", open::<Wide>);
    batch::add_threads_singly(plan, "kanal", open::<u64>);
    batch::add_threads_receiving(plan, "kanal drain_into", open::<u64>);
    batch::add_tasks_singly(plan, "kanal", open::<u64>);
    batch::add_tasks_receiving(plan, "kanal drain_into", open::<u64>);
}

fn open<T>(capacity: Capacity) -> Option<(Sender<T>, Receiver<T>)> {
    Some(match capacity {
        Capacity::Bounded(bound) => bounded(bound),
        Capacity::Unbounded => unbounded(),
    })
}

shared!(Sender<T>, Receiver<T>);

impl<T: Send + 'static> BlockingSender<T> for Sender<T> {
    fn put(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Receiver<T> {
    fn take(&mut self) -> Option<T> {
        self.recv().ok()
    }
}

impl<T: Send + 'static> AsyncSender<T> for Sender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.as_async().send(message).await);
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.as_async().recv().await.ok()
    }
}

// Draining fails once disconnected, which the next `recv` reports as well.

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>) {
        buffer.extend(self.recv());
        let _ = self.drain_into(buffer);
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for Receiver<T> {
    async fn take_many_async(&mut self, buffer: &mut Vec<T>) {
        buffer.extend(self.as_async().recv().await);
        let _ = self.drain_into(buffer);
    }
}
