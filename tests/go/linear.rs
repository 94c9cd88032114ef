//! Leaving a line takes the same time however long the line is: many selects that wait on one
//! channel can all give up, in any order, in time linear in their number.
//!
//! Measured by comparing a number with eight times that number: linear is 8, quadratic 64. A busy
//! machine can make a measurement worse but never better, so the best of several counts.

use crate::common::{Random, poll_noop};
use std::pin::Pin;
use std::time::{Duration, Instant};
use towpath::{Receiver, Select, Sender, bounded, select_async, unbounded};

const FEW: usize = 2_000;
const MANY: usize = 8 * FEW;
/// Between 8 and 64: a linear one that outgrows the caches stays below it.
const LIMIT: f64 = 28.0;
const ATTEMPTS: usize = 12;

#[track_caller]
fn assert_linear(what: &str, mut run: impl FnMut(usize) -> Duration) {
    run(FEW);
    let (mut few, mut many) = (Duration::MAX, Duration::MAX);
    for _ in 0..ATTEMPTS {
        few = few.min(run(FEW));
        many = many.min(run(MANY));
        if many.as_secs_f64() < LIMIT * few.as_secs_f64() {
            return;
        }
    }
    panic!("{what}: {FEW} take {few:?}, {MANY} take {many:?}");
}

type Waiting<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Tasks that wait in a select on a shared channel, each with one of its own as well.
struct Crowd {
    shared: (Sender<u32>, Receiver<u32>),
    own: Vec<(Sender<u32>, Receiver<u32>)>,
}

impl Crowd {
    fn new(size: usize, capacity: usize) -> Crowd {
        let shared = bounded(capacity);
        (0..capacity).for_each(|_| shared.0.send(0).unwrap());
        Crowd {
            shared,
            own: (0..size).map(|_| unbounded()).collect(),
        }
    }

    /// All of them, waiting: to receive if the channel is a rendezvous, to send if it is full.
    fn wait(&self) -> Vec<Waiting<'_>> {
        let receives = self.shared.0.capacity() == Some(0);
        self.own
            .iter()
            .map(|(_, own)| -> Waiting<'_> {
                let (tx, rx) = &self.shared;
                let rx = Some(rx).filter(|_| receives);
                let tx = Some(tx).filter(|_| !receives);
                let mut waiting: Waiting<'_> = Box::pin(async move {
                    select_async! {
                        recv(rx) -> _ => false,
                        send(tx, 1) -> _ => false,
                        recv(own) -> message => message == Ok(1),
                    }
                });
                assert!(poll_noop(&mut waiting).is_pending());
                waiting
            })
            .collect()
    }
}

/// The order in which `size` waiters leave.
fn orders(size: usize) -> [(&'static str, Vec<usize>); 3] {
    let mut random = Random::new(size as u64);
    let mut shuffled: Vec<usize> = (0..size).collect();
    for i in (1..size).rev() {
        shuffled.swap(i, random.below(i as u64 + 1) as usize);
    }
    [
        ("first come first", (0..size).collect()),
        ("last come first", (0..size).rev().collect()),
        ("in any order", shuffled),
    ]
}

/// Every flavour of line: a rendezvous, a small full channel, a full ring.
const CAPACITIES: [usize; 3] = [0, 1, 8];

#[test]
fn selects_that_take_another_arm_leave_the_line_in_linear_time() {
    for capacity in CAPACITIES {
        for (name, _) in orders(1) {
            let what = format!("leaving by another arm, {name}, capacity {capacity}");
            assert_linear(&what, |size| {
                let crowd = Crowd::new(size, capacity);
                let mut waiting = crowd.wait();
                let order = orders(size).into_iter().find(|o| o.0 == name).unwrap().1;
                let begun = Instant::now();
                for &i in &order {
                    crowd.own[i].0.send(1).unwrap();
                    assert!(matches!(
                        poll_noop(&mut waiting[i]),
                        std::task::Poll::Ready(true)
                    ));
                }
                begun.elapsed()
            });
        }
    }
}

#[test]
fn selects_that_are_dropped_leave_the_line_in_linear_time() {
    for capacity in CAPACITIES {
        for (name, _) in orders(1) {
            let what = format!("dropped, {name}, capacity {capacity}");
            assert_linear(&what, |size| {
                let crowd = Crowd::new(size, capacity);
                let mut waiting: Vec<_> = crowd.wait().into_iter().map(Some).collect();
                let order = orders(size).into_iter().find(|o| o.0 == name).unwrap().1;
                let begun = Instant::now();
                for &i in &order {
                    waiting[i] = None;
                }
                begun.elapsed()
            });
        }
    }
}

/// A thread's: one dynamic select with very many cases on one channel gives up.
#[test]
fn a_select_with_many_cases_on_one_channel_gives_up_in_linear_time() {
    for capacity in CAPACITIES {
        assert_linear(&format!("giving up, capacity {capacity}"), |size| {
            let (_tx, rx) = bounded::<u32>(capacity);
            let mut select = Select::new();
            for _ in 0..size {
                select.recv(&rx);
            }
            let begun = Instant::now();
            for _ in 0..3 {
                assert!(select.select_timeout(Duration::from_nanos(1)).is_err());
            }
            begun.elapsed()
        });
    }
}

/// And a line that is emptied by the end of its channel.
#[test]
fn the_end_of_a_channel_reaches_a_long_line_in_linear_time() {
    for capacity in CAPACITIES {
        assert_linear(&format!("closing, capacity {capacity}"), |size| {
            let crowd = Crowd::new(size, capacity);
            let mut waiting = crowd.wait();
            let begun = Instant::now();
            crowd.shared.0.close();
            for waiting in &mut waiting {
                assert!(poll_noop(waiting).is_ready());
            }
            begun.elapsed()
        });
    }
}
