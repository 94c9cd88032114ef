//! loole: threads and tasks on the same handles.

use loole::{Receiver, Sender, bounded, unbounded};

use super::{between_tasks, between_threads, payloads, selecting_tasks, shared};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{batch, mixed};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "loole", open);
    payloads!(plan, "loole", add_threads, open);
    between_tasks!(plan, "loole", open);
    payloads!(plan, "loole", add_tasks, open);
    selecting_tasks!(plan, "loole", open);
    mixed::add(plan, "loole", open::<u64>, open::<u64>);
    batch::add_threads_receiving(plan, "loole drain", open::<u64>);
    batch::add_tasks_receiving(plan, "loole drain", open::<u64>);
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

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>, _limit: usize) {
        buffer.extend(self.recv());
        buffer.extend(self.drain());
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for Receiver<T> {
    fn take_many_async<'a>(
        &'a mut self,
        buffer: &'a mut Vec<T>,
        _limit: usize,
    ) -> impl Future + Send {
        async move {
            buffer.extend(self.recv_async().await);
            buffer.extend(self.drain());
        }
    }
}
