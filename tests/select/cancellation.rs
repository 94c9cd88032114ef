//! An async select that is dropped at any point loses nothing and leaves nothing in line. Each cell
//! runs by hand on one thread, so that it fails the same way each time.

use crate::common::{Alarm, BOUNDED, Ledger, Token, fill, poll, poll_noop};
use crate::waiting::assert_whole;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use towpath::{Receiver, Select, Sender, bounded, select_async, select_biased_async};

type Selecting<'a> = Pin<Box<dyn Future<Output = Option<Token>> + 'a>>;

/// Two channels of a capacity; `b` is full, so that a select which receives from `a` and sends to
/// `b` waits for both.
struct Two {
    a: (Sender<Token>, Receiver<Token>),
    b: (Sender<Token>, Receiver<Token>),
    ledger: Ledger,
    capacity: usize,
}

/// A form of select over both.
type Form = for<'a> fn(&'a Two, &'a mut Option<Token>) -> Selecting<'a>;

const FORMS: [(&str, Form); 4] = [
    ("select_async!", |two, parcel| {
        Box::pin(async {
            select_async! {
                recv(two.a.1) -> token => token.ok(),
                send(two.b.0, parcel.take().unwrap()) -> sent => { assert!(sent.is_ok()); None }
            }
        })
    }),
    ("select_biased_async!", |two, parcel| {
        Box::pin(async {
            select_biased_async! {
                send(two.b.0, parcel.take().unwrap()) -> sent => { assert!(sent.is_ok()); None }
                recv(two.a.1) -> token => token.ok(),
                recv(two.a.1) -> token => token.ok(),
            }
        })
    }),
    ("Select::select_async", |two, parcel| {
        Box::pin(async {
            let mut select = Select::new();
            let receive = select.recv(&two.a.1);
            select.send(&two.b.0);
            let chosen = select.select_async().await;
            if chosen.index() == receive {
                return chosen.recv(&two.a.1).ok();
            }
            assert!(chosen.send(&two.b.0, parcel.take().unwrap()).is_ok());
            None
        })
    }),
    ("select_async! with wait", |two, parcel| {
        Box::pin(async {
            select_async! {
                wait(two.a.1.recv_async()) -> token => token.ok(),
                send(two.b.0, parcel.take().unwrap()) -> sent => { assert!(sent.is_ok()); None }
            }
        })
    }),
];

impl Two {
    fn new(capacity: usize) -> Two {
        let ledger = Ledger::new();
        let b = bounded(capacity);
        fill(&b.0, |i| ledger.token(i));
        Two {
            a: bounded(capacity),
            b,
            ledger,
            capacity,
        }
    }

    /// Nobody is in line, nothing is lost, and both channels work.
    #[track_caller]
    fn assert_untouched(&self, parcel: Option<Token>) {
        assert!(parcel.is_some(), "the value was taken");
        drop(parcel);
        let Two { a, b, ledger, .. } = self;
        if self.capacity == 0 {
            assert!(
                a.0.try_send(ledger.token(50)).is_err(),
                "a receiver is in line"
            );
            assert!(b.1.try_recv().is_err(), "a sender is in line");
        }
        assert_eq!(b.1.try_iter().count(), self.capacity);
        assert_whole(&a.0, &a.1, ledger);
        assert_whole(&b.0, &b.1, ledger);
    }
}

/// Every form over every capacity that can be full.
fn each_cell(cell: impl Fn(&str, Form, Two)) {
    for capacity in BOUNDED {
        for (name, form) in FORMS {
            cell(
                &format!("{name}, capacity {capacity}"),
                form,
                Two::new(capacity),
            );
        }
    }
}

#[test]
fn dropped_before_the_first_poll() {
    each_cell(|_, form, two| {
        let mut parcel = Some(two.ledger.token(7));
        drop(form(&two, &mut parcel));
        two.assert_untouched(parcel);
    });
}

#[test]
fn dropped_after_any_number_of_polls() {
    each_cell(|cell, form, two| {
        for polls in 1..4 {
            let (alarm, waker) = Alarm::new();
            let mut parcel = Some(two.ledger.token(7));
            let mut selecting = form(&two, &mut parcel);
            for _ in 0..polls {
                assert!(poll(&mut selecting, &waker).is_pending(), "{cell}");
            }
            drop(selecting);
            drop(waker);
            assert_eq!(Arc::strong_count(&alarm), 1, "{cell} keeps its waker");
            assert_eq!(alarm.rings(), 0, "{cell}: woken for nothing");
            drop(parcel);
        }
        let parcel = Some(two.ledger.token(7));
        two.assert_untouched(parcel);
    });
}

/// A message came, the select was woken, and is dropped instead of polled.
#[test]
fn dropped_when_a_message_has_come() {
    each_cell(|cell, form, two| {
        let (alarm, waker) = Alarm::new();
        let mut parcel = Some(two.ledger.token(7));
        let mut selecting = form(&two, &mut parcel);
        assert!(poll(&mut selecting, &waker).is_pending(), "{cell}");
        assert!(
            two.a.0.try_send(two.ledger.token(8)).is_ok(),
            "{cell}: a receiver waits"
        );
        assert!(alarm.rings() >= 1, "{cell}: not woken for the message");
        drop(selecting);
        let received = two.a.1.try_recv().map(|token| token.id);
        assert_eq!(received, Ok(8), "{cell}");
        two.assert_untouched(parcel);
    });
}

