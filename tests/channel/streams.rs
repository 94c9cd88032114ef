//! Streams, sinks and `poll_recv`.

use crate::common::{Alarm, FLAVOURS, Place, channel, fill, poll_noop, ready, room, watchdog};
use futures::stream::FusedStream;
use futures::{SinkExt, StreamExt, future, stream};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use towpath::{Receiver, RecvError, SendError, Sender, bounded};

fn unpin<T: Unpin>(value: T) -> T {
    value
}

#[test]
fn a_stream_yields_everything_then_ends_and_says_so() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let sent = room(capacity, 10);
        (0..sent).for_each(|i| tx.try_send(i).unwrap());
        let mut stream = unpin(rx.stream());
        for i in 0..sent {
            assert_eq!(ready(stream.next()), Some(i));
        }
        assert!(poll_noop(&mut Box::pin(stream.next())).is_pending());
        assert!(!stream.is_terminated());
        drop(tx);
        assert_eq!(ready(stream.next()), None);
        assert!(stream.is_terminated());
        assert_eq!(ready(stream.next()), None, "and again");
    }
}

#[test]
fn a_sink_delivers_and_reports_a_disconnect_with_the_message() {
    for capacity in FLAVOURS {
        let (tx, rx) = channel(capacity);
        let mut sink = unpin(tx.sink());
        let both = future::join(sink.send(1), rx.recv_async());
        let (sent, got) = pollster::block_on(both);
        assert_eq!((sent, got), (Ok(()), Ok(1)));
        drop(rx);
        assert_eq!(ready(sink.send(2)), Err(SendError(2)));
    }
}

#[test]
fn a_full_channel_holds_a_sink_back() {
    for capacity in [0, 1, 2, 3, 8] {
        let (tx, rx) = bounded(capacity);
        fill(&tx, |i| i);
        let mut sink = tx.sink();
        let mut send = Box::pin(sink.send(1000));
        assert!(poll_noop(&mut send).is_pending());
        let mut got = Vec::new();
        while got.len() < capacity + 1 {
            assert_eq!(
                poll_noop(&mut Box::pin(rx.recv_async())).map(|r| got.push(r.unwrap())),
                Poll::Ready(())
            );
            let _ = poll_noop(&mut send).map(|sent| sent.unwrap());
            if got.last() == Some(&1000) {
                break;
            }
        }
        assert_eq!(got.last(), Some(&1000));
    }
}

/// Whole pipelines on every executor: `send_all` keeps a sink's slot busy, the
/// stream side keeps its waiter across polls. A waiter that is enlisted twice or
/// not again hangs here.
#[test]
fn a_sink_feeds_a_stream_on_every_executor() {
    watchdog(60, |crew| {
        for place in Place::TASKS {
            for capacity in FLAVOURS {
                let (tx, rx) = channel(capacity);
                let name = format!("sink, capacity {capacity:?}");
                crew.act(place, name, move |me| async move {
                    me.at("send_all", 0);
                    let mut items = stream::iter((0..100).map(Ok));
                    let mut sink = tx.into_sink();
                    sink.send_all(&mut items)
                        .await
                        .expect("the stream is there");
                    me.at("close", 0);
                    sink.close().await.expect("nothing to flush");
                });
                let name = format!("stream, capacity {capacity:?}");
                let got = crew.act(place, name, move |me| async move {
                    me.at("collect", 0);
                    rx.into_stream().collect::<Vec<u64>>().await
                });
                assert_eq!(got.join(), (0..100).collect::<Vec<_>>());
            }
        }
    });
}

fn poll_recv<T>(rx: &mut Receiver<T>, waker: &Waker) -> Poll<Result<T, RecvError>> {
    rx.poll_recv(&mut Context::from_waker(waker))
}

