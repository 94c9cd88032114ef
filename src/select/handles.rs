//! Handles, operations and futures as cases of the macros.

use std::future::IntoFuture;
use std::ops::Deref;

use super::case::{FutureCase, OpCase, TypedCase};
use super::first_round::OutputOf;
use crate::channel::{
    ByValue, Disconnected, Link, Receiver, RecvError, RecvOp, Reservation, ReserveOp, SendError,
    Sender, Side,
};
use crate::wait::sealed::OneLine;
use crate::wait::{Attempt, Operation, Patience, Wait};

/// What an arm's expression evaluates to: something to make a case of. It has no destructor, so the
/// bodies may move the handles.
pub trait Arm {
    /// The case.
    type Case: TypedCase;

    /// Makes the case.
    fn case(self) -> Self::Case;

    /// True if it is a future.
    #[inline(always)]
    fn polls(&self) -> bool {
        Self::Case::POLLS
    }

    /// As [`Case::attempt`](super::case::Case::attempt), of what is not a future.
    fn attempt(&self, patience: Patience) -> Attempt<OutputOf<Self>>
    where
        Self: Sized;

    /// As [`Case::glance`](super::case::Case::glance).
    #[inline(always)]
    fn glance(&self, patience: Patience) -> Attempt<OutputOf<Self>>
    where
        Self: Sized,
    {
        self.attempt(patience)
    }

    /// True if it is not possible, as of one instant during the call. False: it may be.
    #[inline]
    fn is_ruled_out(&self) -> bool {
        false
    }
}

/// A receiver, or Go's nil channel.
#[derive(Debug)]
pub struct RecvArm<'a, T>(Option<&'a Receiver<T>>);

/// A sender, or Go's nil channel.
#[derive(Debug)]
pub struct SendArm<'a, T>(Option<&'a Sender<T>>);

/// An operation of this crate that stands in one line. (The others, such as a select, are futures here.)
#[derive(Debug)]
pub struct OpArm<O: Operation>(Wait<O>);

/// Any other future.
#[derive(Debug)]
pub struct FutureArm<F>(F);

impl<'a, T> Arm for RecvArm<'a, T> {
    type Case = OpCase<Option<RecvOp<T, Link<'a, T, Receiver<T>>, ByValue>>, true>;

    fn case(self) -> Self::Case {
        OpCase::new(self.0.map(|rx| RecvOp::one(Link::Borrowed(rx.channel()))))
    }

    #[inline(always)]
    fn attempt(&self, patience: Patience) -> Attempt<Result<T, RecvError>> {
        match self.0 {
            Some(rx) => attempt_alone(&RecvOp::one(rx.channel()), patience),
            None => Attempt::Blocked,
        }
    }

    #[inline(always)]
    fn glance(&self, patience: Patience) -> Attempt<Result<T, RecvError>> {
        match self.0 {
            Some(rx) if rx.channel().looks_ready(Side::Recv) => self.attempt(patience),
            _ => Attempt::Blocked,
        }
    }

    #[inline]
    fn is_ruled_out(&self) -> bool {
        self.0.is_none_or(|rx| rx.channel().is_blocked(Side::Recv))
    }
}

impl<'a, T> Arm for SendArm<'a, T> {
    type Case = OpCase<Option<ReserveOp<'a, T>>, true>;

    fn case(self) -> Self::Case {
        OpCase::new(self.0.map(|tx| ReserveOp::new(tx.channel())))
    }

    #[inline(always)]
    fn attempt(&self, patience: Patience) -> Attempt<Result<Reservation<'a, T>, Disconnected>> {
        match self.0 {
            Some(tx) => attempt_alone(&ReserveOp::new(tx.channel()), patience),
            None => Attempt::Blocked,
        }
    }

    #[inline(always)]
    fn glance(&self, patience: Patience) -> Attempt<Result<Reservation<'a, T>, Disconnected>> {
        match self.0 {
            Some(tx) if tx.channel().looks_ready(Side::Send) => self.attempt(patience),
            _ => Attempt::Blocked,
        }
    }

    #[inline]
    fn is_ruled_out(&self) -> bool {
        self.0.is_none_or(|tx| tx.channel().is_blocked(Side::Send))
    }
}

impl<O: Operation + OneLine> Arm for OpArm<O> {
    type Case = OpCase<O>;

    fn case(self) -> OpCase<O> {
        OpCase::new(self.0.into_operation())
    }

    fn attempt(&self, patience: Patience) -> Attempt<O::Output> {
        attempt_alone(self.0.operation(), patience)
    }
}

impl<F: Future> Arm for FutureArm<F> {
    type Case = FutureCase<F>;

    fn case(self) -> FutureCase<F> {
        FutureCase::new(self.0)
    }

    fn attempt(&self, _: Patience) -> Attempt<F::Output> {
        Attempt::Blocked
    }
}

