//! `wait(..)`: any operation of this crate, and any future, beside channels; from threads as well.

use crate::PLACES;
use crate::common::{Alarm, Me, poll, poll_noop, ready, watchdog};
use crate::promise::Promise;
use std::cell::{Cell, OnceCell};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;
use towpath::sync::{Condvar, Mutex};
use towpath::{
    Receiver, Select, bounded, oneshot, select, select_async, select_biased, select_biased_async,
};

#[test]
fn a_ready_future_is_chosen_by_a_thread() {
    let (_tx, rx) = bounded::<u32>(1);
    let chosen = select! {
        recv(rx) -> _ => 0,
        wait(std::future::ready(5)) -> five => five,
        wait(pending::<u32>()) -> never => never,
    };
    assert_eq!(chosen, 5);
}

#[test]
fn a_future_that_never_ends_lets_the_others_go_on() {
    let (tx, rx) = bounded::<u32>(1);
    tx.send(3).unwrap();
    let chosen = select! {
        wait(pending::<u32>()) -> never => never,
        recv(rx) -> message => message.unwrap(),
    };
    assert_eq!(chosen, 3);
    let timed_out = select! {
        wait(pending::<()>()) -> () => false,
        recv(rx) -> _ => false,
        default(Duration::from_millis(2)) => true,
    };
    assert!(timed_out);
    let at_once = select_biased! {
        wait(pending::<()>()) -> () => false,
        default => true,
    };
    assert!(at_once);
}

/// Foreign futures wake the select, wherever it is, through its waker.
#[test]
fn a_future_that_is_woken_later_ends_the_select() {
    for place in PLACES {
        watchdog(60, move |crew| {
            for round in 0..200 {
                let (answer, answered) = futures::channel::oneshot::channel();
                let (_tx, silent) = bounded::<u64>(0);
                let waiter = crew.act(
                    place,
                    "waits for a foreign future",
                    move |me: Me| async move {
                        select_at!(me;
                            recv(silent) -> message => message.unwrap(),
                            wait(answered) -> answer => answer.unwrap(),
                        )
                    },
                );
                answer.send(round).unwrap();
                assert_eq!(waiter.join(), round);
            }
        });
    }
}

/// As above, on a thread that has looked for the last time before it sleeps.
#[test]
fn a_future_that_is_woken_beside_a_sleeping_thread_ends_the_select() {
    watchdog(60, move |crew| {
        for round in 0..200 {
            let (answer, answered) = futures::channel::oneshot::channel();
            let looks = Arc::new(AtomicUsize::new(0));
            let counted = looks.clone();
            let waiter = crew.thread("waits for a foreign future", move |_| {
                let (_tx, silent) = bounded::<u64>(0);
                select_biased! {
                    recv(silent) -> message => message.unwrap(),
                    wait(answered) -> answer => answer.unwrap(),
                    wait(poll_fn(|_| {
                        counted.fetch_add(1, Ordering::SeqCst);
                        Poll::Pending
                    })) -> never => never,
                }
            });
            // At once, and once more before it gets in line.
            while looks.load(Ordering::SeqCst) < 2 {
                thread::yield_now();
            }
            answer.send(round).unwrap();
            assert_eq!(waiter.join(), round);
        }
    });
}

/// Operations of this crate: a receive, a send, a oneshot.
#[test]
fn our_own_operations_are_cases() {
    for place in PLACES {
        watchdog(60, move |crew| {
            for round in 0..200u64 {
                let (tx, rx) = bounded(0);
                let (other, other_rx) = bounded(0);
                let (shot, shot_rx) = oneshot();
                let waiter = crew.act(place, "waits for operations", move |me: Me| async move {
                    select_at!(me;
                        wait(rx.recv_async()) -> message => message.unwrap(),
                        wait(other.send_async(5)) -> sent => { sent.unwrap(); 1 }
                        wait(shot_rx) -> message => message.unwrap(),
                    )
                });
                let expected = match round % 3 {
                    0 => tx.send(round).map(|()| round).unwrap(),
                    1 => other_rx.recv().map(|five| five - 4).unwrap(),
                    _ => shot.send(round).map(|()| round).unwrap(),
                };
                assert_eq!(waiter.join(), expected);
            }
        });
    }
}

/// A borrowed future goes on where it was when it loses.
#[test]
fn a_future_by_reference_survives_a_loss() {
    let (tx, rx) = bounded(1);
    let mut polls = 0;
    let mut counting = Box::pin(poll_fn(|_| {
        polls += 1;
        if polls < 4 {
            Poll::Pending
        } else {
            Poll::Ready(polls)
        }
    }));
    let mut rounds = 0;
    let polls = loop {
        let _ = tx.try_send(());
        rounds += 1;
        select_biased! {
            wait(&mut counting) -> polls => break polls,
            recv(rx) -> message => message.unwrap(),
        }
    };
    assert_eq!((polls, rounds), (4, 4));
}

