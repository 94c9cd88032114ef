//! `after`, `at`, `tick` and `never`, without anybody who waits.

use crate::{HOUR, clocked, ms, pend};
use std::time::{Duration, Instant};
use towpath::{Receiver, RecvTimeoutError, TryRecvError, after, at, never, tick};

/// len, is_empty, is_full, capacity.
fn looks<T>(rx: &Receiver<T>) -> (usize, bool, bool, Option<usize>) {
    (rx.len(), rx.is_empty(), rx.is_full(), rx.capacity())
}

const NOT_YET: (usize, bool, bool, Option<usize>) = (0, true, false, Some(1));
const DUE: (usize, bool, bool, Option<usize>) = (1, false, true, Some(1));

#[test]
fn after_gives_its_instant_once_for_all_clones() {
    clocked(|_, clock| {
        let due = clock.now() + ms(10);
        let rx = after(ms(10));
        let clone = rx.clone();
        assert!(rx.same_channel(&clone) && !rx.same_channel(&after(ms(10))));
        assert_eq!(looks(&rx), NOT_YET);
        clock.advance(ms(10) - Duration::from_nanos(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        clock.advance(Duration::from_nanos(1));
        assert_eq!((looks(&rx), looks(&clone)), (DUE, DUE));
        assert_eq!(clone.try_recv(), Ok(due));
        assert_eq!((looks(&rx), looks(&clone)), (NOT_YET, NOT_YET));
        clock.advance(HOUR);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert!(!rx.is_disconnected());
        assert_eq!((rx.sender_count(), rx.receiver_count()), (0, 2));
    });
}

#[test]
fn at_an_instant_that_has_passed_is_there_at_once() {
    clocked(|_, clock| {
        let rx = at(clock.now() - ms(5));
        assert_eq!(rx.recv(), Ok(clock.now() - ms(5)));
    });
}

#[test]
fn ticks_that_nobody_collects_are_skipped_and_nothing_drifts() {
    clocked(|_, clock| {
        let start = clock.now();
        let rx = tick(ms(10));
        clock.advance(ms(10));
        assert_eq!(rx.try_recv(), Ok(start + ms(10)));
        assert_eq!(looks(&rx), NOT_YET);
        clock.advance(ms(35)); // 45: the ticks of 20, 30 and 40 are one.
        assert_eq!(looks(&rx), DUE);
        assert_eq!(rx.try_recv(), Ok(start + ms(20)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        clock.advance(ms(5)); // 50, not 55.
        assert_eq!(rx.try_recv(), Ok(start + ms(50)));
        // Exactly one period late: the tick of now is skipped, too.
        clock.advance(ms(20));
        assert_eq!(rx.try_recv(), Ok(start + ms(60)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        clock.advance(ms(10));
        assert_eq!(rx.try_recv(), Ok(start + ms(80)));
    });
}

#[test]
fn an_odd_period_does_not_drift_in_a_million_ticks() {
    clocked(|_, clock| {
        let period = Duration::from_nanos(333_333_333);
        let start = clock.now();
        let rx = tick(period);
        let mut at = start;
        for step in [1, 5, 17, 1000, 1_000_000, 3] {
            at += period * step;
            clock.advance(period * step);
            rx.try_recv().expect("a tick is due");
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        }
        clock.advance(period - Duration::from_nanos(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        clock.advance(Duration::from_nanos(1));
        assert_eq!(rx.try_recv(), Ok(at + period));
    });
}

#[test]
fn a_tick_of_no_period_is_always_there() {
    clocked(|_, clock| {
        let rx = tick(Duration::ZERO);
        for _ in 0..3 {
            assert_eq!(rx.recv(), Ok(clock.now()));
            assert_eq!(looks(&rx), DUE);
        }
    });
}

#[test]
fn what_is_too_far_for_the_clock_never_comes() {
    clocked(|_, clock| {
        for rx in [after(Duration::MAX), tick(Duration::MAX), never()] {
            assert_eq!(looks(&rx), (0, true, true, Some(0)));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(
                rx.recv_deadline(clock.now()),
                Err(RecvTimeoutError::Timeout)
            );
            assert!(!rx.is_disconnected());
        }
        // Not too far for the clock, but for every timer that there will be.
        let far = clock.now() + Duration::from_secs(3600 * 24 * 365 * 600);
        let rx = at(far);
        let mut waits = Box::pin(rx.recv_async());
        pend(&mut waits);
        clock.advance(HOUR * 24 * 365 * 90);
        pend(&mut waits);
    });
}

#[test]
fn batches_and_iterators_take_what_is_there() {
    clocked(|_, clock| {
        let start = clock.now();
        let rx = tick(ms(10));
        let mut into = Vec::new();
        assert!(rx.try_recv_many(&mut into, 5).is_err());
        clock.advance(ms(25));
        assert_eq!(rx.try_recv_many(&mut into, 5), Ok(1));
        assert_eq!(into, [start + ms(10)]);
        clock.advance(ms(10));
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [start + ms(30)]);
        clock.advance(ms(10));
        assert_eq!(rx.drain().collect::<Vec<_>>(), [start + ms(40)]);
    });
}

#[test]
fn closing_ends_them() {
    clocked(|_, clock| {
        let receivers: [Receiver<Instant>; 4] =
            [after(ms(1)), at(clock.now()), tick(ms(1)), never()];
        for rx in receivers {
            assert!(rx.close());
            assert!(!rx.close());
            assert!(rx.is_disconnected());
            assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
            assert!(rx.recv().is_err());
            assert!(pollster::block_on(rx.recv_async()).is_err());
            assert_eq!(rx.len(), 0);
        }
    });
}
