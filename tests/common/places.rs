//! Where an actor can run: a thread, or a task of any of the executors.

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::OnceLock;
use std::thread;
use tokio::runtime::{Builder, Handle, Runtime};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A thread whose waits block, or an executor whose tasks await.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A thread of its own, calling the blocking forms.
    Thread,
    /// tokio's multi-thread runtime, two workers.
    TokioMulti,
    /// tokio's current-thread runtime: all tasks share one thread.
    TokioCurrent,
    /// smol's global executor.
    Smol,
    /// `futures`' local pool: all tasks share one thread.
    FuturesLocal,
    /// `futures::executor::block_on`, a thread per task.
    FuturesBlockOn,
    /// `pollster::block_on`, a thread per task.
    Pollster,
}

impl Place {
    /// Every executor.
    pub(crate) const TASKS: [Place; 6] = [
        Place::TokioMulti,
        Place::TokioCurrent,
        Place::Smol,
        Place::FuturesLocal,
        Place::FuturesBlockOn,
        Place::Pollster,
    ];

    /// Starts `job` here. The executors are shared by all tests and never shut down.
    pub(crate) fn launch(self, job: Job) {
        match self {
            Place::Thread | Place::Pollster => drop(thread::spawn(|| pollster::block_on(job))),
            Place::FuturesBlockOn => drop(thread::spawn(|| futures::executor::block_on(job))),
            Place::TokioMulti => drop(tokio_multi().spawn(job)),
            Place::TokioCurrent => drop(tokio_current().spawn(job)),
            Place::Smol => smol::spawn(job).detach(),
            Place::FuturesLocal => local_pool().unbounded_send(job).expect("the pool is gone"),
        }
    }
}

fn tokio_multi() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(2).build();
        runtime.expect("a tokio runtime")
    })
}

fn tokio_current() -> &'static Handle {
    static HANDLE: OnceLock<Handle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let runtime = Builder::new_current_thread().build();
        let runtime = runtime.expect("a tokio runtime");
        let handle = runtime.handle().clone();
        thread::spawn(move || runtime.block_on(pending::<()>()));
        handle
    })
}

fn local_pool() -> &'static UnboundedSender<Job> {
    static JOBS: OnceLock<UnboundedSender<Job>> = OnceLock::new();
    JOBS.get_or_init(|| {
        let (jobs, mut inbox) = unbounded::<Job>();
        thread::spawn(move || {
            let mut pool = LocalPool::new();
            let spawner = pool.spawner();
            pool.run_until(async move {
                while let Some(job) = inbox.next().await {
                    spawner.spawn_local(job).expect("the pool is running");
                }
            });
        });
        jobs
    })
}
