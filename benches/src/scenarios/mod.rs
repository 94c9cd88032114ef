//! The jobs. Each file turns the openings of one peer into cases of the plan.

pub mod batch;

pub mod locks;
pub mod mixed;
pub mod payload;
pub mod select;
pub mod tasks;
pub mod threads;

use crate::role::Handle;

/// The order of the tables.
pub const GROUPS: [&str; 10] = [
    "threads",
    "pinned",
    "tasks-mt",
    "tasks-ct",
    "tasks-smol",
    "mixed",
    "select",
    "batch",
    "payload",
    "locks",
];

/// The group whose processes have one core.
pub const PINNED: &str = "pinned";

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

const fn shape(name: &'static str, senders: usize, receivers: usize) -> Shape {
    Shape {
        name,
        senders,
        receivers,
    }
}

pub const SPSC: Shape = shape("1to1", 1, 1);
pub const MPSC: Shape = shape("4to1", 4, 1);
pub const MPSC_MANY: Shape = shape("100to1", 100, 1);
pub const SPMC: Shape = shape("1to4", 1, 4);
pub const MPMC: Shape = shape("4to4", 4, 4);
/// More threads than any machine of ours has cores.
pub const OVERSUBSCRIBED: Shape = shape("16to16", 16, 16);

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
    pub first: u64,
    pub stride: usize,
    pub end: u64,
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

    /// How many ids these are.
    pub fn count(self) -> u64 {
        self.end
            .saturating_sub(self.first)
            .div_ceil(self.stride as u64)
    }
}
