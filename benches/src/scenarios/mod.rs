//! The jobs. Each file turns the openings of one peer into cases of the plan.

pub mod batch;
pub mod mixed;
pub mod payload;
pub mod tasks;
pub mod threads;

use crate::role::Handle;

/// The order of the tables.
pub const GROUPS: [&str; 6] = [
    "threads", "tasks-mt", "tasks-ct", "mixed", "payload", "batch",
];

pub fn position(group: &str) -> usize {
    GROUPS
        .iter()
        .position(|known| *known == group)
        .unwrap_or(GROUPS.len())
}

/// How many hold each end of the channel.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub name: &'static str,
    pub senders: usize,
    pub receivers: usize,
}

pub const SPSC: Shape = Shape {
    name: "1to1",
    senders: 1,
    receivers: 1,
};
pub const MPSC: Shape = Shape {
    name: "4to1",
    senders: 4,
    receivers: 1,
};
pub const MPSC_MANY: Shape = Shape {
    name: "100to1",
    senders: 100,
    receivers: 1,
};
pub const MPMC: Shape = Shape {
    name: "4to4",
    senders: 4,
    receivers: 4,
};

impl Shape {
    /// Handles for everybody, or `None` if the channel's ends cannot be shared among so many.
    pub fn handles<Tx: Handle, Rx: Handle>(self, tx: Tx, rx: Rx) -> Option<(Vec<Tx>, Vec<Rx>)> {
        Some((copies(tx, self.senders)?, copies(rx, self.receivers)?))
    }
}

fn copies<H: Handle>(first: H, count: usize) -> Option<Vec<H>> {
    let mut handles = (1..count)
        .map(|_| first.another())
        .collect::<Option<Vec<H>>>()?;
    handles.push(first);
    Some(handles)
}

/// The ids that one of several senders sends: every `stride`th from `first`.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    first: u64,
    stride: usize,
    end: u64,
}

impl Share {
    /// All ids below `n`.
    pub fn whole(n: u64) -> Self {
        Share {
            first: 0,
            stride: 1,
            end: n,
        }
    }

    /// The ids below `n`, dealt to `senders`.
    pub fn deal(n: u64, senders: usize) -> impl Iterator<Item = Self> {
        (0..senders).map(move |first| Share {
            first: first as u64,
            stride: senders,
            end: n,
        })
    }

    pub fn ids(self) -> impl Iterator<Item = u64> + Clone + Send {
        (self.first..self.end).step_by(self.stride)
    }
}