/// A task's select has room for what its arms hold once. (Twice would be eight times in the third of selects
/// within selects.)
#[test]
fn the_future_of_a_select_holds_its_arms_once() {
    const SIZE: usize = 1 << 14;

    async fn large() {
        let held = [0_u8; SIZE];
        pending::<()>().await;
        std::hint::black_box(held);
    }
    let (tx, rx) = bounded(1);
    let (send, _held) = bounded::<[u8; SIZE]>(1);
    let sending = async {
        select_async! {
            recv(rx) -> _ => {}
            wait(send.send_async([0; SIZE])) -> _ => {}
            default(Duration::from_secs(60)) => {}
        }
    };
    assert!(size_of_val(&sending) < 2 * SIZE);
    let selecting = async {
        select_biased_async! {
            recv(rx) -> _ => {}
            wait(async {
                select_async! {
                    recv(rx) -> _ => {}
                    wait(async {
                        select_async! {
                            wait(large()) -> () => {}
                            default(Duration::from_secs(60)) => {}
                        }
                    }) -> () => {}
                }
            }) -> () => {}
        }
    };
    assert!(size_of_val(&selecting) < 2 * SIZE);
    tx.send(1).unwrap();
    ready(selecting);
    tx.send(2).unwrap();
    ready(sending);
}

/// The losers are dropped before the arm runs: what they held is free again.
#[test]
fn losing_operations_have_left_the_line_when_the_arm_runs() {
    let (tx, rx) = bounded::<u32>(0);
    let left = ready(async {
        select_async! {
            wait(std::future::ready(())) -> () => tx.try_send(1).is_err_and(|error| error.is_full()),
            wait(rx.recv_async()) -> _ => false,
        }
    });
    // Whichever order they were looked at, no receiver is in line any more.
    assert!(left);
}

#[test]
fn an_operation_that_is_chosen_late_hands_its_message_over() {
    let (tx, rx) = bounded(0);
    let (alarm, waker) = Alarm::new();
    let nil = None::<Receiver<u32>>;
    let mut waiting = Box::pin(async {
        select_async! {
            wait(rx.recv_async()) -> message => message.unwrap(),
            recv(nil) -> _ => 0,
        }
    });
    assert!(poll(&mut waiting, &waker).is_pending());
    tx.try_send(9).expect("a receiver is in line");
    assert!(alarm.rings() >= 1);
    assert_eq!(poll_noop(&mut waiting), Poll::Ready(9));
}

/// After a wait, too: an arm further up that became ready meanwhile comes first, and the future that
/// has finished keeps what it made.
#[test]
fn the_biased_order_holds_after_a_wait() {
    for capacity in [0, 1, 3] {
        let (tx, rx) = bounded(capacity);
        let (answer, mut answered) = futures::channel::oneshot::channel();
        let mut waiting = Box::pin(async {
            select_biased_async! {
                recv(rx) -> message => message.unwrap(),
                wait(&mut answered) -> answer => answer.unwrap(),
            }
        });
        assert!(poll_noop(&mut waiting).is_pending());
        answer.send(2).unwrap();
        tx.try_send(1).expect("a receiver waits, or there is room");
        assert_eq!(
            poll_noop(&mut waiting),
            Poll::Ready(1),
            "capacity {capacity}"
        );
        drop(waiting);
        assert_eq!(ready(answered), Ok(2), "capacity {capacity}");
    }
}

/// What was delivered while a select slept has happened, even if a future finishes before the select
/// looks: its arm must be chosen, or else a message that was received counts as not sent.
#[test]
fn a_send_that_was_delivered_beats_a_future_that_finishes() {
    // In random order: often enough to see either.
    for round in 0..40 {
        let (tx, rx) = bounded(0);
        let (answer, answered) = oneshot();
        let mut waiting: Pin<Box<dyn Future<Output = &str>>> = if round % 2 == 0 {
            Box::pin(async {
                select_async! {
                    wait(tx.send_async(5)) -> sent => { sent.unwrap(); "sent" }
                    wait(answered) -> _ => "future",
                }
            })
        } else {
            Box::pin(async {
                select_biased_async! {
                    wait(answered) -> _ => "future",
                    wait(tx.send_async(5)) -> sent => { sent.unwrap(); "sent" }
                }
            })
        };
        assert!(poll_noop(&mut waiting).is_pending());
        assert_eq!(rx.try_recv(), Ok(5));
        answer.send(1).unwrap();
        assert_eq!(poll_noop(&mut waiting), Poll::Ready("sent"));
    }
}

