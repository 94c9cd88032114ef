//! towpath's channels with one receiver, and if they are bounded with one sender. Their rows are ours, beside
//! the shared ones; the tables show which is the faster.

use towpath::{Sender, UniqueReceiver, UniqueSender, unique};

use super::{
    between_tasks, between_threads, on_tasks, on_threads, payloads, receiving_batches,
    sending_batches,
};
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{batch, mixed};

const NAME: &str = "towpath unique";

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, NAME, open, open_unbounded);
    payloads!(plan, NAME, add_threads, open);
    between_tasks!(plan, NAME, open, open_unbounded);
    payloads!(plan, NAME, add_tasks, open);
    mixed::add(plan, NAME, open::<u64>, open::<u64>);
    mixed::add(plan, NAME, open_unbounded::<u64>, open_unbounded::<u64>);
    add_batches(plan, open);
    add_batches(plan, open_unbounded);
}

fn add_batches<Tx>(plan: &mut Plan, open: impl Open<Tx, UniqueReceiver<u64>>)
where
    Tx: BlockingBatchSender<u64> + AsyncBatchSender<u64>,
    Tx: BlockingSender<u64> + AsyncSender<u64>,
{
    use batch::{Limit, receive_batches, receive_batches_async, send_batches, send_batches_async};
    let both = "towpath unique send_many recv_many";
    let of_all = "towpath unique recv_many of all";
    batch::add_threads_receiving(plan, of_all, open, Limit::None);
    batch::add_tasks_receiving(plan, of_all, open, Limit::None);
    batch::add_threads(plan, both, open, send_batches, receive_batches);
    batch::add_tasks(
        plan,
        both,
        open,
        send_batches_async,
        receive_batches_async::<UniqueReceiver<u64>>,
    );
}

/// With capacity 0 it would be the shared channel once more.
fn open<T>(capacity: Capacity) -> Option<(UniqueSender<T>, UniqueReceiver<T>)> {
    capacity.bound(1).map(unique::bounded)
}

fn open_unbounded<T>(capacity: Capacity) -> Option<(Sender<T>, UniqueReceiver<T>)> {
    capacity.unbounded(unique::unbounded)
}

impl<T: Send + 'static> Handle for UniqueSender<T> {}
impl<T: Send + 'static> Handle for UniqueReceiver<T> {}

on_threads!(UniqueSender.send, UniqueReceiver.recv);
on_tasks!(UniqueSender.send_async, UniqueReceiver.recv_async);
sending_batches!(UniqueSender);
receiving_batches!(UniqueReceiver: recv_many, recv_many_async);
