//! Futures of the lock that are dropped, at every stage, in every mode: nothing leaks, nobody is
//! forgotten.

use crate::common::{Alarm, Place, Random, poll, soak, soak_patience, watchdog};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use towpath::sync::RwMutex;

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Read,
    Write,
    Upgradable,
}

const ALL: [How; 3] = [How::Read, How::Write, How::Upgradable];

type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Takes the lock and lets it go.
fn visit(lock: &RwMutex<u64>, how: How) -> Waiting<'_> {
    match how {
        How::Read => Box::pin(async { drop(lock.read_async().await) }),
        How::Write => Box::pin(async { drop(lock.write_async().await) }),
        How::Upgradable => Box::pin(async { drop(lock.upgradable_read_async().await) }),
    }
}

/// Everything can be had again, so nothing is left in line and nothing is held.
#[track_caller]
fn assert_free(lock: &RwMutex<u64>) {
    let reader = lock.try_read().expect("free");
    let other = lock.try_upgradable_read().expect("free");
    drop((reader, other));
    drop(lock.try_write().expect("free"));
    // The last fast path: no mark is left in the word.
    let writer = lock.write_timeout(Duration::ZERO);
    assert!(writer.is_some());
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    NeverPolled,
    Polled,
    PolledWithTwoWakers,
    SignalledAndNotPolled,
}

const STAGES: [Stage; 4] = [
    Stage::NeverPolled,
    Stage::Polled,
    Stage::PolledWithTwoWakers,
    Stage::SignalledAndNotPolled,
];

/// One gives up, at every stage, beside one that waits on, behind it or before it.
#[test]
fn one_gives_up_and_the_other_gets_the_lock() {
    for (quits, stays) in ALL.iter().flat_map(|q| ALL.iter().map(move |s| (*q, *s))) {
        for stage in STAGES {
            for quits_first in [true, false] {
                let lock = RwMutex::new(0);
                let holder = lock.write();
                let (alarm, waker) = Alarm::new();
                let (_, other_waker) = Alarm::new();
                let mut quitter = visit(&lock, quits);
                let mut stayer = visit(&lock, stays);
                if !quits_first {
                    assert!(poll(&mut stayer, &waker).is_pending());
                }
                if !matches!(stage, Stage::NeverPolled) {
                    assert!(poll(&mut quitter, &other_waker).is_pending());
                }
                if matches!(stage, Stage::PolledWithTwoWakers) {
                    assert!(poll(&mut quitter, &Alarm::new().1).is_pending());
                }
                if quits_first {
                    assert!(poll(&mut stayer, &waker).is_pending());
                }
                let case = format!("{quits:?} {stays:?} {stage:?} {quits_first}");
                if matches!(stage, Stage::SignalledAndNotPolled) {
                    drop(holder);
                    drop(quitter);
                } else {
                    drop(quitter);
                    drop(holder);
                }
                assert_eq!(alarm.rings(), 1, "{case}: the other is told");
                assert!(poll(&mut stayer, &waker).is_ready(), "{case}");
                drop(stayer);
                assert_free(&lock);
            }
        }
    }
}

/// As before, but a reader holds the lock, so that a writer is what the others wait for.
#[test]
fn a_writer_gives_up_while_a_reader_holds_the_lock() {
    for stays in ALL {
        for timeout in [true, false] {
            let lock = RwMutex::new(0);
            let holder = lock.read();
            let (alarm, waker) = Alarm::new();
            let mut stayer = visit(&lock, stays);
            if timeout {
                assert!(lock.write_timeout(Duration::from_millis(2)).is_none());
                assert_eq!(poll(&mut stayer, &waker).is_ready(), stays != How::Write);
            } else {
                let mut writer = visit(&lock, How::Write);
                assert!(poll(&mut writer, &waker).is_pending());
                assert!(poll(&mut stayer, &waker).is_pending());
                drop(writer);
                assert_eq!(alarm.rings(), usize::from(stays != How::Write));
            }
            drop(holder);
            if stays == How::Write {
                assert!(poll(&mut stayer, &waker).is_ready());
            }
            drop(stayer);
            assert_free(&lock);
        }
    }
}

/// Readers and writers on threads and executors, most of which give up at random moments.
#[test]
fn random_cancellation_leaves_the_lock_free() {
    let places = [
        Place::Thread,
        Place::Thread,
        Place::TokioMulti,
        Place::TokioMulti,
        Place::Smol,
        Place::TokioCurrent,
        Place::Pollster,
    ];
    watchdog(soak_patience(1), move |crew| {
        let lock = Arc::new(RwMutex::new(0_u64));
        let inside = Arc::new(AtomicI64::new(0));
        let end = Instant::now() + soak();
        let actors: Vec<_> = (0..)
            .zip(places)
            .map(|(seed, place)| {
                let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
                crew.act(place, format!("actor {seed}"), move |me| async move {
                    let mut random = Random::new(seed);
                    let mut round = 0;
                    while Instant::now() < end {
                        round += 1;
                        let limit = Duration::from_micros(random.below(50));
                        if random.below(4) > 0 {
                            me.at("reading", round);
                            let guard = if me.blocks() {
                                lock.read_timeout(limit)
                            } else {
                                polled(lock.read_async(), random.below(3)).await
                            };
                            if let Some(guard) = guard {
                                let before = inside.fetch_add(1, Ordering::SeqCst);
                                assert!(before >= 0, "a writer is inside");
                                inside.fetch_sub(1, Ordering::SeqCst);
                                drop(guard);
                            }
                        } else {
                            me.at("writing", round);
                            let guard = if me.blocks() {
                                lock.write_timeout(limit)
                            } else {
                                polled(lock.write_async(), random.below(3)).await
                            };
                            if let Some(mut guard) = guard {
                                let before = inside.fetch_sub(1000, Ordering::SeqCst);
                                assert_eq!(before, 0, "somebody else is inside");
                                *guard += 1;
                                inside.fetch_add(1000, Ordering::SeqCst);
                            }
                        }
                    }
                    round
                })
            })
            .collect();
        let rounds: u64 = actors.into_iter().map(crate::common::Join::join).sum();
        assert!(rounds > 100, "only {rounds} rounds");
        assert!(*lock.read() > 0, "somebody wrote");
        assert_free(&lock);
    });
}

/// Polls up to `times + 1` times, giving the executor a chance in between; then gives up.
async fn polled<F: Future>(future: F, times: u64) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    for _ in 0..=times {
        let polled = futures::poll!(future.as_mut());
        if let std::task::Poll::Ready(output) = polled {
            return Some(output);
        }
        smol::future::yield_now().await;
    }
    None
}
