//! `after`, `at`, `tick` and `never`.

use crate::common::watchdog;
use std::time::{Duration, Instant};
use towpath::{after, at, never, tick};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn smoke() {
    watchdog(20, |crew| {
        let start = Instant::now();
        let rx = after(ms(20));
        assert!(rx.try_recv().is_err());
        let got = rx.recv().unwrap();
        assert!(got >= start + ms(20) && Instant::now() >= got);
        println!("thread late {:?}", Instant::now() - got);
        for _ in 0..10 {
            let rx = after(ms(5));
            let got = pollster::block_on(rx.recv_async()).unwrap();
            println!("task late {:?}", Instant::now() - got);
        }
        let ticks = tick(ms(5));
        let tasks: Vec<_> = crate::common::Place::TASKS
            .into_iter()
            .map(|place| {
                let ticks = ticks.clone();
                crew.act(place, "ticks", move |_| async move {
                    for _ in 0..5 {
                        let got = ticks.recv_async().await.unwrap();
                        println!("tick {:?}", got - start);
                    }
                })
            })
            .collect();
        for _ in 0..5 {
            ticks.recv().unwrap();
        }
        tasks.into_iter().for_each(|task| task.join());
        assert!(never::<i32>().recv_timeout(ms(5)).is_err());
        assert_eq!(at(start).recv(), Ok(start));
    });
}
