//! tokio's `mpsc`: threads and tasks, one receiver, no rendezvous.

use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{AsyncBatchReceiver, AsyncReceiver, AsyncSender, BlockingBatchReceiver};
use crate::role::{BlockingReceiver, BlockingSender, Capacity, Handle, Open, Wide};
use crate::scenarios::{batch, mixed, payload, tasks, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, "tokio", bounded::<u64>);
    threads::add(plan, "tokio", unbounded::<u64>);
    tasks::add(plan, "tokio", bounded::<u64>);
    tasks::add(plan, "tokio", unbounded::<u64>);
    mixed::add(plan, "tokio", bounded::<u64>, bounded::<u64>);
    payload::add_threads(plan, "tokio", bounded::<Wide>);
    payload::add_tasks(plan, "tokio", bounded::<Wide>);
    register_batches(plan, bounded::<u64>);
    register_batches(plan, unbounded::<u64>);
}

fn register_batches<Tx, Rx>(plan: &mut Plan, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<u64> + AsyncSender<u64>,
    Rx: BlockingReceiver<u64> + AsyncReceiver<u64>,
    Rx: BlockingBatchReceiver<u64> + AsyncBatchReceiver<u64>,
{
    batch::add_threads_singly(plan, "tokio", open);
    batch::add_threads_receiving(plan, "tokio recv_many", open);
    batch::add_tasks_singly(plan, "tokio", open);
    batch::add_tasks_receiving(plan, "tokio recv_many", open);
}

fn bounded<T>(capacity: Capacity) -> Option<(Sender<T>, Receiver<T>)> {
    capacity.bound(1).map(channel)
}

fn unbounded<T>(capacity: Capacity) -> Option<(UnboundedSender<T>, UnboundedReceiver<T>)> {
    capacity.unbounded(unbounded_channel)
}

shared!(Sender<T>, UnboundedSender<T>);

impl<T: Send + 'static> Handle for Receiver<T> {}
impl<T: Send + 'static> Handle for UnboundedReceiver<T> {}

impl<T: Send + 'static> BlockingSender<T> for Sender<T> {
    fn put(&mut self, message: T) {
        delivered(self.blocking_send(message));
    }
}

impl<T: Send + 'static> BlockingSender<T> for UnboundedSender<T> {
    fn put(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Receiver<T> {
    fn take(&mut self) -> Option<T> {
        self.blocking_recv()
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for UnboundedReceiver<T> {
    fn take(&mut self) -> Option<T> {
        self.blocking_recv()
    }
}

impl<T: Send + 'static> AsyncSender<T> for Sender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message).await);
    }
}

impl<T: Send + 'static> AsyncSender<T> for UnboundedSender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for UnboundedReceiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await
    }
}

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>) {
        self.blocking_recv_many(buffer, batch::RECEIVE_LIMIT);
    }
}

impl<T: Send + 'static> BlockingBatchReceiver<T> for UnboundedReceiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>) {
        self.blocking_recv_many(buffer, batch::RECEIVE_LIMIT);
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for Receiver<T> {
    async fn take_many_async(&mut self, buffer: &mut Vec<T>) {
        self.recv_many(buffer, batch::RECEIVE_LIMIT).await;
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for UnboundedReceiver<T> {
    async fn take_many_async(&mut self, buffer: &mut Vec<T>) {
        self.recv_many(buffer, batch::RECEIVE_LIMIT).await;
    }
}
