//! Threads and tasks that wait for the receivers of time.

use crate::common::{Place, poll_noop};
use crate::{HOUR, clocked, done, ms, pend};
use futures::StreamExt;
use std::task::Poll;
use std::time::Instant;
use towpath::{Receiver, after, never, tick};

#[test]
fn a_task_is_woken_when_it_is_due_and_not_before() {
    clocked(|_, clock| {
        let rx = after(ms(10));
        let mut waits = Box::pin(rx.recv_async());
        let alarm = pend(&mut waits);
        clock.advance(ms(9));
        assert_eq!(alarm.rings(), 0);
        clock.advance(ms(2));
        assert_eq!(alarm.rings(), 1);
        assert_eq!(done(&mut waits), Ok(clock.now() - ms(1)));
    });
}

#[test]
fn one_of_many_tasks_gets_the_message() {
    clocked(|_, clock| {
        let rx = after(ms(10));
        let mut waits: Vec<_> = (0..5).map(|_| Box::pin(rx.recv_async())).collect();
        let alarms: Vec<_> = waits.iter_mut().map(pend).collect();
        clock.advance(HOUR);
        let rang: Vec<_> = alarms.iter().map(|alarm| alarm.rings()).collect();
        assert_eq!(rang, [1, 0, 0, 0, 0]);
        let polled = waits.iter_mut().map(poll_noop).map(|poll| poll.is_ready());
        assert_eq!(
            polled.collect::<Vec<_>>(),
            [true, false, false, false, false]
        );
    });
}

/// Each tick goes to the next in line, though nobody gets in line again.
#[test]
fn the_alarm_is_set_again_while_somebody_is_left() {
    clocked(|_, clock| {
        let start = clock.now();
        let rx = tick(ms(10));
        let mut waits: Vec<_> = (0..4).map(|_| Box::pin(rx.recv_async())).collect();
        let alarms: Vec<_> = waits.iter_mut().map(pend).collect();
        for (number, waits) in waits.iter_mut().enumerate() {
            clock.advance(ms(10));
            assert_eq!(alarms[number].rings(), 1, "task {number}");
            let due = start + ms(10) * (number as u32 + 1);
            assert_eq!(poll_noop(waits), Poll::Ready(Ok(due)));
        }
    });
}

#[test]
fn a_task_that_was_woken_and_goes_away_passes_the_tick_on() {
    clocked(|_, clock| {
        let rx = tick(ms(10));
        let mut gives_up = Box::pin(rx.recv_async());
        let mut next = Box::pin(rx.recv_async());
        pend(&mut gives_up);
        let alarm = pend(&mut next);
        clock.advance(ms(11));
        assert_eq!(alarm.rings(), 0);
        drop(gives_up);
        assert_eq!(alarm.rings(), 1);
        let _ = done(&mut next);
    });
}

/// Somebody else takes the tick for which a task was woken: it waits for the next.
#[test]
fn a_task_that_comes_too_late_waits_for_the_next_tick() {
    clocked(|_, clock| {
        let rx = tick(ms(10));
        let mut waits = Box::pin(rx.recv_async());
        let mut alarm = pend(&mut waits);
        for _ in 1..4 {
            clock.advance(ms(10));
            assert_eq!(alarm.rings(), 1);
            rx.try_recv().unwrap();
            alarm = pend(&mut waits);
        }
        clock.advance(ms(10));
        let _ = done(&mut waits);
    });
}

/// Waits of all kinds on one ticker: every tick is received once, and everybody is served.
#[test]
fn threads_and_tasks_share_a_ticker() {
    const EACH: usize = 20;
    clocked(|crew, clock| {
        let rx = tick(ms(10));
        let mut places = Place::TASKS.to_vec();
        places.extend([Place::Thread; 3]);
        let (done, all_done) = towpath::unbounded();
        for place in places.clone() {
            let (rx, done) = (rx.clone(), done.clone());
            crew.act(place, format!("{place:?}"), move |me| async move {
                let mut got = Vec::new();
                for number in 0..EACH {
                    me.at("waiting for tick", number as u64);
                    got.push(me.recv(&rx).await.unwrap());
                }
                done.send(got).unwrap();
            });
        }
        drop(done);
        let mut all: Vec<Instant> = Vec::new();
        for _ in &places {
            let got = loop {
                match all_done.try_recv() {
                    Ok(got) => break got,
                    Err(_) => clock.advance(ms(10)),
                }
                std::thread::yield_now();
            };
            assert!(got.is_sorted());
            all.extend(got);
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "a tick was received twice");
        assert_eq!(count, EACH * places.len());
    });
}

#[test]
fn closing_wakes_whoever_waits() {
    clocked(|crew, _| {
        let receivers: [Receiver<Instant>; 3] = [after(HOUR), tick(HOUR), never()];
        for rx in receivers {
            let mut waits = Vec::new();
            for place in Place::TASKS.into_iter().chain([Place::Thread]) {
                let rx = rx.clone();
                waits.push(crew.act(place, "waits for the end", move |me| async move {
                    me.recv(&rx).await
                }));
            }
            let mut last = Box::pin(rx.recv_async());
            let alarm = pend(&mut last);
            assert!(rx.close());
            assert_eq!(alarm.rings(), 1);
            assert_eq!(done(&mut last), Err(towpath::RecvError));
            waits
                .into_iter()
                .for_each(|waits| assert!(waits.join().is_err()));
        }
    });
}

#[test]
fn a_stream_of_ticks() {
    clocked(|_, clock| {
        let start = clock.now();
        let mut ticks = tick(ms(10)).into_stream();
        let mut third = Box::pin(async move {
            ticks.next().await;
            ticks.next().await;
            ticks.next().await
        });
        for _ in 0..2 {
            pend(&mut third);
            clock.advance(ms(10));
        }
        pend(&mut third);
        clock.advance(ms(10));
        assert_eq!(done(&mut third), Some(start + ms(30)));
    });
}

/// A receiver that goes while a task's alarm is set leaves nothing that rings.
#[test]
fn a_receiver_that_is_gone_rings_for_nobody() {
    clocked(|_, clock| {
        let rx = after(ms(10));
        let mut waits = Box::pin(rx.into_recv_async());
        let alarm = pend(&mut waits);
        drop(waits);
        clock.advance(HOUR);
        assert_eq!(alarm.rings(), 0);
    });
}
