//! `compare`: towpath and its peers on the same work.
#![allow(missing_docs)]

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use towpath_benches::plan::{Plan, Scenario};
use towpath_benches::stats::{Fault, Table};
use towpath_benches::{harness, process, report};

const USAGE: &str = "\
Runs towpath's channels and their peers on the same work, taking turns.

cargo run --release -p towpath-benches -- compare [FILTER..] [OPTIONS]

FILTER            keep scenarios whose name contains it, e.g. threads/cap1 or pingpong
--peer NAME..     only these peers (a prefix is enough) and towpath; filters come first
--rounds N        runs of each peer in each scenario (7)
--quick           three rounds
--list            print the scenarios and their peers, run nothing
--csv FILE        write the figures as CSV
--markdown FILE   write the page docs/benchmarks.md
";

#[derive(Default)]
struct Options {
    /// This process is the one that runs a single scenario: the rest of the words say which.
    worker: bool,
    filters: Vec<String>,
    peers: Vec<String>,
    rounds: usize,
    list: bool,
    help: bool,
    csv: Option<PathBuf>,
    markdown: Option<PathBuf>,
}

fn parse() -> Result<Options, lexopt::Error> {
    let mut options = Options {
        rounds: 7,
        ..Options::default()
    };
    let mut args = lexopt::Parser::from_env();
    let mut command = None;
    while let Some(arg) = args.next()? {
        match arg {
            Value(word) if command.is_none() => command = Some(word.string()?),
            Value(filter) => options.filters.push(filter.string()?),
            Long("peer") => {
                for name in args.values()? {
                    options.peers.push(name.string()?);
                }
            }
            Long("rounds") => options.rounds = args.value()?.parse::<usize>()?.max(1),
            Long("quick") => options.rounds = 3,
            Long("list") => options.list = true,
            Long("csv") => options.csv = Some(args.value()?.into()),
            Long("markdown") => options.markdown = Some(args.value()?.into()),
            Long("help") | Short('h') => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    match command.as_deref() {
        Some("compare") => Ok(options),
        Some(process::WORKER) => Ok(Options {
            worker: true,
            ..options
        }),
        _ if options.help => Ok(options),
        Some(other) => Err(format!("no such command: {other}").into()),
        None => Err("which command? there is `compare`".into()),
    }
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.worker {
        return process::work(&options.filters, options.rounds);
    }
    let plan = Plan::all();
    if let Some(name) = options.peers.iter().find(|name| !plan.knows(name)) {
        eprintln!("no peer is called {name}; --list shows them");
        return ExitCode::from(2);
    }
    let plan = plan.select(&options.filters, &options.peers);
    if options.help {
        print!("{USAGE}");
    } else if options.list {
        list(&plan);
    } else if plan.scenarios.is_empty() {
        eprintln!("no scenario matches; --list shows them");
        return ExitCode::from(2);
    } else {
        return compare(&plan, &options);
    }
    ExitCode::SUCCESS
}

fn list(plan: &Plan) {
    for scenario in &plan.scenarios {
        let peers: Vec<&str> = scenario
            .cases
            .iter()
            .map(|case| case.peer.as_str())
            .collect();
        println!("{}: {}", scenario.name, peers.join(", "));
    }
}

fn compare(plan: &Plan, options: &Options) -> ExitCode {
    let bar = progress_bar(&plan.scenarios, options.rounds);
    let mut tables = Vec::new();
    let mut outcome = ExitCode::SUCCESS;
    for scenario in &plan.scenarios {
        let start = bar.position();
        let turn = |peer: &str| {
            bar.set_message(format!("{} {peer}", scenario.name));
            bar.inc(1);
        };
        let table = match process::compare(scenario, options.rounds, turn) {
            Ok(table) => table,
            Err(error) => {
                eprintln!("{}: {error}", scenario.name);
                return ExitCode::FAILURE;
            }
        };
        bar.set_position(start + harness::turns(scenario, options.rounds) as u64);
        bar.suspend(|| print!("{}", report::table(&table)));
        if has_failed(&table) {
            outcome = ExitCode::FAILURE;
        }
        tables.push(table);
    }
    bar.finish_and_clear();
    print!("{}", report::summary(&tables));
    if let Err(error) = write_files(&tables, options) {
        eprintln!("{error}");
        outcome = ExitCode::FAILURE;
    }
    outcome
}

/// Reports all faults and tells whether the run has failed. That a peer loses messages is a
/// finding; everything else, and any fault of ours, is a failure.
fn has_failed(table: &Table) -> bool {
    let mut failed = false;
    for row in &table.rows {
        let Some(fault) = &row.fault else { continue };
        eprintln!("{} in {}: {fault}", row.peer, table.scenario);
        failed |= row.is_ours() || !matches!(fault, Fault::Lost { .. });
    }
    failed
}

fn write_files(tables: &[Table], options: &Options) -> std::io::Result<()> {
    if let Some(path) = &options.csv {
        std::fs::write(path, report::csv(tables))?;
    }
    if let Some(path) = &options.markdown {
        std::fs::write(
            path,
            report::markdown(tables, options.rounds, &command(options)),
        )?;
    }
    Ok(())
}

/// The command line that repeats this run.
fn command(options: &Options) -> String {
    let mut words = vec!["cargo run --release -p towpath-benches -- compare".to_owned()];
    words.extend(options.filters.iter().cloned());
    words.extend(options.peers.iter().map(|peer| format!("--peer {peer}")));
    words.push(format!("--rounds {}", options.rounds));
    words.extend(
        options
            .markdown
            .iter()
            .map(|path| format!("--markdown {}", path.display())),
    );
    words.join(" ")
}

fn progress_bar(scenarios: &[Scenario], rounds: usize) -> ProgressBar {
    let turns: usize = scenarios
        .iter()
        .map(|scenario| harness::turns(scenario, rounds))
        .sum();
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left  {msg}")
        .expect("the template is well formed");
    // No ticker: it would take CPU time from the runs.
    ProgressBar::new(turns as u64).with_style(style)
}
