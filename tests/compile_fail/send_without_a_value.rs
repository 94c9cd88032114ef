//! A send without anything to send.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        recv(rx) -> _ => {}
        send(tx) -> _ => {} //~ value
    }
    drop(async {
        select_async! {
            send(tx) -> _ => {} //~ value
        }
    });
}
