//! A value of another type than the channel's.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        recv(rx) -> _ => {}
        send(tx, "text") -> _ => {} //~ mismatched types
    }
    drop(async {
        select_async! {
            send(tx, "text") -> _ => {} //~ mismatched types
        }
    });
}
