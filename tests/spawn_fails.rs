//! The timer thread is started, or the system refuses it: who waits for the time panics then, gets out of
//! line before it is freed, and leaves nobody behind in a wheel that nobody turns.
//!
//! Each test runs in a process of its own, because it lowers a limit of the process, because a thread
//! that has ended would leave a stack behind for the next one, and because a thread is started first
//! once only.
#![cfg(target_os = "linux")]

#[allow(dead_code, unused_imports)] // each binary uses a part
mod common;

use common::{Alarm, poll, watchdog};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};
use towpath::time::{Sleep, after, after_func, sleep};
use towpath::{Receiver, never, select_async};

/// The name of the timer thread is copied while that is being started.
const NAME: Layout = Layout::new::<[u8; "towpath-timers".len()]>();

thread_local! {
    /// What this thread does while it starts the timer thread.
    static MEANWHILE: Cell<Option<fn()>> = const { Cell::new(None) };
}

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout == NAME {
            if let Some(meanwhile) = MEANWHILE.take() {
                meanwhile();
            }
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) };
    }
}

/// Runs the test `name`, whose body this is, in a process of its own.
fn alone(name: &str, body: impl FnOnce()) {
    const ALONE: &str = "TOWPATH_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let mut test = Command::new(std::env::current_exe().unwrap());
    let test = test.args([name, "--exact", "--nocapture"]).env(ALONE, "1");
    let outcome = test.output().unwrap();
    let said = [outcome.stdout, outcome.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("1 passed"), "{}: {said}", outcome.status);
}

/// Long enough that it is not over before somebody gets in line.
const SOON: Duration = Duration::from_millis(300);

/// Runs `action` while nothing more can be mapped into memory, such as a stack.
fn without_memory<R>(action: impl FnOnce() -> R) -> R {
    with_address_space(0, action)
}

/// Runs `action` while all threads have some memory left, but not enough for the stack of another one.
fn without_room_for_a_stack<R>(action: impl FnOnce() -> R) -> R {
    let sizes = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = sizes.split(' ').next().unwrap().parse().unwrap();
    // SAFETY: it only answers.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let used = pages * u64::try_from(page).unwrap();
    with_address_space(used + (1 << 20), action)
}

fn with_address_space<R>(bytes: u64, action: impl FnOnce() -> R) -> R {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid place for an rlimit.
    let done = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) };
    assert_eq!(done, 0);
    let lowered = libc::rlimit {
        rlim_cur: bytes,
        ..limit
    };
    // SAFETY: an rlimit that is no higher than before.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const lowered) };
    assert_eq!(done, 0);
    // To report a panic takes memory.
    let report = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = action();
    panic::set_hook(report);
    // SAFETY: the rlimit as it was.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(done, 0);
    result
}

/// Polls `future`, which panics as it gets in line, and drops it. Its memory stays, so that whoever
/// still finds it in line does no worse than make the test fail.
fn panics_and_is_dropped<F: Future>(future: F, waker: &Waker) -> Pin<Box<Option<F>>> {
    let mut pinned = Box::pin(Some(future));
    let inside = pinned.as_mut().as_pin_mut().expect("it is there");
    let panicked = without_memory(|| {
        let poll = || inside.poll(&mut Context::from_waker(waker)).is_ready();
        catch_unwind(AssertUnwindSafe(poll)).is_err()
    });
    assert!(panicked, "there was a thread");
    pinned.set(None);
    pinned
}

#[test]
fn a_select_that_panics_as_it_gets_in_line_leaves_it() {
    alone("a_select_that_panics_as_it_gets_in_line_leaves_it", || {
        select_panics_in_line();
    });
}

fn select_panics_in_line() {
    let (gone, waker) = Alarm::new();
    let rx = after(SOON);
    let silent = never::<()>();
    // In line for the wheel of timers.
    let _first = panics_and_is_dropped(
        async {
            select_async! {
                wait(sleep(SOON)) -> _ => {}
                recv(silent) -> _ => {}
            }
        },
        &waker,
    );
    // In line for a channel of the time, with others.
    let _second = panics_and_is_dropped(
        async {
            select_async! {
                recv(rx) -> _ => {}
                recv(silent) -> _ => {}
            }
        },
        &waker,
    );
    drop(waker);
    assert_eq!(Arc::strong_count(&gone), 1, "a waker was kept");

    // Behind it in both lines.
    let (first, first_waker) = Alarm::new();
    let (second, second_waker) = Alarm::new();
    let mut sleeping = Box::pin(sleep(SOON));
    let mut receiving = Box::pin(rx.recv_async());
    assert!(poll(&mut sleeping, &first_waker).is_pending());
    assert!(poll(&mut receiving, &second_waker).is_pending());
    let deadline = Instant::now() + Duration::from_secs(20);
    while first.rings() == 0 || second.rings() == 0 {
        let rung = (first.rings(), second.rings());
        assert!(Instant::now() < deadline, "somebody is not woken: {rung:?}");
        thread::yield_now();
    }
    assert!(poll(&mut sleeping, &first_waker).is_ready());
    assert!(poll(&mut receiving, &second_waker).is_ready());
    assert_eq!(gone.rings(), 0, "what is gone was woken");
}

/// A task of no executor: it is polled when it was woken.
struct Task {
    sleep: Pin<Box<Sleep>>,
    alarm: Arc<Alarm>,
    waker: Waker,
    polled: usize,
}

