//! The standard library's `mpsc`: threads only, one receiver.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::{between_threads, on_threads, payloads, shared};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::batch::Limit;
use crate::scenarios::{batch, select};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "std", bounded, unbounded);
    payloads!(plan, "std", add_threads, bounded);
    batch::add_threads_receiving(plan, "std try_iter", bounded::<u64>, Limit::None);
    batch::add_threads_receiving(plan, "std try_iter", unbounded::<u64>, Limit::None);
    select::add_default(plan, "std try_recv", bounded::<u64>, |rx| {
        rx.try_recv().is_err()
    });
}

fn bounded<T>(capacity: Capacity) -> Option<(SyncSender<T>, Receiver<T>)> {
    capacity.bound(0).map(sync_channel)
}

fn unbounded<T>(capacity: Capacity) -> Option<(Sender<T>, Receiver<T>)> {
    capacity.unbounded(channel)
}

shared!(Sender<T>, SyncSender<T>);

impl<T: Send + 'static> Handle for Receiver<T> {}

on_threads!(Sender.send, Receiver.recv);

impl<T: Send + 'static> BlockingSender<T> for SyncSender<T> {
    fn put(&mut self, message: T) -> impl Sent {
        self.send(message)
    }
}

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize) {
        buffer.extend(self.recv());
        buffer.extend(self.try_iter().take(limit - 1));
    }
}
