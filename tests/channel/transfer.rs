//! Data flows: every message sent arrives once, whoever waits at either end.

use crate::common::{Alarm, Crew, FLAVOURS, Me, Place, channel, poll, watchdog};
use std::collections::HashSet;
use std::task::Poll;
use towpath::{Receiver, Sender};

const EACH: u64 = 300;

/// The numbers a sender sends: unique over all senders.
fn number(sender: usize, i: u64) -> u64 {
    sender as u64 * EACH + i
}

async fn send_all(me: Me, tx: Sender<u64>, sender: usize) {
    for i in 0..EACH {
        me.at("send", i);
        me.send(&tx, number(sender, i))
            .await
            .expect("a receiver is there");
    }
}

async fn recv_all(me: Me, rx: Receiver<u64>) -> Vec<u64> {
    let mut got = Vec::new();
    loop {
        me.at("recv", got.len() as u64);
        match me.recv(&rx).await {
            Ok(value) => got.push(value),
            Err(_) => return got,
        }
    }
}

async fn send_batches(me: Me, tx: Sender<u64>, sender: usize) {
    for start in (0..EACH).step_by(7) {
        me.at("send_many", start);
        let batch = (start..EACH.min(start + 7)).map(|i| number(sender, i));
        me.send_many(&tx, batch.collect())
            .await
            .expect("a receiver is there");
    }
}

async fn recv_batches(me: Me, rx: Receiver<u64>) -> Vec<u64> {
    let mut got = Vec::new();
    loop {
        me.at("recv_many", got.len() as u64);
        let before = got.len();
        match me.recv_many(&rx, &mut got, 5).await {
            Ok(n) => assert!((1..=5).contains(&n) && got.len() == before + n),
            Err(_) => return got,
        }
    }
}

/// Each receiver must see the messages of each sender in the order they were
/// sent: catches a slot that is taken out of turn, or a lap confused with the next.
fn assert_fifo_per_sender(got: &[u64], senders: usize) {
    let mut last = vec![None; senders];
    for &value in got {
        let sender = (value / EACH) as usize;
        assert!(
            last[sender] < Some(value),
            "{value} after {:?}",
            last[sender]
        );
        last[sender] = Some(value);
    }
}

/// `senders` and `receivers` say where each actor runs. Half of the actors of a
/// crowd use batches, so that single and batched claims race.
fn transfer(crew: &Crew, capacity: Option<usize>, senders: &[Place], receivers: &[Place]) {
    let (tx, rx) = channel(capacity);
    let what = |role: &str, i: usize| format!("{role} {i}, capacity {capacity:?}");
    for (i, &place) in senders.iter().enumerate() {
        let tx = tx.clone();
        if i % 2 == 0 {
            crew.act(place, what("sender", i), move |me| send_all(me, tx, i));
        } else {
            crew.act(place, what("batch sender", i), move |me| {
                send_batches(me, tx, i)
            });
        }
    }
    drop(tx);
    let receiving: Vec<_> = receivers
        .iter()
        .enumerate()
        .map(|(i, &place)| {
            let rx = rx.clone();
            if i % 2 == 0 {
                crew.act(place, what("receiver", i), move |me| recv_all(me, rx))
            } else {
                crew.act(place, what("batch receiver", i), move |me| {
                    recv_batches(me, rx)
                })
            }
        })
        .collect();
    drop(rx);

    let mut seen = HashSet::new();
    for receiver in receiving {
        let got = receiver.join();
        assert_fifo_per_sender(&got, senders.len());
        for value in got {
            assert!(seen.insert(value), "{value} arrived twice");
        }
    }
    assert_eq!(
        seen.len() as u64,
        senders.len() as u64 * EACH,
        "messages lost"
    );
}

fn on_every_flavour(senders: Vec<Place>, receivers: Vec<Place>) {
    watchdog(60, move |crew| {
        for capacity in FLAVOURS {
            transfer(crew, capacity, &senders, &receivers);
        }
    });
}

fn everywhere_alike(place: Place) {
    on_every_flavour(vec![place], vec![place]);
    on_every_flavour(vec![place; 3], vec![place; 2]);
    on_every_flavour(vec![place; 2], vec![place; 3]);
}

#[test]
fn threads_to_threads() {
    everywhere_alike(Place::Thread);
}

#[test]
fn tasks_on_tokio_multi_thread() {
    everywhere_alike(Place::TokioMulti);
}

#[test]
fn tasks_on_tokio_current_thread() {
    everywhere_alike(Place::TokioCurrent);
}

#[test]
fn tasks_on_smol() {
    everywhere_alike(Place::Smol);
}

#[test]
fn tasks_on_a_futures_local_pool() {
    everywhere_alike(Place::FuturesLocal);
}

#[test]
fn tasks_under_futures_block_on() {
    everywhere_alike(Place::FuturesBlockOn);
}

#[test]
fn tasks_under_pollster() {
    everywhere_alike(Place::Pollster);
}

// Mixed: catches a wake-up that goes to the wrong kind of waiter, and a thread
// and a task that disagree about who owns a notification.

#[test]
fn a_thread_to_a_task_of_every_executor() {
    for place in Place::TASKS {
        on_every_flavour(vec![Place::Thread], vec![place]);
    }
}

#[test]
fn a_task_of_every_executor_to_a_thread() {
    for place in Place::TASKS {
        on_every_flavour(vec![place], vec![Place::Thread]);
    }
}

#[test]
fn several_threads_and_tasks_at_both_ends() {
    for place in Place::TASKS {
        let crowd = vec![Place::Thread, Place::Thread, place, place];
        on_every_flavour(crowd.clone(), crowd);
    }
}

#[test]
fn every_executor_and_a_thread_on_one_channel() {
    let everybody: Vec<_> = Place::TASKS.into_iter().chain([Place::Thread]).collect();
    on_every_flavour(everybody.clone(), everybody);
}

/// A ping-pong makes every operation wait: catches a lost wake-up per round trip.
#[test]
fn ping_pong_between_a_thread_and_every_executor() {
    for place in Place::TASKS {
        watchdog(60, move |crew| {
            for capacity in FLAVOURS {
                ping_pong(crew, place, capacity);
            }
        });
    }
}

fn ping_pong(crew: &Crew, place: Place, capacity: Option<usize>) {
    let (ping, pings) = channel(capacity);
    let (pong, pongs) = channel(capacity);
    crew.act(
        place,
        format!("echo, capacity {capacity:?}"),
        move |me| async move {
            while let Ok(value) = me.recv(&pings).await {
                me.at("echo", value);
                me.send(&pong, value).await.expect("the pinger is there");
            }
        },
    );
    let pinger = crew.thread(format!("pinger, capacity {capacity:?}"), move |me| {
        for i in 0..EACH {
            me.at("ping", i);
            ping.send(i).expect("the echo is there");
            assert_eq!(pongs.recv(), Ok(i));
        }
    });
    pinger.join();
}

/// A pending future that asked to be polled again at once would keep its executor busy for as long
/// as it waits.
#[test]
fn getting_in_line_takes_one_poll_and_wakes_nobody() {
    for capacity in [Some(0), Some(1), Some(3), Some(100), None] {
        let (tx, rx) = channel::<u64>(capacity);
        let (alarm, waker) = Alarm::new();
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll(&mut receive, &waker).is_pending());
        assert_eq!(alarm.rings(), 0, "capacity {capacity:?}");
        tx.try_send(5).unwrap();
        assert_eq!(alarm.rings(), 1, "capacity {capacity:?}");
        assert_eq!(poll(&mut receive, &waker), Poll::Ready(Ok(5)));
    }
}
