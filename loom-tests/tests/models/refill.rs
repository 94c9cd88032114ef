//! Senders that wait for room in a ring, whose messages a receive puts there.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use loom::thread::JoinHandle;
use towpath::{Receiver, Sender};
use towpath_loom_tests::{Alarm, Ledger, Parcel, check, spawn};

use crate::channels::{ring, spawn_recv, spawn_send};
use crate::promise::break_promise_after;

type Sends<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// A full ring: parcels 0, 1 and 2.
fn full(ledger: &Ledger) -> (Sender<Parcel>, Receiver<Parcel>) {
    let (tx, rx) = ring();
    for id in 0..3 {
        tx.try_send(ledger.parcel(id)).unwrap();
    }
    (tx, rx)
}

/// A send of the parcel `id` that is in line.
fn in_line<'a>(
    tx: &'a Sender<Parcel>,
    ledger: &Ledger,
    id: usize,
    alarm: &std::sync::Arc<Alarm>,
) -> Sends<'a> {
    let parcel = ledger.parcel(id);
    let mut send = Box::pin(async move { tx.send_async(parcel).await.is_ok() });
    assert!(alarm.poll(send.as_mut()).is_pending());
    send
}

fn received(receiver: JoinHandle<Result<usize, towpath::RecvError>>) -> usize {
    receiver.join().unwrap().expect("nobody closes")
}

fn rest(rx: &Receiver<Parcel>) -> Vec<usize> {
    rx.try_iter().map(|parcel| parcel.id).collect()
}

/// Each of the two in line has a place: its message is there, or it was told because the line was locked.
#[test]
fn two_receives_against_two_in_line() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let (first, second) = (Alarm::new(), Alarm::new());
        let waits = in_line(&tx, &ledger, 3, &first);
        let next = in_line(&tx, &ledger, 4, &second);
        let receivers = [spawn_recv(&rx), spawn_recv(&rx)];
        assert!(second.finish(pin!(next)));
        assert!(first.finish(pin!(waits)));
        let mut got = receivers.map(received);
        got.sort_unstable();
        assert_eq!(got, [0, 1]);
        let mut rest = rest(&rx);
        rest.sort_unstable();
        assert_eq!(rest, [2, 3, 4]);
        assert_eq!(ledger.live(), 0);
    });
}

/// Its message is in the ring, or was dropped with it and the next in line has the room.
#[test]
fn drop_against_refill_passes_the_room_on() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let (first, second) = (Alarm::new(), Alarm::new());
        let gives_up = in_line(&tx, &ledger, 3, &first);
        let next = in_line(&tx, &ledger, 4, &second);
        let receiver = spawn_recv(&rx);
        drop(gives_up);
        assert_eq!(received(receiver), 0);
        let mut left = rest(&rx);
        assert!(second.finish(pin!(next)));
        left.extend(rest(&rx));
        assert!(left == [1, 2, 3, 4] || left == [1, 2, 4], "{left:?}");
        assert_eq!(ledger.live(), 0);
    });
}

/// A sender that has just come takes the place, so the one in line stays there for the next one.
#[test]
fn newcomer_against_refill() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let alarm = Alarm::new();
        let waits = in_line(&tx, &ledger, 3, &alarm);
        let newcomer = spawn_send(&tx, ledger.parcel(4));
        let got = [rx.recv(), rx.recv()].map(|parcel| parcel.unwrap().id);
        assert_eq!(got, [0, 1]);
        assert!(alarm.finish(pin!(waits)));
        assert!(newcomer.join().unwrap());
        let mut rest = rest(&rx);
        rest.sort_unstable();
        assert_eq!(rest, [2, 3, 4]);
        assert_eq!(ledger.live(), 0);
    });
}

/// What is said to be sent is received, and what is not comes back.
#[test]
fn close_against_refill() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let alarm = Alarm::new();
        let waits = in_line(&tx, &ledger, 3, &alarm);
        let receiver = spawn_recv(&rx);
        rx.close();
        let sent = alarm.finish(pin!(waits));
        assert_eq!(received(receiver), 0);
        let rest = rest(&rx);
        assert_eq!(rest, if sent { vec![1, 2, 3] } else { vec![1, 2] });
        assert_eq!(ledger.live(), 0);
    });
}

