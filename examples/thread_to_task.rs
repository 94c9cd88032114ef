//! A plain thread sends, a tokio task receives, on the two ends of one channel.
//!
//! ```text
//! cargo run --example thread_to_task
//! ```

use std::thread;

#[tokio::main]
async fn main() {
    let (sender, receiver) = towpath::bounded(8);

    thread::spawn(move || (1..=100).for_each(|n| sender.send(n).unwrap())); // blocks when full

    let task = tokio::spawn(async move {
        let mut sum = 0;
        while let Ok(n) = receiver.recv_async().await {
            sum += n; // awaits when empty, ends when the thread has dropped its sender
        }
        sum
    });
    assert_eq!(task.await.unwrap(), 5050);
    println!("1 + 2 + … + 100 = 5050");
}
