//! A task that waits for a thread watches for it, and one that was woken from elsewhere lingers before it falls asleep
//! again. Both stop that once it was in vain.

use crate::common::{poll_noop, watchdog};
use std::hint::spin_loop;
use std::task::Poll;
use std::thread::{available_parallelism, scope, yield_now};
use std::time::{Duration, Instant};
use towpath::{Receiver, Sender, bounded, unbounded};

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

/// Receives a message that comes from another thread while a task sleeps for it.
fn woken_elsewhere(tx: &Sender<u32>, rx: &Receiver<u32>) {
    let mut waiting = Box::pin(rx.recv_async());
    assert!(poll_noop(&mut waiting).is_pending());
    scope(|scope| scope.spawn(|| tx.send(1)).join().unwrap()).unwrap();
    assert_eq!(poll_noop(&mut waiting), Poll::Ready(Ok(1)));
}

/// Receives messages that come one by one, each while a task sleeps for it, from this very thread.
fn trickle(tx: &Sender<u32>, rx: &Receiver<u32>) {
    for message in 0..20 {
        let mut waiting = Box::pin(rx.recv_async());
        assert!(poll_noop(&mut waiting).is_pending());
        tx.try_send(message).unwrap();
        assert_eq!(poll_noop(&mut waiting), Poll::Ready(Ok(message)));
    }
}

fn receive_in_vain(rx: &Receiver<u32>) -> Duration {
    time(|| assert!(poll_noop(&mut Box::pin(rx.recv_async())).is_pending()))
}

fn pauses(count: u32) -> Duration {
    time(|| (0..count).for_each(|_| spin_loop()))
}

/// The shortest of several rounds, which nothing has disturbed.
fn shortest(mut round: impl FnMut() -> Duration) -> Duration {
    (0..50).map(|_| round()).min().unwrap()
}

const KINDS: [Option<usize>; 4] = [Some(0), Some(1), Some(16), None];

fn channel(kind: usize) -> (Sender<u32>, Receiver<u32>) {
    KINDS[kind].map_or_else(unbounded, bounded)
}

/// More than a poll takes that falls asleep at once, and less than one that lingers.
fn limit(kind: usize) -> Duration {
    let asleep = shortest(|| {
        let (tx, rx) = channel(kind);
        trickle(&tx, &rx);
        // As cold as after `woken_elsewhere`.
        scope(|scope| scope.spawn(|| ()).join().unwrap());
        receive_in_vain(&rx)
    });
    asleep + shortest(|| pauses(32))
}

/// A poll falls asleep at once, in one attempt of several at least: other work may be in the way.
fn assert_falls_asleep(kind: usize, mut poll: impl FnMut() -> Duration) {
    let attempts: Vec<_> = (0..5).map(|_| (shortest(&mut poll), limit(kind))).collect();
    let falls_asleep = attempts.iter().any(|(took, limit)| took < limit);
    assert!(falls_asleep, "took, limit: {attempts:?}");
}

#[test]
fn a_task_that_was_woken_from_elsewhere_lingers() {
    if available_parallelism().is_ok_and(|count| count.get() == 1) {
        // Nobody could answer meanwhile.
        return;
    }
    watchdog(60, |_| {
        for kind in 0..KINDS.len() {
            let lingered = shortest(|| {
                let (tx, rx) = channel(kind);
                trickle(&tx, &rx);
                woken_elsewhere(&tx, &rx);
                receive_in_vain(&rx)
            });
            let limit = limit(kind);
            assert!(lingered > limit, "{lingered:?}, limit {limit:?}");
        }
    });
}

/// Whoever follows a stream from message to message holds it up.
#[test]
fn a_task_that_found_many_messages_does_not_linger() {
    watchdog(60, |_| {
        for kind in 2..KINDS.len() {
            assert_falls_asleep(kind, || {
                let (tx, rx) = channel(kind);
                trickle(&tx, &rx);
                woken_elsewhere(&tx, &rx);
                for message in 0..5 {
                    tx.try_send(message).unwrap();
                }
                for message in 0..5 {
                    assert_eq!(rx.try_recv(), Ok(message));
                }
                receive_in_vain(&rx)
            });
        }
    });
}

#[test]
fn lingering_in_vain_gets_rare() {
    watchdog(60, |_| {
        for kind in 0..KINDS.len() {
            let (tx, rx) = channel(kind);
            trickle(&tx, &rx);
            assert_falls_asleep(kind, || {
                woken_elsewhere(&tx, &rx);
                receive_in_vain(&rx)
            });
        }
    });
}