/// Attempts what nobody waits for, and gives its output.
#[inline(always)]
fn attempt_alone<O: Operation>(op: &O, patience: Patience) -> Attempt<O::Output> {
    let outcome = op.attempt(patience);
    outcome.map(|done| op.output(done, |output| output))
}

/// A handle in an arm. The arm's keyword is the name of the method that is called on it, so that a
/// wrong handle is reported at the arm, beside the right ones.
#[derive(Debug)]
#[repr(transparent)]
pub struct Handle<H: ?Sized>(H);

impl<H: ?Sized> Handle<H> {
    /// The handle, in an arm.
    pub fn of(handle: &H) -> &Self {
        let handle = std::ptr::from_ref(handle) as *const Self;
        // SAFETY: a transparent wrapper, borrowed for as long.
        unsafe { &*handle }
    }
}

/// Smart pointers to handles are handles.
impl<P: Deref> Deref for Handle<P> {
    type Target = Handle<P::Target>;

    fn deref(&self) -> &Self::Target {
        Handle::of(&*self.0)
    }
}

impl<T> Handle<Receiver<T>> {
    /// The arm of a receive.
    pub fn recv(&self) -> RecvArm<'_, T> {
        RecvArm(Some(&self.0))
    }
}

impl<H: AsReceiver> Handle<Option<H>> {
    /// The arm of a receive, or one that is switched off.
    pub fn recv(&self) -> RecvArm<'_, H::Message> {
        RecvArm(self.0.as_ref().map(H::as_receiver))
    }
}

impl<T> Handle<Sender<T>> {
    /// The arm of a send.
    pub fn send(&self) -> SendArm<'_, T> {
        SendArm(Some(&self.0))
    }
}

impl<H: AsSender> Handle<Option<H>> {
    /// The arm of a send, or one that is switched off.
    pub fn send(&self) -> SendArm<'_, H::Message> {
        SendArm(self.0.as_ref().map(H::as_sender))
    }
}

/// A receiver or a reference to one.
#[diagnostic::on_unimplemented(message = "expected a `Receiver`, found `{Self}`")]
pub trait AsReceiver {
    /// What it receives.
    type Message;

    /// The receiver.
    fn as_receiver(&self) -> &Receiver<Self::Message>;
}

impl<T> AsReceiver for Receiver<T> {
    type Message = T;

    fn as_receiver(&self) -> &Self {
        self
    }
}

impl<H: AsReceiver> AsReceiver for &H {
    type Message = H::Message;

    fn as_receiver(&self) -> &Receiver<H::Message> {
        (**self).as_receiver()
    }
}

/// A sender or a reference to one.
#[diagnostic::on_unimplemented(message = "expected a `Sender`, found `{Self}`")]
pub trait AsSender {
    /// What it sends.
    type Message;

    /// The sender.
    fn as_sender(&self) -> &Sender<Self::Message>;
}

impl<T> AsSender for Sender<T> {
    type Message = T;

    fn as_sender(&self) -> &Self {
        self
    }
}

impl<H: AsSender> AsSender for &H {
    type Message = H::Message;

    fn as_sender(&self) -> &Sender<H::Message> {
        (**self).as_sender()
    }
}

/// An operation or a future in an arm; as [`Handle`].
#[derive(Debug)]
pub struct Awaited<F>(pub F);

impl<O: Operation + OneLine> Awaited<Wait<O>> {
    /// The arm of an operation.
    pub fn wait(self) -> OpArm<O> {
        OpArm(self.0)
    }
}

/// Any future in an arm.
pub trait WaitForFuture {
    /// The future.
    type Future: Future;

    /// The arm of a future.
    fn wait(self) -> FutureArm<Self::Future>;
}

impl<F: IntoFuture> WaitForFuture for Awaited<F> {
    type Future = F::IntoFuture;

    fn wait(self) -> FutureArm<F::IntoFuture> {
        FutureArm(self.0.into_future())
    }
}

// The keyword is a method's name, and somebody may have a method of that name for a type of his own: each gives an arm
// of its kind, or the body would get what it should not have, such as the reservation of a send.

/// What `recv` gives.
#[inline(always)]
pub fn recv_arm<T>(arm: RecvArm<'_, T>) -> RecvArm<'_, T> {
    arm
}

/// What `send` gives.
#[inline(always)]
pub fn send_arm<T>(arm: SendArm<'_, T>) -> SendArm<'_, T> {
    arm
}

/// What `wait` gives.
#[inline(always)]
pub fn wait_arm<A: Awaits>(arm: A) -> A {
    arm
}

/// An arm of what is waited for.
pub trait Awaits: Arm {}
impl<O: Operation + OneLine> Awaits for OpArm<O> {}
impl<F: Future> Awaits for FutureArm<F> {}

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
