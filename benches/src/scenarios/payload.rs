//! Messages of 256 bytes: what each copy on the way costs.

use super::tasks::Flavor;
use super::{MPMC, MPSC, SPSC, tasks, threads};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender};
use crate::role::{Capacity, Open, Wide};

const CAPACITY: Capacity = Capacity::Bounded(1000);

pub fn add_threads<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: BlockingSender<Wide>,
    Rx: BlockingReceiver<Wide>,
{
    for shape in [SPSC, MPSC, MPMC] {
        let scenario = format!("payload/256B/threads/{CAPACITY}/{}", shape.name);
        threads::add_stream(plan, scenario, peer, shape, move || open(CAPACITY));
    }
}

pub fn add_tasks<Tx, Rx>(plan: &mut Plan, peer: &str, open: impl Open<Tx, Rx>)
where
    Tx: AsyncSender<Wide>,
    Rx: AsyncReceiver<Wide>,
{
    for flavor in Flavor::ALL {
        for shape in [SPSC, MPMC] {
            let scenario = format!("payload/256B/{}/{CAPACITY}/{}", flavor.name(), shape.name);
            tasks::add_stream(plan, scenario, peer, shape, flavor, move || open(CAPACITY));
        }
    }
}
