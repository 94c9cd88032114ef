//! A task that waits for a thread watches for it, and stops that once it was in vain.

use crate::common::{poll_noop, watchdog};
use std::hint::spin_loop;
use std::thread::yield_now;
use std::time::{Duration, Instant};
use towpath::{Sender, bounded};

const POLLS: u32 = 500;
const ROUNDS: usize = 7;

/// Hands a message to a thread that is in line, so that there was one.
fn hand_to_a_thread(tx: &Sender<u32>) {
    while tx.try_send(0).is_err() {
        yield_now();
    }
}

fn time(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

/// Sends that nobody receives.
fn poll_in_vain(tx: &Sender<u32>) {
    for _ in 0..POLLS {
        assert!(poll_noop(&mut Box::pin(tx.send_async(1))).is_pending());
    }
}

/// As long as that many polls would take if each of them watched.
fn watch_each_time() {
    for _ in 0..POLLS * 300 {
        spin_loop();
    }
}

/// A thread that is busy elsewhere would cost its tasks some microseconds at each poll.
#[test]
fn a_thread_that_does_not_come_is_not_watched_for_again() {
    watchdog(60, |crew| {
        let (mut polls, mut watches) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let (tx, rx) = bounded(0);
            let there = rx.clone();
            let receiver = crew.thread("receiver", move |_| there.recv());
            hand_to_a_thread(&tx);
            assert_eq!(receiver.join(), Ok(0));
            polls = polls.min(time(|| poll_in_vain(&tx)));
            watches = watches.min(time(watch_each_time));
            drop(rx);
        }
        assert!(
            polls < watches / 2,
            "{POLLS} polls took {polls:?}, watching at each of them {watches:?}"
        );
    });
}
