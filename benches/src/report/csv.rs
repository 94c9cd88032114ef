use std::fmt::Write;

use super::ratio;
use crate::stats::{Row, Table};
use crate::survey::Sheet;

/// One line per scenario and peer.
pub fn csv(tables: &[Table]) -> String {
    let mut out = String::from(
        "scenario,peer,ns_per_message,quartile_1,quartile_3,cpu_ns_per_message,\
         switches_per_message,preemptions_per_message,messages_per_run,ratio_to_best_peer,fault\n",
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
        "{:.6},{:.6},{},{},",
        row.switches,
        row.preemptions,
        row.n,
        ratio(table.ratio(row))
    );
    if let Some(fault) = &row.fault {
        let _ = write!(line, "{fault}");
    }
    line + "\n"
}

/// One line per survey, peer and column.
pub fn sheets_csv(sheets: &[Sheet]) -> String {
    let mut out = String::from("survey,peer,column,figure,fault\n");
    for sheet in sheets {
        for answer in &sheet.answers {
            let fault = answer.fault.as_ref().map(ToString::to_string);
            let fault = fault.unwrap_or_default();
            for (column, figure) in sheet.columns.iter().zip(&answer.figures) {
                let Sheet { name, .. } = sheet;
                let _ = writeln!(out, "{name},{},\"{column}\",{figure},{fault}", answer.peer);
            }
        }
    }
    out
}
