//! The tables on stdout, and the skipped files on stderr.

use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use crate::pipeline::Outcome;
use crate::source::Reason;
use crate::summary::Summary;

const TOP: usize = 15;

pub(crate) struct Report {
    pub(crate) pipeline: Outcome,
    pub(crate) check: Check,
}

pub(crate) enum Check {
    /// The serial count agrees; how long it took.
    Equal(Duration),
    /// What does not agree.
    Different(String),
    Interrupted,
}

impl Report {
    pub(crate) fn print_skipped(&self) {
        let summary = &self.pipeline.summary;
        let all = summary.unreadable + summary.not_utf8;
        for skipped in &summary.examples {
            let reason: &dyn Display = match &skipped.reason {
                Reason::Unreadable(error) => error,
                Reason::NotUtf8 => &"not UTF-8",
            };
            eprintln!("skipped {}: {reason}", skipped.path.display());
        }
        if all > summary.examples.len() {
            eprintln!("skipped {} more", all - summary.examples.len());
        }
    }

    pub(crate) fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        print_words(&mut out, &self.pipeline.summary)?;
        self.print_throughput(&mut out)?;
        self.print_verdict(&mut out)
    }

    fn print_throughput(&self, out: &mut impl Write) -> io::Result<()> {
        let Outcome {
            summary, elapsed, ..
        } = &self.pipeline;
        writeln!(
            out,
            "{:<18} {:>9} {:>9} {:>10} {:>12}",
            "", "seconds", "MB/s", "files/s", "words/s"
        )?;
        print_rates(out, "threads and tasks", summary, *elapsed)?;
        if let Check::Equal(elapsed) = self.check {
            print_rates(out, "serial check", summary, elapsed)?;
        }
        writeln!(out)
    }

    fn print_verdict(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.pipeline.complete {
            writeln!(out, "PARTIAL: Ctrl-C came before every file was counted")?;
        }
        match &self.check {
            Check::Equal(_) => writeln!(out, "checked: the serial count is the same"),
            Check::Interrupted => writeln!(out, "not checked against a serial count"),
            Check::Different(what) => {
                writeln!(out, "MISMATCH: {what} (did a file change meanwhile?)")
            }
        }
    }
}

fn print_words(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let total = summary.tally.total();
    writeln!(out, "{:<24} {:>12} {:>7}", "word", "count", "share")?;
    for (word, count) in summary.tally.top(TOP) {
        let share = 100.0 * count as f64 / total as f64;
        writeln!(out, "{word:<24} {:>12} {share:>6.2}%", grouped(count))?;
    }
    writeln!(out)?;
    let megabytes = format!("{:.1}", megabytes(summary));
    let rows = [
        ("words", grouped(total)),
        ("distinct words", grouped(summary.tally.distinct() as u64)),
        ("files", grouped(summary.files as u64)),
        ("MB", megabytes),
        ("skipped, unreadable", grouped(summary.unreadable as u64)),
        ("skipped, not UTF-8", grouped(summary.not_utf8 as u64)),
    ];
    for (name, value) in rows {
        writeln!(out, "{name:<24} {value:>12}")?;
    }
    writeln!(out)
}

fn print_rates(
    out: &mut impl Write,
    name: &str,
    summary: &Summary,
    elapsed: Duration,
) -> io::Result<()> {
    let seconds = elapsed.as_secs_f64();
    let per_second = |n: f64| grouped((n / seconds) as u64);
    let mb = megabytes(summary) / seconds;
    let files = per_second(summary.files as f64);
    let words = per_second(summary.tally.total() as f64);
    writeln!(
        out,
        "{name:<18} {seconds:>9.3} {mb:>9.1} {files:>10} {words:>12}"
    )
}

fn megabytes(summary: &Summary) -> f64 {
    summary.bytes as f64 / 1e6
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_come_in_threes() {
        assert_eq!(
            [0, 999, 1000, 1234567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