/// The same if the receive comes while the future is polled: nobody can take from the select then.
#[test]
fn nothing_is_taken_from_a_select_while_a_future_finishes() {
    for round in 0..40 {
        let (tx, rx) = bounded(0);
        let mut polls = 0;
        let mut got = None;
        let finishes = poll_fn(|_| {
            polls += 1;
            if polls == 1 {
                return Poll::Pending;
            }
            got = rx.try_recv().ok();
            Poll::Ready(())
        });
        let mut waiting: Pin<Box<dyn Future<Output = &str>>> = if round % 2 == 0 {
            Box::pin(async {
                select_async! {
                    wait(finishes) -> () => "future",
                    wait(tx.send_async(5)) -> sent => { sent.unwrap(); "sent" }
                }
            })
        } else {
            Box::pin(async {
                select_biased_async! {
                    wait(finishes) -> () => "future",
                    wait(tx.send_async(5)) -> sent => { sent.unwrap(); "sent" }
                }
            })
        };
        assert!(poll_noop(&mut waiting).is_pending());
        assert_eq!(poll_noop(&mut waiting), Poll::Ready("future"));
        drop(waiting);
        assert_eq!((polls, got), (2, None), "both happened");
    }
}

/// A dynamic select is an operation, so `wait(..)` takes it. A signal for a case of its own says the number
/// that the case has in there.
#[test]
fn a_select_in_an_arm_is_not_told_by_another_arm() {
    let (_other, others) = bounded::<u64>(0);
    let (tx, rx) = bounded::<u64>(0);
    let mut inner = Select::new();
    inner.recv(&rx);
    let mut select = Box::pin(async {
        select_biased_async! {
            recv(others) -> got => ("others", got),
            wait(inner.select_async()) -> operation => ("inner", operation.recv(&rx)),
        }
    });
    assert!(poll_noop(&mut select).is_pending());
    tx.try_send(7).unwrap();
    assert_eq!(poll_noop(&mut select), Poll::Ready(("inner", Ok(7))));
}

/// A select that is bound to a promise still polls its futures when they wake it.
#[test]
fn a_future_beats_a_promise_that_takes_long() {
    let (promising, promised) = bounded::<u32>(0);
    let promise = Promise::make(&promising);
    let (tell, told) = futures::channel::oneshot::channel::<u32>();
    let mut select = Box::pin(async {
        select_biased_async! {
            recv(promised) -> message => message.unwrap(),
            wait(told) -> got => got.unwrap(),
        }
    });
    assert!(poll_noop(&mut select).is_pending(), "bound to the promise");
    tell.send(5).unwrap();
    assert_eq!(poll_noop(&mut select), Poll::Ready(5));
    drop(promise);
}

/// The wait for a condition variable holds the lock until it is in line. A promise elsewhere comes first, so it must
/// not keep it from there.
#[test]
fn a_promise_does_not_keep_the_lock_of_a_condition_variable() {
    let (promising, promised) = bounded::<u32>(0);
    let promise = Promise::make(&promising);
    let (flag, raised) = (Mutex::new(false), Condvar::new());
    let guard = flag.lock();
    let mut select = Box::pin(async {
        select_biased_async! {
            recv(promised) -> message => message.unwrap(),
            wait(raised.wait_while_async(guard, |flag| !*flag)) -> _ => 0,
        }
    });
    assert!(poll_noop(&mut select).is_pending(), "bound to the promise");
    assert!(flag.try_lock().is_some(), "who promises may need the lock");
    drop(promise);
}

/// A select is bound to a promise as it sleeps. What wakes one of its futures then is not lost on it.
#[test]
fn a_notification_reaches_a_select_that_was_bound_in_its_sleep() {
    let (promising, promised) = bounded::<u32>(0);
    let (flag, raised) = (Mutex::new(false), Condvar::new());
    let guard = flag.lock();
    let mut select = Box::pin(async {
        select_biased_async! {
            recv(promised) -> message => message.unwrap(),
            wait(raised.wait_async(guard)) -> _ => 0,
        }
    });
    let (alarm, waker) = Alarm::new();
    assert!(poll(&mut select, &waker).is_pending());
    let promise = Promise::make(&promising);
    assert!(raised.notify_one(), "it is in line");
    assert_eq!(alarm.rings(), 1);
    assert_eq!(poll(&mut select, &waker), Poll::Ready(0));
    drop(promise);
}

