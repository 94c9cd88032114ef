//! Timers and tickers that are stopped and reset.

use crate::common::{Place, Random};
use crate::{HOUR, clocked, done, ms, pend, settle};
use std::task::Poll;
use std::time::Duration;
use towpath::time::{Ticker, Timer};

#[test]
fn no_stale_message_after_stop_or_reset() {
    clocked(|_, clock| {
        let timer = Timer::new(ms(10));
        clock.advance(ms(11));
        assert!(timer.stop(), "it is due, but nobody has received it");
        assert!(timer.channel().try_recv().is_err());
        assert!(!timer.stop());

        assert!(!timer.reset(ms(10)));
        clock.advance(ms(11));
        assert!(timer.reset(ms(10)));
        assert!(timer.channel().try_recv().is_err());
        clock.advance(ms(10));
        assert_eq!(timer.recv(), Ok(clock.now()));
        assert!(!timer.stop());
    });
}

#[test]
fn a_ticker_that_is_reset_begins_anew() {
    clocked(|_, clock| {
        let ticker = Ticker::new(ms(10));
        clock.advance(ms(15));
        ticker.reset(ms(30));
        assert!(ticker.channel().try_recv().is_err());
        let start = clock.now();
        clock.advance(ms(61));
        assert_eq!(ticker.recv(), Ok(start + ms(30)));
        assert!(ticker.channel().try_recv().is_err());
        ticker.stop();
        clock.advance(HOUR);
        assert!(ticker.channel().is_empty());
        ticker.reset(ms(1));
        clock.advance(ms(1));
        assert_eq!(ticker.recv(), Ok(clock.now()));
    });
}

#[test]
fn a_waiting_task_follows_every_change() {
    clocked(|_, clock| {
        let timer = Timer::new(HOUR);
        let mut waits = Box::pin(timer.recv_async());
        let alarm = pend(&mut waits);
        // Earlier: it is told, and waits for less.
        timer.reset(ms(20));
        assert_eq!(alarm.rings(), 1);
        pend(&mut waits);
        // Later: the alarm may ring in vain, the task does not receive.
        timer.reset(ms(40));
        pend(&mut waits);
        clock.advance(ms(21));
        pend(&mut waits);
        timer.stop();
        pend(&mut waits);
        clock.advance(HOUR);
        pend(&mut waits);
        timer.reset(ms(5));
        let alarm = pend(&mut waits);
        clock.advance(ms(5));
        assert_eq!(alarm.rings(), 1);
        assert_eq!(done(&mut waits), Ok(clock.now()));
    });
}

/// Waiting threads and tasks follow a reset to an earlier instant, without being told the time.
#[test]
fn a_reset_reaches_threads_and_tasks_on_every_executor() {
    clocked(|crew, clock| {
        let ticker = Ticker::new(HOUR);
        let waits: Vec<_> = Place::TASKS
            .into_iter()
            .chain([Place::Thread])
            .map(|place| {
                let rx = ticker.channel().clone();
                crew.act(place, "waits for a tick", move |me| async move {
                    me.recv(&rx).await
                })
            })
            .collect();
        ticker.reset(ms(1));
        let ticks = crew.thread("waits for the others", move |_| {
            waits
                .into_iter()
                .map(|waits| waits.join())
                .collect::<Vec<_>>()
        });
        let (done, is_done) = towpath::bounded(1);
        crew.thread("joins", move |_| done.send(ticks.join()).unwrap());
        let ticks = loop {
            clock.advance(ms(1));
            match is_done.try_recv() {
                Ok(ticks) => break ticks,
                Err(_) => std::thread::yield_now(),
            }
        };
        assert!(ticks.iter().all(Result::is_ok));
    });
}

/// Random stops, resets and steps of the clock, against a few lines that say what must be there.
#[test]
fn a_timer_is_what_its_model_is() {
    clocked(|_, clock| {
        let mut random = Random::new(7);
        let timer = Timer::new(ms(5));
        let rx = timer.channel().clone();
        let mut waits = Box::pin(rx.recv_async());
        let mut due = Some(clock.now() + ms(5));
        for _ in 0..20_000 {
            match random.below(5) {
                0 => {
                    assert_eq!(timer.stop(), due.is_some());
                    due = None;
                }
                1 => {
                    let span = Duration::from_micros(random.below(10_000));
                    assert_eq!(timer.reset(span), due.is_some());
                    due = Some(clock.now() + span);
                }
                2 | 3 => clock.advance(Duration::from_micros(random.below(5_000))),
                _ => match settle(&mut waits).0 {
                    Poll::Ready(got) => {
                        assert_eq!(got.ok(), due);
                        assert!(due.take().unwrap() <= clock.now());
                        waits = Box::pin(rx.recv_async());
                    }
                    Poll::Pending => assert!(due.is_none_or(|due| due > clock.now())),
                },
            }
        }
        // Whatever was before: the one that waits is woken.
        timer.stop();
        pend(&mut waits);
        timer.reset(ms(3));
        let alarm = pend(&mut waits);
        clock.advance(ms(3));
        assert_eq!(alarm.rings(), 1);
    });
}

#[test]
#[should_panic(expected = "a ticker's period is not zero")]
fn a_ticker_of_no_period_is_refused() {
    let _ = Ticker::new(Duration::ZERO);
}

#[test]
fn never_is_not_an_overflow() {
    clocked(|_, clock| {
        let timer = Timer::new(Duration::MAX);
        assert!(!timer.reset(Duration::MAX));
        let ticker = Ticker::new(Duration::MAX);
        clock.advance(HOUR);
        assert!(timer.channel().is_empty() && ticker.channel().is_empty());
    });
}
