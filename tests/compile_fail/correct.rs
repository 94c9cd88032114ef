//! No mistake: this has to compile, in all four forms.

#![forbid(unsafe_code)]
#![forbid(dead_code, non_camel_case_types, unused_imports, unused_mut)]

use std::time::Duration;
use towpath::{bounded, select, select_async, select_biased, select_biased_async};

/// Of the names that the macros call, on everything.
trait Namesake: Sized {
    fn polls(&self) -> u8 {
        self.case()
    }
    fn case(&self) -> u8 {
        1
    }
    fn with<R>(self, with: impl FnOnce(Self) -> R) -> R {
        with(self)
    }
    fn next_number(&self) -> Option<usize> {
        None
    }
    fn look_at_arm(&self) {}
    fn is_ruled_out(&self) -> bool {
        true
    }
}
impl<T> Namesake for T {}

fn main() {
    (|| ()).with(|thing| {
        (
            thing.polls(),
            thing.next_number(),
            thing.look_at_arm(),
            thing.is_ruled_out(),
        )
    });
    let (tx, rx) = bounded::<i32>(1);
    select! {
        recv(rx) -> message => assert!(message.is_err()),
        send(tx, 1) -> sent => sent.unwrap(),
        default => {}
    }
    select_biased! {
        recv(rx) -> (Ok(_) | Err(_)) => {}
        default(Duration::ZERO) => (),
    }
    drop(async {
        select_async! {
            recv(rx) -> _ => std::future::ready(()).await,
            wait(std::future::ready(1)) -> one => assert_eq!(one, 1),
        }
        select_biased_async! { send(tx, 1) -> _ => {} }
    });
}
