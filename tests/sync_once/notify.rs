//! `Notify`: permits, order, edges, and work that must not be lost.

use crate::common::{Alarm, Faulty, Me, Place, Random, pause, poll, poll_noop, reported, watchdog};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use towpath::sync::Notify;

#[test]
fn one_permit_at_most_is_kept() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_many(5);
    assert!(notify.try_notified());
    assert!(!notify.try_notified());
    notify.notify_many(0);
    notify.notify_all();
    assert!(!notify.notified_timeout(Duration::from_millis(1)));
}

/// What is meant for one in line cannot be stolen by whoever comes by.
#[test]
fn a_notification_is_not_stolen() {
    let notify = Notify::new();
    let mut waiting = Box::pin(notify.notified_async());
    assert!(poll_noop(&mut waiting).is_pending());
    notify.notify_one();
    assert!(!notify.try_notified());
    assert!(poll_noop(&mut Box::pin(notify.notified_async())).is_pending());
    assert!(poll_noop(&mut waiting).is_ready());
}

#[test]
fn first_come_first_notified() {
    let notify = Notify::new();
    let alarms = [0; 4].map(|_| Alarm::new());
    let mut waits = [0; 4].map(|_| Box::pin(notify.notified_async()));
    for (wait, (_, waker)) in waits.iter_mut().zip(&alarms) {
        assert!(poll(wait, waker).is_pending());
    }
    let rings = || alarms.each_ref().map(|(alarm, _)| alarm.rings());
    notify.notify_one();
    assert_eq!(rings(), [1, 0, 0, 0]);
    notify.notify_many(2);
    assert_eq!(rings(), [1, 1, 1, 0]);
    notify.notify_many(2);
    assert_eq!(rings(), [1, 1, 1, 1]);
    assert!(notify.try_notified(), "one was left over");
}

/// An edge counts from the moment the wait was made.
#[test]
fn notify_all_reaches_waits_that_were_not_polled_yet() {
    let notify = Notify::new();
    let mut early = Box::pin(notify.notified_async());
    notify.notify_all();
    let mut late = Box::pin(notify.notified_async());
    assert!(poll_noop(&mut early).is_ready());
    assert!(poll_noop(&mut late).is_pending());
}

/// Told by `notify_all`, it does not take the permit as well, nor leave one.
#[test]
fn a_wait_that_is_over_leaves_the_permit_alone() {
    let notify = Notify::new();
    let mut early = Box::pin(notify.notified_async());
    let mut waiting = Box::pin(notify.notified_async());
    assert!(poll_noop(&mut waiting).is_pending());
    notify.notify_all();
    notify.notify_one();
    assert!(poll_noop(&mut early).is_ready());
    drop(waiting);
    assert!(notify.try_notified());
    assert!(!notify.try_notified());
}

/// Those who come while the others are being told are not told.
#[test]
fn notify_all_tells_nobody_who_came_later() {
    let notify: &'static Notify = Box::leak(Box::new(Notify::new()));
    let late = Arc::new(Mutex::new(Vec::new()));
    let enter = {
        let late = Arc::clone(&late);
        crate::common::Scripted::waker(move || {
            let mut wait = Box::pin(notify.notified_async());
            assert!(poll_noop(&mut wait).is_pending());
            late.lock().unwrap().push(wait);
        })
    };
    let mut waits: Vec<_> = (0..50).map(|_| Box::pin(notify.notified_async())).collect();
    for wait in &mut waits {
        assert!(poll(wait, &enter).is_pending());
    }
    notify.notify_all();
    assert!(waits.iter_mut().all(|wait| poll_noop(wait).is_ready()));
    let mut late = late.lock().unwrap();
    assert_eq!(late.len(), 50);
    assert!(late.iter_mut().all(|wait| poll_noop(wait).is_pending()));
    // They are in line, in order.
    notify.notify_one();
    assert!(poll_noop(&mut late[0]).is_ready());
}

/// Dropped while the others are being told: out of the second list.
#[test]
fn waits_dropped_while_everybody_is_told() {
    watchdog(60, |_| drop_while_everybody_is_told());
}

