//! The count on threads and tasks: one function per stage, one channel between two stages.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use towpath::{Receiver, Sender, WeakSender, bounded, unbounded};

use crate::interrupt::Interrupt;
use crate::progress;
use crate::source;
use crate::summary::Summary;
use crate::text::{self, Chunk};

const PATHS: usize = 16;
/// A file that is begun is counted to its end even after Ctrl-C, so this bounds that wait, too.
const CHUNKS: usize = 64;

pub(crate) struct Outcome {
    pub(crate) summary: Summary,
    /// False if Ctrl-C came before the last file.
    pub(crate) complete: bool,
    pub(crate) elapsed: Duration,
}

/// Starts the stages, merges what they report, and ends when all of them have ended.
pub(crate) async fn count(roots: Vec<PathBuf>, interrupt: &Interrupt) -> Outcome {
    let started = Instant::now();
    let workers = thread::available_parallelism().map_or(2, NonZero::get);
    let bar = progress::bar("counting", 0);
    let (path_sender, paths) = bounded(PATHS);
    let (chunk_sender, chunks) = bounded(CHUNKS);
    let (part_sender, parts) = unbounded();

    let closer = tokio::spawn(close_on(interrupt.clone(), path_sender.downgrade()));
    let walker = walker(roots, path_sender, part_sender.clone(), bar.clone());
    let readers: Vec<_> = (0..workers)
        .map(|_| {
            let stage = (paths.clone(), chunk_sender.clone(), part_sender.clone());
            reader(stage, interrupt.clone(), bar.clone())
        })
        .collect();
    let counters: Vec<_> = (0..workers)
        .map(|_| tokio::spawn(counter(chunks.clone(), part_sender.clone(), bar.clone())))
        .collect();
    // Each stage ends when the one before it has dropped its last handle: keep none here.
    drop((paths, chunk_sender, chunks, part_sender));

    let mut summary = Summary::default();
    while let Ok(part) = parts.recv_async().await {
        summary.merge(part);
    }

    let mut complete = joined(walker);
    for reader in readers {
        complete &= joined(reader);
    }
    for counter in counters {
        counter.await.expect("a counter never panics");
    }
    closer.abort();
    bar.finish_and_clear();
    Outcome {
        summary,
        complete,
        elapsed: started.elapsed(),
    }
}

/// Closing the first channel stops the walker, and the end goes down the line. The weak handle keeps
/// the readers from waiting for a path that this task would never send.
async fn close_on(interrupt: Interrupt, paths: WeakSender<PathBuf>) {
    interrupt.wait().await;
    if let Some(paths) = paths.upgrade() {
        paths.close();
    }
}

/// A thread that feeds the files' paths; says whether it came to the end.
fn walker(
    roots: Vec<PathBuf>,
    paths: Sender<PathBuf>,
    parts: Sender<Summary>,
    bar: ProgressBar,
) -> JoinHandle<bool> {
    thread::spawn(move || {
        let mut part = Summary::default();
        let mut complete = true;
        for file in source::files(&roots) {
            match file {
                Err(skipped) => part.skip(skipped),
                Ok(file) => {
                    bar.inc_length(file.bytes);
                    if paths.send(file.path).is_err() {
                        complete = false;
                        break;
                    }
                }
            }
        }
        report(&parts, part);
        complete
    })
}

/// A thread that turns paths into chunks of text; says whether it read every file that it got.
fn reader(
    (paths, chunks, parts): (Receiver<PathBuf>, Sender<Chunk>, Sender<Summary>),
    interrupt: Interrupt,
    bar: ProgressBar,
) -> JoinHandle<bool> {
    thread::spawn(move || {
        let mut part = Summary::default();
        let mut complete = true;
        for path in paths {
            if interrupt.came() {
                complete = false; // The closed channel still holds paths; they may be large files.
                break;
            }
            match source::read(path) {
                Err(skipped) => {
                    bar.inc(skipped.bytes);
                    part.skip(skipped);
                }
                Ok(text) => {
                    part.add_file(text.len());
                    if chunks.send_many(text::chunks(Arc::new(text))).is_err() {
                        break; // No counter is left: they panicked, and `count` will say so.
                    }
                }
            }
        }
        report(&parts, part);
        complete
    })
}

/// A task that counts the words of the chunks that it gets.
async fn counter(chunks: Receiver<Chunk>, parts: Sender<Summary>, bar: ProgressBar) {
    let mut part = Summary::default();
    while let Ok(chunk) = chunks.recv_async().await {
        part.tally.add(chunk.text());
        bar.inc(chunk.text().len() as u64);
    }
    report(&parts, part);
}

/// `parts` is unbounded, so that this is the one send which tasks and threads share.
fn report(parts: &Sender<Summary>, part: Summary) {
    parts
        .send(part)
        .expect("`count` receives until the last part is in");
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
