//! One dynamic select used again and again, by threads and by tasks, with cases that come and go.

use crate::PLACES;
use crate::common::{Me, poll_noop, ready, watchdog};
use crate::receiving;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use towpath::{Receiver, Select, SelectedOperation, Sender, bounded};

fn some(count: usize) -> (Vec<Sender<usize>>, Vec<Receiver<usize>>) {
    (0..count).map(|i| bounded(i % 5)).unzip()
}

/// Waits, the way one does at this actor's place, and receives.
async fn next<'a>(me: &Me, select: &mut Select<'a>, receivers: &'a [Receiver<usize>]) -> usize {
    let chosen = if me.blocks() {
        select.select()
    } else {
        select.select_async().await
    };
    let index = chosen.index();
    let message = chosen.recv(&receivers[index]).unwrap();
    assert_eq!(message % receivers.len(), index);
    message
}

/// Sixty-four channels, very many rounds, one select.
#[test]
fn a_select_serves_many_rounds() {
    const ROUNDS: usize = 6400;
    for place in PLACES {
        watchdog(60, move |crew| {
            let (senders, receivers) = some(64);
            let selector = crew.act(place, "selector", move |me| async move {
                let mut select = receiving(Select::new(), &receivers);
                let mut got = Vec::new();
                for round in 0..ROUNDS {
                    me.at("select", round as u64);
                    got.push(next(&me, &mut select, &receivers).await);
                }
                got
            });
            let sender = crew.thread("sender", move |me| {
                for i in 0..ROUNDS {
                    me.at("send", i as u64);
                    senders[i % 64].send(i).unwrap();
                }
                senders
            });
            let mut got = selector.join();
            drop(sender.join());
            got.sort_unstable();
            assert!(got.into_iter().eq(0..ROUNDS));
        });
    }
}

/// Every method can follow every other on the same select.
#[test]
fn all_forms_on_one_select() {
    let (senders, receivers) = some(5);
    let (tx, rx) = (&senders[3], &receivers[3]);
    let mut select = receiving(Select::new(), &receivers);
    let moment = Duration::from_micros(50);
    for i in 0..20 {
        assert!(select.try_select().is_err());
        assert!(select.try_ready().is_err());
        assert!(select.select_timeout(moment).is_err());
        assert!(select.ready_timeout(moment).is_err());
        assert!(select.select_deadline(Instant::now() + moment).is_err());
        assert!(select.ready_deadline(Instant::now() + moment).is_err());
        assert!(poll_noop(&mut Box::pin(select.ready_async())).is_pending());
        assert!(poll_noop(&mut Box::pin(select.select_async())).is_pending());

        tx.send(i).unwrap();
        assert_eq!(select.ready(), 3);
        assert_eq!(ready(select.ready_async()), 3);
        assert_eq!(select.try_ready(), Ok(3));
        assert_eq!(select.ready_timeout(moment), Ok(3));
        assert_eq!(select.ready_deadline(Instant::now() + moment), Ok(3));
        assert_eq!(rx.len(), 1, "looking takes nothing");
        let mut take = |form: u32| match form {
            0 => select.select().recv(rx),
            1 => select.try_select().unwrap().recv(rx),
            2 => select.select_timeout(moment).unwrap().recv(rx),
            3 => select
                .select_deadline(Instant::now() + moment)
                .unwrap()
                .recv(rx),
            _ => ready(select.select_async()).recv(rx),
        };
        for form in 0..5 {
            assert_eq!(take(form), Ok(i));
            tx.send(i).unwrap();
        }
        assert_eq!(rx.recv(), Ok(i));
    }
}

/// Removed cases are gone, the others keep their numbers, new ones get new numbers.
#[test]
fn cases_come_and_go() {
    let (senders, receivers) = some(6);
    let mut select = Select::new();
    for rx in &receivers[..4] {
        select.recv(rx);
    }
    senders[1].send(1).unwrap();
    select.remove(1);
    assert!(select.try_ready().is_err());
    senders[2].send(2).unwrap();
    assert_eq!(select.try_ready(), Ok(2));
    assert_eq!(select.recv(&receivers[4]), 4);
    senders[4].send(4).unwrap();
    select.remove(2);
    assert_eq!(ready(select.ready_async()), 4);
    assert_eq!(select.send(&senders[3]), 5);
    select.remove(4);
    let chosen = select.select();
    assert_eq!(chosen.index(), 5);
    chosen.send(&senders[3], 3).unwrap();
    assert!(matches!(select.ready(), 3 | 5), "a message, and still room");
}

#[test]
fn a_clone_has_the_same_cases() {
    let (senders, receivers) = some(4);
    let mut select = receiving(Select::new(), &receivers);
    let mut other = select.clone();
    senders[1].send(1).unwrap();
    select.remove(1);
    assert!(select.try_ready().is_err());
    assert_eq!(other.try_ready(), Ok(1));
}

