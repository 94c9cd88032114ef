//! Runs the cases of a scenario: calibrates each, then takes turns, so that a slow minute of the
//! machine hits everybody alike.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::measure::{Run, Tally};
use crate::plan::{Case, Scenario};
use crate::stats::{Fault, Row};

/// A run takes about this long.
const TARGET: Duration = Duration::from_millis(40);
/// Long enough to tell from it how many messages make a run.
const ENOUGH: Duration = Duration::from_millis(10);
/// Nothing takes this long but a hang.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// Bounds the memory that an unbounded channel takes when the receiver is behind.
const MOST_MESSAGES: u64 = 8_000_000;
const FIRST_GUESS: u64 = 400;
const FEWEST_MESSAGES: u64 = 100;
/// How much longer than [`TARGET`] the slowest may take where all move the same number.
const LONGER: u64 = 4;

/// The turns that [`compare`] takes, for a progress bar.
pub fn turns(scenario: &Scenario, rounds: usize) -> usize {
    scenario.cases.len() * (rounds + 1)
}

/// A case that did not end. Its threads are still there and may burn CPU, so no figure taken
/// after it in the same process would count.
#[derive(Debug)]
pub struct Hung {
    pub peer: String,
}

/// Calibrates every case and runs it `rounds` times, in turns. `turn` is told whose turn it is.
pub fn compare(
    scenario: &Scenario,
    rounds: usize,
    mut turn: impl FnMut(&str),
) -> Result<Vec<Row>, Hung> {
    let mut entries: Vec<Entry> = scenario.cases.iter().map(Entry::new).collect();
    for entry in &mut entries {
        turn(&entry.case.peer);
        entry.calibrate();
        entry.check_for_hang()?;
    }
    if scenario.piles_up() {
        share_count(&mut entries);
    }
    let count = entries.len();
    for round in 0..rounds {
        for position in 0..count {
            // Whoever runs first is another one in each round.
            let entry = &mut entries[(round + position) % count];
            turn(&entry.case.peer);
            entry.sample();
            entry.check_for_hang()?;
        }
    }
    Ok(entries.into_iter().map(Entry::into_row).collect())
}

/// The same number of messages for all, near to what the fastest needs for a whole run.
fn share_count(entries: &mut [Entry]) {
    let sound = || entries.iter().filter(|entry| entry.fault.is_none());
    let (Some(least), Some(most)) = (
        sound().map(|entry| entry.n).min(),
        sound().map(|entry| entry.n).max(),
    ) else {
        return;
    };
    let n = most.min(least * LONGER);
    entries.iter_mut().for_each(|entry| entry.n = n);
}

/// One case while its scenario runs.
struct Entry<'a> {
    case: &'a Case,
    n: u64,
    runs: Vec<Run>,
    /// A case with a fault does not run again.
    fault: Option<Fault>,
}

impl<'a> Entry<'a> {
    fn new(case: &'a Case) -> Self {
        Entry {
            case,
            n: FIRST_GUESS,
            runs: Vec::new(),
            fault: None,
        }
    }

    /// Finds how many messages take about [`TARGET`]. One long run is not believed: a moment that the machine
    /// spent elsewhere looks the same, and with too few messages the start of the threads would be timed.
    fn calibrate(&mut self) {
        let mut is_target = false;
        while let Some(run) = self.checked_run() {
            let per_message = run.wall.as_secs_f64().max(1e-6) / self.n as f64;
            let target = TARGET.as_secs_f64() / per_message;
            let is_long = run.wall >= ENOUGH;
            let next = if is_long {
                target
            } else {
                target.min(self.n as f64 * 16.0)
            };
            self.n = (next as u64).clamp(FEWEST_MESSAGES, MOST_MESSAGES);
            if is_long && is_target || self.n == MOST_MESSAGES {
                return;
            }
            is_target = is_long;
        }
    }

    fn sample(&mut self) {
        let run = self.checked_run();
        self.runs.extend(run);
    }

    /// Runs once, unless the case has a fault; notes a new one.
    fn checked_run(&mut self) -> Option<Run> {
        if self.fault.is_some() {
            return None;
        }
        match run(self.case, self.n, DEADLINE) {
            Ok(run) => Some(run),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    fn check_for_hang(&self) -> Result<(), Hung> {
        match self.fault {
            Some(Fault::Hung) => Err(Hung {
                peer: self.case.peer.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn into_row(self) -> Row {
        Row::new(&self.case.peer, self.n, &self.runs, self.fault)
    }
}

/// Runs a case once and checks what arrived. The run has a thread of its own, which is left
/// behind if it does not end before the deadline.
pub fn run(case: &Case, n: u64, deadline: Duration) -> Result<Run, Fault> {
    let (sender, result) = channel();
    let job = case.run.clone();
    thread::spawn(move || {
        let run = catch_unwind(AssertUnwindSafe(|| job(n)));
        // Nobody listens any more if the run came too late.
        let _ = sender.send(run.map_err(|_| Fault::Failed));
    });
    match result.recv_timeout(deadline) {
        Ok(run) => run.and_then(|run| check(run.received, n).map(|()| run)),
        Err(RecvTimeoutError::Timeout) => Err(Fault::Hung),
        Err(RecvTimeoutError::Disconnected) => Err(Fault::Failed),
    }
}

fn check(received: Tally, sent: u64) -> Result<(), Fault> {
    if received.count < sent {
        Err(Fault::Lost {
            sent,
            received: received.count,
        })
    } else if received != Tally::expected(sent) {
        Err(Fault::Corrupt)
    } else {
        Ok(())
    }
}
