//! Results as lines of text, fields separated by tabs: what a worker says, and what a run is saved
//! as to be shown again later.

use std::fmt::Write;

use crate::plan::group;
use crate::stats::{Fault, Row, Table};
use crate::survey::{Answer, Sheet};

/// All that a run has found.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Runs of each peer in each scenario.
    pub rounds: usize,
    pub tables: Vec<Table>,
    pub sheets: Vec<Sheet>,
}

impl Results {
    pub fn save(&self) -> String {
        let mut out = format!("rounds\t{}\n", self.rounds);
        for table in &self.tables {
            let _ = writeln!(out, "table\t{}", table.scenario);
            for row in &table.rows {
                let _ = writeln!(out, "row\t{}", row_fields(row));
            }
        }
        for sheet in &self.sheets {
            let columns = sheet.columns.join("\t");
            let Sheet {
                name, title, rate, ..
            } = sheet;
            let _ = writeln!(out, "sheet\t{name}\t{title}\t{rate}\t{columns}");
            for answer in &sheet.answers {
                let fault = fault_fields(answer.fault.as_ref());
                let figures = figure_fields(&answer.figures);
                let _ = writeln!(out, "answer\t{}\t{figures}\t{fault}", answer.peer);
            }
        }
        out
    }

    /// Adds what was saved; a table or sheet that is there already is replaced where it is.
    pub fn load(&mut self, saved: &str) -> Result<(), String> {
        let mut more = Self::default();
        for line in saved.lines() {
            more.load_line(&line.split('\t').collect::<Vec<_>>())
                .ok_or_else(|| format!("not a line of results: {line}"))?;
        }
        self.rounds = self.rounds.max(more.rounds);
        for table in more.tables {
            self.put_table(table);
        }
        for sheet in more.sheets {
            match self
                .sheets
                .iter_mut()
                .find(|known| known.name == sheet.name)
            {
                Some(known) => *known = sheet,
                None => self.sheets.push(sheet),
            }
        }
        Ok(())
    }

    /// A new one comes behind those of its group, which stays together.
    fn put_table(&mut self, table: Table) {
        let mut known = self.tables.iter_mut();
        if let Some(known) = known.find(|known| known.scenario == table.scenario) {
            *known = table;
            return;
        }
        let kin = |known: &Table| known.group == table.group;
        let end = self.tables.iter().rposition(kin);
        let place = end.map_or(self.tables.len(), |last| last + 1);
        self.tables.insert(place, table);
    }

    fn load_line(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["rounds", rounds] => self.rounds = rounds.parse().ok()?,
            ["table", name] => {
                self.tables.push(Table::new(
                    (*name).to_owned(),
                    group(name).to_owned(),
                    Vec::new(),
                ));
            }
            ["row", fields @ ..] => {
                let table = self.tables.last_mut()?;
                table.rows.push(parse_row(fields)?);
            }
            ["sheet", name, title, rate, columns @ ..] => {
                self.sheets.push(Sheet {
                    name: (*name).to_owned(),
                    title: (*title).to_owned(),
                    columns: columns.iter().map(|&column| column.to_owned()).collect(),
                    rate: rate.parse().ok()?,
                    answers: Vec::new(),
                });
            }
            ["answer", peer, fields @ ..] => {
                let sheet = self.sheets.last_mut()?;
                let (figures, fault) = fields.split_at_checked(sheet.columns.len())?;
                sheet.answers.push(Answer {
                    peer: (*peer).to_owned(),
                    figures: parse_figures(figures)?,
                    fault: parse_fault(fault)?,
                });
            }
            _ => return None,
        }
        Some(())
    }
}

pub fn row_fields(row: &Row) -> String {
    let (low, high) = row.quartiles;
    let numbers = [
        row.median,
        low,
        high,
        row.cpu,
        row.switches,
        row.preemptions,
    ];
    let fault = fault_fields(row.fault.as_ref());
    format!(
        "{}\t{}\t{}\t{fault}",
        row.peer,
        row.n,
        figure_fields(&numbers)
    )
}

