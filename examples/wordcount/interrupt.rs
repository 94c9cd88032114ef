//! Ctrl-C, told to everybody by closing a channel.

use std::convert::Infallible;
use std::process;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::ctrl_c;
use tokio::time::sleep;
use towpath::{Receiver, Sender, bounded};

use crate::EXIT_INTERRUPTED;

const GRACE: Duration = Duration::from_secs(1);

/// A channel on which nobody ever sends: its end is the news (Go's `done chan struct{}`), and
/// every clone of the receiver hears it, whether it asks, blocks or awaits.
#[derive(Clone)]
pub(crate) struct Interrupt {
    news: Receiver<Infallible>,
}

impl Interrupt {
    /// Starts listening on the runtime, for as long as it lives.
    pub(crate) fn listen(runtime: &Runtime) -> Self {
        let (tell, news) = bounded(1);
        runtime.spawn(listen(tell));
        Self { news }
    }

    pub(crate) fn came(&self) -> bool {
        self.news.is_disconnected()
    }

    pub(crate) async fn wait(&self) {
        let Err(_) = self.news.recv_async().await;
    }
}

async fn listen(tell: Sender<Infallible>) {
    if let Err(error) = ctrl_c().await {
        eprintln!("wordcount: cannot listen for Ctrl-C: {error}");
        // Dropping `tell` would be the news.
        return std::future::pending().await;
    }
    tell.close();
    // The first one ends the work in good order, a later one at once. What follows immediately is
    // the same one: `timeout -s INT` signals the process and then its group.
    sleep(GRACE).await;
    if ctrl_c().await.is_ok() {
        process::exit(EXIT_INTERRUPTED.into());
    }
}
