//! An arm without `=>`.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        send(tx, 1) -> _ => {}
        recv(rx) -> _ {} //~ => body
    }
    drop(async {
        select_async! {
            recv(rx) -> _ {} //~ => body
        }
    });
}