#[test]
#[should_panic(expected = "index")]
fn what_is_not_there_cannot_be_removed() {
    let (_tx, rx) = bounded::<u32>(1);
    let mut select = Select::new();
    let index = select.recv(&rx);
    select.remove(index);
    select.remove(index);
}

/// The drop of an operation that was begun and is not completed, which panics.
fn abandon(chosen: SelectedOperation<'_>) {
    assert!(catch_unwind(AssertUnwindSafe(|| drop(chosen))).is_err());
}

/// A message that may not leave its thread.
struct Homebody<'a> {
    home: ThreadId,
    dropped_elsewhere: &'a AtomicBool,
    _not_send: PhantomData<*const ()>,
}

impl Drop for Homebody<'_> {
    fn drop(&mut self) {
        if thread::current().id() != self.home {
            self.dropped_elsewhere.store(true, Ordering::SeqCst);
        }
    }
}

impl<'a> Homebody<'a> {
    fn new(dropped_elsewhere: &'a AtomicBool) -> Self {
        Self {
            home: thread::current().id(),
            dropped_elsewhere,
            _not_send: PhantomData,
        }
    }
}

/// A select goes to another thread (it may), receives there, and is abandoned: the message must not be dropped there.
#[test]
fn a_message_that_was_forgotten_is_not_dropped_on_another_thread() {
    let dropped_elsewhere = AtomicBool::new(false);
    let (tx, rx) = bounded(4);
    for _ in 0..2 {
        assert!(tx.send(Homebody::new(&dropped_elsewhere)).is_ok());
    }
    let mut select = Select::new();
    select.recv(&rx);
    thread::scope(|scope| {
        scope.spawn(move || {
            abandon(select.select());
            mem::forget(select.try_select().expect("there is another message"));
        });
    });
    assert!(!dropped_elsewhere.load(Ordering::SeqCst));
    assert_eq!(rx.len(), 0);
}

/// A select reserves a place on another thread, and is abandoned there after the last receiver has gone: what is behind
/// the place goes with the channel, not there.
#[test]
fn messages_behind_an_abandoned_place_are_not_dropped_on_another_thread() {
    watchdog(60, |_| {
        for goes_on in [true, false] {
            let dropped_elsewhere = AtomicBool::new(false);
            let (tx, rx) = bounded(4);
            let mut select = Select::new();
            select.send(&tx);
            let step = Barrier::new(2);
            thread::scope(|scope| {
                let step = &step;
                scope.spawn(move || {
                    let chosen = select.select();
                    step.wait();
                    step.wait();
                    abandon(chosen);
                    if goes_on {
                        mem::forget(select.try_select().expect("disconnected is ready"));
                    }
                });
                step.wait();
                assert!(tx.send(Homebody::new(&dropped_elsewhere)).is_ok());
                drop(rx);
                step.wait();
            });
            assert!(!dropped_elsewhere.load(Ordering::SeqCst));
            drop(tx);
        }
    });
}

/// A select was abandoned with a place reserved: it gives the place up as it goes on, so that none is
/// lost however often that happens.
#[test]
fn a_place_that_was_abandoned_is_free_for_the_same_select() {
    for capacity in [1, 2, 3, 8] {
        let (tx, rx) = bounded(capacity);
        let mut select = Select::new();
        select.send(&tx);
        for _ in 0..=capacity {
            abandon(select.try_select().expect("it is empty"));
        }
        for i in 0..capacity {
            let chosen = select.try_select().expect("there is room");
            chosen.send(&tx, i).unwrap();
        }
        assert!(rx.try_iter().eq(0..capacity));
    }
}

/// Nor do others wait for the select to go on.
#[test]
fn a_place_that_was_abandoned_is_free_for_everybody() {
    for unwinds in [false, true] {
        for capacity in [0, 1, 3, 8] {
            let (tx, rx) = bounded(capacity);
            let mut receive = Box::pin(rx.recv_async());
            if capacity == 0 {
                assert!(poll_noop(&mut receive).is_pending());
            }
            let mut select = Select::new();
            select.send(&tx);
            let chosen = select.try_select().expect("there is room, or a receiver");
            if unwinds {
                let unwound = catch_unwind(AssertUnwindSafe(|| {
                    let _chosen = chosen;
                    resume_unwind(Box::new(()));
                }));
                assert!(unwound.is_err());
            } else {
                abandon(chosen);
            }
            if capacity == 0 {
                assert!(poll_noop(&mut receive).is_pending());
            }
            tx.try_send(5).expect("there is room, or a receiver");
            assert_eq!(poll_noop(&mut receive), Poll::Ready(Ok(5)));
        }
    }
}
