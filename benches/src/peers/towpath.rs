//! towpath: threads and tasks on the same handles.

use towpath::{Receiver, Sender, bounded, unbounded};

use super::{between_tasks, between_threads, shared};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{batch, mixed, select};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "towpath", open);
    between_tasks!(plan, "towpath", open);
    mixed::add(plan, "towpath", open::<u64>, open::<u64>);
    let by_tokio = "towpath tokio::select!";
    select::add_tasks_receiving(plan, by_tokio, open::<u64>, select::take_any);
    register_batches(plan);
}

fn register_batches(plan: &mut Plan) {
    use batch::{receive_batches, receive_batches_async, send_batches, send_batches_async};
    let (both, receive) = ("towpath send_many recv_many", "towpath recv_many");
    batch::add_threads_receiving(plan, receive, open::<u64>);
    batch::add_threads(plan, both, open::<u64>, send_batches, receive_batches);
    batch::add_tasks_receiving(plan, receive, open::<u64>);
    batch::add_tasks(
        plan,
        both,
        open::<u64>,
        send_batches_async,
        receive_batches_async::<Receiver<u64>>,
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
    fn put(&mut self, message: T) -> impl Sent {
        self.send(message)
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Receiver<T> {
    fn take(&mut self) -> impl Received<T> {
        self.recv()
    }
}

impl<T: Send + 'static> AsyncSender<T> for Sender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send_async(message)
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for Receiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv_async()
    }
}

impl<T: Send + 'static> BlockingBatchSender<T> for Sender<T> {
    fn put_many(&mut self, messages: impl Iterator<Item = T>) -> impl Sent {
        self.send_many(messages)
    }
}

impl<T: Send + 'static> AsyncBatchSender<T> for Sender<T> {
    fn put_many_async(
        &mut self,
        messages: impl Iterator<Item = T> + Send,
    ) -> impl Future<Output = impl Sent> + Send {
        self.send_many_async(messages)
    }
}

// An error is a disconnect, and leaves the buffer empty.

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize) {
        let _ = self.recv_many(buffer, limit);
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for Receiver<T> {
    fn take_many_async<'a>(
        &'a mut self,
        buffer: &'a mut Vec<T>,
        limit: usize,
    ) -> impl Future + Send {
        self.recv_many_async(buffer, limit)
    }
}
