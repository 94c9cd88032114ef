//! Closures that run once, however often they are called: Go's `OnceFunc` and `OnceValue`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::lazy::Spent;
use super::once_cell::OnceCell;

/// A closure that runs `f` at its first call, and does nothing at every other one. Calls that come
/// meanwhile wait until it is done.
///
/// If `f` panics, so does the call that ran it, with the same payload, and so does every other call,
/// with the same message (a payload that is not text cannot be repeated: those calls say that).
///
/// # Panics
///
/// The closure panics if `f` does, or did, or calls the closure.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let times = AtomicU32::new(0);
/// let setup = towpath::sync::once_fn(|| {
///     times.fetch_add(1, Ordering::Relaxed);
/// });
/// setup();
/// setup();
/// assert_eq!(times.load(Ordering::Relaxed), 1);
/// ```
#[doc(alias = "sync.OnceFunc")]
#[doc(alias = "OnceFunc")]
pub fn once_fn<F: FnOnce()>(f: F) -> impl Fn() + use<F> {
    once_value(f)
}

/// A closure that runs `f` at its first call, and gives clones of its result at every call. Calls
/// that come meanwhile wait until it is done.
///
/// If `f` panics, so does the call that ran it, with the same payload, and so does every other call,
/// with the same message (a payload that is not text cannot be repeated: those calls say that). For
/// a reference to the value instead of a clone, see [`Lazy`](super::Lazy).
///
/// # Panics
///
/// The closure panics if `f` does, or did, or calls the closure.
///
/// # Examples
///
/// ```
/// let answer = towpath::sync::once_value(|| {
///     println!("printed once");
///     42
/// });
/// assert_eq!((answer(), answer()), (42, 42));
/// ```
#[doc(alias = "sync.OnceValue")]
#[doc(alias = "OnceValue")]
#[doc(alias = "OnceValues")]
pub fn once_value<T: Clone, F: FnOnce() -> T>(f: F) -> impl Fn() -> T + use<T, F> {
    let (outcome, f) = (OnceCell::new(), Spent::new(f));
    move || {
        let mut payload = None;
        let outcome = outcome.get_or_init(|| {
            // SAFETY: whoever initialises the cell is alone.
            let f = unsafe { f.take() }.expect("an initialiser that never fails runs once");
            // Whatever `f` left half-way it left to others by its own references.
            catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
                let text = text_of(&*panic);
                payload = Some(panic);
                text
            })
        });
        match (outcome, payload) {
            (Ok(value), _) => value.clone(),
            (Err(_), Some(payload)) => resume_unwind(payload),
            (Err(text), None) => panic!("{text}"),
        }
    }
}

/// What a panic said.
fn text_of(payload: &(dyn Any + Send)) -> Box<str> {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).into()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.as_str().into()
    } else {
        "a closure that runs once panicked, and not with text".into()
    }
}
