//! towpath: threads and tasks on the same handles.

use towpath::{Receiver, Sender, bounded, unbounded};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{AsyncBatchReceiver, AsyncBatchSender, AsyncReceiver, AsyncSender};
use crate::role::{BlockingBatchReceiver, BlockingBatchSender, BlockingReceiver, BlockingSender};
use crate::role::{Capacity, Handle, Wide};
use crate::scenarios::{batch, mixed, payload, tasks, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, "towpath", open::<u64>);
    tasks::add(plan, "towpath", open::<u64>);
    mixed::add(plan, "towpath", open::<u64>, open::<u64>);
    payload::add_threads(plan, "towpath", open::<Wide>);
    payload::add_tasks(plan, "towpath", open::<Wide>);
    register_batches(plan);
}

fn register_batches(plan: &mut Plan) {
    use batch::{receive_batches, receive_batches_async, send_batches, send_batches_async};
    let (both, receive) = ("towpath send_many recv_many", "towpath recv_many");
    batch::add_threads_singly(plan, "towpath", open::<u64>);
    batch::add_threads_receiving(plan, receive, open::<u64>);
    batch::add_threads(plan, both, open::<u64>, send_batches, receive_batches);
    batch::add_tasks_singly(plan, "towpath", open::<u64>);
    batch::add_tasks_receiving(plan, receive, open::<u64>);
    batch::add_tasks(
        plan,
        both,
        open::<u64>,
        send_batches_async,
        receive_batches_async,
    );
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
        delivered(self.send_async(message).await);
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv_async().await.ok()
    }
}

impl<T: Send + 'static> BlockingBatchSender<T> for Sender<T> {
    fn put_many(&mut self, messages: impl Iterator<Item = T>) {
        delivered(self.send_many(messages));
    }
}

impl<T: Send + 'static> AsyncBatchSender<T> for Sender<T> {
    async fn put_many_async(&mut self, messages: impl Iterator<Item = T> + Send) {
        delivered(self.send_many_async(messages).await);
    }
}

// An error is a disconnect, and leaves the buffer empty.

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>) {
        let _ = self.recv_many(buffer, batch::RECEIVE_LIMIT);
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for Receiver<T> {
    async fn take_many_async(&mut self, buffer: &mut Vec<T>) {
        let _ = self.recv_many_async(buffer, batch::RECEIVE_LIMIT).await;
    }
}
