//! One adapter per library.

mod async_channel;
mod asyncband;
mod crossbeam;
mod crossfire;
mod flume;
mod kanal;
mod locks;
mod loole;
mod rtrb;
mod std_mpsc;
mod tokio_mpsc;
mod towpath;
mod towpath_locks;
mod towpath_unique;

use crate::plan::Plan;

pub(crate) fn register(plan: &mut Plan) {
    towpath::register(plan);
    towpath_unique::register(plan);
    crossbeam::register(plan);
    flume::register(plan);
    kanal::register(plan);
    crossfire::register(plan);
    async_channel::register(plan);
    tokio_mpsc::register(plan);
    std_mpsc::register(plan);
    asyncband::register(plan);
    loole::register(plan);
    rtrb::register(plan);
    towpath_locks::register(plan);
    locks::register(plan);
}

/// Handles that can be cloned.
macro_rules! shared {
    ($($handle:ty),+ $(,)?) => {$(
        impl<T: Send + 'static> Handle for $handle {
            fn another(&self) -> Option<Self> {
                Some(self.clone())
            }
        }
    )+};
}
use shared;

/// All that is asked of channels between threads.
macro_rules! between_threads {
    ($plan:ident, $peer:expr, $($open:ident),+ $(,)?) => {$(
        crate::scenarios::threads::add($plan, $peer, $open::<u64>);
        crate::scenarios::batch::add_threads_singly($plan, $peer, $open::<u64>);
        crate::surveys::idle::add_threads($plan, $peer, $open::<u64>);
        crate::surveys::memory::add_threads($plan, $peer, $open::<u64>);
        crate::surveys::tail::add_threads($plan, $peer, $open::<u64>);
    )+};
}
use between_threads;

/// All that is asked of channels between tasks but for select, which the library may have of its own.
macro_rules! between_tasks {
    ($plan:ident, $peer:expr, $($open:ident),+ $(,)?) => {$(
        crate::scenarios::tasks::add($plan, $peer, $open::<u64>);
        crate::scenarios::batch::add_tasks_singly($plan, $peer, $open::<u64>);
        crate::surveys::idle::add_tasks($plan, $peer, $open::<u64>);
        crate::surveys::wakes::add($plan, $peer, $open::<u64>);
        crate::surveys::memory::add_tasks($plan, $peer, $open::<u64>);
        crate::surveys::tail::add_tasks($plan, $peer, $open::<u64>);
    )+};
}
use between_tasks;

/// A select of the library's futures by `tokio::select!`.
macro_rules! selecting_tasks {
    ($plan:ident, $peer:expr, $($open:ident),+ $(,)?) => {$(
        crate::scenarios::select::add_tasks($plan, $peer, $open::<u64>);
    )+};
}
use selecting_tasks;

/// The sizes of messages, on threads or on tasks.
macro_rules! payloads {
    ($plan:ident, $peer:expr, $add:ident, $open:ident) => {
        crate::scenarios::payload::$add($plan, $peer, $open::<u64>);
        crate::scenarios::payload::$add($plan, $peer, $open::<crate::message::Wide64>);
        crate::scenarios::payload::$add($plan, $peer, $open::<crate::message::Wide256>);
        crate::scenarios::payload::$add($plan, $peer, $open::<crate::message::Wide4096>);
        crate::scenarios::payload::$add($plan, $peer, $open::<Box<u64>>);
        crate::scenarios::payload::$add($plan, $peer, $open::<std::sync::Arc<u64>>);
        crate::scenarios::payload::$add($plan, $peer, $open::<String>);
    };
}
use payloads;

/// How most libraries open a channel.
macro_rules! opening {
    ($bounded:ident, $unbounded:ident => $Sender:ident, $Receiver:ident) => {
        fn open<T>(capacity: Capacity) -> Option<($Sender<T>, $Receiver<T>)> {
            Some(match capacity {
                Capacity::Bounded(bound) => $bounded(bound),
                Capacity::Unbounded => $unbounded(),
            })
        }
    };
}
use opening;

/// Threads, by a call to send and a call to receive.
macro_rules! on_threads {
    ($Sender:ident.$send:ident, $Receiver:ident.$recv:ident) => {
        impl<T: Send + 'static> BlockingSender<T> for $Sender<T> {
            fn put(&mut self, message: T) -> impl Sent {
                self.$send(message)
            }
        }

        impl<T: Send + 'static> BlockingReceiver<T> for $Receiver<T> {
            fn take(&mut self) -> impl Received<T> {
                self.$recv()
            }
        }
    };
}
use on_threads;

