//! What channels cost in memory when they are large, and after a burst.
//!
//! A binary of its own, for the counting allocator and for a quiet process.

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;
#[allow(dead_code)]
#[path = "common/counting.rs"]
mod counting;

use common::watchdog;
use counting::{Counting, enrol, live_bytes};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use towpath::{after, bounded, never, tick, unbounded};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BURST: u64 = 100_000;

/// One test at a time: they look at the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What an unbounded channel holds after one message: itself and a block or two.
fn bytes_after_one_message() -> isize {
    let before = live_bytes();
    let (tx, rx) = unbounded();
    tx.send(0u64).unwrap();
    rx.recv().unwrap();
    let held = live_bytes() - before;
    drop((tx, rx));
    assert_eq!(live_bytes(), before, "a channel that is gone holds nothing");
    held
}

/// One block may be in use and one spare: never more than twice what one message
/// costs. Catches a free list that keeps what a burst needed.
#[test]
fn after_a_burst_an_unbounded_channel_keeps_at_most_one_spare_block() {
    let _alone = alone();
    watchdog(60, |crew| {
        let worker = crew.thread("burst", |_| {
            let _counted = enrol();
            let one = bytes_after_one_message();
            let before = live_bytes();
            let (tx, rx) = unbounded();
            for round in 0..3 {
                (0..BURST).for_each(|i| tx.send(i).unwrap());
                let peak = live_bytes() - before;
                assert!(peak >= 8 * BURST as isize, "the burst is held somewhere");
                assert!(rx.try_iter().eq(0..BURST));
                let kept = live_bytes() - before;
                assert!(
                    kept <= 2 * one,
                    "round {round}: {kept} bytes kept, {one} for one message"
                );
            }
            drop((tx, rx));
            assert_eq!(live_bytes(), before, "all memory is returned");
        });
        worker.join();
    });
}

/// The same with both sides at work, and the burst dropped with the receiver.
#[test]
fn bursts_between_threads_leave_nothing_behind() {
    let _alone = alone();
    watchdog(60, |crew| {
        let before = live_bytes();
        let boss = crew.thread("boss", move |_| {
            let _counted = enrol();
            let (tx, rx) = unbounded();
            let senders: Vec<_> = (0..2)
                .map(|_| {
                    let tx = tx.clone();
                    std::thread::spawn(move || {
                        let _counted = enrol();
                        (0..BURST / 2).for_each(|i| tx.send(i).unwrap());
                    })
                })
                .collect();
            assert_eq!(rx.iter().take(BURST as usize / 2).count() as u64, BURST / 2);
            senders
                .into_iter()
                .for_each(|sender| sender.join().unwrap());
            drop(rx);
            // The sender lives: the messages and their blocks are gone all the same.
            let kept = live_bytes() - before;
            assert!(kept < BURST as isize, "{kept} bytes kept by a dead channel");
        });
        boss.join();
    });
}

/// Resident memory of this process, in pages.
#[cfg(target_os = "linux")]
fn resident_pages() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("procfs");
    let resident = statm
        .split_whitespace()
        .nth(1)
        .expect("two numbers at least");
    resident.parse().expect("a number")
}

/// Catches a ring that writes a stamp into every slot when it is made.
#[cfg(target_os = "linux")]
#[test]
fn a_huge_bounded_channel_costs_no_resident_pages_until_used() {
    let _alone = alone();
    watchdog(60, |_| {
        const CAPACITY: usize = 1 << 20;
        resident_pages();
        let before = resident_pages();
        let (tx, rx) = towpath::bounded::<[u64; 4]>(CAPACITY);
        let made = resident_pages().saturating_sub(before);
        // All of it would be ten thousand. The kernel counts in batches, of dozens of pages per processor.
        assert!(made < 512, "{made} pages for an empty channel");
        (0..CAPACITY / 4).for_each(|_| tx.try_send([1; 4]).unwrap());
        let used = resident_pages().saturating_sub(before);
        // 8 MiB of messages: the measurement works.
        assert!(used > 1024, "{used} pages for a quarter of the messages");
        assert_eq!(rx.len(), CAPACITY / 4);
        let start = std::time::Instant::now();
        drop((tx, rx));
        assert!(
            start.elapsed().as_secs() < 5,
            "dropping it does not visit empty slots"
        );
    });
}

fn bytes_of<R>(make: impl FnOnce() -> R) -> isize {
    let before = live_bytes();
    let made = make();
    let held = live_bytes() - before;
    drop(made);
    assert_eq!(live_bytes(), before, "what is gone holds nothing");
    held
}

/// Each channel is allocated at the size of its own flavour, and a receiver of time is no channel: a
/// head and an instant, until somebody waits.
#[test]
fn nobody_pays_for_another_flavour() {
    const HOUR: Duration = Duration::from_secs(3600);
    let _alone = alone();
    watchdog(60, |crew| {
        let worker = crew.thread("sizes", |_| {
            let _counted = enrol();
            let most = [
                ("after", bytes_of(|| after(HOUR)), 160),
                ("tick", bytes_of(|| tick(HOUR)), 160),
                ("never", bytes_of(never::<u64>), 120),
                ("rendezvous", bytes_of(|| bounded::<u64>(0)), 256),
                ("one place", bytes_of(|| bounded::<u64>(1)), 264),
                (
                    "a ring, beside its slots",
                    bytes_of(|| bounded::<u64>(3)),
                    1024,
                ),
                ("unbounded", bytes_of(unbounded::<u64>), 1024),
            ];
            for (what, bytes, most) in most {
                assert!(
                    0 < bytes && bytes <= most,
                    "{what}: {bytes} bytes, at most {most}"
                );
            }
        });
        worker.join();
    });
}
