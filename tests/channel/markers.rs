//! What the handles promise the compiler.

use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::fmt::Debug;
use std::iter::FusedIterator;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use towpath::{
    OneshotReceiver, OneshotSender, Receiver, RecvError, RecvTimeoutError, SendError,
    SendTimeoutError, Sender, TryRecvError, TrySendError, UniqueReceiver, UniqueSender,
    WeakReceiver, WeakSender, bounded, oneshot, unique,
};

/// `Send` but not `Sync`: enough for a message.
type OnlySend = std::cell::Cell<u8>;

assert_impl_all!(Sender<OnlySend>: Send, Sync, Clone, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Receiver<OnlySend>: Send, Sync, Clone, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(WeakSender<OnlySend>: Send, Sync, Clone, Debug);
assert_impl_all!(WeakReceiver<OnlySend>: Send, Sync, Clone, Debug);
assert_impl_all!(OneshotSender<OnlySend>: Send, Debug);
assert_impl_all!(OneshotReceiver<OnlySend>: Send, Debug, Unpin, Future<Output = Result<OnlySend, RecvError>>);
assert_impl_all!(Receiver<u8>: IntoIterator<Item = u8>);
assert_impl_all!(&'static Receiver<u8>: IntoIterator<Item = u8>);

// Whatever uses their side takes them by `&mut`, so sharing them does no harm.
assert_impl_all!(UniqueSender<OnlySend>: Send, Sync, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(UniqueReceiver<OnlySend>: Send, Sync, Debug, UnwindSafe, RefUnwindSafe);
assert_impl_all!(UniqueReceiver<u8>: IntoIterator<Item = u8>);
assert_impl_all!(&'static mut UniqueReceiver<u8>: IntoIterator<Item = u8>);
assert_not_impl_any!(UniqueSender<u8>: Clone);
assert_not_impl_any!(UniqueReceiver<u8>: Clone);
assert_not_impl_any!(&'static UniqueReceiver<u8>: IntoIterator);
assert_not_impl_any!(UniqueSender<Rc<u8>>: Send, Sync);
assert_not_impl_any!(UniqueReceiver<Rc<u8>>: Send, Sync);

// A message that must stay on its thread keeps its handles there.
assert_not_impl_any!(Sender<Rc<u8>>: Send, Sync);
assert_not_impl_any!(Receiver<Rc<u8>>: Send, Sync);
assert_not_impl_any!(WeakSender<Rc<u8>>: Send, Sync);
assert_not_impl_any!(WeakReceiver<Rc<u8>>: Send, Sync);
assert_not_impl_any!(OneshotSender<Rc<u8>>: Send);
assert_not_impl_any!(OneshotReceiver<Rc<u8>>: Send);
// A oneshot has one of each.
assert_not_impl_any!(OneshotSender<u8>: Clone);
assert_not_impl_any!(OneshotReceiver<u8>: Clone);

assert_impl_all!(SendError<u8>: std::error::Error, Send, Sync, Copy, Eq);
assert_impl_all!(TrySendError<u8>: std::error::Error, Send, Sync, Copy, Eq);
assert_impl_all!(SendTimeoutError<u8>: std::error::Error, Send, Sync, Copy, Eq);
assert_impl_all!(RecvError: std::error::Error, Send, Sync, Copy, Eq);
assert_impl_all!(TryRecvError: std::error::Error, Send, Sync, Copy, Eq);
assert_impl_all!(RecvTimeoutError: std::error::Error, Send, Sync, Copy, Eq);

fn send<T: Send>(value: T) -> T {
    value
}

/// Futures and adapters go where their messages go.
#[test]
fn operations_as_values_are_send() {
    let (tx, rx) = bounded::<OnlySend>(3);
    let mut buffer = Vec::new();
    drop(send(tx.send_async(OnlySend::new(1))));
    drop(send(tx.clone().into_send_async(OnlySend::new(1))));
    drop(send(tx.send_many_async(vec![OnlySend::new(1)])));
    drop(send(rx.recv_async()));
    drop(send(rx.clone().into_recv_async()));
    drop(send(rx.recv_many_async(&mut buffer, 1)));
    drop((send(tx.sink()), send(rx.stream())));
    drop((
        send(tx.closed_async()),
        send(rx.iter()),
        send(rx.try_iter()),
    ));
    assert!(rx.is_empty(), "dropped futures sent nothing");
    let (mut tx, mut rx) = unique::bounded::<OnlySend>(3);
    drop(send(tx.send_async(OnlySend::new(1))));
    drop((send(tx.sink()), send(rx.stream())));
    drop((send(tx.closed_async()), send(rx.recv_async())));
    let (tx, mut rx) = unique::unbounded::<OnlySend>();
    drop((send(tx.send_async(OnlySend::new(1))), send(rx.recv_async())));
    let (mut tx, _rx) = oneshot::<OnlySend>();
    drop(send(tx.closed_async()));
}

/// A channel need not cross threads: a message that is not `Send` may use it.
#[test]
fn messages_that_are_not_send_stay_on_one_thread() {
    let (tx, rx) = bounded(3);
    tx.send(Rc::new(5)).unwrap();
    assert_eq!(*rx.recv().unwrap(), 5);
}

/// Nor need a message be `'static`.
#[test]
fn messages_may_borrow() {
    let text = String::from("hello");
    let (tx, rx) = bounded(3);
    tx.send(text.as_str()).unwrap();
    assert_eq!(rx.recv(), Ok("hello"));
}

/// A borrowed channel may end in any order with what it borrows from: handles
/// must not pretend to use their messages after them (no drop-check surprise).
#[test]
fn iterators_are_fused_in_practice() {
    fn fused<I: FusedIterator>(_: &I) {}
    let (tx, rx) = bounded::<u8>(3);
    fused(&rx.iter());
    drop(tx);
    let mut iter = rx.into_iter();
    fused(&iter);
    assert_eq!((iter.next(), iter.next()), (None, None));
}
