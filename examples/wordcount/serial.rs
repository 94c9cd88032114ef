//! The same count on one thread, without any channel: what the pipeline is checked against.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::interrupt::Interrupt;
use crate::progress;
use crate::source;
use crate::summary::Summary;

pub(crate) struct Outcome {
    pub(crate) summary: Summary,
    pub(crate) elapsed: Duration,
}

/// Walks the directories anew, so that a path lost on the way shows, too. `None` if interrupted.
///
/// It comes second and finds the files in the system's cache, which flatters its time.
pub(crate) fn count(roots: &[PathBuf], bytes: u64, interrupt: &Interrupt) -> Option<Outcome> {
    let started = Instant::now();
    let bar = progress::bar("checking", bytes);
    let mut summary = Summary::default();
    for file in source::files(roots) {
        if interrupt.came() {
            bar.finish_and_clear();
            return None;
        }
        match file.and_then(|file| source::read(file.path)) {
            Err(skipped) => summary.skip(skipped),
            Ok(text) => {
                summary.add_file(text.len());
                summary.tally.add(&text);
                bar.inc(text.len() as u64);
            }
        }
    }
    bar.finish_and_clear();
    Some(Outcome {
        summary,
        elapsed: started.elapsed(),
    })
}
