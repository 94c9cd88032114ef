//! Nobody else can tell an operation that it was handed something.

use towpath::Signal; //~ no `Signal` in the root

fn main() {
    let permits = towpath::sync::Semaphore::new(0);
    let _wait = permits.acquire_async(5);
}
