//! A timer's entry: taken out, changed and put in while it fires.
//!
//! The model's clock stands still unless it is moved, and no thread turns the wheel: `fire` does what
//! the timer thread would do.

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::{Arc, Once};
use std::task::{Context, Poll};
use std::time::Duration;

use towpath::time::{Timer, model, sleep};
use towpath::{RecvTimeoutError, after, bounded, tick};
use towpath_loom_tests::{Alarm, check, poll_once, spawn};

const SPAN: Duration = Duration::from_millis(1);

/// The timer thread wakes up, and it is time.
fn time_passes() {
    model::advance(SPAN);
    model::fire();
}

/// Polls until it is ready or in line with the alarm, and did not ask to be polled again.
fn settle<F: Future>(mut future: Pin<&mut F>) -> (Poll<F::Output>, Arc<Alarm>) {
    loop {
        let alarm = Alarm::new();
        let polled = alarm.poll(future.as_mut());
        if polled.is_ready() || alarm.rings() == 0 {
            return (polled, alarm);
        }
        loom::thread::yield_now();
    }
}

#[test]
fn pend_against_fire() {
    check(|| {
        let alarm = Alarm::new();
        let mut nap = pin!(sleep(SPAN));
        assert!(alarm.poll(nap.as_mut()).is_pending());
        let timers = spawn(time_passes);
        alarm.finish(nap);
        timers.join().unwrap();
    });
}

/// It gets in line while the wheel is turned. Whoever puts something in has the thread look again.
#[test]
fn set_against_fire() {
    check(|| {
        let mut nap = Box::pin(sleep(SPAN));
        let timers = spawn(time_passes);
        let (early, alarm) = settle(nap.as_mut());
        timers.join().unwrap();
        if early.is_pending() {
            model::fire();
            assert_eq!(alarm.rings(), 1, "nobody is told");
            alarm.finish(nap.as_mut());
        }
    });
}

/// Keeps the panics that are planned off the screen: there is one in every run of a model.
fn hide_refusals() {
    static HIDDEN: Once = Once::new();
    HIDDEN.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let message = info.payload().downcast_ref::<String>();
            if !message.is_some_and(|message| message.contains("timer thread cannot be started")) {
                report(info);
            }
        }));
    });
}

/// One task is refused the thread while another begins to wait: that one is not in a wheel which nobody
/// turns. The second is granted it.
#[test]
fn set_against_a_refused_start() {
    hide_refusals();
    check(|| {
        model::refuse_threads(1);
        let begin = || {
            let mut nap = Box::pin(sleep(SPAN));
            let begun = panic::catch_unwind(AssertUnwindSafe(|| settle(nap.as_mut())));
            begun.map(|(polled, alarm)| (polled, alarm, nap))
        };
        let other = spawn(begin);
        let begun = [begin(), other.join().unwrap()];
        let refused = begun.iter().filter(|begun| begun.is_err()).count();
        assert_eq!(refused, 1, "one thread was refused");
        time_passes();
        for (polled, alarm, nap) in begun.into_iter().flatten() {
            assert!(polled.is_pending());
            assert_eq!(alarm.rings(), 1, "nobody turns the wheel");
            drop(nap);
        }
    });
}

/// A receiver is closed while a task that waits for it starts the thread: neither waits for the other.
#[test]
fn close_against_start() {
    check(|| {
        let rx = after(SPAN);
        let waits = rx.clone();
        let other = spawn(move || {
            let alarm = Alarm::new();
            let mut waits = Box::pin(waits.into_recv_async());
            assert!(alarm.finish(waits.as_mut()).is_err());
            drop(waits);
            alarm
        });
        assert!(rx.close());
        let alarm = other.join().unwrap();
        assert_eq!(Arc::strong_count(&alarm), 1, "its waker is gone");
    });
}

#[test]
fn cancel_against_fire() {
    check(|| {
        let alarm = Alarm::new();
        let mut nap = Box::pin(sleep(SPAN));
        let mut neighbour = Box::pin(sleep(SPAN));
        assert!(alarm.poll(nap.as_mut()).is_pending());
        let other = Alarm::new();
        assert!(other.poll(neighbour.as_mut()).is_pending());
        let timers = spawn(time_passes);
        drop(nap);
        other.finish(neighbour.as_mut());
        timers.join().unwrap();
        drop(neighbour);
        assert_eq!(Arc::strong_count(&alarm), 1, "its waker is gone");
        assert_eq!(Arc::strong_count(&other), 1, "its waker is gone");
    });
}

