//! crossbeam-channel: threads only.

use crossbeam_channel::{Receiver, Select, Sender, bounded, select, unbounded};

use super::{between_threads, on_threads, opening, payloads, selecting, shared};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::batch::Limit;
use crate::scenarios::{batch, select as jobs};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "crossbeam", open);
    payloads!(plan, "crossbeam", add_threads, open);
    batch::add_threads_receiving(plan, "crossbeam try_iter", open::<u64>, Limit::None);
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

opening!(bounded, unbounded => Sender, Receiver);
shared!(Sender<T>, Receiver<T>);
on_threads!(Sender.send, Receiver.recv);

impl<T: Send + 'static> BlockingBatchReceiver<T> for Receiver<T> {
    fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize) {
        buffer.extend(self.recv());
        buffer.extend(self.try_iter().take(limit - 1));
    }
}

selecting!(Sender, Receiver);
