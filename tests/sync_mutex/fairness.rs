//! Whoever waits gets the lock within a bound, though others always run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use towpath::sync::Mutex;

use crate::common::{Crew, Place, watchdog};

/// A thread that holds the lock nearly always.
fn hog(crew: &Crew, lock: &Arc<Mutex<()>>, stop: &Arc<AtomicBool>) {
    let (lock, stop) = (Arc::clone(lock), Arc::clone(stop));
    crew.thread("hog", move |me| {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            me.at("hogging", round);
            let held = lock.lock();
            let until = Instant::now() + Duration::from_micros(100);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            drop(held);
            round += 1;
        }
    });
}

/// Go's `TestMutexFairness`: a thread that locks at once after it unlocked does not shut out one that
/// comes now and then.
#[test]
fn a_thread_is_not_shut_out() {
    watchdog(60, |crew| {
        let (lock, stop) = (Arc::new(Mutex::new(())), Arc::new(AtomicBool::new(false)));
        hog(crew, &lock, &stop);
        let visitor = crew.thread("visitor", move |me| {
            for round in 0..20 {
                me.at("locking", round);
                std::thread::yield_now();
                drop(lock.lock());
            }
            stop.store(true, Ordering::Relaxed);
        });
        visitor.join();
    });
}

#[test]
fn a_task_is_not_shut_out_by_a_thread() {
    for place in Place::TASKS {
        watchdog(60, move |crew| {
            let (lock, stop) = (Arc::new(Mutex::new(())), Arc::new(AtomicBool::new(false)));
            hog(crew, &lock, &stop);
            let visitor = crew.act(place, "visitor", move |me| async move {
                for round in 0..10 {
                    me.at("locking", round);
                    drop(lock.lock_async().await);
                }
                stop.store(true, Ordering::Relaxed);
            });
            visitor.join();
        });
    }
}

/// One executor thread, a task that holds the lock across `.await`s and takes it again at once:
/// without handing over, the others would never find it free. It may do so a bounded number of times.
#[test]
fn a_task_is_not_shut_out_by_its_neighbour() {
    for place in [Place::TokioCurrent, Place::FuturesLocal] {
        watchdog(60, move |crew| {
            let (lock, stop) = (Arc::new(Mutex::new(())), Arc::new(AtomicBool::new(false)));
            let taken = Arc::new(AtomicU64::new(0));
            let (hogs, counts, stops) = (Arc::clone(&lock), Arc::clone(&taken), Arc::clone(&stop));
            let hog = crew.act(place, "hog", move |me| async move {
                while !stops.load(Ordering::Relaxed) {
                    let held = hogs.lock_async().await;
                    let round = counts.fetch_add(1, Ordering::Relaxed);
                    me.at("hogging", round);
                    let until = Instant::now() + Duration::from_micros(400);
                    while Instant::now() < until {
                        yield_now().await;
                    }
                    drop(held);
                }
            });
            let visitor = crew.act(place, "visitor", move |me| async move {
                let mut most = 0;
                for round in 0..10 {
                    me.at("locking", round);
                    let before = taken.load(Ordering::Relaxed);
                    let held = lock.lock_async().await;
                    most = most.max(taken.load(Ordering::Relaxed) - before);
                    drop(held);
                    yield_now().await;
                }
                stop.store(true, Ordering::Relaxed);
                most
            });
            let most = visitor.join();
            hog.join();
            // A millisecond is three of its turns; then it loses once more, and is handed the lock.
            // Other tests may hold up the processors between two looks at the clock.
            assert!(most <= 20, "the lock was taken {most} times meanwhile");
        });
    }
}

async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
