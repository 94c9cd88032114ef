//! Leaving a line takes the same time however long the line is: many selects that wait on one
//! channel can all give up, in any of several orders, in time linear in their number.
//!
//! Measured by comparing a number with sixteen times that number: linear is 16, and a few times that
//! where it outgrows the caches; quadratic is 256. A busy machine can make a measurement worse
//! but never better, so the best of several counts.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use towpath::{Receiver, Select, Sender, bounded, select_async, unbounded};

const FEW: usize = 500;
const MANY: usize = 16 * FEW;
const LIMIT: f64 = 120.0;

/// The least that `FEW` and `MANY` took, as soon as they are in proportion.
fn measure(attempts: usize, mut run: impl FnMut(usize) -> Duration) -> (f64, Duration, Duration) {
    let (mut few, mut many) = (Duration::MAX, Duration::MAX);
    let mut ratio = f64::MAX;
    for _ in 0..attempts {
        few = few.min(run(FEW));
        many = many.min(run(MANY));
        ratio = many.as_secs_f64() / few.as_secs_f64();
        if ratio < LIMIT {
            break;
        }
    }
    (ratio, few, many)
}

#[track_caller]
fn assert_linear(what: &str, run: impl FnMut(usize) -> Duration) {
    let (ratio, few, many) = measure(25, run);
    assert!(
        ratio < LIMIT,
        "{what}: {FEW} take {few:?}, {MANY} take {many:?}"
    );
}

/// A task that can be dropped where it is, so that no allocator is measured.
type Waiting<F> = Pin<Box<Option<F>>>;

fn poll<F: Future>(waiting: &mut Waiting<F>) -> Poll<F::Output> {
    let future = waiting.as_mut().as_pin_mut().expect("not dropped yet");
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn select(tx: Option<&Sender<u32>>, rx: Option<&Receiver<u32>>, own: &Receiver<u32>) -> bool {
    select_async! {
        recv(rx) -> _ => false,
        send(tx, 1) -> _ => false,
        recv(own) -> message => message == Ok(1),
    }
}

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
    fn wait(&self) -> Vec<Waiting<impl Future<Output = bool> + use<'_>>> {
        let receives = self.shared.0.capacity() == Some(0);
        let (tx, rx) = &self.shared;
        let rx = Some(rx).filter(|_| receives);
        let tx = Some(tx).filter(|_| !receives);
        let mut crowd = Vec::with_capacity(self.own.len());
        for (_, own) in &self.own {
            let mut waiting = Box::pin(Some(select(tx, rx, own)));
            assert!(poll(&mut waiting).is_pending());
            crowd.push(waiting);
        }
        crowd
    }
}

/// The order in which `size` waiters leave. (Not a random one: it would measure cache misses.)
fn orders(size: usize) -> [(&'static str, Vec<usize>); 3] {
    let every_other = (0..size).step_by(2).chain((1..size).step_by(2));
    [
        ("first come first", (0..size).collect()),
        ("last come first", (0..size).rev().collect()),
        ("every other one first", every_other.collect()),
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
                    assert_eq!(poll(&mut waiting[i]), Poll::Ready(true));
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
                let mut waiting = crowd.wait();
                let order = orders(size).into_iter().find(|o| o.0 == name).unwrap().1;
                let begun = Instant::now();
                for &i in &order {
                    waiting[i].set(None);
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
                assert!(poll(waiting).is_ready());
            }
            begun.elapsed()
        });
    }
}

#[test]
fn the_measure_finds_what_is_quadratic() {
    let (ratio, ..) = measure(2, |size| {
        let mut line: Vec<usize> = (0..size).collect();
        let begun = Instant::now();
        for i in (0..size).rev() {
            let place = line.iter().position(|&other| other == i);
            line.remove(place.expect("in line"));
        }
        begun.elapsed()
    });
    assert!(ratio > LIMIT, "{ratio}");
}
