//! asyncband: tasks only; separate types for bounded and unbounded, shared and single receivers.

use asyncband::{mpmc, mpsc};

use super::{delivered, shared};
use crate::plan::Plan;
use crate::role::{AsyncReceiver, AsyncSender, Capacity, Handle, Wide};
use crate::scenarios::{payload, tasks};

pub(super) fn register(plan: &mut Plan) {
    tasks::add(plan, "asyncband-mpmc", mpmc_bounded::<u64>);
    tasks::add(plan, "asyncband-mpmc", mpmc_unbounded::<u64>);
    tasks::add(plan, "asyncband-mpsc", mpsc_bounded::<u64>);
    tasks::add(plan, "asyncband-mpsc", mpsc_unbounded::<u64>);
    payload::add_tasks(plan, "asyncband-mpmc", mpmc_bounded::<Wide>);
    payload::add_tasks(plan, "asyncband-mpsc", mpsc_bounded::<Wide>);
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
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message).await);
    }
}

impl<T: Send + 'static> AsyncSender<T> for mpmc::UnboundedSender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> AsyncSender<T> for mpsc::BoundedSender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message).await);
    }
}

impl<T: Send + 'static> AsyncSender<T> for mpsc::UnboundedSender<T> {
    async fn put_async(&mut self, message: T) {
        delivered(self.send(message));
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpmc::BoundedReceiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpmc::UnboundedReceiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpsc::BoundedReceiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}

impl<T: Send + 'static> AsyncReceiver<T> for mpsc::UnboundedReceiver<T> {
    async fn take_async(&mut self) -> Option<T> {
        self.recv().await.ok()
    }
}
