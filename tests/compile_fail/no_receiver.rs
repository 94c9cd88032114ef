//! Receiving from what is no receiver, sending to what is no sender.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        recv(rx) -> _ => {}
        recv(tx) -> _ => {} //~ Receiver
    }
    select! {
        recv(rx) -> _ => {}
        send(rx, 1) -> _ => {} //~ Sender
    }
    drop(async {
        select_async! {
            recv(vec![1]) -> _ => {} //~ Receiver
        }
    });
}
