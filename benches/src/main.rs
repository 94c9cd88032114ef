//! `compare`: towpath and its peers on the same work.
#![allow(missing_docs)]

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use towpath_benches::plan::{Filter, Plan};
use towpath_benches::stats::{Fault, Table};
use towpath_benches::survey::{Sheet, Survey};
use towpath_benches::wire::Results;
use towpath_benches::{harness, process, report};

const USAGE: &str = "\
Runs towpath and its peers on the same work, taking turns.

cargo run --release -p towpath-benches -- compare [FILTER..] [OPTIONS]
cargo run --release -p towpath-benches -- render FILE.. [OPTIONS]

compare           run; without filters, the whole matrix
  FILTER          keep scenarios and surveys whose name contains it, e.g. threads/cap1/ or pingpong
  --group NAME..  keep whole groups, e.g. select; filters come first
  --peer NAME..   only these peers (a prefix is enough) and towpath; filters come first
  --rounds N      runs of each peer in each scenario (7)
  --quick         three rounds, and a tenth of the time for surveys
  --list          print the scenarios and surveys and their peers, run nothing
  --save FILE     keep the results for `render`, as they come
render            show saved results again; of what is in several files, the last counts
both
  --csv FILE      write the figures as CSV (surveys beside it)
  --markdown FILE write the page docs/benchmarks.md, and its plots to plots/ beside it
  --gate RATIO    fail if towpath is below this ratio to the best peer in any scenario
";

#[derive(Default)]
struct Options {
    command: Option<String>,
    /// Filters, files, or what a worker is told.
    words: Vec<String>,
    filter: Filter,
    rounds: usize,
    quick: bool,
    list: bool,
    help: bool,
    gate: Option<f64>,
    csv: Option<PathBuf>,
    markdown: Option<PathBuf>,
    save: Option<PathBuf>,
}

