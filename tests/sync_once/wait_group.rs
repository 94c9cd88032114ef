//! `WaitGroup`.

use crate::common::{Alarm, Place, poll, poll_noop, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use towpath::sync::{Barrier, WaitGroup};

/// Go's first test of it: two groups, many members, used eight times.
#[test]
fn two_groups_are_used_again_and_again() {
    watchdog(60, |crew| {
        const MEMBERS: usize = 16;
        let (starting, going) = (WaitGroup::new(), WaitGroup::new());
        for round in 0..8 {
            let exited = Arc::new(AtomicUsize::new(0));
            let gate = going.clone();
            for i in 0..MEMBERS {
                let (start, end) = (starting.clone(), going.clone());
                let exited = Arc::clone(&exited);
                crew.thread(format!("member {i} of round {round}"), move |_| {
                    drop(start);
                    exited.fetch_add(1, Ordering::Relaxed);
                    drop(end);
                });
            }
            starting.wait_others();
            assert_eq!(starting.len(), 1);
            assert!(
                !going.wait_others_timeout(Duration::ZERO),
                "the gate is there"
            );
            drop(gate);
            going.wait_others();
            assert_eq!(exited.load(Ordering::Relaxed), MEMBERS);
        }
    });
}

/// Members anywhere, and both kinds of waits at once, also anywhere.
#[test]
fn members_and_waits_everywhere() {
    watchdog(60, |crew| {
        for round in 0..30 {
            let group = WaitGroup::new();
            let done = Arc::new(AtomicUsize::new(0));
            let places = || Place::TASKS.into_iter().chain([Place::Thread; 2]);
            let members: Vec<_> = places().map(|place| (place, group.clone())).collect();
            let count = members.len();
            for place in places() {
                let (group, done) = (group.clone(), Arc::clone(&done));
                crew.act(place, "waits", move |me| async move {
                    me.at("waits", round);
                    if me.blocks() {
                        group.wait();
                    } else {
                        group.wait_async().await;
                    }
                    assert_eq!(done.load(Ordering::Relaxed), count);
                });
            }
            for (place, member) in members {
                let done = Arc::clone(&done);
                crew.act(place, "member", move |_| async move {
                    done.fetch_add(1, Ordering::Relaxed);
                    drop(member);
                });
            }
            group.wait_others();
            assert_eq!(done.load(Ordering::Relaxed), count);
            drop(group);
        }
    });
}

/// The moment of being alone is not missed, though others have come by the time one looks.
#[test]
fn being_alone_for_a_moment_is_enough() {
    let group = WaitGroup::new();
    let member = group.clone();
    let (alarm, waker) = Alarm::new();
    let mut polled = Box::pin(group.wait_others_async());
    let mut made = Box::pin(group.wait_others_async());
    assert!(poll(&mut polled, &waker).is_pending());
    drop(member);
    assert_eq!(alarm.rings(), 1);
    let _other = group.clone();
    let mut late = Box::pin(group.wait_others_async());
    assert!(poll(&mut polled, &waker).is_ready());
    assert!(poll_noop(&mut made).is_ready());
    assert!(poll_noop(&mut late).is_pending());
}

/// Alone when it was made and not when it is looked at: it waits for those who came.
#[test]
fn a_wait_that_was_made_before_the_members_waits_for_them() {
    let group = WaitGroup::new();
    let mut early = Box::pin(group.wait_others_async());
    let member = group.clone();
    assert!(poll_noop(&mut early).is_pending());
    drop(member);
    assert!(poll_noop(&mut early).is_ready());
}

/// Those who gave their handle up do not keep others waiting, nor each other.
#[test]
fn waits_do_not_wait_for_each_other() {
    let group = WaitGroup::new();
    let mut waits = [0; 3].map(|_| Box::pin(group.clone().wait_async()));
    assert!(waits.iter_mut().all(|wait| poll_noop(wait).is_pending()));
    assert_eq!(group.len(), 1);
    group.wait_others();
    drop(group);
    assert!(waits.iter_mut().all(|wait| poll_noop(wait).is_ready()));
}

#[test]
fn a_wait_that_timed_out_gives_the_handle_back() {
    let group = WaitGroup::new();
    let member = group.clone();
    let group = group.wait_timeout(Duration::from_millis(1)).unwrap_err();
    assert_eq!(group.len(), 2);
    let mut others = Box::pin(member.wait_others_async());
    assert!(poll_noop(&mut others).is_pending(), "it counts again");
    drop(group);
    assert!(poll_noop(&mut others).is_ready());
    drop(others);
    assert!(member.wait_deadline(std::time::Instant::now()).is_ok());
}

/// Time runs out while the last member leaves: either it is over, or the handle counts.
#[test]
fn timeouts_against_the_end() {
    watchdog(60, |crew| {
        for round in 0..300 {
            let group = WaitGroup::new();
            let ready = Arc::new(Barrier::new(3));
            let over = [0; 2].map(|_| {
                let (group, ready) = (group.clone(), Arc::clone(&ready));
                crew.thread("waits a little", move |me| {
                    me.at("waits", round);
                    ready.wait();
                    group
                        .wait_timeout(Duration::from_micros(round % 100))
                        .is_ok()
                })
            });
            ready.wait();
            group.wait();
            for over in over {
                over.join();
            }
        }
    });
}

#[test]
fn go_counts_until_the_closure_is_done_or_panicked() {
    watchdog(60, |_| {
        let group = WaitGroup::new();
        let gate = Arc::new(Barrier::new(2));
        let entered = Arc::clone(&gate);
        let handle = group.go(move || {
            entered.wait();
            std::panic::resume_unwind(Box::new("planned"))
        });
        assert_eq!(group.len(), 2);
        assert!(!group.wait_others_timeout(Duration::from_millis(1)));
        gate.wait();
        group.wait_others();
        let _: Box<dyn std::any::Any + Send> = handle.join().map(|()| 0).unwrap_err();
        assert_eq!(group.go(|| 5).join().unwrap(), 5);
        group.wait();
    });
}
