//! asyncband: tasks only; separate types for bounded and unbounded, shared and single receivers.

use std::future::ready;

use asyncband::{mpmc, mpsc};

use super::{between_tasks, payloads, selecting_tasks, shared};
use crate::plan::Plan;
use crate::role::*;

pub(super) fn register(plan: &mut Plan) {
    between_tasks!(plan, "asyncband-mpmc", mpmc_bounded, mpmc_unbounded);
    payloads!(plan, "asyncband-mpmc", add_tasks, mpmc_bounded);
    selecting_tasks!(plan, "asyncband-mpmc", mpmc_bounded, mpmc_unbounded);
    between_tasks!(plan, "asyncband-mpsc", mpsc_bounded, mpsc_unbounded);
    payloads!(plan, "asyncband-mpsc", add_tasks, mpsc_bounded);
    selecting_tasks!(plan, "asyncband-mpsc", mpsc_bounded, mpsc_unbounded);
}

type Pair<Tx, Rx> = Option<(Tx, Rx)>;

fn mpmc_bounded<T>(c: Capacity) -> Pair<mpmc::BoundedSender<T>, mpmc::BoundedReceiver<T>> {
    c.bound(1).map(mpmc::bounded)
}

fn mpmc_unbounded<T>(c: Capacity) -> Pair<mpmc::UnboundedSender<T>, mpmc::UnboundedReceiver<T>> {
    c.unbounded(mpmc::unbounded)
}

fn mpsc_bounded<T>(c: Capacity) -> Pair<mpsc::BoundedSender<T>, mpsc::BoundedReceiver<T>> {
    c.bound(1).map(mpsc::bounded)
}

fn mpsc_unbounded<T>(c: Capacity) -> Pair<mpsc::UnboundedSender<T>, mpsc::UnboundedReceiver<T>> {
    c.unbounded(mpsc::unbounded)
}

shared!(
    mpmc::BoundedSender<T>,
    mpmc::UnboundedSender<T>,
    mpmc::BoundedReceiver<T>,
    mpmc::UnboundedReceiver<T>,
    mpsc::BoundedSender<T>,
    mpsc::UnboundedSender<T>
);

impl<T: Send + 'static> Handle for mpsc::BoundedReceiver<T> {}
impl<T: Send + 'static> Handle for mpsc::UnboundedReceiver<T> {}

impl<T: Send + 'static> AsyncSender<T> for mpmc::BoundedSender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send(message)
    }
}

impl<T: Send + 'static> AsyncSender<T> for mpmc::UnboundedSender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        ready(self.send(message))
    }
}

impl<T: Send + 'static> AsyncSender<T> for mpsc::BoundedSender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        self.send(message)
    }
}

impl<T: Send + 'static> AsyncSender<T> for mpsc::UnboundedSender<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = impl Sent> + Send {
        ready(self.send(message))
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpmc::BoundedReceiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpmc::UnboundedReceiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpsc::BoundedReceiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpsc::UnboundedReceiver<T> {
    fn take_async(&mut self) -> impl Future<Output = impl Received<T>> + Send {
        self.recv()
    }
}
