//! rtrb: a ring for one producer and one consumer that cannot wait; whoever cannot go on yields. The
//! floor under the rows with one thread at each end, not a peer.

use std::thread::yield_now;

use rtrb::{Consumer, Producer, PushError, RingBuffer};

use crate::plan::{FLOOR, Plan};
use crate::role::*;
use crate::scenarios::{batch, payload, threads};

pub(super) fn register(plan: &mut Plan) {
    threads::add(plan, FLOOR, open::<u64>);
    payload::add_threads(plan, FLOOR, open::<u64>);
    payload::add_threads(plan, FLOOR, open::<crate::message::Wide64>);
    payload::add_threads(plan, FLOOR, open::<crate::message::Wide256>);
    batch::add_threads_singly(plan, FLOOR, open::<u64>);
}

fn open<T>(capacity: Capacity) -> Option<(Producer<T>, Consumer<T>)> {
    capacity.bound(1).map(RingBuffer::new)
}

impl<T: Send + 'static> Handle for Producer<T> {}
impl<T: Send + 'static> Handle for Consumer<T> {}

/// Looks this often before it yields.
const LOOKS: usize = 300;

impl<T: Send + 'static> BlockingSender<T> for Producer<T> {
    fn put(&mut self, mut message: T) -> impl Sent {
        for look in 0usize.. {
            match self.push(message) {
                Ok(()) => break,
                Err(PushError::Full(back)) => message = back,
            }
            pause(look);
        }
        Ok::<(), ()>(())
    }
}

impl<T: Send + 'static> BlockingReceiver<T> for Consumer<T> {
    fn take(&mut self) -> impl Received<T> {
        for look in 0usize.. {
            if let Ok(message) = self.pop() {
                return Some(message);
            }
            if self.is_abandoned() {
                return self.pop().ok();
            }
            pause(look);
        }
        None
    }
}

fn pause(look: usize) {
    if look < LOOKS {
        std::hint::spin_loop();
    } else {
        yield_now();
    }
}
