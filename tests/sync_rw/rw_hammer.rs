//! Many at once: mutual exclusion, and nobody starves.

use crate::common::{Crew, Join, Me, Place, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use towpath::sync::{RwMutex, RwMutexReadGuard, RwMutexWriteGuard};

async fn read<'a, T>(me: &Me, lock: &'a RwMutex<T>) -> RwMutexReadGuard<'a, T> {
    if me.blocks() {
        lock.read()
    } else {
        lock.read_async().await
    }
}

async fn write<'a, T>(me: &Me, lock: &'a RwMutex<T>) -> RwMutexWriteGuard<'a, T> {
    if me.blocks() {
        lock.write()
    } else {
        lock.write_async().await
    }
}

/// What everybody inside checks: readers count 1, a writer 10 000.
#[derive(Default)]
struct Inside(AtomicI64);

impl Inside {
    fn reader(&self, spin: u64) {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        assert!((0..10_000).contains(&before), "{before} inside");
        (0..spin).for_each(|_| std::hint::spin_loop());
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    fn writer(&self, spin: u64) {
        let before = self.0.fetch_add(10_000, Ordering::SeqCst);
        assert_eq!(before, 0, "inside with a writer");
        (0..spin).for_each(|_| std::hint::spin_loop());
        self.0.fetch_sub(10_000, Ordering::SeqCst);
    }
}

/// As Go's `HammerRWMutex`: many readers, two writers, no lost update.
fn hammer(crew: &Crew, readers: &[Place], writers: &[Place], rounds: u64) {
    let lock = Arc::new(RwMutex::new(0_u64));
    let inside = Arc::new(Inside::default());
    let mut actors: Vec<Join<()>> = Vec::new();
    for &place in writers {
        let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
        actors.push(crew.act(place, "writer", move |me| async move {
            for round in 0..rounds {
                me.at("writing", round);
                let mut guard = write(&me, &lock).await;
                inside.writer(100);
                *guard += 1;
            }
        }));
    }
    for &place in readers {
        let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
        actors.push(crew.act(place, "reader", move |me| async move {
            let mut last = 0;
            for round in 0..rounds {
                me.at("reading", round);
                let guard = read(&me, &lock).await;
                inside.reader(100);
                assert!(*guard >= last, "time went back");
                last = *guard;
            }
        }));
    }
    for actor in actors {
        actor.join();
    }
    assert_eq!(*lock.read(), rounds * writers.len() as u64);
}

#[test]
fn threads() {
    for readers in [1, 3, 10] {
        watchdog(120, move |crew| {
            hammer(
                crew,
                &vec![Place::Thread; readers],
                &[Place::Thread; 2],
                1_000,
            );
        });
    }
}

#[test]
fn tasks() {
    for place in Place::TASKS {
        watchdog(120, move |crew| {
            hammer(crew, &[place; 10], &[place; 2], 500)
        });
    }
}

#[test]
fn mixed() {
    watchdog(120, move |crew| {
        hammer(crew, &crate::MIXED, &crate::MIXED, 500)
    });
}

#[test]
fn writers_only() {
    let everywhere = [
        Place::Thread,
        Place::Thread,
        Place::Thread,
        Place::TokioMulti,
        Place::Smol,
    ];
    watchdog(120, move |crew| hammer(crew, &[], &everywhere, 5_000));
}

/// Readers that overlap all the time, as Go's `TestRWMutex`' parallel readers: they must be inside
/// together, or nobody leaves.
#[test]
fn readers_are_inside_together() {
    for place in [
        Place::Thread,
        Place::TokioMulti,
        Place::TokioCurrent,
        Place::Smol,
    ] {
        watchdog(60, move |crew| {
            let lock = Arc::new(RwMutex::new(()));
            let arrived = Arc::new(AtomicU64::new(0));
            let writer = lock.write();
            let readers: Vec<_> = (0..20)
                .map(|_| {
                    let (lock, arrived) = (Arc::clone(&lock), Arc::clone(&arrived));
                    crew.act(place, "reader", move |me| async move {
                        me.at("reading", 0);
                        let guard = read(&me, &lock).await;
                        arrived.fetch_add(1, Ordering::SeqCst);
                        me.at("waiting for the others inside", 0);
                        while arrived.load(Ordering::SeqCst) < 20 {
                            smol::future::yield_now().await;
                            std::thread::yield_now();
                        }
                        drop(guard);
                    })
                })
                .collect();
            drop(writer);
            readers.into_iter().for_each(Join::join);
        });
    }
}

/// The readers never leave the lock alone; a writer comes in all the same, again and again.
#[test]
fn readers_do_not_starve_a_writer() {
    watchdog(120, |crew| {
        let lock = Arc::new(RwMutex::new(0_u64));
        let stop = Arc::new(AtomicBool::new(false));
        let places = [
            Place::Thread,
            Place::Thread,
            Place::Thread,
            Place::TokioMulti,
            Place::Smol,
        ];
        let readers = places.map(|place| {
            let (lock, stop) = (Arc::clone(&lock), Arc::clone(&stop));
            crew.act(place, "reader", move |me| async move {
                let mut guard = read(&me, &lock).await;
                while !stop.load(Ordering::SeqCst) {
                    drop(guard);
                    guard = read(&me, &lock).await;
                    smol::future::yield_now().await;
                }
            })
        });
        for round in 0..200 {
            let start = Instant::now();
            *lock.write() += 1;
            let waited = start.elapsed();
            assert!(waited < Duration::from_secs(5), "round {round}: {waited:?}");
        }
        stop.store(true, Ordering::SeqCst);
        readers.into_iter().for_each(Join::join);
        assert_eq!(*lock.read(), 200);
    });
}

/// The writers never leave the lock alone; a reader comes in all the same, again and again. (That one
/// writer at most goes before it is shown step by step in `rw_phases`.)
#[test]
fn writers_do_not_starve_a_reader() {
    watchdog(120, |crew| {
        let lock = Arc::new(RwMutex::new(0_u64));
        let stop = Arc::new(AtomicBool::new(false));
        let writers = [Place::Thread, Place::Thread, Place::TokioMulti, Place::Smol].map(|place| {
            let (lock, stop) = (Arc::clone(&lock), Arc::clone(&stop));
            crew.act(place, "writer", move |me| async move {
                while !stop.load(Ordering::SeqCst) {
                    let mut guard = write(&me, &lock).await;
                    *guard += 1;
                    if !me.blocks() {
                        smol::future::yield_now().await;
                    }
                    drop(guard);
                    if !me.blocks() {
                        smol::future::yield_now().await;
                    }
                }
            })
        });
        while *lock.read() < 100 {
            std::thread::yield_now();
        }
        for round in 0..200 {
            let mut waiting = Box::pin(lock.read_async());
            let (_, waker) = crate::common::Alarm::new();
            let start = Instant::now();
            loop {
                if crate::common::poll(&mut waiting, &waker).is_ready() {
                    break;
                }
                let waited = start.elapsed();
                assert!(waited < Duration::from_secs(5), "round {round}: {waited:?}");
                std::thread::yield_now();
            }
        }
        stop.store(true, Ordering::SeqCst);
        writers.into_iter().for_each(Join::join);
    });
}
