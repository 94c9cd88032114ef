//! Messages of all sizes: what each copy on the way costs, and what an allocation that one thread
//! makes and another one frees does.

use super::{MPMC, SPSC, tasks, threads};
use crate::message::Message;
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender};
use crate::role::{Capacity, Open};
use crate::runtime::Flavor;

const CAPACITY: Capacity = Capacity::Bounded(1000);

pub fn add_threads<T, Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    T: Message,
    Tx: BlockingSender<T>,
    Rx: BlockingReceiver<T>,
{
    for shape in [SPSC, MPMC] {
        let scenario = format!("payload/threads/{CAPACITY}/{}/{}", shape.name, T::NAME);
        threads::add_stream(plan, scenario, peer, shape, move || open(CAPACITY));
    }
}

pub fn add_tasks<T, Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    T: Message,
    Tx: AsyncSender<T>,
    Rx: AsyncReceiver<T>,
{
    for flavor in Flavor::TOKIO {
        let scenario = format!(
            "payload/{}/{CAPACITY}/{}/{}",
            flavor.name(),
            SPSC.name,
            T::NAME
        );
        if open(CAPACITY).is_some() {
            plan.add(scenario, peer, move |n| {
                let handles = open(CAPACITY)
                    .and_then(|(tx, rx)| SPSC.handles(tx, rx))
                    .unwrap();
                flavor.measure(|spawner| tasks::stream(spawner, handles, n))
            });
        }
    }
}
