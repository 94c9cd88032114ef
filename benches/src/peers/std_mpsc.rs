//! The standard library's `mpsc`: threads only, one receiver.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{
    BlockingBatchReceiver, BlockingReceiver, BlockingSender, Capacity, Handle, Wide,
};
use crate::scenarios::{batch, payload, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, "std", bounded::<u64>);
    threads::add(plan, "std", unbounded::<u64>);
    payload::add_threads(plan, "std", bounded::<Wide>);
    batch::add_threads_singly(plan, "std", unbounded::<u64>);
    batch::add_threads_singly(plan, "std", bounded::<u64>);
    batch::add_threads_receiving(plan, "std try_iter", unbounded::<u64>);
    batch::add_threads_receiving(plan, "std try_iter", bounded::<u64>);
}

fn bounded<T>(capacity: Capacity) -> Option<(SyncSender<T>, Receiver<T>)> {
    capacity.bound(0).map(sync_channel)
}

fn unbounded<T>(capacity: Capacity) -> Option<(Sender<T>, Receiver<T>)> {
    capacity.unbounded(channel)
}

shared!(Sender<T>, SyncSender<T>);

impl<T: Send + 'static> Handle for Receiver<T> {}

impl<T: Send + 'static> BlockingSender<T> for Sender<T> {
    fn put(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> BlockingSender<T> for SyncSender<T> {
    fn put(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Receiver<T> {
    fn take(&mut self) -> Option<T> {
        self.recv().ok()
    }
}

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>) {
        buffer.extend(self.recv());
        buffer.extend(self.try_iter().take(batch::RECEIVE_LIMIT - 1));
    }
}
