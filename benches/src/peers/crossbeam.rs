//! crossbeam-channel: threads only.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{
    BlockingBatchReceiver, BlockingReceiver, BlockingSender, Capacity, Handle, Wide,
};
use crate::scenarios::{batch, payload, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, "crossbeam", open::<u64>);
    payload::add_threads(plan, "crossbeam", open::<Wide>);
    batch::add_threads_singly(plan, "crossbeam", open::<u64>);
    batch::add_threads_receiving(plan, "crossbeam try_iter", open::<u64>);
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

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>) {
        buffer.extend(self.recv());
        buffer.extend(self.try_iter().take(batch::RECEIVE_LIMIT - 1));
    }
}
