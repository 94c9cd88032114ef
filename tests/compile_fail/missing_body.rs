//! An arm that ends after `=>`.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        send(tx, 1) -> _ => {}
        recv(rx) -> message => //~ `=>`
    }
    drop(async {
        select_async! {
            send(tx, 1) -> _ => {}
            recv(rx) -> message => //~ `=>`
        }
    });
}
