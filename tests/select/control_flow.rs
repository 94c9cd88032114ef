//! What may stand in an arm: everything that may stand in a block at that place.

use crate::common::{poll_noop, ready};
use std::task::Poll;
use towpath::{
    Receiver, RecvError, Sender, bounded, select, select_async, select_biased, select_biased_async,
    unbounded,
};

fn holding<T>(messages: impl IntoIterator<Item = T>) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = unbounded();
    messages
        .into_iter()
        .for_each(|message| assert!(tx.send(message).is_ok()));
    (tx, rx)
}

#[test]
fn break_and_continue() {
    let (_tx, rx) = holding(0..10);
    let mut seen = Vec::new();
    loop {
        select! {
            recv(rx) -> message => match message.unwrap() {
                2 => continue,
                5 => break,
                n => seen.push(n),
            },
            default => unreachable!(),
        }
        seen.push(100);
    }
    assert_eq!(seen, [0, 100, 1, 100, 3, 100, 4, 100]);
    let value = loop {
        select_biased! {
            recv(rx) -> message => if message == Ok(8) { break message },
        }
    };
    assert_eq!(value, Ok(8));
}

#[test]
fn labels() {
    let (_tx, rx) = holding(0..10);
    let mut rounds = 0;
    'outer: loop {
        rounds += 1;
        for _ in 0..3 {
            select! {
                recv(rx) -> message => match message.unwrap() {
                    1 => continue 'outer,
                    7 => break 'outer,
                    _ => {}
                },
            }
        }
    }
    // 0 1 | 2 3 4 | 5 6 7
    assert_eq!(rounds, 3);
}

fn sum_of_two(rx: &Receiver<u32>) -> Result<u32, RecvError> {
    let mut sum = 0;
    for _ in 0..2 {
        select! {
            recv(rx) -> message => sum += message?,
        }
    }
    select! {
        recv(rx) -> message => return message.map(|last| sum + last),
        default => {}
    }
    Ok(sum)
}

async fn sum_of_two_async(rx: &Receiver<u32>) -> Result<u32, RecvError> {
    let mut sum = 0;
    for _ in 0..2 {
        select_async! {
            recv(rx) -> message => sum += message?,
        }
    }
    select_async! {
        recv(rx) -> message => return message.map(|last| sum + last),
        default => {}
    }
    Ok(sum)
}

#[test]
fn question_mark_and_return() {
    type Case = (&'static [u32], Result<u32, RecvError>);
    let cases: [Case; 4] = [
        (&[1, 2], Err(RecvError)),
        (&[1], Err(RecvError)),
        (&[], Err(RecvError)),
        (&[1, 2, 3], Ok(6)),
    ];
    for (messages, expected) in cases {
        let (_, rx) = holding(messages.iter().copied());
        assert_eq!(sum_of_two(&rx), expected);
        let (_, rx) = holding(messages.iter().copied());
        assert_eq!(ready(sum_of_two_async(&rx)), expected);
    }
    let (_tx, rx) = holding([1, 2]);
    assert_eq!(sum_of_two(&rx), Ok(3), "by default");
}

#[test]
fn break_and_continue_in_a_task() {
    let (_tx, rx) = holding(0..10);
    let seen = ready(async {
        let mut seen = Vec::new();
        loop {
            select_async! {
                recv(rx) -> message => match message.unwrap() {
                    2 => continue,
                    5 => break seen,
                    n => seen.push(n),
                },
            }
            seen.push(100);
        }
    });
    assert_eq!(seen, [0, 100, 1, 100, 3, 100, 4, 100]);
}

#[test]
fn arms_may_await() {
    let (tx, rx) = bounded(1);
    let (other_tx, other) = bounded(0);
    let mut stage = Box::pin(async {
        loop {
            select_async! {
                recv(rx) -> message => match message {
                    // Somebody has to take it first.
                    Ok(message) => other_tx.send_async(message).await.unwrap(),
                    Err(_) => break 5,
                },
            }
        }
    });
    assert!(poll_noop(&mut stage).is_pending());
    for i in 0..5 {
        tx.try_send(i).unwrap();
        assert!(poll_noop(&mut stage).is_pending());
        assert_eq!(other.try_recv(), Ok(i));
        assert!(poll_noop(&mut stage).is_pending());
    }
    tx.close();
    assert_eq!(poll_noop(&mut stage), Poll::Ready(5));
}

/// Such a future goes to any executor.
#[test]
fn the_future_can_be_sent() {
    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }
    let (tx, rx) = holding([1]);
    let answer = ready(is_send(async {
        let message = select_async! {
            recv(rx) -> message => {
                std::future::ready(()).await;
                message
            }
            send(None::<Sender<u32>>, 1) -> _ => unreachable!(),
        };
        select_biased_async! {
            send(tx, message.unwrap() + 1) -> sent => sent.unwrap(),
        }
        rx.recv_async().await
    }));
    assert_eq!(answer, Ok(2));
}

