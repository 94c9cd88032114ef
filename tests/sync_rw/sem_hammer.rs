//! Many at once: never more permits out than there are, and large requests are not starved.

use crate::common::{Join, Place, Random, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use towpath::sync::Semaphore;

#[test]
fn never_more_out_than_there_are() {
    const PERMITS: usize = 4;
    watchdog(120, move |crew| {
        let semaphore = Arc::new(Semaphore::new(PERMITS));
        let out = Arc::new(AtomicUsize::new(0));
        let actors: Vec<_> = (0..)
            .zip(crate::MIXED)
            .map(|(seed, place)| {
                let (semaphore, out) = (Arc::clone(&semaphore), Arc::clone(&out));
                crew.act(place, format!("actor {seed}"), move |me| async move {
                    let mut random = Random::new(seed);
                    for round in 0..2_000 {
                        me.at("acquiring", round);
                        let n = 1 + random.below(PERMITS as u64) as usize;
                        let permit = if me.blocks() {
                            semaphore.acquire(n)
                        } else {
                            semaphore.acquire_async(n).await
                        };
                        let now = out.fetch_add(n, Ordering::SeqCst) + n;
                        assert!(now <= PERMITS, "{now} permits are out");
                        out.fetch_sub(n, Ordering::SeqCst);
                        drop(permit);
                    }
                })
            })
            .collect();
        actors.into_iter().for_each(Join::join);
        assert_eq!(semaphore.available_permits(), PERMITS);
    });
}

/// A value that only the one permit protects.
#[test]
fn one_permit_is_a_lock() {
    struct Cell(std::cell::UnsafeCell<u64>);
    // SAFETY: used with the permit only.
    unsafe impl Sync for Cell {}
    // SAFETY: as above.
    unsafe impl Send for Cell {}
    const ROUNDS: u64 = 5_000;
    let places = [Place::Thread, Place::Thread, Place::TokioMulti, Place::Smol];
    watchdog(120, move |crew| {
        let shared = Arc::new((Semaphore::new(1), Cell(0.into())));
        let actors = places.map(|place| {
            let shared = Arc::clone(&shared);
            crew.act(place, "counter", move |me| async move {
                for round in 0..ROUNDS {
                    me.at("acquiring", round);
                    let _permit = if me.blocks() {
                        shared.0.acquire(1)
                    } else {
                        shared.0.acquire_async(1).await
                    };
                    let value = shared.1.0.get();
                    // SAFETY: we have the one permit.
                    unsafe { *value += 1 };
                }
            })
        });
        actors.into_iter().for_each(Join::join);
        let _permit = shared.0.acquire(1);
        // SAFETY: we have the one permit.
        assert_eq!(unsafe { *shared.1.0.get() }, 4 * ROUNDS);
    });
}

/// Small requests never leave the semaphore alone; a request for all of it is served again and again.
#[test]
fn a_large_request_is_not_starved() {
    const PERMITS: usize = 8;
    watchdog(120, |crew| {
        let semaphore = Arc::new(Semaphore::new(PERMITS));
        let stop = Arc::new(AtomicBool::new(false));
        let places = [Place::Thread, Place::Thread, Place::TokioMulti, Place::Smol];
        let small = places.map(|place| {
            let (semaphore, stop) = (Arc::clone(&semaphore), Arc::clone(&stop));
            crew.act(place, "small", move |me| async move {
                let mut held = None;
                while !stop.load(Ordering::SeqCst) {
                    // The next before the last is returned, if there is one: the permits never
                    // all come back by themselves.
                    if let Ok(next) = semaphore.try_acquire(1) {
                        held = Some(next);
                    } else {
                        held = None;
                    }
                    if !me.blocks() {
                        smol::future::yield_now().await;
                    }
                }
                drop(held);
            })
        });
        for round in 0..200 {
            let start = Instant::now();
            let all = semaphore.acquire(PERMITS).unwrap();
            let waited = start.elapsed();
            assert!(waited < Duration::from_secs(5), "round {round}: {waited:?}");
            drop(all);
        }
        stop.store(true, Ordering::SeqCst);
        small.into_iter().for_each(Join::join);
        assert_eq!(semaphore.available_permits(), PERMITS);
    });
}
