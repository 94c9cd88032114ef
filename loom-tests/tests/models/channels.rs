//! What the models of channels share: a channel of each flavour, and peers that do one thing.

use std::pin::pin;

use loom::thread::JoinHandle;
use towpath::{Receiver, RecvError, Sender, bounded, unbounded};
use towpath_loom_tests::{Alarm, Parcel, spawn};

/// Makes an empty channel.
pub(crate) type Channel<T = Parcel> = fn() -> (Sender<T>, Receiver<T>);

pub(crate) fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
}

pub(crate) fn hand_off<T>() -> (Sender<T>, Receiver<T>) {
    bounded(1)
}

pub(crate) fn hand_off_two<T>() -> (Sender<T>, Receiver<T>) {
    bounded(2)
}

pub(crate) fn ring<T>() -> (Sender<T>, Receiver<T>) {
    bounded(3)
}

pub(crate) fn list<T>() -> (Sender<T>, Receiver<T>) {
    unbounded()
}

/// For each model, a function of a [`Channel`], a module with one test per flavour. Behind `less` are
/// flavours with which it takes minutes; they are explored with one preemption less.
macro_rules! on_each {
    ($flavours:tt $($model:ident)*) => { $(
        mod $model {
            crate::channels::on_each!(@ $model $flavours);
        }
    )* };
    (@ $model:ident [$($flavour:ident)* $(; less $($large:ident)*)?]) => {
        $(
            #[test]
            fn $flavour() {
                super::$model(crate::channels::$flavour);
            }
        )*
        $($(
            #[test]
            fn $large() {
                towpath_loom_tests::check_less(|| super::$model(crate::channels::$large));
            }
        )*)?
    };
}
pub(crate) use on_each;

/// A thread that sends `parcel`. True: it was accepted.
pub(crate) fn spawn_send(tx: &Sender<Parcel>, parcel: Parcel) -> JoinHandle<bool> {
    let tx = tx.clone();
    spawn(move || tx.send(parcel).is_ok())
}

/// A thread that receives one message.
pub(crate) fn spawn_recv(rx: &Receiver<Parcel>) -> JoinHandle<Result<usize, RecvError>> {
    let rx = rx.clone();
    spawn(move || rx.recv().map(|parcel| parcel.id))
}

/// A receive is polled with one waker, and with another while a message comes: it is done, or the new
/// one rings.
pub(crate) fn waker_changes((tx, rx): (Sender<u8>, Receiver<u8>)) {
    let mut waiting = pin!(rx.recv_async());
    let (old, new) = (Alarm::new(), Alarm::new());
    assert!(old.poll(waiting.as_mut()).is_pending());
    let sender = spawn(move || {
        tx.send(1).unwrap();
        tx
    });
    assert_eq!(new.finish(waiting), Ok(1));
    drop(sender.join().unwrap());
}
