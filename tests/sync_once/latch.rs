//! `Latch`.

use crate::common::{Place, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use towpath::sync::Latch;

#[test]
fn opens_when_all_were_counted_for_threads_and_tasks() {
    watchdog(60, |crew| {
        for round in 0..30 {
            let state = Arc::new((Latch::new(8), AtomicUsize::new(0)));
            for place in Place::TASKS.into_iter().chain([Place::Thread; 3]) {
                let state = Arc::clone(&state);
                crew.act(place, "waits", move |me| async move {
                    let (latch, done) = &*state;
                    me.at("waits", round);
                    if me.blocks() {
                        latch.wait();
                    } else {
                        latch.wait_async().await;
                    }
                    assert_eq!(done.load(Ordering::Relaxed), 8);
                });
            }
            for i in 0..4 {
                let state = Arc::clone(&state);
                crew.thread(format!("counts {i}"), move |_| {
                    state.1.fetch_add(2, Ordering::Relaxed);
                    state.0.count_down(2);
                });
            }
            state.0.wait();
            assert_eq!(state.1.load(Ordering::Relaxed), 8);
        }
    });
}

#[test]
fn counting_stops_at_zero() {
    let latch = Latch::new(3);
    latch.count_down(0);
    assert_eq!(latch.count(), 3);
    latch.count_down(1);
    latch.count_down(usize::MAX);
    assert!(latch.is_open());
    latch.count_down(1);
    assert_eq!(latch.count(), 0);
    latch.wait();
}
