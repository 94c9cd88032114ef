//! A process for each scenario. All its peers run in that one process, in turns; should one of
//! them hang or crash, the process ends and another one does the scenario without it.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::str::FromStr;

use crate::harness::{self, Hung};
use crate::plan::{Plan, Scenario};
use crate::stats::{Fault, Row, Table};

/// The command of the process that runs one scenario: `worker SCENARIO PEER.. --rounds N`.
pub const WORKER: &str = "worker";

/// What the worker says, a line each, fields separated by tabs.
enum Line {
    Turn(String),
    Hung(String),
    Row(Box<Row>),
}

/// Runs a scenario in its own process. `turn` is told whose turn it is.
pub fn compare(
    scenario: &Scenario,
    rounds: usize,
    mut turn: impl FnMut(&str),
) -> io::Result<Table> {
    let mut peers: Vec<&str> = scenario
        .cases
        .iter()
        .map(|case| case.peer.as_str())
        .collect();
    let mut rows = Vec::new();
    while !peers.is_empty() {
        let (done, failed) = attempt(&scenario.name, &peers, rounds, &mut turn)?;
        let Some((peer, fault)) = failed else {
            rows.extend(done);
            break;
        };
        let known = peers.len();
        peers.retain(|other| *other != peer);
        if peers.len() == known {
            return Err(io::Error::other("the worker did not start"));
        }
        rows.push(Row::without_figures(&peer, fault));
    }
    Ok(Table::new(
        scenario.name.clone(),
        scenario.group().to_owned(),
        rows,
    ))
}

type Failure = (String, Fault);

/// The rows of these peers, or who ended the worker before it was done.
fn attempt(
    scenario: &str,
    peers: &[&str],
    rounds: usize,
    turn: &mut impl FnMut(&str),
) -> io::Result<(Vec<Row>, Option<Failure>)> {
    let mut worker = spawn(scenario, peers, rounds)?;
    let output = worker.stdout.take().expect("the worker's output is a pipe");
    let mut rows = Vec::new();
    let mut current = String::new();
    let mut hung = None;
    for line in BufReader::new(output).lines() {
        match line?.parse().map_err(io::Error::other)? {
            Line::Turn(peer) => {
                turn(&peer);
                current = peer;
            }
            Line::Hung(peer) => hung = Some((peer, Fault::Hung)),
            Line::Row(row) => rows.push(*row),
        }
    }
    let crashed = !worker.wait()?.success();
    Ok((
        rows,
        hung.or_else(|| crashed.then_some((current, Fault::Crashed))),
    ))
}

fn spawn(scenario: &str, peers: &[&str], rounds: usize) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg(WORKER)
        .arg(scenario)
        .args(peers)
        .arg("--rounds")
        .arg(rounds.to_string())
        .stdout(Stdio::piped())
        .spawn()
}

/// The worker itself: the first word is the scenario, the others are its peers.
pub fn work(words: &[String], rounds: usize) -> ExitCode {
    let plan = Plan::all();
    let known = words
        .split_first()
        .and_then(|(name, peers)| Some((plan.scenario(name)?, peers)));
    let Some((scenario, peers)) = known else {
        eprintln!("{WORKER}: no such scenario");
        return ExitCode::from(2);
    };
    let mut scenario = scenario.clone();
    scenario.cases.retain(|case| peers.contains(&case.peer));
    match harness::compare(&scenario, rounds, |peer| println!("turn\t{peer}")) {
        Ok(rows) => rows.iter().for_each(|row| println!("row\t{}", fields(row))),
        Err(Hung { peer }) => println!("hung\t{peer}"),
    }
    // Returning from main ends threads that hang.
    ExitCode::SUCCESS
}

fn fields(row: &Row) -> String {
    let (low, high) = row.quartiles;
    let fault = match &row.fault {
        None => "none".to_owned(),
        Some(Fault::Hung) => "hung".to_owned(),
        Some(Fault::Failed) => "failed".to_owned(),
        Some(Fault::Crashed) => "crashed".to_owned(),
        Some(Fault::Corrupt) => "corrupt".to_owned(),
        Some(Fault::Lost { sent, received }) => format!("lost\t{sent}\t{received}"),
    };
    let Row {
        peer,
        n,
        median,
        cpu,
        switches,
        ..
    } = row;
    format!("{peer}\t{n}\t{median}\t{low}\t{high}\t{cpu}\t{switches}\t{fault}")
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split('\t').collect();
        let parsed = match words.as_slice() {
            ["turn", peer] => Some(Line::Turn((*peer).to_owned())),
            ["hung", peer] => Some(Line::Hung((*peer).to_owned())),
            ["row", fields @ ..] => parse_row(fields).map(|row| Line::Row(Box::new(row))),
            _ => None,
        };
        parsed.ok_or_else(|| format!("the worker said: {line}"))
    }
}

fn parse_row(fields: &[&str]) -> Option<Row> {
    let [peer, n, median, low, high, cpu, switches, fault @ ..] = fields else {
        return None;
    };
    Some(Row {
        peer: (*peer).to_owned(),
        n: n.parse().ok()?,
        median: median.parse().ok()?,
        quartiles: (low.parse().ok()?, high.parse().ok()?),
        cpu: cpu.parse().ok()?,
        switches: switches.parse().ok()?,
        fault: parse_fault(fault)?,
    })
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
    fn a_row_survives_the_pipe() {
        let lost = Fault::Lost {
            sent: 9,
            received: 7,
        };
        for fault in [None, Some(Fault::Hung), Some(Fault::Corrupt), Some(lost)] {
            let mut row = Row::new("towpath recv_many", 400, &[], fault);
            (row.median, row.quartiles, row.cpu, row.switches) = (1.5, (1.0, 2.0), 3.0, 0.25);
            let Ok(Line::Row(parsed)) = format!("row\t{}", fields(&row)).parse() else {
                panic!("not read back: {row:?}");
            };
            assert_eq!(format!("{parsed:?}"), format!("{row:?}"));
        }
    }
}
