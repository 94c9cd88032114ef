//! More than one default.

use std::time::Duration;
use towpath::{bounded, select, select_async};

fn main() {
    let (_tx, rx) = bounded::<i32>(1);
    select! {
        recv(rx) -> _ => {}
        default => {}
        default(Duration::ZERO) => {} //~ default
    }
    drop(async {
        select_async! {
            recv(rx) -> _ => {}
            default => {}
            default => {} //~ default
        }
    });
}
