//! Running the select of a macro.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::cases::Cases;
use super::first_round::FirstRound;
use super::operation::SelectOp;
use super::order::Order;
use crate::sys::{Backoff, Duration};
use crate::wait::{Attempt, Operation, Patience, Wait, with_context};

/// The cases of a macro.
pub trait Arms: Cases<Chosen = usize, Timeout = ()> {}
impl<L: Cases<Chosen = usize, Timeout = ()>> Arms for L {}

/// What a select without a ready case does.
pub trait Mode {
    /// Selects on a thread: the number of the case, or `None` for the default arm.
    fn select<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize>;

    /// Selects in a task.
    fn select_async<L: Arms, S: Order>(
        self,
        op: SelectOp<L, S>,
    ) -> impl Future<Output = Option<usize>>;
}

/// It waits.
#[derive(Debug)]
pub struct Block;

/// It takes the default arm.
#[derive(Debug)]
pub struct Now;

/// It waits for that long.
#[derive(Debug)]
pub struct Within(pub Duration);

impl Mode for Block {
    fn select<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize> {
        Some(wait(op))
    }

    async fn select_async<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize> {
        Some(Wait::new(op).await)
    }
}

impl Mode for Now {
    fn select<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize> {
        if L::POLLS {
            with_context(|cx| attempt_now(op, Some(cx)))
        } else {
            attempt_now(op, None)
        }
    }

    async fn select_async<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize> {
        let mut op = Some(op);
        poll_fn(move |cx| {
            let op = op.take().expect("it is polled once");
            Poll::Ready(attempt_now(op, Some(cx)))
        })
        .await
    }
}

impl Mode for Within {
    fn select<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize> {
        Wait::new(op).wait_timeout(self.0).ok()
    }

    async fn select_async<L: Arms, S: Order>(self, op: SelectOp<L, S>) -> Option<usize> {
        Wait::new(op).timeout(self.0).await.ok()
    }
}

/// Selects on this thread.
#[inline]
pub(super) fn block<L: Cases, S: Order>(cases: L, order: S) -> L::Chosen {
    let mut first = FirstRound::new(order, cases.count(), Patience::Block);
    while let Some(number) = first.next_number() {
        if first.look_at_case(&cases, number) {
            return cases.chosen(number);
        }
    }
    wait(SelectOp::after(cases, first))
}

#[cold]
#[inline(never)]
fn wait<O: Operation>(op: O) -> O::Output {
    Wait::new(op).wait()
}

/// Selects without waiting, but for a bounded number of pauses, yields and naps while a peer is in mid-claim,
/// and for a moment while one makes the message that it has promised.
///
/// Cases are looked at one after the other, so a message that is taken from one while another one gets
/// one could be missed in both. Hence nothing is ready only if it was not in two rounds, the second of
/// which tries each of them.
pub(super) fn attempt_now<L: Cases, S: Order>(
    op: SelectOp<L, S>,
    mut cx: Option<&mut Context<'_>>,
) -> Option<L::Chosen> {
    let mut backoff = Backoff::new();
    let mut more_rounds = op.has_several();
    if !more_rounds && !op.has_exact_glance() {
        op.be_in_earnest();
    }
    loop {
        let outcome = match cx.as_deref_mut() {
            Some(cx) => op.attempt_polling(Patience::Block, cx),
            None => op.attempt(Patience::Block),
        };
        match outcome {
            Attempt::Ready(done) => return Some(done),
            Attempt::Blocked if more_rounds => {
                more_rounds = false;
                op.be_in_earnest();
            }
            Attempt::Blocked => return None,
            Attempt::Promised => return Wait::new(op).wait_promised().ok(),
            Attempt::Lagging if backoff.linger() || op.pass_by() => {}
            Attempt::Lagging => return None,
        }
    }
}

/// Selects on this thread, after a first round in vain.
///
/// # Safety
///
/// The cases are a chain of this crate's, each in it once, and nobody else has them; none was made of an arm that was
/// possible. From this call on they stay where they are until they are dropped. The order gives each number below
/// their count once.
#[cold]
pub unsafe fn select<L: Arms>(
    cases: L,
    first: FirstRound<impl Order>,
    mode: impl Mode,
) -> Option<usize> {
    mode.select(SelectOp::after(cases, first))
}

/// Selects in this task, after a first round in vain.
///
/// # Safety
///
/// As [`select`]; also if the future is forgotten.
#[cold]
pub unsafe fn select_async<L: Arms>(
    cases: L,
    first: FirstRound<impl Order>,
    mode: impl Mode,
) -> impl Future<Output = Option<usize>> {
    mode.select_async(SelectOp::after(cases, first))
}
