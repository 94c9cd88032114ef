//! Handles, operations and futures as cases of the macros.

use std::future::IntoFuture;

use super::case::{FutureCase, OpCase, TypedCase};
use crate::channel::{
    ByValue, Disconnected, Link, Receiver, RecvOp, Reservation, ReserveOp, SendError, Sender,
};
use crate::wait::{Operation, Wait};

/// What an arm's expression evaluates to: something to make a case of. It has no destructor, so the
/// bodies may move the handles.
pub trait Arm {
    /// The case.
    type Case: TypedCase;

    /// Makes the case.
    fn case(self) -> Self::Case;
}

/// A receiver, or Go's nil channel.
#[derive(Debug)]
pub struct RecvArm<'a, T>(Option<&'a Receiver<T>>);

/// A sender, or Go's nil channel.
#[derive(Debug)]
pub struct SendArm<'a, T>(Option<&'a Sender<T>>);

/// An operation of this crate.
#[derive(Debug)]
pub struct OpArm<O: Operation>(Wait<O>);

/// Any other future.
#[derive(Debug)]
pub struct FutureArm<F>(F);

impl<'a, T> Arm for RecvArm<'a, T> {
    type Case = OpCase<Option<RecvOp<T, Link<'a, T, Receiver<T>>, ByValue>>>;

    fn case(self) -> Self::Case {
        OpCase::new(self.0.map(|rx| RecvOp::one(Link::Borrowed(rx.channel()))))
    }
}

impl<'a, T> Arm for SendArm<'a, T> {
    type Case = OpCase<Option<ReserveOp<'a, T>>>;

    fn case(self) -> Self::Case {
        OpCase::new(self.0.map(|tx| ReserveOp::new(tx.channel())))
    }
}

impl<O: Operation> Arm for OpArm<O> {
    type Case = OpCase<O>;

    fn case(self) -> OpCase<O> {
        OpCase::new(self.0.into_operation())
    }
}

impl<F: Future> Arm for FutureArm<F> {
    type Case = FutureCase<F>;

    fn case(self) -> FutureCase<F> {
        FutureCase::new(self.0)
    }
}

#[doc(hidden)]
impl<T> Receiver<T> {
    /// What `recv(..)` expects.
    pub fn select_recv(&self) -> RecvArm<'_, T> {
        RecvArm(Some(self))
    }
}

#[doc(hidden)]
impl<T> Sender<T> {
    /// What `send(.., ..)` expects.
    pub fn select_send(&self) -> SendArm<'_, T> {
        SendArm(Some(self))
    }
}

/// A receiver that may be `None`.
pub trait OptionalRecv<T> {
    /// What `recv(..)` expects.
    fn select_recv(&self) -> RecvArm<'_, T>;
}

impl<T> OptionalRecv<T> for Option<Receiver<T>> {
    fn select_recv(&self) -> RecvArm<'_, T> {
        RecvArm(self.as_ref())
    }
}

impl<T> OptionalRecv<T> for Option<&Receiver<T>> {
    fn select_recv(&self) -> RecvArm<'_, T> {
        RecvArm(*self)
    }
}

/// A sender that may be `None`.
pub trait OptionalSend<T> {
    /// What `send(.., ..)` expects.
    fn select_send(&self) -> SendArm<'_, T>;
}

impl<T> OptionalSend<T> for Option<Sender<T>> {
    fn select_send(&self) -> SendArm<'_, T> {
        SendArm(self.as_ref())
    }
}

impl<T> OptionalSend<T> for Option<&Sender<T>> {
    fn select_send(&self) -> SendArm<'_, T> {
        SendArm(*self)
    }
}

#[doc(hidden)]
impl<O: Operation> Wait<O> {
    /// What `wait(..)` expects.
    pub fn select_wait(self) -> OpArm<O> {
        OpArm(self)
    }
}

/// Any future.
pub trait WaitFor: IntoFuture + Sized {
    /// What `wait(..)` expects.
    fn select_wait(self) -> FutureArm<Self::IntoFuture> {
        FutureArm(self.into_future())
    }
}

impl<F: IntoFuture> WaitFor for F {}

/// Sends the message of the chosen send.
pub fn complete_send<T>(
    reserved: Result<Reservation<'_, T>, Disconnected>,
    message: T,
) -> Result<(), SendError<T>> {
    match reserved {
        Ok(reservation) => reservation.send(message),
        Err(Disconnected) => Err(SendError(message)),
    }
}
