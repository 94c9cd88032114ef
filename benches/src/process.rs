//! A process for each scenario. All its peers run in that one process, in turns; should one of
//! them hang or crash, the process ends and another one does the scenario without it. A survey has
//! a process for each peer.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitCode, Stdio};
use std::str::FromStr;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::harness::{self, Hung};
use crate::plan::{Plan, Scenario};
use crate::scenarios::PINNED;
use crate::stats::{Fault, Row, Table};
use crate::survey::{Answer, Candidate, Request, Sheet, Survey};
use crate::wire;

/// The command of the process that runs one scenario: `worker SCENARIO PEER.. --rounds N`.
pub const WORKER: &str = "worker";
/// The command of the process that asks one peer: `examiner SURVEY PEER MILLISECONDS RATE`.
pub const EXAMINER: &str = "examiner";
/// An examination that takes so much longer than it was given hangs.
const GRACE: Duration = Duration::from_secs(60);

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
    let mut words = vec![WORKER, scenario];
    words.extend(peers);
    let rounds = rounds.to_string();
    words.extend(["--rounds", &rounds]);
    let mut worker = spawn(&words)?;
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

fn spawn(words: &[&str]) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(words)
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
    if scenario.group() == PINNED {
        if let Err(error) = pin() {
            eprintln!("{WORKER}: {error}");
            return ExitCode::FAILURE;
        }
    }
    match harness::compare(&scenario, rounds, |peer| println!("turn\t{peer}")) {
        Ok(rows) => {
            for row in &rows {
                println!("row\t{}", wire::row_fields(row));
            }
        }
        Err(Hung { peer }) => println!("hung\t{peer}"),
    }
    // Returning from main ends threads that hang.
    ExitCode::SUCCESS
}

/// Keeps this thread, and so all that it will start, on one core: before anybody has asked how many
/// there are.
fn pin() -> nix::Result<()> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let first = (0..CpuSet::count()).find(|core| allowed.is_set(*core) == Ok(true));
    let mut one = CpuSet::new();
    one.set(first.expect("this thread runs somewhere"))?;
    sched_setaffinity(this, &one)
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split('\t').collect();
        let parsed = match words.as_slice() {
            ["turn", peer] => Some(Line::Turn((*peer).to_owned())),
            ["hung", peer] => Some(Line::Hung((*peer).to_owned())),
            ["row", fields @ ..] => wire::parse_row(fields).map(|row| Line::Row(Box::new(row))),
            _ => None,
        };
        parsed.ok_or_else(|| format!("the worker said: {line}"))
    }
}

/// How often [`survey`] tells whose turn it is.
pub fn survey_turns(survey: &Survey, quick: bool) -> usize {
    survey.candidates.len() * if quick { 1 } else { survey.question.rounds }
}

/// Asks all peers, each in its own process; quickly, for less time and once. `turn` is told whose
/// turn it is.
pub fn survey(
    survey: &Survey,
    rate: f64,
    quick: bool,
    mut turn: impl FnMut(&str),
) -> io::Result<Sheet> {
    let question = survey.question;
    let (time, rounds) = match quick {
        true => (question.time / 10, 1),
        false => (question.time, question.rounds),
    };
    let mut found: HashMap<&str, Vec<Vec<f64>>> = HashMap::new();
    let mut faults: HashMap<&str, Fault> = HashMap::new();
    for _ in 0..rounds {
        let sound = |candidate: &&Candidate| !faults.contains_key(candidate.peer.as_str());
        let sound: Vec<&Candidate> = survey.candidates.iter().filter(sound).collect();
        let examiner = |candidate: &Candidate| examiner(question.name, candidate, time, rate);
        for (peer, examined) in examine_all(&sound, question.at_once, examiner)? {
            turn(peer);
            match examined {
                Ok(figures) => found.entry(peer).or_default().push(figures),
                Err(fault) => drop(faults.insert(peer, fault)),
            }
        }
    }
    let fold = |candidate: &Candidate| {
        let peer = candidate.peer.as_str();
        let rounds = found.remove(peer).unwrap_or_default();
        Answer::fold(peer, question.columns, &rounds, faults.remove(peer))
    };
    Ok(Sheet {
        name: question.name.to_owned(),
        title: question.title.to_owned(),
        columns: question.columns.iter().map(|c| c.name.to_owned()).collect(),
        rate,
        answers: survey.candidates.iter().map(fold).collect(),
    })
}

type Examined = Result<Vec<f64>, Fault>;

/// One examination of each: all of them at the same time, or one after the other.
fn examine_all<'a>(
    candidates: &[&'a Candidate],
    at_once: bool,
    start: impl Fn(&Candidate) -> io::Result<Child>,
) -> io::Result<Vec<(&'a str, Examined)>> {
    let mut examined = Vec::new();
    let together = if at_once { candidates.len() } else { 1 };
    for candidates in candidates.chunks(together.max(1)) {
        let children: io::Result<Vec<Child>> = candidates.iter().map(|c| start(c)).collect();
        for (candidate, child) in candidates.iter().zip(children?) {
            examined.push((candidate.peer.as_str(), answer(child)?));
        }
    }
    Ok(examined)
}

fn examiner(survey: &str, peer: &Candidate, time: Duration, rate: f64) -> io::Result<Child> {
    let (time, rate) = (time.as_millis().to_string(), rate.to_string());
    spawn(&[EXAMINER, survey, &peer.peer, &time, &rate])
}

/// What the examiner says in the end.
fn answer(mut child: Child) -> io::Result<Examined> {
    let mut said = String::new();
    let mut output = child.stdout.take().expect("the output is a pipe");
    output.read_to_string(&mut said)?;
    if !child.wait()?.success() {
        return Ok(Err(Fault::Crashed));
    }
    let words: Vec<&str> = said.trim_end().split('\t').collect();
    match words.as_slice() {
        ["hung"] => Ok(Err(Fault::Hung)),
        ["failed"] => Ok(Err(Fault::Failed)),
        ["figures", figures @ ..] => wire::parse_figures(figures)
            .map(Ok)
            .ok_or_else(|| io::Error::other(format!("the examiner said: {said}"))),
        _ => Err(io::Error::other(format!("the examiner said: {said}"))),
    }
}

/// The examiner itself.
pub fn examine(words: &[String]) -> ExitCode {
    let plan = Plan::all();
    let parsed = || {
        let [survey, peer, time, rate] = words else {
            return None;
        };
        let survey = plan.named_survey(survey)?;
        let candidate = survey.candidates.iter().find(|known| known.peer == *peer)?;
        let request = Request {
            time: Duration::from_millis(time.parse().ok()?),
            rate: rate.parse().ok()?,
        };
        Some((candidate.clone(), request))
    };
    let Some((candidate, request)) = parsed() else {
        eprintln!("{EXAMINER}: SURVEY PEER MILLISECONDS RATE");
        return ExitCode::from(2);
    };
    let (sender, result) = channel();
    let examination = thread::spawn(move || {
        // Nobody listens any more if it comes too late.
        let _ = sender.send(candidate.examine(&request));
    });
    match result.recv_timeout(request.time * 10 + GRACE) {
        Ok(figures) => println!("figures\t{}", wire::figure_fields(&figures)),
        Err(_) if examination.is_finished() => println!("failed"),
        Err(_) => println!("hung"),
    }
    ExitCode::SUCCESS
}
