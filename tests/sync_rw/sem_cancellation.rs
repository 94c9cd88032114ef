//! Acquires that are dropped, at every stage: permits are conserved, nobody is forgotten.

use crate::common::{Alarm, Join, Random, poll, soak, soak_patience, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use towpath::sync::Semaphore;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    NeverPolled,
    Polled,
    PolledWithTwoWakers,
    HandedAndNotPolled,
}

const STAGES: [Stage; 4] = [
    Stage::NeverPolled,
    Stage::Polled,
    Stage::PolledWithTwoWakers,
    Stage::HandedAndNotPolled,
];

#[test]
fn one_gives_up_and_the_other_is_served() {
    for stage in STAGES {
        for (quits, stays) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
            let semaphore = Semaphore::new(3);
            let held = semaphore.acquire(3).unwrap();
            let mut quitter = Box::pin(semaphore.acquire_async(quits));
            let mut stayer = Box::pin(semaphore.acquire_async(stays));
            if stage != Stage::NeverPolled {
                assert!(poll(&mut quitter, &Alarm::new().1).is_pending());
            }
            if stage == Stage::PolledWithTwoWakers {
                assert!(poll(&mut quitter, &Alarm::new().1).is_pending());
            }
            let (alarm, waker) = Alarm::new();
            assert!(poll(&mut stayer, &waker).is_pending());
            if stage == Stage::HandedAndNotPolled {
                drop(held);
                drop(quitter);
            } else {
                drop(quitter);
                drop(held);
            }
            assert_eq!(alarm.rings(), 1, "{stage:?} {quits} {stays}");
            let Poll::Ready(Ok(permit)) = poll(&mut stayer, &waker) else {
                panic!("{stage:?} {quits} {stays}: it was not served")
            };
            drop((permit, stayer));
            assert_eq!(semaphore.try_acquire(3).map(|all| all.len()), Ok(3));
        }
    }
}

/// Whoever has run out of time leaves the line; those behind it are served.
#[test]
fn timeouts_leave_the_line() {
    watchdog(60, |_| {
        let semaphore = Semaphore::new(1);
        assert!(
            semaphore
                .acquire_timeout(2, Duration::from_millis(2))
                .is_err()
        );
        assert!(semaphore.try_acquire(1).is_ok());
    });
}

/// Everywhere, most give up at random moments, all weights; in the end every permit is there.
#[test]
fn permits_are_conserved() {
    const PERMITS: usize = 7;
    watchdog(soak_patience(1), move |crew| {
        let semaphore = Arc::new(Semaphore::new(PERMITS));
        let outside = Arc::new(AtomicUsize::new(0));
        let end = Instant::now() + soak();
        let actors: Vec<_> = (0..)
            .zip(crate::MIXED)
            .map(|(seed, place)| {
                let (semaphore, outside) = (Arc::clone(&semaphore), Arc::clone(&outside));
                crew.act(place, format!("actor {seed}"), move |me| async move {
                    let mut random = Random::new(seed);
                    let mut served = 0_u64;
                    while Instant::now() < end {
                        let n = 1 + random.below(PERMITS as u64) as usize;
                        me.at("acquiring", n as u64);
                        let permit = if me.blocks() {
                            let limit = Duration::from_micros(random.below(100));
                            semaphore.acquire_timeout(n, limit).ok()
                        } else {
                            polled(semaphore.acquire_async(n), random.below(4)).await
                        };
                        if let Some(mut permit) = permit {
                            served += 1;
                            let out = outside.fetch_add(n, Ordering::SeqCst) + n;
                            assert!(out <= PERMITS, "{out} permits are out");
                            if random.one_in(2) && !me.blocks() {
                                smol::future::yield_now().await;
                            }
                            outside.fetch_sub(n, Ordering::SeqCst);
                            let some = permit.split(n / 2).expect("half of them");
                            drop((permit, some));
                        }
                    }
                    served
                })
            })
            .collect();
        let served: u64 = actors.into_iter().map(Join::join).sum();
        assert!(served > 100, "only {served} were served");
        assert_eq!(semaphore.available_permits(), PERMITS);
        assert!(semaphore.try_acquire(PERMITS).is_ok(), "nobody is in line");
    });
}

/// Polls up to `times + 1` times, giving the executor a chance in between; then gives up.
async fn polled<'a>(
    future: towpath::sync::AcquireFut<'a>,
    times: u64,
) -> Option<towpath::sync::Permit<'a>> {
    let mut future = std::pin::pin!(future);
    for _ in 0..=times {
        if let Poll::Ready(permit) = futures::poll!(future.as_mut()) {
            return permit.ok();
        }
        smol::future::yield_now().await;
    }
    None
}