/// An arm may change what its own handle, or another's, was borrowed from.
#[test]
fn arms_may_use_what_the_handles_borrowed() {
    struct Desk {
        inbox: Receiver<u32>,
        outbox: Sender<u32>,
        read: u32,
    }
    impl Desk {
        fn inbox(&self) -> Option<&Receiver<u32>> {
            Some(&self.inbox).filter(|_| self.read < 10)
        }

        fn read(&mut self, message: u32) {
            self.read += message;
        }

        fn step(&mut self) {
            select! {
                recv(self.inbox()) -> message => self.read(message.unwrap()),
                send(self.outbox, self.read) -> sent => { sent.unwrap(); self.read += 1; }
            }
        }

        async fn step_async(&mut self) {
            select_async! {
                recv(self.inbox()) -> message => self.read(message.unwrap()),
                send(self.outbox, self.read) -> sent => { sent.unwrap(); self.read += 1; }
            }
        }
    }
    let (_tx, inbox) = holding([4, 4]);
    let (outbox, rx) = bounded(1);
    outbox.send(0).unwrap();
    let mut desk = Desk {
        inbox,
        outbox,
        read: 0,
    };
    desk.step();
    ready(desk.step_async());
    assert_eq!(desk.read, 8);
    assert_eq!(rx.recv(), Ok(0));
    desk.step();
    assert_eq!((desk.read, rx.recv()), (9, Ok(8)));
    ready(desk.step_async());
    assert_eq!((desk.read, rx.recv()), (10, Ok(9)));
}

#[test]
fn patterns() {
    let (_tx, rx) = holding(["one"; 6]);
    select! { recv(rx) -> mut text => { text = text.map(|text| &text[1..]); assert_eq!(text, Ok("ne")) } }
    select! { recv(rx) -> ref text => assert_eq!(*text, Ok("one")) }
    select! { recv(rx) -> text @ (Ok(_) | Err(_)) => assert!(text.is_ok()) }
    select! { recv(rx) -> (Ok(_) | Err(_)) => {} }
    select! { recv(rx) -> _ => {} }
    ready(async {
        select_async! { recv(rx) -> mut text => { text = text.map(|text| &text[1..]); assert_eq!(text, Ok("ne")) } }
    });
    assert!(rx.is_empty());
}

/// A select in an arm, in a handle, in a value to send, in a time limit.
#[test]
fn selects_within_selects() {
    let (tx, rx) = holding([1u32, 2, 3, 4]);
    let take = || {
        select! {
            recv(rx) -> message => message.unwrap(),
            default => 0,
        }
    };
    let sum = select! {
        recv(rx) -> one => select! {
            recv(rx) -> two => one.unwrap() + two.unwrap() + select_biased! {
                recv(rx) -> three => three.unwrap(),
                default => 100,
            },
            default => 100,
        },
        default => 100,
    };
    assert_eq!(sum, 6);
    select! {
        send(select! { recv(rx) -> four => { assert_eq!(four, Ok(4)); &tx } }, 10 + take()) -> sent => sent.unwrap(),
        default(std::time::Duration::from_secs(u64::from(take()))) => unreachable!("there is room"),
    }
    assert_eq!(rx.try_recv(), Ok(10));
    let sum = ready(async {
        tx.send(1).unwrap();
        select_async! {
            recv(rx) -> one => {
                tx.send(2).unwrap();
                let two = select_async! { recv(rx) -> two => two };
                one.unwrap() + two.unwrap()
            }
        }
    });
    assert_eq!(sum, 3);
}

/// Whatever a handle's expression makes lives until the select has chosen.
#[test]
fn temporaries_live_long_enough() {
    struct Holder(Receiver<String>, Sender<String>);
    impl Holder {
        fn new() -> Holder {
            let (tx, rx) = bounded(1);
            tx.send("held".to_string()).unwrap();
            Holder(rx, tx)
        }
    }
    let text = select! {
        recv(&Holder::new().0) -> text => text.unwrap(),
        recv(Box::new(Holder::new()).0.clone()) -> text => text.unwrap(),
    };
    assert_eq!(text, "held");
    let holder = std::sync::Mutex::new(Holder::new());
    select! {
        recv(holder.lock().unwrap().0.clone()) -> text => assert_eq!(text.unwrap(), "held"),
    }
    select! {
        send(&holder.lock().unwrap().1, format!("{}{}", "a", "b")) -> sent => sent.unwrap(),
    }
    let text = ready(async {
        select_async! {
            recv(std::sync::Arc::new(Holder::new()).0.clone()) -> text => text.unwrap(),
            recv(&Holder::new().0) -> text => text.unwrap(),
        }
    });
    assert_eq!(text, "held");
}