pub fn parse_row(fields: &[&str]) -> Option<Row> {
    let [
        peer,
        n,
        median,
        low,
        high,
        cpu,
        switches,
        preemptions,
        fault @ ..,
    ] = fields
    else {
        return None;
    };
    Some(Row {
        peer: (*peer).to_owned(),
        n: n.parse().ok()?,
        median: median.parse().ok()?,
        quartiles: (low.parse().ok()?, high.parse().ok()?),
        cpu: cpu.parse().ok()?,
        switches: switches.parse().ok()?,
        preemptions: preemptions.parse().ok()?,
        fault: parse_fault(fault)?,
    })
}

pub fn figure_fields(figures: &[f64]) -> String {
    let words: Vec<String> = figures.iter().map(f64::to_string).collect();
    words.join("\t")
}

pub fn parse_figures(words: &[&str]) -> Option<Vec<f64>> {
    words.iter().map(|word| word.parse().ok()).collect()
}

fn fault_fields(fault: Option<&Fault>) -> String {
    match fault {
        None => "none".to_owned(),
        Some(Fault::Hung) => "hung".to_owned(),
        Some(Fault::Failed) => "failed".to_owned(),
        Some(Fault::Crashed) => "crashed".to_owned(),
        Some(Fault::Corrupt) => "corrupt".to_owned(),
        Some(Fault::Lost { sent, received }) => format!("lost\t{sent}\t{received}"),
    }
}

fn parse_fault(words: &[&str]) -> Option<Option<Fault>> {
    Some(match words {
        ["none"] => None,
        ["hung"] => Some(Fault::Hung),
        ["failed"] => Some(Fault::Failed),
        ["crashed"] => Some(Fault::Crashed),
        ["corrupt"] => Some(Fault::Corrupt),
        ["lost", sent, received] => Some(Fault::Lost {
            sent: sent.parse().ok()?,
            received: received.parse().ok()?,
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_survive_being_saved() {
        let lost = Fault::Lost {
            sent: 9,
            received: 7,
        };
        let faults = [None, Some(Fault::Hung), Some(Fault::Corrupt), Some(lost)];
        let row = |fault: &Option<Fault>| {
            let mut row = Row::new("towpath recv_many", 400, &[], fault.clone());
            (row.median, row.quartiles, row.cpu) = (1.5, (1.0, 2.0), 3.0);
            (row.switches, row.preemptions) = (0.25, 0.5);
            row
        };
        let answer = |fault: &Option<Fault>| Answer {
            peer: "flume".to_owned(),
            figures: vec![0.5, f64::NAN],
            fault: fault.clone(),
        };
        let results = Results {
            rounds: 15,
            tables: vec![Table {
                scenario: "threads/cap1/1to1".to_owned(),
                group: "threads".to_owned(),
                rows: faults.iter().map(row).collect(),
            }],
            sheets: vec![Sheet {
                name: "idle".to_owned(),
                title: "An idle receiver".to_owned(),
                columns: vec!["CPU %".to_owned(), "wakes/s".to_owned()],
                rate: 0.1,
                answers: faults.iter().map(answer).collect(),
            }],
        };
        let mut loaded = Results::default();
        loaded.load(&results.save()).expect("our own lines");
        assert_eq!(format!("{loaded:?}"), format!("{results:?}"));
        loaded.load(&results.save()).expect("our own lines");
        assert_eq!(loaded.tables.len(), 1, "the second time replaces the first");
        assert!(loaded.load("row\tnonsense").is_err());
    }

    #[test]
    fn groups_stay_together_when_more_is_loaded() {
        let mut loaded = Results::default();
        let files = [
            "table\tthreads/a\ntable\tthreads/b\ntable\ttasks/a",
            "table\tthreads/c\ntable\tthreads/a\ntable\tpinned/a",
        ];
        for file in files {
            loaded.load(file).expect("these are lines");
        }
        let order = loaded.tables.iter().map(|table| table.scenario.as_str());
        let expected = ["threads/a", "threads/b", "threads/c", "tasks/a", "pinned/a"];
        assert_eq!(order.collect::<Vec<_>>(), expected);
    }
}
