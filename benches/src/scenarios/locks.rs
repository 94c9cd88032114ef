//! Locks and small primitives: alone, contended by threads, contended by tasks.

use std::hint::black_box;
use std::sync::Arc;

use super::{Share, threads};
use crate::lock::{AsyncLock, AsyncRw, AsyncSemaphore, Lock, Rw, Semaphore, Signal};
use crate::measure::{Run, Tally, measure};
use crate::plan::Plan;
use crate::runtime::{Flavor, Spawn, join};

/// Threads or tasks that want the same thing.
const HANDS: [usize; 2] = [1, 4];
const PERMITS: [usize; 2] = [1, 8];
/// One operation in so many is a write where reads and writes are mixed.
const WRITE_EVERY: usize = 20;

/// Every id is added under the lock: a lost one shows that two were inside.
pub fn add_mutex<L: Lock>(plan: &mut Plan, peer: &str) {
    for hands in HANDS {
        plan.add(format!("locks/mutex/{hands}t"), peer, move |n| {
            let lock = Arc::new(L::create(0));
            on_threads(hands, n, lock.clone(), |lock, share| {
                share.ids().for_each(|id| *lock.acquire() += id);
                counted(share)
            })
            .with_sum(|| *lock.acquire())
        });
    }
}

pub fn add_mutex_tasks<L: AsyncLock>(plan: &mut Plan, peer: &str) {
    for (hands, flavor) in on_runtimes() {
        let scenario = format!("locks/mutex/{}/{hands}", flavor.name());
        plan.add(scenario, peer, move |n| {
            let lock = Arc::new(L::create(0));
            on_tasks(flavor, hands, n, lock.clone(), |lock, share| async move {
                for id in share.ids() {
                    *lock.acquire_async().await += id;
                }
                counted(share)
            })
            .with_sum(|| *smol::block_on(lock.acquire_async()))
        });
    }
}

/// Which operations of a lock for reading and writing.
#[derive(Clone, Copy)]
enum Mix {
    Reads,
    Writes,
    Both,
}

const MIXES: [(Mix, &str); 3] = [
    (Mix::Reads, "read"),
    (Mix::Writes, "write"),
    (Mix::Both, "95-5"),
];

impl Mix {
    fn writes(self, turn: usize) -> bool {
        match self {
            Mix::Reads => false,
            Mix::Writes => true,
            Mix::Both => turn % WRITE_EVERY == 0,
        }
    }
}

pub fn add_rw<L: Rw>(plan: &mut Plan, peer: &str) {
    for hands in HANDS {
        for (mix, name) in MIXES {
            plan.add(format!("locks/rw/{hands}t/{name}"), peer, move |n| {
                let lock = Arc::new(L::create(0));
                on_threads(hands, n, lock.clone(), move |lock, share| {
                    let mut tally = Tally::default();
                    for (turn, id) in share.ids().enumerate() {
                        if mix.writes(turn) {
                            *lock.acquire_write() += id;
                            tally.count += 1;
                        } else {
                            black_box(*lock.acquire_read());
                            tally.add(id);
                        }
                    }
                    tally
                })
                .with_sum(|| *lock.acquire_read())
            });
        }
    }
}

pub fn add_rw_tasks<L: AsyncRw>(plan: &mut Plan, peer: &str) {
    for flavor in Flavor::TOKIO {
        for (mix, name) in MIXES {
            let scenario = format!("locks/rw/{}/4/{name}", flavor.name());
            plan.add(scenario, peer, move |n| {
                let lock = Arc::new(L::create(0));
                on_tasks(flavor, 4, n, lock.clone(), move |lock, share| async move {
                    let mut tally = Tally::default();
                    for (turn, id) in share.ids().enumerate() {
                        if mix.writes(turn) {
                            *lock.acquire_write_async().await += id;
                            tally.count += 1;
                        } else {
                            black_box(*lock.acquire_read_async().await);
                            tally.add(id);
                        }
                    }
                    tally
                })
                .with_sum(|| *smol::block_on(lock.acquire_read_async()))
            });
        }
    }
}

pub fn add_semaphore<S: Semaphore>(plan: &mut Plan, peer: &str) {
    for permits in PERMITS {
        for hands in HANDS {
            plan.add(
                format!("locks/semaphore{permits}/{hands}t"),
                peer,
                move |n| {
                    let semaphore = Arc::new(S::create(permits));
                    on_threads(hands, n, semaphore, |semaphore, share| {
                        let mut tally = Tally::default();
                        for id in share.ids() {
                            let _permit = semaphore.acquire_one();
                            tally.add(id);
                        }
                        tally
                    })
                },
            );
        }
    }
}

