//! A `wait` of a type of one's own that is a send in truth would give its body what the send has reserved.

use towpath::__select::{Awaited, Handle, SendArm};

struct Mine<'a, T>(&'a towpath::Sender<T>);

trait Smuggle<'a, T> {
    fn wait(self) -> SendArm<'a, T>;
}

impl<'a, T> Smuggle<'a, T> for Awaited<Mine<'a, T>> {
    fn wait(self) -> SendArm<'a, T> {
        Handle::of(self.0.0).send()
    }
}

fn main() {
    let (tx, _rx) = towpath::bounded::<i32>(3);
    let mine = Mine(&tx);
    let _reservation = towpath::select! { wait(mine) -> out => out }; //~ the trait bound
}
