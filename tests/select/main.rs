//! Black-box tests of select: the macros and the dynamic form, from threads, from tasks, and mixed.

#[macro_use]
#[path = "../common/select_at.rs"]
mod select_at;
#[allow(dead_code, unused_imports)] // each binary uses a part
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/stalled_peer.rs"]
mod stalled_peer;
#[allow(dead_code)]
#[path = "../channel/waiting.rs"]
mod waiting;

mod arms;
#[cfg(unix)]
mod asleep;
mod bounds;
mod cancellation;
mod churn;
mod conservation;
mod control_flow;
mod fairness;
mod futures_in_arms;
mod losing_sends;
mod meetings;
mod nil;
mod order;
mod promise;
mod promises;
mod readiness;
mod reserved_places;
mod reuse;
mod stalled_peers;
mod walks;

use common::{Place, poll_noop};
use std::pin::Pin;
use std::task::Poll;
use std::thread;
use towpath::{Receiver, Select};

/// Threads, and one executor of each kind: several workers, one thread, and another make.
const PLACES: [Place; 4] = [
    Place::Thread,
    Place::TokioMulti,
    Place::TokioCurrent,
    Place::Smol,
];

/// `select` with a case for each of `receivers`, in their order.
fn receiving<'a, T>(mut select: Select<'a>, receivers: &'a [Receiver<T>]) -> Select<'a> {
    for rx in receivers {
        select.recv(rx);
    }
    select
}

/// Polls until it is ready, letting others run in between.
fn until_ready<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> F::Output {
    loop {
        match poll_noop(future) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::yield_now(),
        }
    }
}
