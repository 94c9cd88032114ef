//! crossfire: three flavours by how many hold each end, with separate handles for threads and
//! tasks and separate types for bounded and unbounded.

use std::future::ready;

use crossfire::flavor::{Flavor, FlavorMC, FlavorMP, FlavorUnbounded};
use crossfire::select::Select;
use crossfire::{AsyncRx, AsyncTx, MAsyncRx, MAsyncTx, MRx, MTx, Rx, Tx, mpmc, mpsc, spsc};

use super::{between_tasks, between_threads, payloads, selecting_tasks};
use crate::message::Message;
use crate::plan::Plan;
use crate::role::*;
use crate::scenarios::{mixed, select};

pub(super) fn register(plan: &mut Plan) {
    let name = "crossfire-mpmc";
    between_threads!(plan, name, mpmc_bounded, mpmc_unbounded);
    payloads!(plan, name, add_threads, mpmc_bounded);
    between_tasks!(plan, name, mpmc_bounded_async, mpmc_unbounded_async);
    payloads!(plan, name, add_tasks, mpmc_bounded_async);
    selecting_tasks!(plan, name, mpmc_bounded_async, mpmc_unbounded_async);
    mixed::add(
        plan,
        name,
        |c| c.bound(1).map(mpmc::bounded_blocking_async::<u64>),
        |c| c.bound(1).map(mpmc::bounded_async_blocking::<u64>),
    );
    select::add_receive(plan, name, mpmc_bounded::<u64>);
    select::add_receive(plan, name, mpmc_unbounded::<u64>);
    select::add_many(plan, "crossfire Select", mpmc_bounded::<u64>);
    select::add_default(plan, "crossfire try_recv", mpmc_bounded::<u64>, |rx| {
        rx.try_recv().is_err()
    });

    let name = "crossfire-mpsc";
    between_threads!(plan, name, mpsc_bounded, mpsc_unbounded);
    payloads!(plan, name, add_threads, mpsc_bounded);
    between_tasks!(plan, name, mpsc_bounded_async, mpsc_unbounded_async);
    payloads!(plan, name, add_tasks, mpsc_bounded_async);
    selecting_tasks!(plan, name, mpsc_bounded_async, mpsc_unbounded_async);

    let name = "crossfire-spsc";
    between_threads!(plan, name, spsc_bounded, spsc_unbounded);
    payloads!(plan, name, add_threads, spsc_bounded);
    between_tasks!(plan, name, spsc_bounded_async, spsc_unbounded_async);
    payloads!(plan, name, add_tasks, spsc_bounded_async);
    selecting_tasks!(plan, name, spsc_bounded_async, spsc_unbounded_async);
    mixed::add(
        plan,
        name,
        |c| c.bound(1).map(spsc::bounded_blocking_async::<u64>),
        |c| c.bound(1).map(spsc::bounded_async_blocking::<u64>),
    );
}

/// The ways to open one flavour: bounded and unbounded, for threads and for tasks.
macro_rules! openings {
    ($flavor:ident, $tx:ident, $rx:ident, $async_tx:ident, $async_rx:ident:
     $bounded:ident, $unbounded:ident, $bounded_async:ident, $unbounded_async:ident) => {
        fn $bounded<T: Message>(
            c: Capacity,
        ) -> Pair<$tx<$flavor::Array<T>>, $rx<$flavor::Array<T>>> {
            c.bound(1).map($flavor::bounded_blocking)
        }

        fn $unbounded<T: Message>(
            c: Capacity,
        ) -> Pair<$tx<$flavor::List<T>>, $rx<$flavor::List<T>>> {
            c.unbounded($flavor::unbounded_blocking)
        }

        fn $bounded_async<T: Message>(
            c: Capacity,
        ) -> Pair<$async_tx<$flavor::Array<T>>, $async_rx<$flavor::Array<T>>> {
            c.bound(1).map($flavor::bounded_async)
        }

        fn $unbounded_async<T: Message>(
            c: Capacity,
        ) -> Pair<$tx<$flavor::List<T>>, $async_rx<$flavor::List<T>>> {
            c.unbounded($flavor::unbounded_async)
        }
    };
}

type Pair<Tx, Rx> = Option<(Tx, Rx)>;

openings!(mpmc, MTx, MRx, MAsyncTx, MAsyncRx:
          mpmc_bounded, mpmc_unbounded, mpmc_bounded_async, mpmc_unbounded_async);
openings!(mpsc, MTx, Rx, MAsyncTx, AsyncRx:
          mpsc_bounded, mpsc_unbounded, mpsc_bounded_async, mpsc_unbounded_async);
openings!(spsc, Tx, Rx, AsyncTx, AsyncRx:
          spsc_bounded, spsc_unbounded, spsc_bounded_async, spsc_unbounded_async);

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
    fn put(&mut self, message: T) -> impl Sent {
        self.send(message)
    }
}

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorMP> BlockingSender<T> for MTx<F> {
    fn put(&mut self, message: T) -> impl Sent {
        self.send(message)
    }
}

impl<T: Send + 'static, F: Flavor<Item = T>> BlockingReceiver<T> for Rx<F> {
    fn take(&mut self) -> impl Received<T> {
        self.recv()
    }
}

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorMC> BlockingReceiver<T> for MRx<F> {
    fn take(&mut self) -> impl Received<T> {
        self.recv()
    }
}

impl<T: Send + Unpin + 'static, F: Flavor<Item = T>> AsyncSender<T> for AsyncTx<F> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send(message)
    }
}

impl<T: Send + Unpin + 'static, F: Flavor<Item = T> + FlavorMP> AsyncSender<T> for MAsyncTx<F> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send(message)
    }
}

// Unbounded sends never wait, so the blocking handle serves tasks too.

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorUnbounded> AsyncSender<T> for Tx<F> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        ready(self.send(message))
    }
}

impl<T, F> AsyncSender<T> for MTx<F>
where
    T: Send + 'static,
    F: Flavor<Item = T> + FlavorMP + FlavorUnbounded,
{
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        ready(self.send(message))
    }
}

impl<T: Send + 'static, F: Flavor<Item = T>> AsyncReceiver<T> for AsyncRx<F> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}

impl<T: Send + 'static, F: Flavor<Item = T> + FlavorMC> AsyncReceiver<T> for MAsyncRx<F> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}

// The library's own example keeps the `Select` from one message to the next.
macro_rules! selecting {
    ($($receiver:ty),+) => {$(
        impl<T: Message> SelectReceiver<T> for $receiver {
            fn take_any(receivers: &[Self; FOUR], n: u64, each: impl FnMut(T)) {
                Self::take_of_many(receivers, n, each);
            }
        }

        impl<T: Message> SelectMany<T> for $receiver {
            fn take_of_many(receivers: &[Self], n: u64, mut each: impl FnMut(T)) {
                let mut select = Select::new();
                for receiver in receivers {
                    select.add(receiver);
                }
                for _ in 0..n {
                    let selected = select.select().expect("the senders are alive");
                    let receiver = receivers.iter().find(|rx| selected.is_from(*rx));
                    let receiver = receiver.expect("one of those");
                    receiver.read_select(selected).into_iter().for_each(&mut each);
                }
            }
        }
    )+};
}
selecting!(MRx<mpmc::Array<T>>, MRx<mpmc::List<T>>);
