//! One holder at a time, whoever they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use towpath::sync::Mutex;

use crate::common::{Place, watchdog};

/// What the lock guards: a number that is not atomic, and a mark that tells two holders.
struct Guarded {
    count: Mutex<u64>,
    busy: AtomicBool,
}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            count: Mutex::new(0),
            busy: AtomicBool::new(false),
        })
    }

    fn step(&self, count: &mut u64) {
        assert!(!self.busy.swap(true, Ordering::Relaxed), "two holders");
        *count += 1;
        self.busy.store(false, Ordering::Relaxed);
    }
}

/// Go's `TestMutex`: `Lock` and `TryLock` by turns, from ten threads.
#[test]
fn hammered_by_threads() {
    watchdog(60, |crew| {
        let guarded = Guarded::new();
        let held = guarded.count.lock();
        assert!(guarded.count.try_lock().is_none(), "it is held");
        drop(held);
        let threads: Vec<_> = (0..10)
            .map(|number| {
                let guarded = Arc::clone(&guarded);
                crew.thread(format!("hammer {number}"), move |me| {
                    let mut tried = 0;
                    for round in 0..1000 {
                        me.at("locking", round);
                        if round % 3 == 0 {
                            if let Some(mut count) = guarded.count.try_lock() {
                                guarded.step(&mut count);
                                tried += 1;
                            }
                            continue;
                        }
                        guarded.step(&mut guarded.count.lock());
                    }
                    tried
                })
            })
            .collect();
        let tried: u64 = threads.into_iter().map(|thread| thread.join()).sum();
        assert_eq!(*guarded.count.lock(), 10 * 666 + tried);
    });
}

const ROUNDS: u64 = 2000;

/// Threads and tasks of every executor, on one lock; some hold it across an `.await`.
#[test]
fn hammered_from_everywhere() {
    watchdog(120, |crew| {
        let guarded = Guarded::new();
        let places = [Place::Thread, Place::Thread].into_iter();
        let places: Vec<_> = places.chain(Place::TASKS).chain(Place::TASKS).collect();
        let actors: Vec<_> = places
            .iter()
            .enumerate()
            .map(|(number, place)| {
                let guarded = Arc::clone(&guarded);
                crew.act(*place, format!("actor {number}"), move |me| async move {
                    for round in 0..ROUNDS {
                        me.at("locking", round);
                        let mut count = if me.blocks() {
                            guarded.count.lock()
                        } else {
                            guarded.count.lock_async().await
                        };
                        guarded.step(&mut count);
                        if round % 16 == 0 && !me.blocks() {
                            me.at("yielding with the lock", round);
                            yield_now().await;
                        }
                    }
                })
            })
            .collect();
        let count = actors.len() as u64;
        actors.into_iter().for_each(|actor| actor.join());
        assert_eq!(*guarded.count.lock(), count * ROUNDS);
        assert!(!guarded.count.is_locked());
    });
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

/// Timeouts that come about when the lock is let go: nobody takes it twice, and it is free at last.
#[test]
fn hammered_with_timeouts() {
    watchdog(60, |crew| {
        let guarded = Guarded::new();
        let threads: Vec<_> = (0..6_u64)
            .map(|number| {
                let guarded = Arc::clone(&guarded);
                crew.thread(format!("impatient {number}"), move |me| {
                    let mut locked = 0;
                    for round in 0..2000_u64 {
                        me.at("locking", round);
                        let limit = Duration::from_micros((round * 7 + number) % 40);
                        if let Some(mut count) = guarded.count.lock_timeout(limit) {
                            guarded.step(&mut count);
                            locked += 1;
                            if round % 8 == 0 {
                                std::thread::yield_now();
                            }
                        }
                    }
                    locked
                })
            })
            .collect();
        let locked: u64 = threads.into_iter().map(|thread| thread.join()).sum();
        assert_eq!(*guarded.count.lock(), locked);
        assert!(locked > 0);
    });
}

/// The owned guards, from threads and tasks: the lock outlives its name.
#[test]
fn owned_guards_exclude_each_other() {
    watchdog(60, |crew| {
        let guarded = Guarded::new();
        let count = Arc::new(Mutex::new(0_u64));
        let places = [Place::Thread, Place::Thread, Place::TokioMulti, Place::Smol];
        let actors: Vec<_> = places
            .into_iter()
            .map(|place| {
                let (guarded, count) = (Arc::clone(&guarded), Arc::clone(&count));
                crew.act(place, "owner", move |me| async move {
                    for round in 0..ROUNDS {
                        me.at("locking", round);
                        let mut held = match round % 3 {
                            _ if !me.blocks() => count.lock_arc_async().await,
                            0 => match count.try_lock_arc() {
                                Some(held) => held,
                                None => count.lock_arc(),
                            },
                            _ => count.lock_arc(),
                        };
                        guarded.step(&mut held);
                    }
                })
            })
            .collect();
        actors.into_iter().for_each(|actor| actor.join());
        let count = Arc::into_inner(count).expect("the guards are gone");
        assert_eq!(count.into_inner(), 4 * ROUNDS);
    });
}
