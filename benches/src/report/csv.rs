use std::fmt::Write;

use super::ratio;
use crate::stats::{Row, Table};

/// One line per scenario and peer.
pub fn csv(tables: &[Table]) -> String {
    let mut out = String::from(
        "scenario,peer,ns_per_message,quartile_1,quartile_3,cpu_ns_per_message,\
         switches_per_message,messages_per_run,ratio_to_best_peer,fault\n",
    );
    for table in tables {
        for row in &table.rows {
            out += &line(table, row);
        }
    }
    out
}

fn line(table: &Table, row: &Row) -> String {
    let mut line = format!("{},{},", table.scenario, row.peer);
    let (low, high) = row.quartiles;
    let _ = write!(line, "{:.2},{low:.2},{high:.2},{:.2},", row.median, row.cpu);
    let _ = write!(
        line,
        "{:.6},{},{},",
        row.switches,
        row.n,
        ratio(table.ratio(row))
    );
    if let Some(fault) = &row.fault {
        let _ = write!(line, "{fault}");
    }
    line + "\n"
}
