//! What the user gets to see: tables on the terminal, CSV, and the page in `docs/` with its plots.

mod csv;
mod markdown;
mod plots;
pub mod svg;
mod terminal;

pub use self::csv::{csv, sheets_csv};
pub use self::markdown::markdown;
pub use self::plots::{Plot, plots};
pub use self::terminal::{sheet, summary, table};

use crate::stats::{Table, geometric_mean};

/// A scenario where we are below this ratio to the best peer is marked.
pub const MARK: f64 = 0.9;
/// More CPU time than this, in times of the fastest peer's, is marked.
pub const CPU_MARK: f64 = 1.25;

/// The scenarios where we are below that ratio to the best peer, or have no figure although we
/// took part; a line for each.
pub fn below(tables: &[Table], least: f64) -> Vec<String> {
    let verdict = |table: &Table| match (table.our_ratio(), table.peers().next()) {
        (Some(ratio), Some(best)) if ratio < least => {
            Some(format!("{}: {ratio:.2} of {}", table.scenario, best.peer))
        }
        (None, Some(best)) if table.rows.iter().any(|row| row.is_ours()) => Some(format!(
            "{}: no figure beside {}",
            table.scenario, best.peer
        )),
        _ => None,
    };
    tables.iter().filter_map(verdict).collect()
}

/// `towpath`'s ratios in one group of scenarios.
struct GroupRatios<'a> {
    group: &'a str,
    ratios: Vec<f64>,
}

impl GroupRatios<'_> {
    fn mean(&self) -> f64 {
        geometric_mean(&self.ratios).unwrap_or(f64::NAN)
    }

    fn at_least(&self, least: f64) -> usize {
        self.ratios.iter().filter(|ratio| **ratio >= least).count()
    }
}

/// One entry per group, in the order of the tables, and a last one for all of them; none if
/// nothing was compared.
fn ratios_by_group(tables: &[Table]) -> Vec<GroupRatios<'_>> {
    let mut groups: Vec<GroupRatios> = Vec::new();
    for table in tables {
        let Some(ratio) = table.our_ratio() else {
            continue;
        };
        match groups.iter_mut().find(|known| known.group == table.group) {
            Some(known) => known.ratios.push(ratio),
            None => groups.push(GroupRatios {
                group: &table.group,
                ratios: vec![ratio],
            }),
        }
    }
    let all: Vec<f64> = groups
        .iter()
        .flat_map(|group| group.ratios.iter().copied())
        .collect();
    if !all.is_empty() {
        groups.push(GroupRatios {
            group: "all",
            ratios: all,
        });
    }
    groups
}

/// What a group asks.
fn title(group: &str) -> &str {
    match group {
        "threads" => "Threads",
        "pinned" => "Threads, all on one core",
        "tasks-mt" => "Tasks on tokio's multi-thread runtime, two workers",
        "tasks-ct" => "Tasks on tokio's current-thread runtime",
        "tasks-smol" => "Tasks on smol's executor, two threads",
        "mixed" => "Threads on one end, tasks on the other",
        "select" => "Select",
        "batch" => "Batches, one to one",
        "payload" => "Messages of all sizes, through 1000 places",
        "locks" => "Locks and small primitives",
        other => other,
    }
}

/// A scenario's name inside its group.
fn short<'a>(name: &'a str, group: &str) -> &'a str {
    let rest = name.strip_prefix(group);
    rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
}

/// Nanoseconds with three significant digits or so.
fn ns(value: f64) -> String {
    figure(value)
}

fn figure(value: f64) -> String {
    if value.is_nan() {
        "-".to_owned()
    } else if value == 0.0 {
        "0".to_owned()
    } else if value.abs() < 0.995 {
        format!("{value:.3}")
    } else if value.abs() < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}
