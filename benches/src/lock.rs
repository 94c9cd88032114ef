//! What a lock has to be able to do. As with channels, the asynchronous methods return the peer's
//! own future.

use std::ops::{Deref, DerefMut};

pub trait Lock: Send + Sync + 'static {
    fn create(value: u64) -> Self;
    fn acquire(&self) -> impl DerefMut<Target = u64>;
}

pub trait AsyncLock: Send + Sync + 'static {
    fn create(value: u64) -> Self;
    fn acquire_async(&self) -> impl Future<Output = impl DerefMut<Target = u64>> + Send;
}

pub trait Rw: Send + Sync + 'static {
    fn create(value: u64) -> Self;
    fn acquire_read(&self) -> impl Deref<Target = u64>;
    fn acquire_write(&self) -> impl DerefMut<Target = u64>;
}

pub trait AsyncRw: Send + Sync + 'static {
    fn create(value: u64) -> Self;
    fn acquire_read_async(&self) -> impl Future<Output = impl Deref<Target = u64>> + Send;
    fn acquire_write_async(&self) -> impl Future<Output = impl DerefMut<Target = u64>> + Send;
}

pub trait Semaphore: Send + Sync + 'static {
    fn create(permits: usize) -> Self;
    /// Gives the permit back when what it returns is dropped.
    fn acquire_one(&self) -> impl Sized;
}

pub trait AsyncSemaphore: Send + Sync + 'static {
    fn create(permits: usize) -> Self;
    /// Gives the permit back when what it returns is dropped.
    fn acquire_one_async(&self) -> impl Future<Output: Sized> + Send;
}

/// Something set by one and awaited by another, once each in turn; a set that comes first counts.
pub trait Signal: Default + Send + Sync + 'static {
    fn set(&self);
    fn wait(&self) -> impl Future<Output: Sized> + Send;
}
