use std::fmt::Write;

use super::{figure, ns, ratio, ratios_by_group};
use crate::stats::{Row, Table};
use crate::survey::Sheet;

/// The table of one scenario.
pub fn table(table: &Table) -> String {
    let mut out = format!(
        "\n{:34} {:>8} {:>17} {:>8} {:>12} {:>9} {:>6}\n",
        table.scenario, "ns/msg", "quartiles", "cpu ns", "switches/msg", "preempted", "ratio"
    );
    for row in &table.rows {
        out += &line(row, ratio(table.ratio(row)));
    }
    out
}

fn line(row: &Row, ratio: String) -> String {
    let mark = match () {
        () if row.is_ours() => '*',
        () if row.is_floor() => '_',
        () => ' ',
    };
    match &row.fault {
        Some(fault) => format!("{mark} {:32} {fault}\n", row.peer),
        None => format!(
            "{mark} {:32} {:>8} {:>17} {:>8} {:>12.5} {:>9.5} {:>6}\n",
            row.peer,
            ns(row.median),
            format!("{}..{}", ns(row.quartiles.0), ns(row.quartiles.1)),
            ns(row.cpu),
            row.switches,
            row.preemptions,
            ratio,
        ),
    }
}

/// `towpath` beside the best peer of each scenario, and the geometric means.
pub fn summary(tables: &[Table]) -> String {
    let mut out = format!(
        "\n{:34} {:>8} {:>8}   {:24} {:>8} {:>8} {:>6} {:>9}\n",
        "summary", "towpath", "cpu ns", "best peer", "ns/msg", "cpu ns", "ratio", "cpu ratio"
    );
    for table in tables {
        let (Some(ours), Some(best)) = (table.ours(), table.peers().next()) else {
            continue;
        };
        let _ = writeln!(
            out,
            "{:34} {:>8} {:>8}   {:24} {:>8} {:>8} {:>6} {:>9}",
            table.scenario,
            ns(ours.median),
            ns(ours.cpu),
            best.peer,
            ns(best.median),
            ns(best.cpu),
            ratio(table.our_ratio()),
            ratio(table.our_cpu_ratio()),
        );
    }
    for group in ratios_by_group(tables) {
        let _ = writeln!(
            out,
            "geometric mean of {:16} {:>5.2}   ahead in {} of {}, at 0.9 or more in {}",
            group.group,
            group.mean(),
            group.at_least(1.0),
            group.ratios.len(),
            group.at_least(super::MARK),
        );
    }
    out
}

/// The table of one survey.
pub fn sheet(sheet: &Sheet) -> String {
    let mut out = format!("\n{}: {}", sheet.name, sheet.title);
    if sheet.rate > 0.0 {
        let _ = write!(out, ", {:.0} messages/s", sheet.rate);
    }
    let _ = writeln!(out, "\n  {:24} {}", "", sheet.columns.join(" | "));
    for answer in &sheet.answers {
        let mark = if answer.is_ours() { '*' } else { ' ' };
        let _ = write!(out, "{mark} {:24}", answer.peer);
        match &answer.fault {
            Some(fault) => {
                let _ = write!(out, " {fault}");
            }
            None => answer.figures.iter().for_each(|&value| {
                let _ = write!(out, " {:>12}", figure(value));
            }),
        }
        out.push('\n');
    }
    out
}
