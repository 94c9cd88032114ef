//! The models, one file per layer; each test is named after the race that it explores.
#![cfg(towpath_loom)]

mod barrier;
mod cancel;
mod channels;
mod close;
mod condvar;
mod free_list;
mod hand_off;
mod list;
mod mutex;
mod notify;
mod once;
mod oneshot;
mod promise;
mod queues;
mod ready;
mod refill;
mod ring;
mod rw_mutex;
mod select;
mod select_drop;
mod semaphore;
mod sole_list;
mod spsc;
mod time;
mod wait_group;
mod wait_queue;
