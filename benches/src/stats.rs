//! From samples to figures.

use crate::measure::Run;
use crate::plan::{is_floor, is_ours};

/// What went wrong with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Did not end in time.
    Hung,
    /// Panicked.
    Failed,
    /// Took the whole process down.
    Crashed,
    /// Fewer messages arrived than were sent.
    Lost { sent: u64, received: u64 },
    /// More messages than sent, or the right number of wrong ones.
    Corrupt,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Hung => f.write_str("HUNG"),
            Fault::Failed => f.write_str("PANICKED"),
            Fault::Crashed => f.write_str("CRASHED"),
            Fault::Lost { sent, received } => {
                write!(f, "LOSES MESSAGES ({received} of {sent} arrived)")
            }
            Fault::Corrupt => f.write_str("WRONG MESSAGES"),
        }
    }
}

/// The figures of one case, per message.
#[derive(Clone, Debug)]
pub struct Row {
    pub peer: String,
    /// Messages in a run.
    pub n: u64,
    pub median: f64,
    pub quartiles: (f64, f64),
    pub cpu: f64,
    /// Voluntary context switches.
    pub switches: f64,
    /// Involuntary ones.
    pub preemptions: f64,
    pub fault: Option<Fault>,
}

impl Row {
    pub fn new(peer: &str, n: u64, runs: &[Run], fault: Option<Fault>) -> Self {
        let per_message = |figure: fn(&Run) -> f64| -> Vec<f64> {
            runs.iter().map(|run| figure(run) / n as f64).collect()
        };
        let wall = per_message(|run| run.wall.as_nanos() as f64);
        Row {
            peer: peer.to_owned(),
            n,
            median: quantile(wall.clone(), 0.5),
            quartiles: (quantile(wall.clone(), 0.25), quantile(wall, 0.75)),
            cpu: quantile(per_message(|run| run.usage.cpu.as_nanos() as f64), 0.5),
            switches: quantile(per_message(|run| run.usage.switches as f64), 0.5),
            preemptions: quantile(per_message(|run| run.usage.preemptions as f64), 0.5),
            fault,
        }
    }

    /// The row of a case that has no figures.
    pub fn without_figures(peer: &str, fault: Fault) -> Self {
        Row::new(peer, 0, &[], Some(fault))
    }

    pub fn is_ours(&self) -> bool {
        is_ours(&self.peer)
    }

    pub fn is_floor(&self) -> bool {
        is_floor(&self.peer)
    }
}

/// All rows of a scenario, fastest first, those with a fault last.
#[derive(Clone, Debug)]
pub struct Table {
    pub scenario: String,
    pub group: String,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn new(scenario: String, group: String, mut rows: Vec<Row>) -> Self {
        rows.sort_by(|a, b| {
            a.fault
                .is_some()
                .cmp(&b.fault.is_some())
                .then(a.median.total_cmp(&b.median))
        });
        Table {
            scenario,
            group,
            rows,
        }
    }

    /// Peers whose figures count, fastest first.
    pub fn peers(&self) -> impl Iterator<Item = &Row> {
        self.sound().filter(|row| !row.is_ours() && !row.is_floor())
    }

    /// What the machine allows, where that is known.
    pub fn floor(&self) -> Option<&Row> {
        self.sound().find(|row| row.is_floor())
    }

    fn sound(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.fault.is_none())
    }

    /// Our fastest way to do the job.
    pub fn ours(&self) -> Option<&Row> {
        self.sound().find(|row| row.is_ours())
    }

    /// How many times as fast as the best peer `row` is.
    pub fn ratio(&self, row: &Row) -> Option<f64> {
        let best = self.peers().next()?;
        row.fault.is_none().then(|| best.median / row.median)
    }

    pub fn our_ratio(&self) -> Option<f64> {
        self.ratio(self.ours()?)
    }

    /// Our CPU time, in times of the fastest peer's.
    pub fn our_cpu_ratio(&self) -> Option<f64> {
        Some(self.ours()?.cpu / self.peers().next()?.cpu)
    }
}

/// Of values in any order; between two values, the straight line.
pub fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = q * last as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    values[low] + (values[high] - values[low]) * position.fract()
}

pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (logs / ratios.len() as f64).exp())
}
