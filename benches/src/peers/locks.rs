//! Locks and small primitives of all libraries; a few lines for each.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock::{AsyncLock, AsyncRw, AsyncSemaphore, Lock, Rw, Semaphore, Signal};
use crate::plan::Plan;
use crate::scenarios::locks;

pub(super) fn register(plan: &mut Plan) {
    locks::add_mutex::<std::sync::Mutex<u64>>(plan, "std");
    locks::add_mutex::<parking_lot::Mutex<u64>>(plan, "parking_lot");
    locks::add_mutex::<async_lock::Mutex<u64>>(plan, "async-lock");
    locks::add_mutex::<tokio::sync::Mutex<u64>>(plan, "tokio");
    locks::add_mutex_tasks::<async_lock::Mutex<u64>>(plan, "async-lock");
    locks::add_mutex_tasks::<tokio::sync::Mutex<u64>>(plan, "tokio");
    locks::add_mutex_tasks::<asyncband::mutex::Mutex<u64>>(plan, "asyncband");

    locks::add_rw::<std::sync::RwLock<u64>>(plan, "std");
    locks::add_rw::<parking_lot::RwLock<u64>>(plan, "parking_lot");
    locks::add_rw::<crossbeam_utils::sync::ShardedLock<u64>>(plan, "crossbeam ShardedLock");
    locks::add_rw::<async_lock::RwLock<u64>>(plan, "async-lock");
    locks::add_rw::<tokio::sync::RwLock<u64>>(plan, "tokio");
    locks::add_rw_tasks::<async_lock::RwLock<u64>>(plan, "async-lock");
    locks::add_rw_tasks::<tokio::sync::RwLock<u64>>(plan, "tokio");
    locks::add_rw_tasks::<asyncband::rwlock::RwLock<u64>>(plan, "asyncband");

    locks::add_semaphore::<async_lock::Semaphore>(plan, "async-lock");
    locks::add_semaphore::<tokio::sync::Semaphore>(plan, "tokio block_on");
    locks::add_semaphore::<asyncband::semaphore::Semaphore>(plan, "asyncband block_on");
    locks::add_semaphore_tasks::<async_lock::Semaphore>(plan, "async-lock");
    locks::add_semaphore_tasks::<tokio::sync::Semaphore>(plan, "tokio");
    locks::add_semaphore_tasks::<asyncband::semaphore::Semaphore>(plan, "asyncband");

    register_once(plan);
    locks::add_wait_group(plan, "crossbeam", || {
        let group = crossbeam_utils::sync::WaitGroup::new();
        drop(group.clone());
        group.wait();
    });
    locks::add_wait_group(plan, "asyncband block_on", || {
        let group = asyncband::waitgroup::WaitGroup::new();
        drop(group.clone());
        smol::block_on(group.into_future());
    });
    locks::add_signal::<tokio::sync::Notify>(plan, "tokio Notify");
    locks::add_signal::<Flagged>(plan, "event-listener");
}

fn register_once(plan: &mut Plan) {
    locks::add_once(plan, "std Once", std::sync::Once::new, |once| {
        once.call_once(|| {});
        1
    });
    locks::add_once(plan, "parking_lot Once", parking_lot::Once::new, |once| {
        once.call_once(|| {});
        1
    });
    let make = std::sync::OnceLock::new;
    locks::add_once(plan, "std OnceLock", make, |cell| *cell.get_or_init(|| 1));
    let make = || async_lock::OnceCell::from(1);
    locks::add_once(plan, "async-lock", make, |cell| {
        cell.get().copied().unwrap_or(0)
    });
    let make = || tokio::sync::OnceCell::new_with(Some(1));
    locks::add_once(plan, "tokio", make, |cell| cell.get().copied().unwrap_or(0));
    let make = || asyncband::once::OnceCell::from_value(1);
    locks::add_once(plan, "asyncband", make, |cell| {
        cell.get().copied().unwrap_or(0)
    });
}

/// A lock's method gives a guard as it is, or in a `Result` that is an error after a panic.
macro_rules! mutexes {
    ($($lock:ty: $acquire:ident $(. $unwrap:ident)?),+ $(,)?) => {$(
        impl Lock for $lock {
            fn create(value: u64) -> Self {
                Self::new(value)
            }

            fn acquire(&self) -> impl DerefMut<Target = u64> {
                self.$acquire() $(. $unwrap())?
            }
        }
    )+};
}
mutexes! {
    std::sync::Mutex<u64>: lock.unwrap,
    parking_lot::Mutex<u64>: lock,
    async_lock::Mutex<u64>: lock_blocking,
    tokio::sync::Mutex<u64>: blocking_lock,
}

