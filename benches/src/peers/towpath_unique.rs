//! towpath's channels with one sender and one receiver. Their rows are ours, beside the shared ones; the
//! tables show which is the faster.

use towpath::{UniqueReceiver, UniqueSender, unique};

use super::{between_tasks, between_threads, payloads};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{batch, mixed};

const NAME: &str = "towpath unique";

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, NAME, open);
    payloads!(plan, NAME, add_threads, open);
    between_tasks!(plan, NAME, open);
    payloads!(plan, NAME, add_tasks, open);
    mixed::add(plan, NAME, open::<u64>, open::<u64>);

    use batch::{receive_batches, receive_batches_async, send_batches, send_batches_async};
    let both = "towpath unique send_many recv_many";
    batch::add_threads(plan, both, open::<u64>, send_batches, receive_batches);
    batch::add_tasks(
        plan,
        both,
        open::<u64>,
        send_batches_async,
        receive_batches_async::<UniqueReceiver<u64>>,
    );
}

/// With capacity 0 it would be the shared channel once more.
fn open<T>(capacity: Capacity) -> Option<(UniqueSender<T>, UniqueReceiver<T>)> {
    capacity.bound(1).map(unique::bounded)
}

impl<T: Send + 'static> Handle for UniqueSender<T> {}
impl<T: Send + 'static> Handle for UniqueReceiver<T> {}

impl<T: Send + 'static> BlockingSender<T> for UniqueSender<T> {
    fn put(&mut self, message: T) -> impl Sent {
        self.send(message)
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for UniqueReceiver<T> {
    fn take(&mut self) -> impl Received<T> {
        self.recv()
    }
}

impl<T: Send + 'static> AsyncSender<T> for UniqueSender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send_async(message)
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for UniqueReceiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv_async()
    }
}

impl<T: Send + 'static> BlockingBatchSender<T> for UniqueSender<T> {
    fn put_many(&mut self, messages: impl Iterator<Item = T>) -> impl Sent {
        self.send_many(messages)
    }
}

impl<T: Send + 'static> AsyncBatchSender<T> for UniqueSender<T> {
    fn put_many_async(
        &mut self,
        messages: impl Iterator<Item = T> + Send,
    ) -> impl Future<Output = impl Sent> + Send {
        self.send_many_async(messages)
    }
}

// An error is a disconnect, and leaves the buffer empty.

impl<T: Send + 'static> BlockingBatchReceiver<T> for UniqueReceiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize) {
        let _ = self.recv_many(buffer, limit);
    }
}

impl<T: Send + 'static> AsyncBatchReceiver<T> for UniqueReceiver<T> {
    fn take_many_async<'a>(
        &'a mut self,
        buffer: &'a mut Vec<T>,
        limit: usize,
    ) -> impl Future + Send {
        self.recv_many_async(buffer, limit)
    }
}
