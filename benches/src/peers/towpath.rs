//! towpath: threads and tasks on the same handles.

use towpath::{Receiver, Select, Sender, bounded, select, select_async, unbounded};

use super::{
    between_tasks, between_threads, on_tasks, on_threads, opening, payloads, receiving_batches,
    selecting, sending_batches, shared,
};
use crate::measure::Tally;
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{Share, batch, mixed, select as jobs};

pub(super) fn register(plan: &mut Plan) {
    between_threads!(plan, "towpath", open);
    payloads!(plan, "towpath", add_threads, open);
    between_tasks!(plan, "towpath", open);
    payloads!(plan, "towpath", add_tasks, open);
    mixed::add(plan, "towpath", open::<u64>, open::<u64>);
    register_batches(plan);
    register_selects(plan);
}

fn register_selects(plan: &mut Plan) {
    jobs::add_receive(plan, "towpath", open::<u64>);
    jobs::add_both(plan, "towpath", open::<u64>);
    jobs::add_many(plan, "towpath Select", open::<u64>);
    jobs::add_default(plan, "towpath select!", open::<u64>, |rx| {
        select! {
            recv(rx) -> _ => false,
            default => true,
        }
    });
    jobs::add_tasks_receiving(plan, "towpath", open::<u64>, take_any);
    jobs::add_tasks_both(plan, "towpath", open::<u64>, take_any, put_any);
    let by_tokio = "towpath tokio::select!";
    jobs::add_tasks_receiving(plan, by_tokio, open::<u64>, jobs::take_any);
}

fn register_batches(plan: &mut Plan) {
    use batch::{Limit, receive_batches, receive_batches_async, send_batches, send_batches_async};
    let rows = [
        ("towpath recv_many", Limit::Size),
        ("towpath recv_many of all", Limit::None),
    ];
    for (row, limit) in rows {
        batch::add_threads_receiving(plan, row, open::<u64>, limit);
        batch::add_tasks_receiving(plan, row, open::<u64>, limit);
    }
    let both = "towpath send_many recv_many";
    batch::add_threads(plan, both, open::<u64>, send_batches, receive_batches);
    batch::add_tasks(
        plan,
        both,
        open::<u64>,
        send_batches_async,
        receive_batches_async::<Receiver<u64>>,
    );
}

opening!(bounded, unbounded => Sender, Receiver);
shared!(Sender<T>, Receiver<T>);
on_threads!(Sender.send, Receiver.recv);
on_tasks!(Sender.send_async, Receiver.recv_async);
sending_batches!(Sender);
receiving_batches!(Receiver: recv_many, recv_many_async);
selecting!(Sender, Receiver);

type Four<H> = [H; FOUR];

async fn take_any(receivers: Four<Receiver<u64>>, n: u64) -> (Tally, Four<Receiver<u64>>) {
    let mut tally = Tally::default();
    let [a, b, c, d] = &receivers;
    for _ in 0..n {
        let received = select_async! {
            recv(a) -> received => received,
            recv(b) -> received => received,
            recv(c) -> received => received,
            recv(d) -> received => received,
        };
        received.into_iter().for_each(|id| tally.add(id));
    }
    (tally, receivers)
}

async fn put_any(senders: Four<Sender<u64>>, share: Share) -> Four<Sender<u64>> {
    let [a, b, c, d] = &senders;
    for id in share.ids() {
        select_async! {
            send(a, id) -> sent => sent.delivered(),
            send(b, id) -> sent => sent.delivered(),
            send(c, id) -> sent => sent.delivered(),
            send(d, id) -> sent => sent.delivered(),
        }
    }
    senders
}
