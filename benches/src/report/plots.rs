//! Which plots there are: one for all ratios, one for each group of scenarios, one for each tail.

use super::svg::{Dot, DotPlot, Kind, Line};
use super::{MARK, figure, ratio, ratios_by_group, short, title};
use crate::plan::{group, is_floor, is_ours};
use crate::stats::Table;
use crate::survey::Sheet;
use crate::wire::Results;

/// A file for `docs/plots/`.
#[derive(Clone, Debug)]
pub struct Plot {
    /// The group that it shows, or "all".
    pub group: String,
    pub file: String,
    pub title: String,
    pub svg: String,
}

impl Plot {
    fn new(group: &str, plot: &DotPlot) -> Self {
        Plot {
            group: group.to_owned(),
            file: format!("{}.svg", group.replace('/', "-")),
            title: plot.title.clone(),
            svg: plot.draw(),
        }
    }
}

pub fn plots(results: &Results) -> Vec<Plot> {
    let tables = &results.tables;
    let mut plots = Vec::new();
    if !ratios_by_group(tables).is_empty() {
        plots.push(Plot::new("all", &all_ratios(tables)));
    }
    let groups = tables.chunk_by(|a, b| a.group == b.group);
    plots.extend(groups.map(|tables| Plot::new(&tables[0].group, &times(tables))));
    let tails = results.sheets.iter().filter(|sheet| sheet.rate > 0.0);
    let tails: Vec<&Sheet> = tails.collect();
    let worlds = tails.chunk_by(|a, b| world(&a.name) == world(&b.name));
    plots.extend(worlds.map(|sheets| Plot::new(world(&sheets[0].name), &latencies(sheets))));
    plots
}

/// Every ratio as a dot, the geometric mean of each group as ours.
fn all_ratios(tables: &[Table]) -> DotPlot {
    let line = |group: super::GroupRatios| {
        let dot = |ratio: &f64| Dot {
            value: *ratio,
            kind: Kind::Other,
            label: super::ratio(Some(*ratio)),
        };
        let mut dots: Vec<Dot> = group.ratios.iter().map(dot).collect();
        dots.push(Dot {
            value: group.mean(),
            kind: Kind::Ours,
            label: format!("geometric mean {:.2}", group.mean()),
        });
        let (ahead, count) = (group.at_least(1.0), group.ratios.len());
        Line {
            label: group.group.to_owned(),
            dots,
            note: format!("{:.2}, ahead in {ahead} of {count}", group.mean()),
            marked: group.mean() < MARK,
        }
    };
    DotPlot {
        title: "The best peer's time in times of towpath's".to_owned(),
        unit: "to the right of 1, towpath is faster".to_owned(),
        legend: vec![
            (Kind::Other, "a scenario"),
            (Kind::Ours, "geometric mean of the group"),
        ],
        guides: vec![MARK, 1.0],
        lines: ratios_by_group(tables).into_iter().map(line).collect(),
    }
}

/// The times of one group's scenarios.
fn times(tables: &[Table]) -> DotPlot {
    let line = |table: &Table| {
        let sound = table.rows.iter().filter(|row| row.fault.is_none());
        let rows: Vec<(&str, f64)> = sound.map(|row| (row.peer.as_str(), row.median)).collect();
        row(short(&table.scenario, &table.group), &rows)
    };
    let heading = format!("{}: time per message", title(&tables[0].group));
    let heading = match tables[0].group.as_str() {
        "locks" => format!("{}: time per operation", title("locks")),
        _ => heading,
    };
    DotPlot {
        lines: tables.iter().map(line).collect(),
        ..lower_is_better(heading, "nanoseconds, less is better")
    }
}

/// The percentiles at all loads, from thread to thread or from task to task.
fn latencies(sheets: &[&Sheet]) -> DotPlot {
    let mut lines = Vec::new();
    for sheet in sheets {
        let load = sheet.name.rsplit('/').next().unwrap_or_default();
        for (column, name) in sheet.columns.iter().enumerate() {
            let Some(name) = name.strip_suffix(", µs") else {
                continue;
            };
            let sound = sheet.answers.iter().filter(|answer| answer.fault.is_none());
            let figures = sound.filter_map(|a| Some((a.peer.as_str(), *a.figures.get(column)?)));
            lines.push(row(
                &format!("{load} load, {name}"),
                &figures.collect::<Vec<_>>(),
            ));
        }
    }
    let between = match world(&sheets[0].name) {
        "tail/threads" => "thread to thread",
        _ => "task to task",
    };
    DotPlot {
        lines,
        ..lower_is_better(
            format!("Latency, {between}"),
            "microseconds, less is better",
        )
    }
}

fn lower_is_better(title: String, unit: &str) -> DotPlot {
    DotPlot {
        title,
        unit: unit.to_owned(),
        legend: vec![
            (Kind::Ours, "towpath"),
            (Kind::Best, "best peer"),
            (Kind::Other, "other peers"),
            (Kind::Floor, "floor (not a peer)"),
        ],
        guides: Vec::new(),
        lines: Vec::new(),
    }
}

/// Everybody's figures, the best peer and our best marked.
fn row(label: &str, figures: &[(&str, f64)]) -> Line {
    let least = |wanted: &dyn Fn(&str) -> bool| {
        let of_them = figures
            .iter()
            .filter(|(peer, value)| wanted(peer) && !value.is_nan());
        of_them.min_by(|a, b| a.1.total_cmp(&b.1)).copied()
    };
    let best = least(&|peer| !is_ours(peer) && !is_floor(peer));
    let ours = least(&is_ours);
    let kind = |peer: &str| match peer {
        _ if ours.is_some_and(|(name, _)| name == peer) => Kind::Ours,
        _ if best.is_some_and(|(name, _)| name == peer) => Kind::Best,
        _ if is_floor(peer) => Kind::Floor,
        _ => Kind::Other,
    };
    let dot = |(peer, value): &(&str, f64)| Dot {
        value: *value,
        kind: kind(peer),
        label: format!("{peer} {}", figure(*value)),
    };
    let times = best.zip(ours).map(|(best, ours)| best.1 / ours.1);
    let note = match best {
        Some((peer, _)) => format!("{} × {peer}", ratio(times)),
        None => "-".to_owned(),
    };
    Line {
        label: label.to_owned(),
        dots: figures.iter().map(dot).collect(),
        note,
        marked: times.is_some_and(|times| times < MARK),
    }
}

/// A survey's name without its load.
fn world(name: &str) -> &str {
    name.rsplit_once('/')
        .map_or(group(name), |(world, _)| world)
}