/// Tasks, by a call to send and a call to receive.
macro_rules! on_tasks {
    ($Sender:ident.$send:ident, $Receiver:ident.$recv:ident) => {
        impl<T: Send + 'static> AsyncSender<T> for $Sender<T> {
            fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
                self.$send(message)
            }
        }

        impl<T: Send + 'static> AsyncReceiver<T> for $Receiver<T> {
            fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
                self.$recv()
            }
        }
    };
}
use on_tasks;

/// Batches to send, by `send_many` and `send_many_async`.
macro_rules! sending_batches {
    ($Sender:ident) => {
        impl<T: Send + 'static> BlockingBatchSender<T> for $Sender<T> {
            fn put_many(&mut self, messages: impl Iterator<Item = T>) -> impl Sent {
                self.send_many(messages)
            }
        }

        impl<T: Send + 'static> AsyncBatchSender<T> for $Sender<T> {
            fn put_many_async(
                &mut self,
                messages: impl Iterator<Item = T> + Send,
            ) -> impl Future<Output = impl Sent> + Send {
                self.send_many_async(messages)
            }
        }
    };
}
use sending_batches;

/// Batches to receive, by a call for threads and one for tasks, each with a limit. Whatever else they
/// say, a disconnect leaves the buffer empty.
macro_rules! receiving_batches {
    ($Receiver:ident: $recv_many:ident, $recv_many_async:ident) => {
        impl<T: Send + 'static> BlockingBatchReceiver<T> for $Receiver<T> {
            fn take_many(&mut self, buffer: &mut Vec<T>, limit: usize) {
                let _ = self.$recv_many(buffer, limit);
            }
        }

        impl<T: Send + 'static> AsyncBatchReceiver<T> for $Receiver<T> {
            fn take_many_async<'a>(
                &'a mut self,
                buffer: &'a mut Vec<T>,
                limit: usize,
            ) -> impl Future + Send {
                self.$recv_many_async(buffer, limit)
            }
        }
    };
}
use receiving_batches;

/// The first message as ever, and then what is there at once, without a limit.
macro_rules! draining {
    ($Receiver:ident, |$receiver:ident, $buffer:ident| $drain:expr) => {
        impl<T: Send + 'static> BlockingBatchReceiver<T> for $Receiver<T> {
            fn take_many(&mut self, $buffer: &mut Vec<T>, _limit: usize) {
                $buffer.extend(BlockingReceiver::take(self).message());
                let $receiver = self;
                $drain;
            }
        }

        impl<T: Send + 'static> AsyncBatchReceiver<T> for $Receiver<T> {
            fn take_many_async<'a>(
                &'a mut self,
                $buffer: &'a mut Vec<T>,
                _limit: usize,
            ) -> impl Future + Send {
                async move {
                    $buffer.extend(AsyncReceiver::take_async(self).await.message());
                    let $receiver = self;
                    $drain;
                }
            }
        }
    };
}
use draining;

/// Threads that select, by a `select!` and a `Select` like crossbeam's.
macro_rules! selecting {
    ($Sender:ident, $Receiver:ident) => {
        impl<T: Send + 'static> SelectReceiver<T> for $Receiver<T> {
            fn take_any([a, b, c, d]: &[Self; FOUR], n: u64, mut each: impl FnMut(T)) {
                for _ in 0..n {
                    let received = select! {
                        recv(a) -> received => received,
                        recv(b) -> received => received,
                        recv(c) -> received => received,
                        recv(d) -> received => received,
                    };
                    received.into_iter().for_each(&mut each);
                }
            }
        }

        impl<T: Send + 'static> SelectSender<T> for $Sender<T> {
            fn put_any([a, b, c, d]: &[Self; FOUR], messages: impl Iterator<Item = T>) {
                for message in messages {
                    select! {
                        send(a, message) -> sent => sent.delivered(),
                        send(b, message) -> sent => sent.delivered(),
                        send(c, message) -> sent => sent.delivered(),
                        send(d, message) -> sent => sent.delivered(),
                    }
                }
            }
        }

        impl<T: Send + 'static> SelectMany<T> for $Receiver<T> {
            fn take_of_many(receivers: &[Self], n: u64, mut each: impl FnMut(T)) {
                let mut select = Select::new();
                for receiver in receivers {
                    select.recv(receiver);
                }
                for _ in 0..n {
                    let selected = select.select();
                    let receiver = &receivers[selected.index()];
                    selected.recv(receiver).into_iter().for_each(&mut each);
                }
            }
        }
    };
}
use selecting;
