//! An initialiser that is dropped, fails or panics: exactly one of those who wait takes over, with
//! its own.

use crate::common::{Alarm, Place, Random, poll, poll_noop, watchdog};
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use towpath::sync::{Latch, Once, OnceCell};

const WAITERS: usize = 100;

/// A future that makes `value` once `gate` is open, and counts itself in `started`.
fn make<'a>(
    cell: &'a OnceCell<usize>,
    value: usize,
    gate: &'a Latch,
    started: &'a AtomicUsize,
) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    let init = async move || {
        started.fetch_add(1, Ordering::SeqCst);
        gate.wait_async().await;
        value
    };
    Box::pin(async move { *cell.get_or_init_async(init).await })
}

#[test]
fn one_of_a_hundred_takes_over_a_dropped_initialiser() {
    let (cell, gate, started) = (OnceCell::new(), Latch::new(1), AtomicUsize::new(0));
    let mut first = make(&cell, 1000, &gate, &started);
    assert!(poll_noop(&mut first).is_pending());

    let alarms: Vec<_> = (0..WAITERS).map(|_| Alarm::new()).collect();
    let futures = (0..WAITERS).map(|i| make(&cell, i, &gate, &started));
    let mut futures: Vec<_> = futures.map(Some).collect();
    for (future, (_, waker)) in futures.iter_mut().flatten().zip(&alarms) {
        assert!(poll(future, waker).is_pending());
    }
    assert_eq!(started.load(Ordering::SeqCst), 1, "only the first began");

    drop(first);
    // One by one they take over and are dropped, all but the last.
    for i in 0..WAITERS {
        let rings: Vec<_> = alarms.iter().map(|(alarm, _)| alarm.rings()).collect();
        let expected: Vec<_> = (0..WAITERS).map(|j| (j <= i) as usize).collect();
        assert_eq!(rings, expected, "one at a time is woken");
        for (future, (_, waker)) in futures.iter_mut().flatten().zip(&alarms[i..]) {
            assert!(poll(future, waker).is_pending());
        }
        assert_eq!(
            started.load(Ordering::SeqCst),
            i + 2,
            "one at a time begins"
        );
        if i + 1 < WAITERS {
            futures[i] = None;
        }
    }
    gate.count_down(1);
    let last = futures[WAITERS - 1].as_mut().unwrap();
    assert_eq!(poll_noop(last), Poll::Ready(WAITERS - 1));
    assert_eq!(cell.get(), Some(&(WAITERS - 1)));
}

/// All others get the value of the one that took over.
#[test]
fn everybody_else_hears_of_the_value() {
    let (cell, gate, started) = (OnceCell::new(), Latch::new(1), AtomicUsize::new(0));
    let mut first = make(&cell, 1000, &gate, &started);
    assert!(poll_noop(&mut first).is_pending());
    let mut futures: Vec<_> = (0..WAITERS)
        .map(|i| make(&cell, i, &gate, &started))
        .collect();
    assert!(
        futures
            .iter_mut()
            .all(|future| poll_noop(future).is_pending())
    );
    let mut watching = Box::pin(cell.wait_async());
    assert!(poll_noop(&mut watching).is_pending());
    drop(first);
    assert!(
        futures
            .iter_mut()
            .all(|future| poll_noop(future).is_pending())
    );
    gate.count_down(1);
    assert!(
        futures
            .iter_mut()
            .all(|future| poll_noop(future) == Poll::Ready(0))
    );
    assert_eq!(poll_noop(&mut watching), Poll::Ready(&0));
    assert_eq!(started.load(Ordering::SeqCst), 2);
}

/// Told to take over, and dropped without having looked: the next is told.
#[test]
fn dropped_heir_passes_the_turn_on() {
    for polled_again in [false, true] {
        let (cell, gate, started) = (OnceCell::new(), Latch::new(1), AtomicUsize::new(0));
        let mut first = make(&cell, 1, &gate, &started);
        let mut heir = make(&cell, 2, &gate, &started);
        let mut next = make(&cell, 3, &gate, &started);
        let (alarm, waker) = Alarm::new();
        assert!(poll_noop(&mut first).is_pending());
        assert!(poll_noop(&mut heir).is_pending());
        assert!(poll(&mut next, &waker).is_pending());
        drop(first);
        if polled_again {
            assert!(poll_noop(&mut heir).is_pending());
        }
        assert_eq!(alarm.rings(), 0);
        drop(heir);
        assert_eq!(alarm.rings(), 1);
        gate.count_down(1);
        assert_eq!(poll(&mut next, &waker), Poll::Ready(3));
    }
}

/// Whoever was told to take over and is not polled keeps nobody away.
#[test]
fn heir_that_is_not_polled_blocks_nobody() {
    let (cell, gate, started) = (OnceCell::new(), Latch::new(1), AtomicUsize::new(0));
    let mut first = make(&cell, 1, &gate, &started);
    let mut heir = make(&cell, 2, &gate, &started);
    assert!(poll_noop(&mut first).is_pending());
    assert!(poll_noop(&mut heir).is_pending());
    drop(first);
    assert_eq!(cell.get_or_init(|| 7), &7);
    assert_eq!(poll_noop(&mut heir), Poll::Ready(7));
}

