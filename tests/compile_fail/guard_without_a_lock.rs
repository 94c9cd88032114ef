//! Methods of public traits that trust their caller cannot be called from outside.

use towpath::sync::rw_mutex::{self, Write};
use towpath::sync::{Mutex, RwMutex};

fn raw_of<H: rw_mutex::Hold>(hold: H) -> H::Raw {
    hold.into_raw()
}

fn let_go<M: rw_mutex::Mode, T>(lock: &RwMutex<T>) {
    M::leave(raw_of(lock)); //~ takes 2 arguments
}

fn main() {
    let mutex = Mutex::new(1);
    let _guard = mutex.lock();
    let _another = towpath::sync::mutex::Hold::locked(&mutex); //~ takes 2 arguments
    let_go::<Write, _>(&RwMutex::new(1));
}
