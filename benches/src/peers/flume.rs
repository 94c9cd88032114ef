//! flume: threads and tasks on the same handles.

use flume::{Receiver, Selector, Sender, bounded, unbounded};

use super::{
    between_tasks, between_threads, draining, on_tasks, on_threads, opening, payloads,
    selecting_tasks, shared,
};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::batch::Limit;
use crate::scenarios::{batch, mixed, select};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "flume", open);
    payloads!(plan, "flume", add_threads, open);
    between_tasks!(plan, "flume", open);
    payloads!(plan, "flume", add_tasks, open);
    selecting_tasks!(plan, "flume", open);
    mixed::add(plan, "flume", open::<u64>, open::<u64>);
    batch::add_threads_receiving(plan, "flume drain", open::<u64>, Limit::None);
    batch::add_tasks_receiving(plan, "flume drain", open::<u64>, Limit::None);
    select::add_receive(plan, "flume", open::<u64>);
    select::add_both(plan, "flume", open::<u64>);
    select::add_many(plan, "flume Selector", open::<u64>);
    select::add_default(plan, "flume try_recv", open::<u64>, |rx| {
        rx.try_recv().is_err()
    });
}

opening!(bounded, unbounded => Sender, Receiver);
shared!(Sender<T>, Receiver<T>);
on_threads!(Sender.send, Receiver.recv);
on_tasks!(Sender.send_async, Receiver.recv_async);
draining!(Receiver, |rx, buffer| buffer.extend(rx.drain()));

// A selector is used up by its first result.

impl<T: Send + 'static> SelectReceiver<T> for Receiver<T> {
    fn take_any(receivers: &[Self; FOUR], n: u64, each: impl FnMut(T)) {
        Self::take_of_many(receivers, n, each);
    }
}

impl<T: Send + 'static> SelectMany<T> for Receiver<T> {
    fn take_of_many(receivers: &[Self], n: u64, mut each: impl FnMut(T)) {
        for _ in 0..n {
            let mut selector = Selector::new();
            for receiver in receivers {
                selector = selector.recv(receiver, |received| received);
            }
            selector.wait().into_iter().for_each(&mut each);
        }
    }
}

impl<T: Send + Copy + 'static> SelectSender<T> for Sender<T> {
    fn put_any(senders: &[Self; FOUR], messages: impl Iterator<Item = T>) {
        for message in messages {
            let mut selector = Selector::new();
            for sender in senders {
                selector = selector.send(sender, message, |sent| sent);
            }
            selector.wait().delivered();
        }
    }
}
