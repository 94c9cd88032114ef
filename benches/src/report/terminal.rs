use std::fmt::Write;

use super::{ns, ratio, ratios_by_group};
use crate::stats::{Row, Table};

/// The table of one scenario.
pub fn table(table: &Table) -> String {
    let mut out = format!(
        "\n{:34} {:>8} {:>17} {:>8} {:>12} {:>6}\n",
        table.scenario, "ns/msg", "quartiles", "cpu ns", "switches/msg", "ratio"
    );
    for row in &table.rows {
        out += &line(row, ratio(table.ratio(row)));
    }
    out
}

fn line(row: &Row, ratio: String) -> String {
    let mark = if row.is_ours() { '*' } else { ' ' };
    match &row.fault {
        Some(fault) => format!("{mark} {:32} {fault}\n", row.peer),
        None => format!(
            "{mark} {:32} {:>8} {:>17} {:>8} {:>12.5} {:>6}\n",
            row.peer,
            ns(row.median),
            format!("{}..{}", ns(row.quartiles.0), ns(row.quartiles.1)),
            ns(row.cpu),
            row.switches,
            ratio,
        ),
    }
}

/// `towpath` beside the best peer of each scenario, and the geometric means.
pub fn summary(tables: &[Table]) -> String {
    let mut out = format!(
        "\n{:34} {:>8} {:>8}   {:24} {:>8} {:>8} {:>6}\n",
        "summary", "towpath", "cpu ns", "best peer", "ns/msg", "cpu ns", "ratio"
    );
    for table in tables {
        let (Some(ours), Some(best)) = (table.ours(), table.peers().next()) else {
            continue;
        };
        let _ = writeln!(
            out,
            "{:34} {:>8} {:>8}   {:24} {:>8} {:>8} {:>6}",
            table.scenario,
            ns(ours.median),
            ns(ours.cpu),
            best.peer,
            ns(best.median),
            ns(best.cpu),
            ratio(table.our_ratio()),
        );
    }
    for group in ratios_by_group(tables) {
        let _ = writeln!(
            out,
            "geometric mean of {:16} {:>5.2}   ahead in {} of {}",
            group.group,
            group.mean(),
            group.ahead(),
            group.ratios.len(),
        );
    }
    out
}