pub fn add_semaphore_tasks<S: AsyncSemaphore>(plan: &mut Plan, peer: &str) {
    for permits in PERMITS {
        for (hands, flavor) in on_runtimes() {
            let scenario = format!("locks/semaphore{permits}/{}/{hands}", flavor.name());
            plan.add(scenario, peer, move |n| {
                let semaphore = Arc::new(S::create(permits));
                on_tasks(flavor, hands, n, semaphore, |semaphore, share| async move {
                    let mut tally = Tally::default();
                    for id in share.ids() {
                        drop(semaphore.acquire_one_async().await);
                        tally.add(id);
                    }
                    tally
                })
            });
        }
    }
}

/// The fast path of what is done once: `get` gives 1, and `make` has done it.
pub fn add_once<O: Send + Sync + 'static>(
    plan: &mut Plan,
    peer: &str,
    make: fn() -> O,
    get: impl Fn(&O) -> u64 + Copy + Send + Sync + 'static,
) {
    for hands in HANDS {
        plan.add(format!("locks/once/{hands}t"), peer, move |n| {
            on_threads(hands, n, Arc::new(make()), move |once, share| {
                let mut tally = Tally::default();
                for id in share.ids() {
                    tally.add(id * get(black_box(once)));
                }
                tally
            })
        });
    }
}

/// One thread creates a group, adds one, is done, and waits.
pub fn add_wait_group(plan: &mut Plan, peer: &str, turn: impl Fn() + Copy + Send + Sync + 'static) {
    plan.add("locks/waitgroup/1t".to_owned(), peer, move |n| {
        on_threads(1, n, Arc::new(()), move |(), share| {
            let mut tally = Tally::default();
            for id in share.ids() {
                turn();
                tally.add(id);
            }
            tally
        })
    });
}

/// Two tasks wake each other in turn.
pub fn add_signal<S: Signal>(plan: &mut Plan, peer: &str) {
    for flavor in Flavor::TOKIO {
        let scenario = format!("locks/notify/{}/pingpong", flavor.name());
        plan.add(scenario, peer, move |n| {
            flavor.measure(|spawner| async move {
                let signals = Arc::new([S::default(), S::default()]);
                let players: Vec<_> = [0, 1]
                    .map(|side| {
                        let signals = signals.clone();
                        spawner.spawn(async move {
                            let [ours, theirs] = [&signals[side], &signals[1 - side]];
                            let mut tally = Tally::default();
                            for id in 0..n {
                                if side == 0 {
                                    theirs.set();
                                    ours.wait().await;
                                    tally.add(id);
                                } else {
                                    ours.wait().await;
                                    theirs.set();
                                }
                            }
                            tally
                        })
                    })
                    .into();
                join(players).await.into_iter().sum()
            })
        });
    }
}

/// One task where nothing runs in parallel, four on both runtimes.
fn on_runtimes() -> [(usize, Flavor); 3] {
    [
        (1, Flavor::CurrentThread),
        (4, Flavor::CurrentThread),
        (4, Flavor::MultiThread),
    ]
}

/// The ids that went under a lock: they are summed there.
fn counted(share: Share) -> Tally {
    Tally {
        count: share.count(),
        sum: 0,
    }
}

fn on_threads<S: Send + Sync + 'static>(
    hands: usize,
    n: u64,
    shared: Arc<S>,
    work: impl Fn(&S, Share) -> Tally + Copy + Send + Sync + 'static,
) -> Run {
    measure(|| {
        let start = |share| {
            let shared = shared.clone();
            threads::start(move || work(&shared, share))
        };
        let working: Vec<_> = Share::deal(n, hands).map(start).collect();
        threads::join(working).into_iter().sum()
    })
}

fn on_tasks<S, W>(
    flavor: Flavor,
    hands: usize,
    n: u64,
    shared: Arc<S>,
    work: impl Fn(Arc<S>, Share) -> W,
) -> Run
where
    S: Send + Sync + 'static,
    W: Future<Output = Tally> + Send + 'static,
{
    flavor.measure(|spawner| async move {
        let start = |share| spawner.spawn(work(shared.clone(), share));
        let working: Vec<_> = Share::deal(n, hands).map(start).collect();
        join(working).await.into_iter().sum()
    })
}

impl Run {
    /// Adds what was summed under the lock.
    fn with_sum(mut self, sum: impl FnOnce() -> u64) -> Self {
        self.received.sum = self.received.sum.wrapping_add(sum());
        self
    }
}
