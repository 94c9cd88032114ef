//! `after_func`.

use crate::{HOUR, clocked, ms};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use towpath::time::{after_func, sleep_until};
use towpath::{bounded, unbounded};

#[test]
fn a_call_runs_on_a_thread_of_its_own() {
    clocked(|_, clock| {
        let (tx, rx) = bounded(1);
        let call = after_func(ms(10), move || {
            let name = thread::current().name().map(str::to_owned);
            tx.send((thread::current().id(), name)).unwrap();
        });
        clock.advance(ms(9));
        assert!(rx.try_recv().is_err());
        clock.advance(ms(2));
        let (id, name) = rx.recv().unwrap();
        assert_ne!(id, thread::current().id());
        assert_eq!(name.as_deref(), Some("towpath-after-func"));
        assert!(!call.stop());
    });
}

/// One call blocks, one panics: the others, and the timers, go on.
#[test]
fn calls_do_not_keep_each_other_waiting() {
    clocked(|crew, clock| {
        let (release, blocks) = bounded::<()>(0);
        let (tx, rx) = unbounded();
        after_func(ms(10), move || {
            let _ = blocks.recv();
        });
        after_func(ms(10), || std::panic::resume_unwind(Box::new("on purpose")));
        let deadline = clock.now() + ms(10);
        let done = tx.clone();
        crew.act(crate::common::Place::Smol, "sleeps", move |_| async move {
            sleep_until(deadline).await;
            done.send("slept").unwrap();
        });
        after_func(ms(10), move || tx.send("called").unwrap());
        clock.advance(ms(11));
        let mut heard = [rx.recv().unwrap(), rx.recv().unwrap()];
        heard.sort_unstable();
        assert_eq!(heard, ["called", "slept"]);
        drop(release);
    });
}

#[test]
fn a_call_that_is_stopped_is_dropped_and_not_called() {
    clocked(|_, clock| {
        let token = Arc::new(());
        let held = Arc::clone(&token);
        let call = after_func(ms(10), move || drop(held));
        assert!(call.stop());
        assert_eq!(Arc::strong_count(&token), 1);
        assert!(!call.stop());
        clock.advance(HOUR);
        assert!(!call.stop());
    });
}

#[test]
fn the_handle_may_go() {
    clocked(|_, clock| {
        let (tx, rx) = bounded(1);
        drop(after_func(ms(10), move || tx.send(()).unwrap()));
        clock.advance(ms(11));
        rx.recv().unwrap();
        // The call is gone, and with it the sender.
        assert!(rx.recv().is_err());
    });
}

#[test]
fn a_call_that_never_comes_goes_with_its_handle() {
    clocked(|_, clock| {
        let token = Arc::new(());
        let held = Arc::clone(&token);
        let call = after_func(Duration::MAX, move || drop(held));
        clock.advance(HOUR);
        assert_eq!(Arc::strong_count(&token), 2);
        drop(call);
        assert_eq!(Arc::strong_count(&token), 1);
    });
}