#[test]
fn waker_changes_against_fire() {
    check(|| {
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut nap = pin!(sleep(SPAN));
        assert!(first.poll(nap.as_mut()).is_pending());
        let timers = spawn(time_passes);
        second.finish(nap);
        timers.join().unwrap();
    });
}

/// Two tasks at the same receiver, of which the one that is woken goes away: the other is told.
#[test]
fn drop_against_ring_passes_the_message_on() {
    check(|| {
        let rx = after(SPAN);
        let (first, second) = (Alarm::new(), Alarm::new());
        let mut gives_up = Box::pin(rx.recv_async());
        let mut next = pin!(rx.recv_async());
        assert!(first.poll(gives_up.as_mut()).is_pending());
        assert!(second.poll(next.as_mut()).is_pending());
        let timers = spawn(time_passes);
        drop(gives_up);
        assert!(second.finish(next).is_ok());
        timers.join().unwrap();
    });
}

/// A task gets in line while the alarm that is set for another one rings, and that one's tick is
/// taken: the alarm is set again for it.
#[test]
fn enlist_against_ring() {
    check(|| {
        let rx = tick(SPAN);
        let first = Alarm::new();
        let mut one = Box::pin(rx.recv_async());
        let mut other = Box::pin(rx.recv_async());
        assert!(first.poll(one.as_mut()).is_pending());
        let timers = spawn(time_passes);
        let (early, second) = settle(other.as_mut());
        timers.join().unwrap();
        if early.is_pending() {
            assert!(first.finish(one.as_mut()).is_ok());
            // The next tick is for the one that waits, and nobody has to touch anything for it.
            time_passes();
            assert_eq!(second.rings(), 1, "a tick is due, and nobody is told");
            assert!(second.finish(other.as_mut()).is_ok());
        }
    });
}

/// The last receiver goes while its alarm rings: nothing is left that keeps itself alive.
#[test]
fn discard_against_ring() {
    check(|| {
        let rx = tick(SPAN);
        let alarm = Alarm::new();
        let mut waits = Box::pin(rx.into_recv_async());
        assert!(alarm.poll(waits.as_mut()).is_pending());
        let timers = spawn(time_passes);
        drop(waits);
        timers.join().unwrap();
        assert_eq!(Arc::strong_count(&alarm), 1, "its waker is gone");
        // If the alarm was set again it is unset: nobody rings.
        let before = alarm.rings();
        time_passes();
        assert_eq!(alarm.rings(), before);
    });
}

#[test]
fn reset_against_fire() {
    check(|| {
        let timer = Arc::new(Timer::new(SPAN));
        let rx = timer.channel().clone();
        let alarm = Alarm::new();
        let mut waits = pin!(rx.recv_async());
        assert!(alarm.poll(waits.as_mut()).is_pending());
        let timers = spawn(time_passes);
        let kept_back = timer.reset(SPAN);
        timers.join().unwrap();
        assert!(kept_back, "nobody has received it");
        // In line for what comes, whatever the alarm was set for.
        loop {
            let before = alarm.rings();
            match alarm.poll(waits.as_mut()) {
                Poll::Ready(due) => {
                    // Due a span after the reset, which may have been before the time passed.
                    assert!(due.is_ok());
                    break;
                }
                Poll::Pending if alarm.rings() == before => time_passes(),
                Poll::Pending => {}
            }
        }
    });
}

/// Polls once. It must not wait for as long as the holder of a short lock is preempted.
fn poll_at_once<F: Future>(alarm: &Arc<Alarm>, future: Pin<&mut F>) -> Poll<F::Output> {
    let before = model::waits();
    let polled = alarm.poll(future);
    assert_eq!(model::waits(), before, "a poll waits for another thread");
    polled
}

/// The schedule's lock is held while a task gets in line, and while it is polled in it.
#[test]
fn reset_against_poll_that_never_waits() {
    check(|| {
        let timer = Arc::new(Timer::new(SPAN));
        let rx = timer.channel().clone();
        let other = spawn(move || {
            let alarm = Alarm::new();
            let mut waits = pin!(rx.recv_async());
            for _ in 0..2 {
                assert!(poll_at_once(&alarm, waits.as_mut()).is_pending());
            }
        });
        assert!(timer.reset(SPAN * 2));
        other.join().unwrap();
    });
}

