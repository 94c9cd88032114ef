//! crossfire: three flavours by how many hold each end, with separate handles for threads and
//! tasks and separate types for bounded and unbounded.

use crossfire::flavor::{Flavor, FlavorMC, FlavorMP, FlavorUnbounded};
use crossfire::{AsyncRx, AsyncTx, MAsyncRx, MAsyncTx, MRx, MTx, Rx, Tx, mpmc, mpsc, spsc};

use super::delivered;
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, BlockingReceiver, BlockingSender, Handle, Wide};
use crate::scenarios::{batch, mixed, payload, tasks, threads};

pub(super) fn register(plan: &mut Plan) {
    register_mpmc(plan, "crossfire-mpmc");
    register_mpsc(plan, "crossfire-mpsc");
    register_spsc(plan, "crossfire-spsc");
}

fn register_mpmc(plan: &mut Plan, name: &str) {
    threads::add(plan, name, |c| {
        c.bound(1).map(mpmc::bounded_blocking::<u64>)
    });
    threads::add(plan, name, |c| c.unbounded(mpmc::unbounded_blocking::<u64>));
    tasks::add(plan, name, |c| c.bound(1).map(mpmc::bounded_async::<u64>));
    tasks::add(plan, name, |c| c.unbounded(mpmc::unbounded_async::<u64>));
    mixed::add(
        plan,
        name,
        |c| c.bound(1).map(mpmc::bounded_blocking_async::<u64>),
        |c| c.bound(1).map(mpmc::bounded_async_blocking::<u64>),
    );
    payload::add_threads(plan, name, |c| {
        c.bound(1).map(mpmc::bounded_blocking::<Wide>)
    });
    payload::add_tasks(plan, name, |c| c.bound(1).map(mpmc::bounded_async::<Wide>));
    batch::add_threads_singly(plan, name, |c| {
        c.bound(1).map(mpmc::bounded_blocking::<u64>)
    });
    batch::add_threads_singly(plan, name, |c| c.unbounded(mpmc::unbounded_blocking::<u64>));
    batch::add_tasks_singly(plan, name, |c| c.bound(1).map(mpmc::bounded_async::<u64>));
    batch::add_tasks_singly(plan, name, |c| c.unbounded(mpmc::unbounded_async::<u64>));
}

fn register_mpsc(plan: &mut Plan, name: &str) {
    threads::add(plan, name, |c| {
        c.bound(1).map(mpsc::bounded_blocking::<u64>)
    });
    threads::add(plan, name, |c| c.unbounded(mpsc::unbounded_blocking::<u64>));
    tasks::add(plan, name, |c| c.bound(1).map(mpsc::bounded_async::<u64>));
    tasks::add(plan, name, |c| c.unbounded(mpsc::unbounded_async::<u64>));
    payload::add_threads(plan, name, |c| {
        c.bound(1).map(mpsc::bounded_blocking::<Wide>)
    });
    payload::add_tasks(plan, name, |c| c.bound(1).map(mpsc::bounded_async::<Wide>));
}

fn register_spsc(plan: &mut Plan, name: &str) {
    threads::add(plan, name, |c| {
        c.bound(1).map(spsc::bounded_blocking::<u64>)
    });
    threads::add(plan, name, |c| c.unbounded(spsc::unbounded_blocking::<u64>));
    tasks::add(plan, name, |c| c.bound(1).map(spsc::bounded_async::<u64>));
    tasks::add(plan, name, |c| c.unbounded(spsc::unbounded_async::<u64>));
    mixed::add(
        plan,
        name,
        |c| c.bound(1).map(spsc::bounded_blocking_async::<u64>),
        |c| c.bound(1).map(spsc::bounded_async_blocking::<u64>),
    );
    payload::add_threads(plan, name, |c| {
        c.bound(1).map(spsc::bounded_blocking::<Wide>)
    });
    payload::add_tasks(plan, name, |c| c.bound(1).map(spsc::bounded_async::<Wide>));
}

impl<F: Flavor> Handle for Tx<F> {}
impl<F: Flavor> Handle for Rx<F> {}
impl<F: Flavor> Handle for AsyncTx<F> {}
impl<F: Flavor> Handle for AsyncRx<F> {}

impl<F: Flavor + FlavorMP> Handle for MTx<F> {
    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<F: Flavor + FlavorMC> Handle for MRx<F> {
    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<F: Flavor + FlavorMP> Handle for MAsyncTx<F> {
    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<F: Flavor + FlavorMC> Handle for MAsyncRx<F> {
    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<T: Send + 'static, F: Flavor<Item = T>> BlockingSender<T> for Tx<F> {
    fn put(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorMP> BlockingSender<T> for MTx<F> {
    fn put(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static, F: Flavor<Item = T>> BlockingReceiver<T> for Rx<F> {
    fn take(&mut self) -> Option<T> {
        self.recv().ok()
    }
}

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorMC> BlockingReceiver<T> for MRx<F> {
    fn take(&mut self) -> Option<T> {
        self.recv().ok()
    }
}

impl<T: Send + Unpin + 'static, F: Flavor<Item = T>> AsyncSender<T> for AsyncTx<F> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message).await);
    }
}

impl<T: Send + Unpin + 'static, F: Flavor<Item = T> + FlavorMP> AsyncSender<T> for MAsyncTx<F> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message).await);
    }
}

// Unbounded sends never wait, so the blocking handle serves tasks too.

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorUnbounded> AsyncSender<T> for Tx<F> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T, F> AsyncSender<T> for MTx<F>
where
    T: Send + 'static,
    F: Flavor<Item = T> + FlavorMP + FlavorUnbounded,
{
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static, F: Flavor<Item = T>> AsyncReceiver<T> for AsyncRx<F> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorMC> AsyncReceiver<T> for MAsyncRx<F> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}
