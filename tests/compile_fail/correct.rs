//! No mistake: this has to compile, in all four forms.

#![forbid(unsafe_code)]

use std::time::Duration;
use towpath::{bounded, select, select_async, select_biased, select_biased_async};

fn main() {
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