fn drop_while_everybody_is_told() {
    let notify: &'static Notify = Box::leak(Box::new(Notify::new()));
    let all: Arc<Mutex<Vec<Option<_>>>> = Arc::default();
    let drops = {
        let all = Arc::clone(&all);
        crate::common::Scripted::waker(move || {
            // The first and the last of those who are not told yet, and some in the middle.
            let mut all = all.lock().unwrap();
            let dropped = [16, 17, 30, 31, 58, 59].map(|i| all[i].take());
            drop(all);
            drop(dropped);
        })
    };
    let (alarm, waker) = Alarm::new();
    for i in 0..60 {
        let mut wait = Box::pin(notify.notified_async());
        assert!(poll(&mut wait, if i == 0 { &drops } else { &waker }).is_pending());
        all.lock().unwrap().push(Some(wait));
    }
    notify.notify_all();
    assert_eq!(alarm.rings(), 53);
    let mut next = Box::pin(notify.notified_async());
    assert!(poll_noop(&mut next).is_pending());
    notify.notify_one();
    assert!(poll_noop(&mut next).is_ready());
    let mut all = all.lock().unwrap();
    assert_eq!(all.iter().flatten().count(), 54);
    assert!(
        all.iter_mut()
            .flatten()
            .all(|wait| poll_noop(wait).is_ready())
    );
}

#[test]
fn a_panicking_waker_keeps_nobody_from_being_told() {
    let notify = Notify::new();
    let (bomb, bomb_waker) = Faulty::bomb();
    let (alarm, waker) = Alarm::new();
    let mut first = Box::pin(notify.notified_async());
    let mut second = Box::pin(notify.notified_async());
    assert!(poll(&mut first, &bomb_waker).is_pending());
    assert!(poll(&mut second, &waker).is_pending());
    let before = reported();
    notify.notify_all();
    assert_eq!(
        (bomb.wakes(), alarm.rings(), reported() - before),
        (1, 1, 1)
    );
}

/// Work in a queue, a notification for each piece, workers that give up at random. Only who was told
/// looks at the queue, and no more work comes before all is done: a notification that is lost is missed.
#[test]
fn no_work_is_left_though_workers_give_up() {
    const ROUNDS: u64 = 500;
    watchdog(60, |crew| {
        let shop = Arc::new(Shop::default());
        let (done, outbox) = mpsc::channel();
        let places = Place::TASKS.into_iter().chain([Place::Thread; 3]);
        for (i, place) in (0..).zip(places) {
            let (shop, done) = (Arc::clone(&shop), done.clone());
            crew.act(place, format!("worker {i}"), move |me| async move {
                let mut random = Random::new(i);
                while !shop.closed.load(Ordering::SeqCst) {
                    if shop.is_told(&me, &mut random).await {
                        let queue = || shop.queue.lock().unwrap().pop_front();
                        for piece in std::iter::from_fn(queue) {
                            me.at("works", piece);
                            done.send(piece).unwrap();
                        }
                    }
                }
            });
        }
        let mut random = Random::new(1000);
        for round in 0..ROUNDS {
            let pieces = 1 + random.below(4);
            for _ in 0..pieces {
                shop.queue.lock().unwrap().push_back(round);
                shop.changed.notify_one();
            }
            for _ in 0..pieces {
                assert_eq!(outbox.recv(), Ok(round));
            }
        }
        shop.closed.store(true, Ordering::SeqCst);
    });
}

#[derive(Default)]
struct Shop {
    queue: Mutex<VecDeque<u64>>,
    changed: Notify,
    closed: AtomicBool,
}

impl Shop {
    /// Waits for a moment: whether it was notified.
    async fn is_told(&self, me: &Me, random: &mut Random) -> bool {
        me.at("waits", 0);
        if me.blocks() {
            let limit = Duration::from_micros(random.below(200));
            return self.changed.notified_timeout(limit);
        }
        let mut notified = Box::pin(self.changed.notified_async());
        if futures::poll!(notified.as_mut()).is_ready() {
            return true;
        }
        for _ in 0..random.below(4) {
            pause().await;
        }
        // Who was told meanwhile, and does not look again, passes that on.
        random.one_in(2) && futures::poll!(notified.as_mut()).is_ready()
    }
}
