//! Actors with names, and a watchdog that knows what each of them is doing.
//!
//! A lost wake-up shows as a hang. A hang must not hang the suite, and must say
//! who waits for what: every actor keeps a line of what it is doing, and when
//! the time is up the watchdog fails the test with all the lines of those that
//! have not finished. (Threads that are stuck are left behind; the process ends
//! with the last test.)

use super::Place;
use futures::FutureExt;
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use towpath::{Receiver, RecvError, SendError, Sender};

/// What one actor is doing now.
struct Post {
    name: String,
    place: Place,
    doing: Mutex<(&'static str, u64)>,
    finished: AtomicBool,
}

enum Event {
    Finished,
    Panicked(String, String),
}

struct Shared {
    posts: Mutex<Vec<Arc<Post>>>,
    events: Mutex<mpsc::Sender<Event>>,
}

/// Starts the actors of one test. A clone of it may go to an actor that starts others.
#[derive(Clone)]
pub(crate) struct Crew {
    shared: Arc<Shared>,
}

/// An actor's own view: where it runs, and the line it keeps for the watchdog.
pub(crate) struct Me {
    post: Arc<Post>,
}

/// Waits for an actor's result.
pub(crate) struct Join<R>(mpsc::Receiver<R>);

/// Runs `body` and waits for it and for every actor it started. Fails when one
/// of them panics, and when `seconds` pass first, with a list of who waits.
pub(crate) fn watchdog(seconds: u64, body: impl FnOnce(&Crew) + Send + 'static) {
    let (events, inbox) = mpsc::channel();
    let shared = Arc::new(Shared {
        posts: Mutex::default(),
        events: Mutex::new(events),
    });
    let starter = Crew {
        shared: Arc::clone(&shared),
    };
    let crew = Crew {
        shared: Arc::clone(&shared),
    };
    let main = starter.thread("test body", move |me| {
        me.at("running the test body", 0);
        body(&crew);
    });

    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !shared.all_finished() {
        let left = deadline.saturating_duration_since(Instant::now());
        match inbox.recv_timeout(left) {
            Ok(Event::Finished) => {}
            Ok(Event::Panicked(name, message)) => {
                panic!("{name} panicked: {message}\n{}", shared.dump());
            }
            Err(_) => panic!("not done after {seconds} s; waiting:\n{}", shared.dump()),
        }
    }
    main.join();
}

impl Shared {
    /// The body is the first post, and who starts others has not finished yet, so once
    /// all have finished the list is complete.
    fn all_finished(&self) -> bool {
        let posts = self.posts.lock().unwrap();
        posts
            .iter()
            .all(|post| post.finished.load(Ordering::SeqCst))
    }

    fn dump(&self) -> String {
        let posts = self.posts.lock().unwrap();
        let waiting = posts
            .iter()
            .filter(|post| !post.finished.load(Ordering::SeqCst));
        let lines = waiting.map(|post| {
            let (what, number) = *post.doing.lock().unwrap();
            format!("  {} ({:?}): {what} [{number}]\n", post.name, post.place)
        });
        lines.collect()
    }

    fn report(&self, post: &Post, outcome: Result<(), Box<dyn Any + Send>>) {
        let event = match outcome {
            Ok(()) => {
                post.finished.store(true, Ordering::SeqCst);
                Event::Finished
            }
            Err(payload) => Event::Panicked(post.name.clone(), message(&*payload)),
        };
        // The watchdog may have given up already.
        let _ = self.events.lock().unwrap().send(event);
    }
}

/// The text of a panic.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "(no text)".to_string())
}

impl Crew {
    fn enrol(&self, place: Place, name: String) -> Arc<Post> {
        let post = Arc::new(Post {
            name,
            place,
            doing: Mutex::new(("not started yet", 0)),
            finished: AtomicBool::new(false),
        });
        self.shared.posts.lock().unwrap().push(Arc::clone(&post));
        post
    }

    /// Starts an actor on a thread of its own (with the default 2 MiB stack).
    pub(crate) fn thread<R: Send + 'static>(
        &self,
        name: impl Into<String>,
        actor: impl FnOnce(Me) -> R + Send + 'static,
    ) -> Join<R> {
        let post = self.enrol(Place::Thread, name.into());
        let (result, outbox) = mpsc::sync_channel(1);
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            let me = Me {
                post: Arc::clone(&post),
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| actor(me)));
            let outcome = outcome.map(|value| drop(result.send(value)));
            shared.report(&post, outcome);
        });
        Join(outbox)
    }

    /// Starts an actor at `place`: a thread whose waits block, or a task of an
    /// executor. See [`Me::send`] and its like.
    pub(crate) fn act<R, F>(
        &self,
        place: Place,
        name: impl Into<String>,
        actor: impl FnOnce(Me) -> F + Send + 'static,
    ) -> Join<R>
    where
        R: Send + 'static,
        F: Future<Output = R> + Send + 'static,
    {
        let post = self.enrol(place, name.into());
        let (result, outbox) = mpsc::sync_channel(1);
        let shared = Arc::clone(&self.shared);
        let me = Me {
            post: Arc::clone(&post),
        };
        place.launch(Box::pin(async move {
            let run = async move { actor(me).await };
            let outcome = AssertUnwindSafe(run).catch_unwind().await;
            let outcome = outcome.map(|value| drop(result.send(value)));
            shared.report(&post, outcome);
        }));
        Join(outbox)
    }
}

impl<R> Join<R> {
    /// The actor's result; panics if the actor did.
    pub(crate) fn join(self) -> R {
        self.0.recv().expect("the actor panicked")
    }
}

impl Me {
    /// Notes what this actor does next.
    pub(crate) fn at(&self, what: &'static str, number: u64) {
        *self.post.doing.lock().unwrap() = (what, number);
    }

    /// Whether waits block here, instead of awaiting.
    pub(crate) fn blocks(&self) -> bool {
        self.post.place == Place::Thread
    }

    /// Sends the way one does at this actor's place: a thread blocks, a task awaits.
    pub(crate) async fn send<T>(&self, tx: &Sender<T>, value: T) -> Result<(), SendError<T>> {
        if self.blocks() {
            tx.send(value)
        } else {
            tx.send_async(value).await
        }
    }

    /// Receives the way one does at this actor's place.
    pub(crate) async fn recv<T>(&self, rx: &Receiver<T>) -> Result<T, RecvError> {
        if self.blocks() {
            rx.recv()
        } else {
            rx.recv_async().await
        }
    }

    /// Sends a batch the way one does at this actor's place.
    pub(crate) async fn send_many<T>(
        &self,
        tx: &Sender<T>,
        batch: Vec<T>,
    ) -> Result<(), SendError<Vec<T>>> {
        if self.blocks() {
            tx.send_many(batch)
        } else {
            tx.send_many_async(batch).await
        }
    }

    /// Receives a batch the way one does at this actor's place.
    pub(crate) async fn recv_many<T>(
        &self,
        rx: &Receiver<T>,
        into: &mut Vec<T>,
        limit: usize,
    ) -> Result<usize, RecvError> {
        if self.blocks() {
            rx.recv_many(into, limit)
        } else {
            rx.recv_many_async(into, limit).await
        }
    }
}
