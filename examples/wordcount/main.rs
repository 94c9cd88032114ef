//! Counts words over every readable text file under some directories, on threads and on tokio
//! tasks at once, and checks the result against a serial count.
//!
//! ```text
//! cargo run --release --example wordcount -- [DIR..]
//! ```
//!
//! ```text
//!  walker ──paths──▶ readers ──chunks──▶ counters ──parts──▶ merge
//!  thread  bounded   threads   bounded   tokio tasks         main
//! ```
//!
//! Every arrow is one towpath channel. The ends that are threads block on it, the ends that are
//! tasks await it. Ctrl-C closes the first channel, and the end of the stream travels down.

mod args;
mod interrupt;
mod pipeline;
mod progress;
mod report;
mod serial;
mod source;
mod summary;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use args::Request;
use interrupt::Interrupt;
use report::{Check, Report};
use tokio::runtime::Runtime;

const EXIT_MISMATCH: u8 = 1;
const EXIT_USAGE: u8 = 2;
/// What a shell reports for a program ended by Ctrl-C.
const EXIT_INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)) {
        Ok(Request::Count(roots)) => run(roots),
        Ok(Request::Help) => {
            print!("{}", args::USAGE);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprint!("wordcount: {message}\n\n{}", args::USAGE);
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn run(roots: Vec<PathBuf>) -> ExitCode {
    let runtime = Runtime::new().expect("tokio's runtime starts");
    let interrupt = Interrupt::listen(&runtime);
    let pipeline = runtime.block_on(pipeline::count(roots.clone(), &interrupt));
    let check = check(&roots, &pipeline, &interrupt);
    let report = Report { pipeline, check };

    report.print_skipped();
    if let Err(error) = report.print() {
        // Nobody reads our output any more (`wordcount | head`), and so nobody misses it.
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            eprintln!("wordcount: cannot write the report: {error}");
            return ExitCode::FAILURE;
        }
    }
    exit_code(&report.check)
}

/// A partial count has nothing to be compared with, and whoever pressed Ctrl-C waits for no check.
fn check(roots: &[PathBuf], pipeline: &pipeline::Outcome, interrupt: &Interrupt) -> Check {
    if interrupt.came() {
        return Check::Interrupted;
    }
    match serial::count(roots, pipeline.summary.bytes, interrupt) {
        None => Check::Interrupted,
        Some(serial) => match pipeline.summary.difference(&serial.summary) {
            None => Check::Equal(serial.elapsed),
            Some(difference) => Check::Different(difference),
        },
    }
}

fn exit_code(check: &Check) -> ExitCode {
    match check {
        Check::Equal(_) => ExitCode::SUCCESS,
        Check::Different(_) => ExitCode::from(EXIT_MISMATCH),
        Check::Interrupted => ExitCode::from(EXIT_INTERRUPTED),
    }
}