#[test]
fn poll_recv_waits_and_wakes_the_latest_waker() {
    for capacity in FLAVOURS {
        let (tx, mut rx) = channel(capacity);
        let (first, first_waker) = Alarm::new();
        let (second, second_waker) = Alarm::new();
        assert!(poll_recv(&mut rx, &first_waker).is_pending());
        assert!(poll_recv(&mut rx, &second_waker).is_pending());
        tx.try_send(5).unwrap();
        assert_eq!(second.rings(), 1);
        assert_eq!(first.rings(), 0);
        assert_eq!(poll_recv(&mut rx, &second_waker), Poll::Ready(Ok(5)));
        assert!(poll_recv(&mut rx, &second_waker).is_pending());
        drop(tx);
        assert_eq!(second.rings(), 2, "the disconnect wakes");
        assert_eq!(
            poll_recv(&mut rx, &second_waker),
            Poll::Ready(Err(RecvError))
        );
    }
}

/// A receiver that was polled and is then used in another way: its own waiter
/// must not swallow the message or the notification.
#[test]
fn a_receiver_pending_in_poll_recv_may_receive_otherwise() {
    watchdog(60, |_| {
        for capacity in FLAVOURS {
            let (tx, mut rx) = channel(capacity);
            assert!(poll_recv(&mut rx, Waker::noop()).is_pending());
            tx.try_send(6).unwrap();
            let got = rx
                .try_recv()
                .or_else(|_| match poll_recv(&mut rx, Waker::noop()) {
                    Poll::Ready(got) => got,
                    Poll::Pending => panic!("capacity {capacity:?}: the message is gone"),
                });
            assert_eq!(got, Ok(6));
        }
    });
}

#[test]
fn poll_recv_carries_a_whole_task() {
    watchdog(60, |crew| {
        for place in Place::TASKS {
            for capacity in FLAVOURS {
                let (tx, mut rx) = channel(capacity);
                let name = format!("poll_recv, capacity {capacity:?}");
                let got = crew.act(place, name, move |me| async move {
                    let mut got = Vec::new();
                    while let Ok(value) = poll_fn(|cx| rx.poll_recv(cx)).await {
                        me.at("got", value);
                        got.push(value);
                    }
                    got
                });
                crew.thread("sender", move |_| {
                    (0..100).for_each(|i| tx.send(i).unwrap())
                });
                assert_eq!(got.join(), (0..100).collect::<Vec<u64>>());
            }
        }
    });
}

/// Two streams and a plain receiver share one channel: no message is seen twice.
#[test]
fn streams_share_a_channel_with_receivers() {
    watchdog(60, |crew| {
        for capacity in FLAVOURS {
            let (tx, rx) = channel(capacity);
            let streams: Vec<_> = (0..2)
                .map(|i| {
                    let rx = rx.clone();
                    crew.act(
                        Place::TokioMulti,
                        format!("stream {i}, {capacity:?}"),
                        move |_| {
                            rx.into_stream()
                                .fold(0, |sum, x: u64| future::ready(sum + x))
                        },
                    )
                })
                .collect();
            let thread = crew.thread("iterator", move |_| rx.into_iter().sum::<u64>());
            (1..=300).for_each(|i| tx.send(i).unwrap());
            drop(tx);
            let sum: u64 = streams.into_iter().map(|s| s.join()).sum();
            assert_eq!(sum + thread.join(), 300 * 301 / 2);
        }
    });
}

/// The adapters exist for handles too: a `Sender` borrowed, a `Receiver` borrowed.
#[test]
fn adapters_borrow_or_own() {
    fn is_static<T: 'static>(_: &T) {}
    let (tx, rx): (Sender<u8>, Receiver<u8>) = bounded(3);
    ready(tx.sink().send(1)).unwrap();
    assert_eq!(ready(rx.stream().next()), Some(1));
    let (sink, mut stream) = (tx.into_sink(), rx.into_stream());
    is_static(&sink);
    is_static(&stream);
    drop(sink);
    let next = Pin::new(&mut stream).poll_next_unpin(&mut Context::from_waker(Waker::noop()));
    assert_eq!(next, Poll::Ready(None));
}