/// A promise comes while a select looks at its cases, and a future of it is done before it is bound: the future is
/// polled for that.
#[test]
fn a_future_that_wakes_a_select_before_it_is_bound_is_polled() {
    let (promising, promised) = bounded::<u32>(0);
    let promise = OnceCell::new();
    let (done, waker) = (Cell::new(false), Cell::new(None));
    let mut select = Box::pin(async {
        select_biased_async! {
            recv(promised) -> message => message.unwrap(),
            wait(poll_fn(|cx| {
                promise.get_or_init(|| Promise::make(&promising));
                waker.set(Some(cx.waker().clone()));
                if done.get() { Poll::Ready(5) } else { Poll::Pending }
            })) -> got => got,
        }
    });
    let (alarm, mine) = Alarm::new();
    assert!(poll(&mut select, &mine).is_pending());
    assert!(promise.get().is_some(), "made by the first poll");
    done.set(true);
    waker.take().expect("it was polled").wake();
    assert!(alarm.rings() > 0);
    assert_eq!(poll(&mut select, &mine), Poll::Ready(5));
}

/// Time runs out for a select all the same.
#[test]
fn a_future_that_wakes_itself_does_not_outlast_the_time() {
    watchdog(10, |crew| {
        crew.thread("selects", |_| {
            let (_tx, silent) = bounded::<u32>(0);
            let chosen = select! {
                recv(silent) -> _ => "received",
                wait(poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                })) -> never => never,
                default(Duration::from_millis(20)) => "out of time",
            };
            assert_eq!(chosen, "out of time");
        })
        .join();
    });
}

/// The polls of one arm park the thread, and so use up what the other arm's future leaves for it.
fn is_polled_beside(parks: impl Fn() + Send + 'static) {
    watchdog(20, |crew| {
        crew.thread("selects", move |_| {
            let (_tx, silent) = bounded::<u32>(0);
            let mut polls = 0;
            let chosen = select_biased! {
                wait(poll_fn(|cx| {
                    polls += 1;
                    if polls == 20 {
                        return Poll::Ready("polled");
                    }
                    cx.waker().wake_by_ref();
                    Poll::Pending
                })) -> done => done,
                wait(poll_fn(|_| {
                    parks();
                    Poll::Pending
                })) -> never => never,
                recv(silent) -> _ => "received",
            };
            assert_eq!(chosen, "polled");
        })
        .join();
    });
}

#[test]
fn a_future_is_polled_though_another_one_parks_the_thread() {
    is_polled_beside(|| thread::park_timeout(Duration::from_millis(1)));
}

#[test]
fn a_future_is_polled_though_another_one_receives() {
    let (_tx, rx) = bounded::<u32>(1);
    is_polled_beside(move || assert!(rx.recv_timeout(Duration::from_millis(1)).is_err()));
}

#[test]
fn a_future_is_polled_though_another_one_selects() {
    is_polled_beside(|| {
        let mut is_second = false;
        let chosen = select! {
            wait(poll_fn(move |cx| {
                if std::mem::replace(&mut is_second, true) {
                    return Poll::Ready(1);
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })) -> one => one,
            wait(pending::<u32>()) -> never => never,
        };
        assert_eq!(chosen, 1);
    });
}

/// Two selects that are bound to promises, each with a future that watches the other's channel for somebody to send
/// to. To get back in line for a promise changes nothing for who watches: they come to rest.
#[test]
fn bound_selects_do_not_wake_those_who_watch() {
    let channels = [bounded::<u32>(0), bounded::<u32>(0)];
    let promises = channels.each_ref().map(|(tx, _)| Promise::make(tx));
    let mut selects = [0, 1].map(|i| {
        let ((_, rx), (other, _)) = (&channels[i], &channels[1 - i]);
        Box::pin(async move {
            let mut watch = Select::new();
            watch.send(other);
            select_async! {
                recv(rx) -> message => message.unwrap(),
                wait(watch.ready_async()) -> _ => panic!("nobody receives there"),
            }
        })
    });
    let wakers = [Alarm::new(), Alarm::new()];
    let mut seen = [usize::MAX; 2];
    for _ in 0..50 {
        for i in [0, 1] {
            let (alarm, waker) = &wakers[i];
            let rings = alarm.rings();
            if seen[i] != rings {
                seen[i] = rings;
                assert!(poll(&mut selects[i], waker).is_pending());
            }
        }
    }
    let at_rest = [0, 1].map(|i| wakers[i].0.rings() == seen[i]);
    assert_eq!(at_rest, [true; 2], "they go on waking each other");
    drop(promises);
}