macro_rules! async_mutexes {
    ($($lock:ty),+ $(,)?) => {$(
        impl AsyncLock for $lock {
            fn create(value: u64) -> Self {
                Self::new(value)
            }

            fn acquire_async(&self) -> impl Future<Output = impl DerefMut<Target = u64>> + Send {
                self.lock()
            }
        }
    )+};
}
async_mutexes! {
    async_lock::Mutex<u64>,
    tokio::sync::Mutex<u64>,
    asyncband::mutex::Mutex<u64>,
}

macro_rules! rw_locks {
    ($($lock:ty: $read:ident $write:ident $(. $unwrap:ident)?),+ $(,)?) => {$(
        impl Rw for $lock {
            fn create(value: u64) -> Self {
                Self::new(value)
            }

            fn acquire_read(&self) -> impl Deref<Target = u64> {
                self.$read() $(. $unwrap())?
            }

            fn acquire_write(&self) -> impl DerefMut<Target = u64> {
                self.$write() $(. $unwrap())?
            }
        }
    )+};
}
rw_locks! {
    std::sync::RwLock<u64>: read write.unwrap,
    parking_lot::RwLock<u64>: read write,
    crossbeam_utils::sync::ShardedLock<u64>: read write.unwrap,
    async_lock::RwLock<u64>: read_blocking write_blocking,
    tokio::sync::RwLock<u64>: blocking_read blocking_write,
}

macro_rules! async_rw_locks {
    ($($lock:ty),+ $(,)?) => {$(
        impl AsyncRw for $lock {
            fn create(value: u64) -> Self {
                Self::new(value)
            }

            fn acquire_read_async(&self) -> impl Future<Output = impl Deref<Target = u64>> + Send {
                self.read()
            }

            fn acquire_write_async(
                &self,
            ) -> impl Future<Output = impl DerefMut<Target = u64>> + Send {
                self.write()
            }
        }
    )+};
}
async_rw_locks! {
    async_lock::RwLock<u64>,
    tokio::sync::RwLock<u64>,
    asyncband::rwlock::RwLock<u64>,
}

/// How to acquire one permit, blocking and as a future.
macro_rules! semaphores {
    ($($semaphore:ty: |$this:ident| $blocking:expr, $future:expr);+ $(;)?) => {$(
        impl Semaphore for $semaphore {
            fn create(permits: usize) -> Self {
                Self::new(permits)
            }

            fn acquire_one(&self) -> impl Sized {
                let $this = self;
                $blocking
            }
        }

        impl AsyncSemaphore for $semaphore {
            fn create(permits: usize) -> Self {
                Self::new(permits)
            }

            fn acquire_one_async(&self) -> impl Future<Output: Sized> + Send {
                let $this = self;
                $future
            }
        }
    )+};
}
semaphores! {
    async_lock::Semaphore: |this| this.acquire_blocking(), this.acquire();
    tokio::sync::Semaphore: |this| smol::block_on(this.acquire()), this.acquire();
    asyncband::semaphore::Semaphore: |this| smol::block_on(this.acquire(1)), this.acquire(1);
}

impl Signal for tokio::sync::Notify {
    fn set(&self) {
        self.notify_one();
    }

    fn wait(&self) -> impl Future<Output: Sized> + Send {
        self.notified()
    }
}

/// An event tells only those who listen already, so its users keep a flag beside it.
#[derive(Debug, Default)]
struct Flagged {
    set: AtomicBool,
    event: event_listener::Event,
}

impl Signal for Flagged {
    fn set(&self) {
        // ORDERING: Release, pairs with `wait`; `notify` fences between the flag and the listeners.
        self.set.store(true, Ordering::Release);
        self.event.notify(1);
    }

    fn wait(&self) -> impl Future<Output: Sized> + Send {
        async {
            // ORDERING: Acquire, pairs with `set`; `listen` fences between the listener and the flag.
            while !self.set.swap(false, Ordering::Acquire) {
                let listener = self.event.listen();
                if self.set.swap(false, Ordering::Acquire) {
                    break;
                }
                listener.await;
            }
        }
    }
}
