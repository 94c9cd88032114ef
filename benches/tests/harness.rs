//! The harness finds what it has to find; every job of ours delivers.
#![allow(missing_docs)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use towpath_benches::harness::{DEADLINE, run};
use towpath_benches::measure::{Run, Tally, measure};
use towpath_benches::plan::{Case, Plan};
use towpath_benches::stats::{Fault, Row, Table, geometric_mean, quantile};

fn case(job: impl Fn(u64) -> Run + Send + Sync + 'static) -> Case {
    Case {
        peer: "peer".to_owned(),
        run: Arc::new(job),
    }
}

/// A run that receives these ids.
fn receiving(ids: impl Fn(u64) -> Vec<u64> + Send + Sync + 'static) -> Case {
    case(move |n| {
        measure(|| {
            let mut tally = Tally::default();
            ids(n).into_iter().for_each(|id| tally.add(id));
            tally
        })
    })
}

fn verdict(case: &Case) -> Option<Fault> {
    run(case, 10, DEADLINE).err()
}

#[test]
fn complete_delivery_passes() {
    assert_eq!(verdict(&receiving(|n| (0..n).rev().collect())), None);
}

#[test]
fn a_lost_message_is_counted() {
    let lossy = receiving(|n| (1..n).collect());
    assert_eq!(
        verdict(&lossy),
        Some(Fault::Lost {
            sent: 10,
            received: 9
        })
    );
}

#[test]
fn a_message_delivered_twice_instead_of_another_is_found() {
    let wrong = receiving(|n| (0..n).map(|id| id.max(1)).collect());
    assert_eq!(verdict(&wrong), Some(Fault::Corrupt));
}

#[test]
fn a_panic_is_a_fault_of_the_case() {
    let panicking = case(|_| panic!("on purpose"));
    assert_eq!(verdict(&panicking), Some(Fault::Failed));
}

#[test]
fn a_hang_ends_at_the_deadline() {
    let hanging = case(|_| {
        loop {
            thread::park();
        }
    });
    assert_eq!(
        run(&hanging, 10, Duration::from_millis(50)).err(),
        Some(Fault::Hung)
    );
}

#[test]
fn quantiles_interpolate() {
    let values = vec![4.0, 1.0, 3.0, 2.0];
    assert_eq!(quantile(values.clone(), 0.0), 1.0);
    assert_eq!(quantile(values.clone(), 0.5), 2.5);
    assert_eq!(quantile(values, 1.0), 4.0);
    assert!(quantile(Vec::new(), 0.5).is_nan());
}

#[test]
fn geometric_mean_of_a_double_and_a_half_is_one() {
    assert_eq!(geometric_mean(&[2.0, 0.5]), Some(1.0));
    assert_eq!(geometric_mean(&[]), None);
}

#[test]
fn a_peer_that_loses_messages_does_not_count_as_the_best() {
    let row = |peer: &str, ns: u64, fault| {
        let wall = Duration::from_nanos(ns);
        let run = Run {
            wall,
            cpu: wall,
            switches: 0,
            received: Tally::default(),
        };
        Row::new(peer, 1, &[run], fault)
    };
    let lossy = row(
        "lossy",
        10,
        Some(Fault::Lost {
            sent: 2,
            received: 1,
        }),
    );
    let rows = vec![
        lossy,
        row("slow", 60, None),
        row("sound", 40, None),
        row("towpath", 20, None),
    ];
    let table = Table::new("a/b".to_owned(), "a".to_owned(), rows);
    assert_eq!(
        table.peers().next().map(|best| best.peer.as_str()),
        Some("sound")
    );
    assert_eq!(table.our_ratio(), Some(2.0));
}

/// Every scenario has us and somebody to compare with, and we deliver.
#[test]
fn every_job_of_ours_delivers_every_message() {
    for scenario in &Plan::all().scenarios {
        let (ours, peers): (Vec<_>, Vec<_>) = scenario.cases.iter().partition(|c| c.is_ours());
        assert!(
            !ours.is_empty() && !peers.is_empty(),
            "{} compares nothing",
            scenario.name
        );
        for case in ours {
            let verdict = run(case, 1000, DEADLINE).err();
            assert_eq!(verdict, None, "{} in {}", case.peer, scenario.name);
        }
    }
}
