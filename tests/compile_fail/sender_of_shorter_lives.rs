//! A sender of static strings is no sender of strings that die sooner: its receivers keep them.

fn shortened<'a>(tx: towpath::Sender<&'static str>) -> towpath::Sender<&'a str> {
    tx //~ lifetime may not live long enough
}

fn main() {
    let (tx, _rx) = towpath::bounded(1);
    drop(shortened(tx));
}