/// The same with somebody behind in line, who must get it.
#[test]
fn dropped_when_a_message_has_come_for_the_next_in_line() {
    each_cell(|cell, form, two| {
        for (next_name, next) in FORMS {
            let mut parcel = Some(two.ledger.token(7));
            let mut next_parcel = Some(two.ledger.token(9));
            let (alarm, waker) = Alarm::new();
            let mut selecting = form(&two, &mut parcel);
            let mut behind = next(&two, &mut next_parcel);
            assert!(poll_noop(&mut selecting).is_pending());
            assert!(poll(&mut behind, &waker).is_pending());
            assert!(
                two.a.0.try_send(two.ledger.token(8)).is_ok(),
                "{cell}: a receiver waits"
            );
            drop(selecting);
            assert!(
                alarm.rings() >= 1,
                "{cell}, then {next_name}: nobody was woken"
            );
            let Poll::Ready(Some(token)) = poll(&mut behind, &waker) else {
                panic!("{cell}, then {next_name}: the message is lost");
            };
            assert_eq!(token.id, 8);
            drop(behind);
            assert!(
                parcel.is_some() && next_parcel.is_some(),
                "{cell}, then {next_name}"
            );
        }
        let parcel = Some(two.ledger.token(7));
        two.assert_untouched(parcel);
    });
}

/// Room came for the send, and the select is dropped: somebody else may have it.
#[test]
fn dropped_when_room_has_come() {
    each_cell(|cell, form, two| {
        if two.capacity == 0 {
            return;
        }
        let (alarm, waker) = Alarm::new();
        let mut parcel = Some(two.ledger.token(7));
        let mut selecting = form(&two, &mut parcel);
        assert!(poll(&mut selecting, &waker).is_pending(), "{cell}");
        // Somebody behind, who waits for room as well.
        let (behind_alarm, behind_waker) = Alarm::new();
        let mut behind = Box::pin(two.b.0.send_async(two.ledger.token(10)));
        assert!(poll(&mut behind, &behind_waker).is_pending(), "{cell}");
        drop(two.b.1.try_recv().expect("it is full"));
        assert!(alarm.rings() >= 1, "{cell}: not woken for the room");
        drop(selecting);
        assert!(behind_alarm.rings() >= 1, "{cell}: the room is lost");
        assert!(
            matches!(poll(&mut behind, &behind_waker), Poll::Ready(Ok(()))),
            "{cell}"
        );
        drop(behind);
        assert!(two.b.0.is_full(), "{cell}");
        assert!(parcel.is_some(), "{cell}");
        two.assert_untouched(parcel);
    });
}

/// A rendezvous: a receiver waits in line for the select's send, and the select goes away.
#[test]
fn dropped_while_a_receiver_waits_for_its_send() {
    for (name, form) in FORMS {
        let two = Two::new(0);
        let mut parcel = Some(two.ledger.token(7));
        let mut selecting = form(&two, &mut parcel);
        assert!(poll_noop(&mut selecting).is_pending());
        let (alarm, waker) = Alarm::new();
        let mut receive = Box::pin(two.b.1.recv_async());
        let first = poll(&mut receive, &waker);
        drop(selecting);
        match first {
            // The message was in line with the select.
            Poll::Ready(token) => assert_eq!(token.map(|token| token.id).ok(), Some(7), "{name}"),
            Poll::Pending => {
                assert!(parcel.is_some(), "{name}");
                assert!(poll(&mut receive, &waker).is_pending(), "{name}");
                assert!(
                    two.b.0.try_send(two.ledger.token(11)).is_ok(),
                    "{name}: a receiver waits"
                );
                assert!(alarm.rings() >= 1, "{name}");
                let Poll::Ready(Ok(token)) = poll(&mut receive, &waker) else {
                    panic!("{name}: the receiver is not served any more");
                };
                assert_eq!(token.id, 11);
            }
        }
        drop(receive);
        drop(parcel);
        two.assert_untouched(Some(two.ledger.token(1)));
    }
}

/// The channel ended, and the select is dropped instead of told.
#[test]
fn dropped_when_the_channel_has_ended() {
    each_cell(|cell, form, two| {
        let (alarm, waker) = Alarm::new();
        let mut parcel = Some(two.ledger.token(7));
        let mut selecting = form(&two, &mut parcel);
        assert!(poll(&mut selecting, &waker).is_pending(), "{cell}");
        two.a.0.close();
        assert!(alarm.rings() >= 1, "{cell}: not told of the end");
        drop(selecting);
        drop(waker);
        assert_eq!(Arc::strong_count(&alarm), 1, "{cell} keeps its waker");
        assert!(parcel.is_some());
        assert!(
            two.a
                .1
                .try_recv()
                .is_err_and(|error| error.is_disconnected())
        );
    });
}

/// The waker of the last poll is the one that is woken.
#[test]
fn polled_with_two_wakers_wakes_the_latest() {
    each_cell(|cell, form, two| {
        let (old, old_waker) = Alarm::new();
        let (new, new_waker) = Alarm::new();
        let mut parcel = Some(two.ledger.token(7));
        let mut selecting = form(&two, &mut parcel);
        assert!(poll(&mut selecting, &old_waker).is_pending());
        assert!(poll(&mut selecting, &new_waker).is_pending());
        assert!(two.a.0.try_send(two.ledger.token(8)).is_ok(), "{cell}");
        assert_eq!(old.rings(), 0, "{cell}");
        assert!(new.rings() >= 1, "{cell}");
        let Poll::Ready(Some(token)) = poll(&mut selecting, &new_waker) else {
            panic!("{cell}: woken for nothing");
        };
        assert_eq!(token.id, 8);
        drop((selecting, old_waker, new_waker));
        assert_eq!(
            (Arc::strong_count(&old), Arc::strong_count(&new)),
            (1, 1),
            "{cell}"
        );
        drop(token);
        two.assert_untouched(parcel);
    });
}
