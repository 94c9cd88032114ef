//! tokio's `mpsc`: threads and tasks, one receiver, no rendezvous.

use std::future::ready;

use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
};

use super::{
    between_tasks, between_threads, on_tasks, on_threads, payloads, receiving_batches,
    selecting_tasks, shared,
};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::batch::Limit;
use crate::scenarios::{batch, mixed, select};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "tokio", bounded, unbounded);
    payloads!(plan, "tokio", add_threads, bounded);
    between_tasks!(plan, "tokio", bounded, unbounded);
    payloads!(plan, "tokio", add_tasks, bounded);
    selecting_tasks!(plan, "tokio", bounded, unbounded);
    mixed::add(plan, "tokio", bounded::<u64>, bounded::<u64>);
    mixed::add(plan, "tokio", unbounded::<u64>, unbounded::<u64>);
    let rows = [
        ("tokio recv_many", Limit::Size),
        ("tokio recv_many of all", Limit::None),
    ];
    for (row, limit) in rows {
        batch::add_threads_receiving(plan, row, bounded::<u64>, limit);
        batch::add_threads_receiving(plan, row, unbounded::<u64>, limit);
        batch::add_tasks_receiving(plan, row, bounded::<u64>, limit);
        batch::add_tasks_receiving(plan, row, unbounded::<u64>, limit);
    }
    select::add_default(plan, "tokio try_recv", bounded::<u64>, |rx| {
        rx.try_recv().is_err()
    });
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

on_threads!(Sender.blocking_send, Receiver.blocking_recv);
on_threads!(UnboundedSender.send, UnboundedReceiver.blocking_recv);
on_tasks!(Sender.send, Receiver.recv);

impl<T: Send + 'static> AsyncSender<T> for UnboundedSender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        ready(self.send(message))
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for UnboundedReceiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}

receiving_batches!(Receiver: blocking_recv_many, recv_many);
receiving_batches!(UnboundedReceiver: blocking_recv_many, recv_many);