static BESIDE: Mutex<Option<Task>> = Mutex::new(None);

impl Task {
    /// Polls, if it was woken since.
    fn run(&mut self) -> bool {
        if self.alarm.rings() < self.polled {
            return false;
        }
        self.polled = self.alarm.rings() + 1;
        poll(&mut self.sleep, &self.waker).is_ready()
    }
}

#[test]
fn a_sleep_that_begins_while_the_thread_is_refused_is_woken() {
    alone(
        "a_sleep_that_begins_while_the_thread_is_refused_is_woken",
        || {
            let (alarm, waker) = Alarm::new();
            let sleep_beside = Box::pin(sleep(SOON));
            *BESIDE.lock().unwrap() = Some(Task {
                sleep: sleep_beside,
                alarm,
                waker,
                polled: 0,
            });
            let run = || BESIDE.lock().unwrap().as_mut().unwrap().run();
            MEANWHILE.set(Some(|| {
                assert!(!BESIDE.lock().unwrap().as_mut().unwrap().run(), "too early");
            }));
            let _refused = panics_and_is_dropped(sleep(SOON), Waker::noop());
            assert!(MEANWHILE.take().is_none(), "nothing began meanwhile");
            let deadline = Instant::now() + Duration::from_secs(20);
            while !run() {
                assert!(Instant::now() < deadline, "it is not woken");
                thread::yield_now();
            }
        },
    );
}

#[test]
fn a_call_that_panicked_as_it_was_set_is_never_made() {
    alone("a_call_that_panicked_as_it_was_set_is_never_made", || {
        let called = Arc::new(AtomicBool::new(false));
        let function = Arc::clone(&called);
        let call = move || function.store(true, Ordering::SeqCst);
        let set = AssertUnwindSafe(|| after_func(Duration::ZERO, call));
        let refused = without_memory(|| catch_unwind(set).is_err());
        assert!(refused, "there was a thread");
        assert_eq!(Arc::strong_count(&called), 1, "the function is kept");
        // Whatever was in the wheel before this is due.
        pollster::block_on(sleep(SOON / 10));
        assert!(!called.load(Ordering::SeqCst), "it was called");
    });
}

/// What it calls may wait for a timer: on the timer thread that would be for ever.
#[test]
fn a_call_that_finds_no_thread_is_made_later_and_not_by_the_timer_thread() {
    let name = "a_call_that_finds_no_thread_is_made_later_and_not_by_the_timer_thread";
    alone(name, || {
        let (tx, rx) = towpath::bounded(1);
        let call = move || {
            pollster::block_on(sleep(SOON / 100));
            tx.send(thread::current().name() == Some("towpath-after-func"))
                .unwrap();
        };
        let (behind, waker) = Alarm::new();
        let mut sleep_behind = Box::pin(sleep(SOON));
        let _call = after_func(SOON / 2, call);
        assert!(poll(&mut sleep_behind, &waker).is_pending());
        let deadline = Instant::now() + Duration::from_secs(20);
        without_room_for_a_stack(|| while behind.rings() == 0 && Instant::now() < deadline {});
        assert_eq!(behind.rings(), 1, "the timer thread does not go on");
        assert!(rx.is_empty(), "there was a thread");
        assert_eq!(rx.recv_deadline(deadline), Ok(true));
    });
}

static CLOSED: Mutex<Option<Receiver<Instant>>> = Mutex::new(None);

/// The lock of the receiver's alarm is not held while the thread is started.
#[test]
fn closing_does_not_wait_for_the_thread_to_be_started() {
    alone("closing_does_not_wait_for_the_thread_to_be_started", || {
        watchdog(20, |_| {
            let rx = after(SOON);
            *CLOSED.lock().unwrap() = Some(rx.clone());
            MEANWHILE.set(Some(|| {
                assert!(CLOSED.lock().unwrap().take().unwrap().close())
            }));
            assert!(pollster::block_on(rx.recv_async()).is_err());
            assert!(MEANWHILE.take().is_none(), "nothing was closed meanwhile");
        });
    });
}

/// A lock whose line has to be watched, and no thread to watch it: that is no failure of whoever lets
/// it go. Nothing panics, not even where it would be caught: a program that aborts on panics goes on.
#[test]
fn letting_a_lock_go_does_not_panic_without_a_thread() {
    static PANICKED: AtomicBool = AtomicBool::new(false);
    alone("letting_a_lock_go_does_not_panic_without_a_thread", || {
        let lock = towpath::sync::Mutex::new(());
        let held = lock.lock();
        let (told, waker) = Alarm::new();
        let mut line = [(); 2].map(|()| Box::pin(lock.lock_async()));
        for locking in &mut line {
            assert!(poll(locking, &waker).is_pending());
        }
        without_memory(|| {
            // (It is empty, so it takes no memory.)
            panic::set_hook(Box::new(|_| PANICKED.store(true, Ordering::SeqCst)));
            drop(held);
        });
        assert!(!PANICKED.load(Ordering::SeqCst), "it panicked");
        assert_eq!(told.rings(), 1);
        // With a thread they are watched after all.
        drop(lock.try_lock().expect("it is free"));
        let deadline = Instant::now() + Duration::from_secs(20);
        let held = lock.lock();
        assert!(poll(&mut line[0], &waker).is_pending(), "it is held");
        drop(held);
        while told.rings() < 3 {
            assert!(Instant::now() < deadline, "nobody rings");
            thread::yield_now();
        }
    });
}
