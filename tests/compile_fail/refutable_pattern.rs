//! A pattern that does not match every outcome.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        send(tx, 1) -> _ => {}
        recv(rx) -> Ok(message) => drop(message), //~ refutable pattern
    }
    drop(async {
        select_async! {
            recv(rx) -> Ok(message) => drop(message), //~ refutable pattern
        }
    });
}
