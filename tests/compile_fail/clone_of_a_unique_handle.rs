use towpath::unique::bounded;

fn main() {
    let (tx, rx) = bounded::<u8>(1);
    drop(tx.clone()); //~ no method named `clone`
    drop(rx.clone()); //~ no method named `clone`
}
