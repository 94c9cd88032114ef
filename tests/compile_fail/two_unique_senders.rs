use std::thread;
use towpath::unique::bounded;

fn main() {
    let (mut tx, mut rx) = bounded(1);
    let first = tx.send_async(1);
    let second = tx.send_async(2); //~ cannot borrow `tx` as mutable more than once
    drop((first, second));
    let shared = &tx;
    drop(shared.send(3)); //~ cannot borrow `*shared` as mutable
    thread::scope(|scope| {
        scope.spawn(|| rx.recv());
        scope.spawn(|| rx.recv()); //~ cannot borrow `rx` as mutable more than once
    });
}
