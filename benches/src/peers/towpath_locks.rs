//! towpath's locks and small primitives.

use std::ops::{Deref, DerefMut};

use towpath::sync::{Mutex, Notify, Once, OnceCell, RwMutex, WaitGroup};

use crate::lock::{AsyncLock, AsyncRw, AsyncSemaphore, Lock, Rw, Semaphore, Signal};
use crate::plan::{OURS, Plan};
use crate::scenarios::locks;

pub(super) fn register(plan: &mut Plan) {
    locks::add_mutex::<Mutex<u64>>(plan, OURS);
    locks::add_mutex_tasks::<Mutex<u64>>(plan, OURS);
    locks::add_rw::<RwMutex<u64>>(plan, OURS);
    locks::add_rw_tasks::<RwMutex<u64>>(plan, OURS);
    locks::add_semaphore::<towpath::sync::Semaphore>(plan, OURS);
    locks::add_semaphore_tasks::<towpath::sync::Semaphore>(plan, OURS);
    locks::add_once(plan, "towpath Once", Once::new, |once| {
        once.call_once(|| {});
        1
    });
    locks::add_once(plan, "towpath OnceCell", OnceCell::new, |cell| {
        *cell.get_or_init(|| 1)
    });
    locks::add_wait_group(plan, OURS, || {
        let group = WaitGroup::new();
        drop(group.clone());
        group.wait();
    });
    locks::add_signal::<Notify>(plan, OURS);
}

impl Lock for Mutex<u64> {
    fn create(value: u64) -> Self {
        Self::new(value)
    }

    fn acquire(&self) -> impl DerefMut<Target = u64> {
        self.lock()
    }
}

impl AsyncLock for Mutex<u64> {
    fn create(value: u64) -> Self {
        Self::new(value)
    }

    fn acquire_async(&self) -> impl Future<Output = impl DerefMut<Target = u64>> + Send {
        self.lock_async()
    }
}

impl Rw for RwMutex<u64> {
    fn create(value: u64) -> Self {
        Self::new(value)
    }

    fn acquire_read(&self) -> impl Deref<Target = u64> {
        self.read()
    }

    fn acquire_write(&self) -> impl DerefMut<Target = u64> {
        self.write()
    }
}

impl AsyncRw for RwMutex<u64> {
    fn create(value: u64) -> Self {
        Self::new(value)
    }

    fn acquire_read_async(&self) -> impl Future<Output = impl Deref<Target = u64>> + Send {
        self.read_async()
    }

    fn acquire_write_async(&self) -> impl Future<Output = impl DerefMut<Target = u64>> + Send {
        self.write_async()
    }
}

impl Semaphore for towpath::sync::Semaphore {
    fn create(permits: usize) -> Self {
        Self::new(permits)
    }

    fn acquire_one(&self) -> impl Sized {
        self.acquire(1)
    }
}

impl AsyncSemaphore for towpath::sync::Semaphore {
    fn create(permits: usize) -> Self {
        Self::new(permits)
    }

    fn acquire_one_async(&self) -> impl Future<Output: Sized> + Send {
        self.acquire_async(1)
    }
}

impl Signal for Notify {
    fn set(&self) {
        self.notify_one();
    }

    fn wait(&self) -> impl Future<Output: Sized> + Send {
        self.notified_async()
    }
}
