//! What a select evaluates, when, and how often: handles once each, in the order of the source,
//! before anything is chosen; a time limit after them; a value to be sent, and a body, only if
//! their arm is chosen. (Go evaluates the values of all sends; here they stay unmade, as they do in
//! crossbeam-channel, so that a losing arm moves nothing.)

use std::cell::RefCell;
use std::time::Duration;
use towpath::{
    Receiver, Sender, bounded, select, select_async, select_biased, select_biased_async,
};

/// What was evaluated so far, and channels to evaluate.
struct Log {
    seen: RefCell<Vec<String>>,
    empty: Receiver<u32>,
    full: Sender<u32>,
    holds_seven: Receiver<u32>,
    has_room: Sender<u32>,
    _others: (Sender<u32>, Receiver<u32>, Sender<u32>, Receiver<u32>),
}

impl Log {
    fn new() -> Log {
        let (empty_tx, empty) = bounded(1);
        let (full, full_rx) = bounded(0);
        let (seven_tx, holds_seven) = bounded(1);
        let (has_room, room_rx) = bounded(1);
        seven_tx.send(7).unwrap();
        Log {
            seen: RefCell::default(),
            empty,
            full,
            holds_seven,
            has_room,
            _others: (empty_tx, full_rx, seven_tx, room_rx),
        }
    }

    /// Evaluates to `value`, and says so.
    fn note<T>(&self, name: &str, value: T) -> T {
        self.seen.borrow_mut().push(name.to_string());
        value
    }

    #[track_caller]
    fn assert_seen(&self, expected: &[&str]) {
        assert_eq!(self.seen.take(), expected);
    }
}

/// The same arms in all four macros, each on a fresh log.
macro_rules! in_every_form {
    (|$log:ident| { $($arms:tt)* } sees $expected:expr) => {{
        let $log = Log::new();
        select! { $($arms)* };
        $log.assert_seen(&$expected);
        let $log = Log::new();
        select_biased! { $($arms)* };
        $log.assert_seen(&$expected);
        let $log = Log::new();
        pollster::block_on(async { select_async! { $($arms)* } });
        $log.assert_seen(&$expected);
        let $log = Log::new();
        pollster::block_on(async { select_biased_async! { $($arms)* } });
        $log.assert_seen(&$expected);
    }};
}

#[test]
fn the_first_arm_chosen() {
    in_every_form!(|log| {
        recv(log.note("a", &log.holds_seven)) -> seven => { assert_eq!(seven, Ok(7)); log.note("body a", ()) }
        send(log.note("b", &log.full), log.note("value b", 1)) -> _ => log.note("body b", ()),
        recv(log.note("c", &log.empty)) -> _ => log.note("body c", ()),
    } sees ["a", "b", "c", "body a"]);
}

#[test]
fn the_last_arm_chosen() {
    in_every_form!(|log| {
        recv(log.note("a", &log.empty)) -> _ => log.note("body a", ()),
        send(log.note("b", &log.full), log.note("value b", 1)) -> _ => log.note("body b", ()),
        recv(log.note("c", &log.holds_seven)) -> seven => { assert_eq!(seven, Ok(7)); log.note("body c", ()) }
    } sees ["a", "b", "c", "body c"]);
}

#[test]
fn a_send_chosen() {
    in_every_form!(|log| {
        send(log.note("a", &log.full), log.note("value a", 1)) -> _ => log.note("body a", ()),
        send(log.note("b", &log.has_room), log.note("value b", 2)) -> _ => log.note("body b", ()),
        recv(log.note("c", &log.empty)) -> _ => log.note("body c", ()),
    } sees ["a", "b", "c", "value b", "body b"]);
}

#[test]
fn the_default_chosen() {
    in_every_form!(|log| {
        recv(log.note("a", &log.empty)) -> _ => log.note("body a", ()),
        default => log.note("default", ()),
        send(log.note("b", &log.full), log.note("value b", 1)) -> _ => log.note("body b", ()),
    } sees ["a", "b", "default"]);
}

/// The limit is looked at once, after the handles, even if it is not needed.
#[test]
fn a_time_limit_not_reached() {
    in_every_form!(|log| {
        default(log.note("limit", Duration::from_secs(10))) => log.note("default", ()),
        recv(log.note("a", &log.holds_seven)) -> _ => log.note("body a", ()),
        recv(log.note("b", &log.empty)) -> _ => log.note("body b", ()),
    } sees ["a", "b", "limit", "body a"]);
}

#[test]
fn a_time_limit_reached() {
    in_every_form!(|log| {
        recv(log.note("a", &log.empty)) -> _ => log.note("body a", ()),
        default(log.note("limit", Duration::ZERO)) => log.note("default", ()),
        send(log.note("b", &log.full), log.note("value b", 1)) -> _ => log.note("body b", ()),
    } sees ["a", "b", "limit", "default"]);
}

/// Handles by index, by call, by block, by `if`: any expression, evaluated once.
#[test]
fn handles_may_be_any_expression() {
    in_every_form!(|log| {
        recv([&log.empty, &log.empty][log.note("index", 1)]) -> _ => log.note("body a", ()),
        recv(if log.note("if", false) { &log.holds_seven } else { &log.empty }) -> _ => log.note("body b", ()),
        recv({ log.note("block", ()); &log.holds_seven }) -> _ => log.note("body c", ()),
        recv(match log.note("match", 3) { 3 => log.empty.clone(), _ => unreachable!() }) -> _ => log.note("body d", ()),
    } sees ["index", "if", "block", "match", "body c"]);
}

/// A nil channel's expressions are evaluated like any other's.
#[test]
fn nil_handles_are_evaluated_too() {
    in_every_form!(|log| {
        recv(log.note("a", None::<Receiver<u32>>)) -> _ => log.note("body a", ()),
        send(log.note("b", None::<Sender<u32>>), log.note("value b", 1)) -> _ => log.note("body b", ()),
        recv(log.note("c", Some(&log.holds_seven))) -> _ => log.note("body c", ()),
    } sees ["a", "b", "c", "body c"]);
}

/// While a select waits, it evaluates nothing again.
#[test]
fn waiting_evaluates_nothing_again() {
    let log = Log::new();
    let mut waiting = Box::pin(async {
        select_async! {
            recv(log.note("a", &log.empty)) -> _ => log.note("body a", ()),
            send(log.note("b", &log.full), log.note("value b", 1)) -> _ => log.note("body b", ()),
        }
    });
    for _ in 0..3 {
        assert!(crate::common::poll_noop(&mut waiting).is_pending());
    }
    log.assert_seen(&["a", "b"]);
    log._others.0.send(1).unwrap();
    assert!(crate::common::poll_noop(&mut waiting).is_ready());
    drop(waiting);
    log.assert_seen(&["body a"]);
}
