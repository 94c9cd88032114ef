//! Sleeps of tasks and threads, the timer thread, and what wakers may do to it.

use crate::common::{Alarm, Place, Scripted, poll, poll_noop};
use crate::{HOUR, clocked, done, ms, pend};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use towpath::time::{Sleep, TestClock, sleep, sleep_until};

#[test]
fn a_sleep_is_over_when_it_is_due() {
    clocked(|_, clock| {
        let mut nap = Box::pin(sleep(ms(10)));
        let alarm = pend(&mut nap);
        clock.advance(ms(10) - Duration::from_nanos(1));
        assert_eq!(alarm.rings(), 0);
        clock.advance(Duration::from_nanos(1));
        assert_eq!(alarm.rings(), 1);
        done(&mut nap);
        assert!(poll_noop(&mut Box::pin(sleep_until(clock.now()))).is_ready());
        assert!(poll_noop(&mut Box::pin(sleep(Duration::ZERO))).is_ready());
        pend(&mut Box::pin(sleep(Duration::MAX)));
    });
}

#[test]
fn sleeps_at_every_place() {
    clocked(|crew, clock| {
        let deadline = clock.now() + HOUR;
        let naps: Vec<_> = Place::TASKS
            .into_iter()
            .chain([Place::Thread])
            .map(|place| {
                crew.act(place, "sleeps", move |me| async move {
                    if me.blocks() {
                        sleep_until(deadline).wait();
                    } else {
                        sleep_until(deadline).await;
                    }
                    towpath::time::now()
                })
            })
            .collect();
        clock.advance(HOUR + ms(1));
        naps.into_iter()
            .for_each(|nap| assert_eq!(nap.join(), deadline + ms(1)));
    });
}

#[test]
fn the_last_waker_is_the_one_that_is_woken() {
    clocked(|_, clock| {
        let mut nap = Box::pin(sleep(ms(10)));
        let first = pend(&mut nap);
        let second = pend(&mut nap);
        clock.advance(ms(11));
        assert_eq!((first.rings(), second.rings()), (0, 1));
        done(&mut nap);
    });
}

#[test]
fn a_sleep_that_is_dropped_wakes_nobody() {
    clocked(|_, clock| {
        let mut naps: Vec<_> = (0..100).map(|n| Box::pin(sleep(ms(n + 1)))).collect();
        let alarms: Vec<_> = naps.iter_mut().map(pend).collect();
        let kept = naps.split_off(99);
        drop(naps);
        clock.advance(HOUR);
        let rings = alarms.iter().map(|alarm| alarm.rings());
        assert_eq!(rings.sum::<usize>(), 1);
        drop(kept);
        assert!(alarms.iter().all(|alarm| Arc::strong_count(alarm) == 1));
    });
}

/// More at one instant than a batch of wakers holds, and than the lock's holder takes at once.
#[test]
fn a_thousand_at_one_instant() {
    clocked(|_, clock| {
        let deadline = clock.now() + HOUR;
        let mut naps: Vec<_> = (0..1000).map(|_| Box::pin(sleep_until(deadline))).collect();
        let alarms: Vec<_> = naps.iter_mut().map(pend).collect();
        clock.advance(HOUR);
        assert!(alarms.iter().all(|alarm| alarm.rings() == 1));
        assert!(naps.iter_mut().all(|nap| poll_noop(nap).is_ready()));
    });
}

#[test]
fn a_waker_that_panics_keeps_nobody_waiting() {
    clocked(|_, clock| {
        let faulty = Scripted::waker(|| std::panic::resume_unwind(Box::new("a faulty waker")));
        let mut first = Box::pin(sleep(ms(10)));
        let mut second = Box::pin(sleep(ms(10)));
        // In line for certain, then with the waker that panics.
        pend(&mut first);
        assert!(poll(&mut first, &faulty).is_pending());
        let alarm = pend(&mut second);
        clock.advance(ms(11));
        assert_eq!(alarm.rings(), 1);
        assert!(poll_noop(&mut first).is_ready() && poll_noop(&mut second).is_ready());
    });
}

/// A waker may drop sleeps and begin others: no lock is held.
#[test]
fn wakers_may_use_timers() {
    clocked(|_, clock| {
        let victims: Arc<Mutex<Vec<Pin<Box<Sleep>>>>> = Arc::default();
        let mut alarms = Vec::new();
        for span in [10, 10, 20, 3_000_000] {
            let mut nap = Box::pin(sleep(ms(span)));
            alarms.push(pend(&mut nap));
            victims.lock().unwrap().push(nap);
        }
        let (alarm, waker) = Alarm::new();
        let inner = Arc::clone(&victims);
        let script = Scripted::waker(move || {
            let mut victims = inner.lock().unwrap();
            victims.clear();
            let mut nap = Box::pin(sleep(ms(5)));
            pend(&mut nap);
            assert!(poll(&mut nap, &waker).is_pending());
            victims.push(nap);
        });
        let mut first = Box::pin(sleep(ms(9)));
        pend(&mut first);
        assert!(poll(&mut first, &script).is_pending());
        clock.advance(ms(9));
        assert_eq!(alarm.rings(), 0);
        clock.advance(ms(5));
        assert_eq!(alarm.rings(), 1, "the one that the waker began");
        clock.advance(HOUR);
        assert!(alarms.iter().all(|alarm| alarm.rings() == 0));
        victims.lock().unwrap().clear();
    });
}

#[test]
fn the_timer_thread_ends_when_idle_and_comes_back() {
    clocked(|_, clock| {
        TestClock::set_idle(ms(1));
        for _ in 0..3 {
            let mut nap = Box::pin(sleep(ms(10)));
            let alarm = pend(&mut nap);
            assert!(TestClock::has_timer_thread());
            clock.advance(ms(11));
            assert_eq!(alarm.rings(), 1);
            while TestClock::has_timer_thread() {
                std::thread::yield_now();
            }
        }
        TestClock::set_idle(Duration::from_secs(5));
    });
}