/// A task with a new waker hears of it, or finds that it is done.
#[test]
fn waker_changes_while_refilled() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let waits = in_line(&tx, &ledger, 3, &Alarm::new());
        let receiver = spawn_recv(&rx);
        assert!(Alarm::new().finish(pin!(waits)));
        assert_eq!(received(receiver), 0);
        assert_eq!(rest(&rx), [1, 2, 3]);
    });
}

/// A message that a late send gives back is not in the ring.
#[test]
fn timeout_against_refill() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let late = ledger.parcel(3);
        let sender = spawn({
            let tx = tx.clone();
            move || tx.send_timeout(late, Duration::from_secs(1)).is_ok()
        });
        assert_eq!(rx.recv().unwrap().id, 0);
        let sent = sender.join().unwrap();
        let rest = rest(&rx);
        assert_eq!(rest, if sent { vec![1, 2, 3] } else { vec![1, 2] });
        assert_eq!(ledger.live(), 0);
    });
}

/// A receiver that finds nothing while a message is on its way hears of it.
#[test]
fn refill_tells_receivers_that_wait() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let alarm = Alarm::new();
        let waits = in_line(&tx, &ledger, 3, &alarm);
        let all = spawn({
            let rx = rx.clone();
            move || {
                let mut got = Vec::new();
                rx.recv_many(&mut got, 3).map(|_| got.len()).unwrap()
            }
        });
        let mut mine = pin!(rx.recv_async());
        let receives = Alarm::new();
        let taken = receives.finish(mine.as_mut()).unwrap().id;
        assert!(taken == 0 || taken == 3, "{taken}");
        assert!(alarm.finish(pin!(waits)));
        let others = all.join().unwrap();
        assert_eq!(others + 1 + rest(&rx).len(), 4);
        assert_eq!(ledger.live(), 0);
    });
}

/// Those in line hear of each place that a receive of many frees, beside another one.
#[test]
fn many_places_beside_another_receive() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = full(&ledger);
        let alarms = [Alarm::new(), Alarm::new(), Alarm::new()];
        let [first, second, third] = [0, 1, 2].map(|i| in_line(&tx, &ledger, 3 + i, &alarms[i]));
        let receiver = spawn_recv(&rx);
        let mut got = Vec::new();
        rx.recv_many(&mut got, 2).unwrap();
        assert!(alarms[2].finish(pin!(third)));
        assert!(alarms[1].finish(pin!(second)));
        assert!(alarms[0].finish(pin!(first)));
        let mut all: Vec<_> = got.drain(..).map(|parcel| parcel.id).collect();
        all.push(received(receiver));
        all.extend(rest(&rx));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4, 5]);
        assert_eq!(ledger.live(), 0);
    });
}

/// A send that comes steps over a place that was given up, cannot use it, as the place before it is in a receiver's
/// hands, and is given up itself: those in line hear of both places.
#[test]
fn send_that_steps_over_a_place_and_is_given_up() {
    check(|| {
        let ledger = Ledger::default();
        let (tx, rx) = ring();
        tx.try_send(ledger.parcel(0)).unwrap();
        break_promise_after(&tx, || tx.try_send(ledger.parcel(2)).unwrap());
        let alarms = [Alarm::new(), Alarm::new()];
        let mut waits = [0, 1].map(|i| in_line(&tx, &ledger, 3 + i, &alarms[i]));
        let receiver = spawn_recv(&rx);
        let mut newcomer = Box::pin(tx.send_async(ledger.parcel(5)));
        let came_first = Alarm::new().poll(newcomer.as_mut()).is_ready();
        drop(newcomer);
        assert_eq!(received(receiver), 0);
        let mut sent = 0;
        for (alarm, wait) in alarms.iter().zip(&mut waits).rev() {
            sent += usize::from(alarm.poll_into_line(pin!(wait)).is_ready());
        }
        assert_eq!((sent, rx.len()), (if came_first { 1 } else { 2 }, 3));
    });
}
