//! crossbeam-channel: threads only.

use crossbeam_channel::{Receiver, Select, Sender, bounded, select, unbounded};

use super::{between_threads, payloads, shared};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{batch, select as jobs};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "crossbeam", open);
    payloads!(plan, "crossbeam", add_threads, open);
    batch::add_threads_receiving(plan, "crossbeam try_iter", open::<u64>);
    jobs::add_receive(plan, "crossbeam", open::<u64>);
    jobs::add_both(plan, "crossbeam", open::<u64>);
    jobs::add_many(plan, "crossbeam Select", open::<u64>);
    jobs::add_default(plan, "crossbeam select!", open::<u64>, |rx| {
        select! {
            recv(rx) -> _ => false,
            default => true,
        }
    });
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

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize) {
        buffer.extend(self.recv());
        buffer.extend(self.try_iter().take(limit - 1));
    }
}

impl<T: Send + 'static> SelectReceiver<T> for Receiver<T> {
    fn take_any([a, b, c, d]: &[Self; FOUR], n: u64, mut each: impl FnMut(T)) {
        for _ in 0..n {
            let received = select! {
                recv(a) -> received => received,
                recv(b) -> received => received,
                recv(c) -> received => received,
                recv(d) -> received => received,
            };
            received.into_iter().for_each(&mut each);
        }
    }
}

impl<T: Send + 'static> SelectSender<T> for Sender<T> {
    fn put_any([a, b, c, d]: &[Self; FOUR], messages: impl Iterator<Item = T>) {
        for message in messages {
            select! {
                send(a, message) -> sent => sent.delivered(),
                send(b, message) -> sent => sent.delivered(),
                send(c, message) -> sent => sent.delivered(),
                send(d, message) -> sent => sent.delivered(),
            }
        }
    }
}

impl<T: Send + 'static> SelectMany<T> for Receiver<T> {
    fn take_of_many(receivers: &[Self], n: u64, mut each: impl FnMut(T)) {
        let mut select = Select::new();
        for receiver in receivers {
            select.recv(receiver);
        }
        for _ in 0..n {
            let selected = select.select();
            let receiver = &receivers[selected.index()];
            selected.recv(receiver).into_iter().for_each(&mut each);
        }
    }
}