fn parse() -> Result<Options, lexopt::Error> {
    let mut options = Options {
        rounds: 7,
        ..Options::default()
    };
    let strings = |parser: &mut lexopt::Parser| -> Result<Vec<String>, lexopt::Error> {
        parser.values()?.map(|value| value.string()).collect()
    };
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Value(word) if options.command.is_none() => options.command = Some(word.string()?),
            Value(word) => options.words.push(word.string()?),
            Long("group") => options.filter.groups.extend(strings(&mut args)?),
            Long("peer") => options.filter.peers.extend(strings(&mut args)?),
            Long("rounds") => options.rounds = args.value()?.parse::<usize>()?.max(1),
            Long("quick") => (options.rounds, options.quick) = (3, true),
            Long("list") => options.list = true,
            Long("gate") => options.gate = Some(args.value()?.parse()?),
            Long("csv") => options.csv = Some(args.value()?.into()),
            Long("markdown") => options.markdown = Some(args.value()?.into()),
            Long("save") => options.save = Some(args.value()?.into()),
            Long("help") | Short('h') => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let mut options = match parse() {
        Ok(options) => options,
        Err(error) => return misuse(&error.to_string()),
    };
    if options.help {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match options.command.as_deref() {
        Some("compare") => {
            options.filter.parts = std::mem::take(&mut options.words);
            compare(&options)
        }
        Some("render") => render(&options),
        Some(process::WORKER) => process::work(&options.words, options.rounds),
        Some(process::EXAMINER) => process::examine(&options.words),
        Some(other) => misuse(&format!("no such command: {other}")),
        None => misuse("which command? there are `compare` and `render`"),
    }
}

fn misuse(what: &str) -> ExitCode {
    eprintln!("{what}\n\n{USAGE}");
    ExitCode::from(2)
}

fn compare(options: &Options) -> ExitCode {
    let plan = Plan::all();
    if let Some(name) = options.filter.peers.iter().find(|name| !plan.knows(name)) {
        return misuse(&format!("no peer is called {name}; --list shows them"));
    }
    let plan = plan.select(&options.filter);
    if plan.scenarios.is_empty() && plan.surveys.is_empty() {
        return misuse("no scenario matches; --list shows them");
    }
    if options.list {
        list(&plan);
        return ExitCode::SUCCESS;
    }
    match run(&plan, options) {
        Ok(results) => {
            let faults = results
                .tables
                .iter()
                .filter(|table| has_failed(table))
                .count();
            let outcome = finish(&results, options, &command(options));
            if faults == 0 {
                outcome
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
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
    for survey in &plan.surveys {
        let peers = survey
            .candidates
            .iter()
            .map(|candidate| candidate.peer.as_str());
        let peers: Vec<&str> = peers.collect();
        println!("{}: {}", survey.question.name, peers.join(", "));
    }
}

fn run(plan: &Plan, options: &Options) -> std::io::Result<Results> {
    let bar = progress_bar(plan, options);
    let mut results = Results {
        rounds: options.rounds,
        ..Results::default()
    };
    for scenario in &plan.scenarios {
        let start = bar.position();
        let turn = |peer: &str| {
            bar.set_message(format!("{} {peer}", scenario.name));
            bar.inc(1);
        };
        let table = process::compare(scenario, options.rounds, turn)?;
        bar.set_position(start + harness::turns(scenario, options.rounds) as u64);
        bar.suspend(|| print!("{}", report::table(&table)));
        results.tables.push(table);
        save(&results, options)?;
    }
    for survey in &plan.surveys {
        let turn = |peer: &str| {
            bar.set_message(format!("{} {peer}", survey.question.name));
            bar.inc(1);
        };
        let rate = offered(survey, &results.sheets);
        let sheet = process::survey(survey, rate, options.quick, turn)?;
        bar.suspend(|| print!("{}", report::sheet(&sheet)));
        results.sheets.push(sheet);
        save(&results, options)?;
    }
    bar.finish_and_clear();
    Ok(results)
}

/// The load of a survey, in messages per second: its share of what the slowest peer can take.
fn offered(survey: &Survey, sheets: &[Sheet]) -> f64 {
    let Some(load) = survey.question.load else {
        return 0.0;
    };
    let capacities = sheets.iter().filter(|sheet| sheet.name == load.capacity);
    let answers = capacities.flat_map(|sheet| &sheet.answers);
    let slowest = answers.flat_map(|answer| &answer.figures).copied();
    slowest.fold(f64::NAN, f64::min) * load.share
}

fn render(options: &Options) -> ExitCode {
    let mut results = Results::default();
    for file in &options.words {
        let loaded = std::fs::read_to_string(file).map_err(|error| error.to_string());
        if let Err(error) = loaded.and_then(|saved| results.load(&saved)) {
            eprintln!("{file}: {error}");
            return ExitCode::FAILURE;
        }
    }
    results
        .tables
        .iter()
        .for_each(|table| print!("{}", report::table(table)));
    results
        .sheets
        .iter()
        .for_each(|sheet| print!("{}", report::sheet(sheet)));
    let rounds = results.rounds;
    let command = format!("{COMPARE} --rounds {rounds} --markdown docs/benchmarks.md");
    finish(&results, options, &command)
}

/// The summary, the files and the verdict.
fn finish(results: &Results, options: &Options, command: &str) -> ExitCode {
    print!("{}", report::summary(&results.tables));
    if let Err(error) = write_files(results, options, command) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let Some(least) = options.gate else {
        return ExitCode::SUCCESS;
    };
    let below = report::below(&results.tables, least);
    for line in &below {
        eprintln!("{line}");
    }
    if below.is_empty() {
        println!("every scenario is at {least} of its best peer or above");
        ExitCode::SUCCESS
    } else {
        eprintln!(
            "{} scenarios are below {least} of their best peer",
            below.len()
        );
        ExitCode::FAILURE
    }
}

/// Reports all faults and tells whether the run has failed. That a peer hangs or loses messages is
/// a finding; any fault of ours is a failure.
fn has_failed(table: &Table) -> bool {
    let mut failed = false;
    for row in &table.rows {
        let Some(fault) = &row.fault else { continue };
        eprintln!("{} in {}: {fault}", row.peer, table.scenario);
        failed |= row.is_ours() || matches!(fault, Fault::Failed);
    }
    failed
}

/// Keeps what there is so far: a run that is cut off leaves a whole file.
fn save(results: &Results, options: &Options) -> std::io::Result<()> {
    let Some(path) = &options.save else {
        return Ok(());
    };
    let mut beside = path.clone().into_os_string();
    beside.push(".new");
    std::fs::write(&beside, results.save())?;
    std::fs::rename(beside, path)
}

fn write_files(results: &Results, options: &Options, command: &str) -> std::io::Result<()> {
    save(results, options)?;
    if let Some(path) = &options.csv {
        std::fs::write(path, report::csv(&results.tables))?;
        std::fs::write(
            path.with_extension("surveys.csv"),
            report::sheets_csv(&results.sheets),
        )?;
    }
    if let Some(path) = &options.markdown {
        let plots = path.with_file_name("plots");
        std::fs::create_dir_all(&plots)?;
        let drawn = report::plots(results);
        for plot in &drawn {
            std::fs::write(plots.join(&plot.file), &plot.svg)?;
        }
        std::fs::write(path, report::markdown(results, &drawn, command))?;
    }
    Ok(())
}

const COMPARE: &str = "cargo run --release -p towpath-benches -- compare";

/// The command line that repeats this run.
fn command(options: &Options) -> String {
    let filter = &options.filter;
    let mut words = vec![COMPARE.to_owned()];
    words.extend(filter.parts.iter().cloned());
    words.extend(filter.groups.iter().map(|group| format!("--group {group}")));
    words.extend(filter.peers.iter().map(|peer| format!("--peer {peer}")));
    words.push(if options.quick {
        "--quick".to_owned()
    } else {
        format!("--rounds {}", options.rounds)
    });
    let page = options.markdown.iter();
    words.extend(page.map(|path| format!("--markdown {}", path.display())));
    words.join(" ")
}

fn progress_bar(plan: &Plan, options: &Options) -> ProgressBar {
    let scenarios = plan.scenarios.iter();
    let turns = scenarios.map(|scenario| harness::turns(scenario, options.rounds));
    let surveys = plan.surveys.iter();
    let asked = surveys.map(|survey| process::survey_turns(survey, options.quick));
    let turns: usize = turns.chain(asked).sum();
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left  {msg}")
        .expect("the template is well formed");
    // No ticker: it would take CPU time from the runs.
    ProgressBar::new(turns as u64).with_style(style)
}
