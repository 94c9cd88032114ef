//! An arm without `->` and a pattern.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        recv(rx) => {} //~ `->
        send(tx, 1) -> _ => {}
    }
    drop(async {
        select_async! {
            recv(rx) -> _ => {}
            send(tx, 1) => {} //~ `->
        }
    });
}
