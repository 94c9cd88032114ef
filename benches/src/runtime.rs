//! Where tasks run: tokio's two runtimes and smol's executor, behind one `spawn`.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::thread;

use smol::Executor;
use smol::channel::{Sender, bounded};
use tokio::runtime::{Builder, Handle};

use crate::measure::{Run, Tally, measure};

/// Threads of the runtimes that have several.
const WORKERS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// tokio, two worker threads.
    MultiThread,
    /// tokio, one thread: what a hand-over costs when nothing runs in parallel.
    CurrentThread,
    /// smol's executor on two threads.
    Smol,
}

impl Flavor {
    pub const ALL: [Flavor; 3] = [Flavor::MultiThread, Flavor::CurrentThread, Flavor::Smol];
    pub const TOKIO: [Flavor; 2] = [Flavor::MultiThread, Flavor::CurrentThread];

    pub fn name(self) -> &'static str {
        match self {
            Flavor::MultiThread => "tasks-mt",
            Flavor::CurrentThread => "tasks-ct",
            Flavor::Smol => "tasks-smol",
        }
    }

    pub fn start(self) -> Runtime {
        match self {
            Flavor::MultiThread => {
                Runtime::tokio(Builder::new_multi_thread().worker_threads(WORKERS))
            }
            Flavor::CurrentThread => Runtime::tokio(&mut Builder::new_current_thread()),
            Flavor::Smol => Runtime::Smol(Pool::start()),
        }
    }

    /// Measures `work` on a fresh runtime; starting and stopping the runtime does not count.
    pub fn measure<W>(self, work: impl FnOnce(Boxing) -> W) -> Run
    where
        W: Future<Output = Tally>,
    {
        self.measure_unboxed(|spawner| work(Boxing(spawner)))
    }

    /// The same for work that consists of waking tasks and little else.
    pub fn measure_unboxed<W>(self, work: impl FnOnce(Spawner) -> W) -> Run
    where
        W: Future<Output = Tally>,
    {
        let runtime = self.start();
        measure(|| runtime.block_on(work(runtime.spawner())))
    }
}

#[derive(Debug)]
pub enum Runtime {
    Tokio(tokio::runtime::Runtime),
    Smol(Pool),
}

impl Runtime {
    fn tokio(builder: &mut Builder) -> Self {
        Runtime::Tokio(builder.build().expect("tokio's runtime starts"))
    }

    pub fn block_on<R>(&self, work: impl Future<Output = R>) -> R {
        // It only waits for tasks. Compiled once for each result, not for each work and runtime.
        let work: Pin<&mut dyn Future<Output = R>> = pin!(work);
        match self {
            Runtime::Tokio(runtime) => runtime.block_on(work),
            Runtime::Smol(_) => smol::block_on(work),
        }
    }

    pub fn spawner(&self) -> Spawner {
        match self {
            Runtime::Tokio(runtime) => Spawner::Tokio(runtime.handle().clone()),
            Runtime::Smol(pool) => Spawner::Smol(pool.executor.clone()),
        }
    }
}

/// smol's executor and the threads that run it, in the way of smol's own global one.
#[derive(Debug)]
pub struct Pool {
    executor: Arc<Executor<'static>>,
    threads: Vec<thread::JoinHandle<()>>,
    /// Its end stops the threads.
    running: Sender<()>,
}

impl Pool {
    fn start() -> Self {
        let executor = Arc::new(Executor::new());
        let (running, stopped) = bounded::<()>(1);
        let work = || {
            let (executor, stopped) = (executor.clone(), stopped.clone());
            thread::spawn(move || {
                let _ = smol::block_on(executor.run(stopped.recv()));
            })
        };
        let threads = (0..WORKERS).map(|_| work()).collect();
        Pool {
            executor,
            threads,
            running,
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.running.close();
        for thread in self.threads.drain(..) {
            // A panic in a task reaches whoever awaits the task.
            let _ = thread.join();
        }
    }
}

/// What starts tasks.
pub trait Spawn: Clone {
    fn spawn<R: Send + 'static>(&self, work: impl Future<Output = R> + Send + 'static) -> Task<R>;
}

#[derive(Clone, Debug)]
pub enum Spawner {
    Tokio(Handle),
    Smol(Arc<Executor<'static>>),
}

impl Spawn for Spawner {
    fn spawn<R: Send + 'static>(&self, work: impl Future<Output = R> + Send + 'static) -> Task<R> {
        match self {
            Spawner::Tokio(runtime) => Task::Tokio(runtime.spawn(work)),
            // On tokio a task is polled through one pointer; here the box is a second one, for
            // everybody. Each kind of task would be compiled once more without it.
            Spawner::Smol(executor) => Task::Smol(executor.spawn(erased(work))),
        }
    }
}

/// Starts tasks in a box each: polled through one more pointer, and compiled once for each result
/// instead of once for each peer, work and runtime.
#[derive(Clone, Debug)]
pub struct Boxing(pub Spawner);

impl Spawn for Boxing {
    fn spawn<R: Send + 'static>(&self, work: impl Future<Output = R> + Send + 'static) -> Task<R> {
        match &self.0 {
            Spawner::Tokio(runtime) => Task::Tokio(runtime.spawn(erased(work))),
            Spawner::Smol(executor) => Task::Smol(executor.spawn(erased(work))),
        }
    }
}

fn erased<R>(
    work: impl Future<Output = R> + Send + 'static,
) -> Pin<Box<dyn Future<Output = R> + Send>> {
    Box::pin(work)
}

#[derive(Debug)]
pub enum Task<R> {
    Tokio(tokio::task::JoinHandle<R>),
    Smol(smol::Task<R>),
}

impl<R> Task<R> {
    pub async fn join(self) -> R {
        match self {
            Task::Tokio(task) => task.await.expect("a task of the run panicked"),
            Task::Smol(task) => task.await,
        }
    }
}

pub async fn join<R>(tasks: impl IntoIterator<Item = Task<R>>) -> Vec<R> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.join().await);
    }
    results
}
