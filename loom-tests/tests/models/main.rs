//! The models, one file per layer; each test is named after the race that it explores.
#![cfg(towpath_loom)]

mod cancel;
mod close;
mod free_list;
mod hand_off;
mod list;
mod oneshot;
mod promise;
mod ready;
mod ring;
mod select;
mod select_drop;
mod wait_queue;