/// The heir was overtaken by one who then gives up: it is told again.
#[test]
fn overtaken_heir_is_first_in_line_again() {
    let (cell, gate, started) = (OnceCell::new(), Latch::new(1), AtomicUsize::new(0));
    let mut first = make(&cell, 1, &gate, &started);
    let mut heir = make(&cell, 2, &gate, &started);
    let mut behind = make(&cell, 3, &gate, &started);
    let (heard, heir_waker) = Alarm::new();
    let (overheard, behind_waker) = Alarm::new();
    assert!(poll_noop(&mut first).is_pending());
    assert!(poll(&mut heir, &heir_waker).is_pending());
    assert!(poll(&mut behind, &behind_waker).is_pending());
    drop(first);
    let mut overtakes = make(&cell, 4, &gate, &started);
    assert!(poll_noop(&mut overtakes).is_pending());
    assert!(poll(&mut heir, &heir_waker).is_pending());
    drop(overtakes);
    assert_eq!((heard.rings(), overheard.rings()), (2, 0));
    gate.count_down(1);
    assert_eq!(poll(&mut heir, &heir_waker), Poll::Ready(2));
    assert_eq!(poll(&mut behind, &behind_waker), Poll::Ready(2));
}

/// A future that owns what others need lets it go before somebody else is told to begin.
#[test]
fn what_a_dropped_initialiser_held_is_gone_when_the_next_is_woken() {
    struct Held(Arc<AtomicUsize>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let once = Once::new();
    let gone = Arc::new(AtomicUsize::new(0));
    let held = Held(Arc::clone(&gone));
    let mut first = Box::pin(once.call_once_async(async move {
        let _held = held;
        pending::<()>().await;
    }));
    assert!(poll_noop(&mut first).is_pending());
    let seen = Arc::new(AtomicUsize::new(usize::MAX));
    let record = {
        let (gone, seen) = (Arc::clone(&gone), Arc::clone(&seen));
        crate::common::Scripted::waker(move || {
            seen.store(gone.load(Ordering::SeqCst), Ordering::SeqCst);
        })
    };
    let mut next = Box::pin(once.call_once_async(async {}));
    assert!(poll(&mut next, &record).is_pending());
    drop(first);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert!(poll(&mut next, &record).is_ready());
}

/// Everybody fails but one, in every way there is, at every place.
#[test]
fn one_succeeds_where_all_others_fail() {
    watchdog(60, |crew| {
        for seed in 0..30 {
            let cell = Arc::new(OnceCell::<u64>::new());
            let running = Arc::new(AtomicUsize::new(0));
            let places = Place::TASKS.into_iter().cycle().take(12);
            let places = places.chain([Place::Thread; 6]).enumerate();
            let actors: Vec<_> = places
                .map(|(i, place)| {
                    let (cell, running) = (Arc::clone(&cell), Arc::clone(&running));
                    crew.act(place, format!("initialiser {i}"), move |me| async move {
                        me.at("wants the value", seed);
                        let mut random = Random::new(seed * 1000 + i as u64);
                        let mut tries = 0;
                        loop {
                            tries += 1;
                            let luck = random.below(if tries > 8 { 1 } else { 6 });
                            let got = if me.blocks() {
                                attempt(&cell, &running, luck)
                            } else {
                                attempt_async(&cell, &running, luck).await
                            };
                            if let Some(value) = got {
                                return value;
                            }
                        }
                    })
                })
                .collect();
            let values: Vec<_> = actors.into_iter().map(|actor| actor.join()).collect();
            assert_eq!(values, vec![5; 18]);
            assert_eq!(running.load(Ordering::SeqCst), 0);
        }
    });
}

/// Counts itself in while it lives; there is one at most.
struct Inside<'a>(&'a AtomicUsize);

impl<'a> Inside<'a> {
    fn enter(running: &'a AtomicUsize) -> Self {
        assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
        Self(running)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn attempt(cell: &OnceCell<u64>, running: &AtomicUsize, luck: u64) -> Option<u64> {
    let init = || {
        let _inside = Inside::enter(running);
        std::thread::yield_now();
        match luck {
            0 => Ok(5),
            1 | 2 => Err(()),
            _ => std::panic::resume_unwind(Box::new("planned")),
        }
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| cell.get_or_try_init(init).copied()));
    outcome.ok().and_then(Result::ok)
}

async fn attempt_async(cell: &OnceCell<u64>, running: &AtomicUsize, luck: u64) -> Option<u64> {
    let init = async || {
        let _inside = Inside::enter(running);
        yield_once().await;
        match luck {
            0 => Ok(5),
            1 | 2 => Err(()),
            _ => pending().await,
        }
    };
    let value = cell.get_or_try_init_async(init);
    if luck < 3 {
        return value.await.ok().copied();
    }
    // Given up after a few polls, wherever it is by then.
    let mut value = std::pin::pin!(value);
    for _ in 0..3 {
        if let Poll::Ready(value) = futures::poll!(value.as_mut()) {
            return value.ok().copied();
        }
        yield_once().await;
    }
    None
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
