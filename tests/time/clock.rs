//! The test clock itself.

use crate::{HOUR, clocked, ms};
use std::thread;
use towpath::RecvTimeoutError;
use towpath::time::now;

#[test]
fn it_stands_still_until_it_is_told_to_go_on() {
    clocked(|_, clock| {
        let start = clock.now();
        assert_eq!(now(), start);
        let real = std::time::Instant::now();
        while real.elapsed() < ms(1) {
            thread::yield_now();
        }
        assert_eq!(now(), start);
        clock.advance(HOUR);
        assert_eq!(now(), start + HOUR);
    });
}

#[test]
fn threads_that_wait_with_a_deadline_look_again() {
    clocked(|crew, clock| {
        let deadline = clock.now() + HOUR;
        let (tx, rx) = towpath::bounded::<i32>(0);
        let receives: Vec<_> = (0..3)
            .map(|_| {
                let rx = rx.clone();
                crew.thread("receives", move |_| rx.recv_deadline(deadline))
            })
            .collect();
        for _ in 0..100 {
            clock.advance(HOUR / 200);
        }
        clock.advance(HOUR);
        for receives in receives {
            assert_eq!(receives.join(), Err(RecvTimeoutError::Timeout));
        }
        drop((tx, rx));
    });
}