/// The time runs out while the alarm rings, and looks at the schedule for the next in line. The tick
/// came first.
#[test]
fn bound_that_never_waits_against_ring() {
    check(|| {
        let rx = tick(SPAN);
        let next = Alarm::new();
        let alarm = Alarm::new();
        let mut bound = Box::pin(rx.recv_async().timeout(SPAN));
        assert!(alarm.poll(bound.as_mut()).is_pending());
        let mut behind = pin!(rx.recv_async());
        assert!(next.poll(behind.as_mut()).is_pending());
        let timers = spawn(time_passes);
        let outcome = loop {
            let before = alarm.rings();
            match poll_at_once(&alarm, bound.as_mut()) {
                Poll::Ready(outcome) => break outcome,
                Poll::Pending if alarm.rings() == before => alarm.wait(),
                Poll::Pending => loom::thread::yield_now(),
            }
        };
        timers.join().unwrap();
        // Of the two, and of the tick and the end of time, either may be first.
        drop(bound);
        if outcome.is_err() {
            assert!(next.rings() > 0, "the tick is for the next in line");
        }
    });
}

/// The time runs out while somebody looks at the schedule, who may be preempted there.
#[test]
fn bound_that_never_waits_against_a_look() {
    check(|| {
        let rx = after(8 * SPAN);
        let alarm = Alarm::new();
        let mut bound = Box::pin(rx.recv_async().timeout(SPAN));
        assert!(alarm.poll(bound.as_mut()).is_pending());
        time_passes();
        let other = rx.clone();
        let look = spawn(move || other.is_empty());
        let outcome = loop {
            if let Poll::Ready(outcome) = poll_at_once(&alarm, bound.as_mut()) {
                break outcome;
            }
            loom::thread::yield_now();
        };
        assert_eq!(outcome, Err(RecvTimeoutError::Timeout));
        assert!(look.join().unwrap());
    });
}

/// Nobody receives what was due before, once `stop` has returned.
#[test]
fn stop_against_fire_and_receive() {
    check(|| {
        let timer = Timer::new(SPAN);
        let rx = timer.channel().clone();
        let task = spawn(move || {
            time_passes();
            let mut waits = pin!(rx.recv_async());
            poll_once(waits.as_mut()).is_ready()
        });
        let kept_back = timer.stop();
        let after_stop = timer.channel().try_recv();
        let received = task.join().unwrap();
        assert!(after_stop.is_err(), "a stale message");
        assert_ne!(kept_back, received, "kept back or received, one of them");
    });
}

/// The time runs out while a message is handed over, or while it is notified of: it is not lost.
fn bound_against_send(capacity: usize) {
    check(move || {
        let (tx, rx) = bounded(capacity);
        let alarm = Alarm::new();
        let mut bound = Box::pin(rx.recv_async().timeout(SPAN));
        assert!(alarm.poll(bound.as_mut()).is_pending());
        time_passes();
        let sender = spawn(move || {
            let sent = tx.try_send(1);
            (tx, sent)
        });
        let outcome = alarm.finish(bound.as_mut());
        let (tx, sent) = sender.join().unwrap();
        drop(bound);
        match outcome {
            Ok(1) => assert_eq!(sent, Ok(())),
            Err(RecvTimeoutError::Timeout) => {
                assert_eq!(rx.try_recv().is_ok(), sent.is_ok());
            }
            other => panic!("{other:?}"),
        }
        drop(tx);
    });
}

#[test]
fn bound_against_send_rendezvous() {
    bound_against_send(0);
}

#[test]
fn bound_against_send_hand_off() {
    bound_against_send(1);
}

#[test]
fn bound_against_send_ring() {
    bound_against_send(3);
}

/// Both at once: the timer fires and a message comes, for a task that sleeps.
#[test]
fn fire_against_send() {
    check(|| {
        let (tx, rx) = bounded(1);
        let alarm = Alarm::new();
        let mut bound = Box::pin(rx.recv_async().timeout(SPAN));
        let early = bound
            .as_mut()
            .poll(&mut Context::from_waker(&alarm.waker()));
        assert!(early.is_pending());
        let timers = spawn(time_passes);
        tx.try_send(1).unwrap();
        assert_eq!(
            alarm.finish(bound.as_mut()),
            Ok(1),
            "the message came first"
        );
        timers.join().unwrap();
    });
}
