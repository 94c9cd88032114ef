//! An operation that there is not.

use towpath::{bounded, select, select_async};

fn main() {
    let (tx, rx) = bounded::<i32>(1);
    select! {
        send(tx, 1) -> _ => {}
        take(rx) -> message => drop(message), //~ `take`
    }
    drop(async {
        select_async! {
            take(rx) -> message => drop(message), //~ `take`
        }
    });
}
