//! The harness finds what it has to find; every job of ours delivers.
#![allow(missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use towpath_benches::harness::{DEADLINE, compare, run};
use towpath_benches::measure::{Run, Tally, Usage, measure};
use towpath_benches::plan::{Case, Filter, Plan, Scenario};
use towpath_benches::stats::Fault;

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

/// With too few messages a row would show what it takes to start threads.
#[test]
fn one_slow_run_does_not_shorten_all_others() {
    let runs = AtomicUsize::new(0);
    let stumbling = case(move |n| {
        let stumbles = runs.fetch_add(1, Ordering::Relaxed) == 0;
        let wall = if stumbles {
            Duration::from_millis(25)
        } else {
            Duration::from_nanos(100) * n as u32
        };
        Run {
            wall,
            usage: Usage::default(),
            received: Tally::expected(n),
        }
    });
    let scenario = Scenario {
        name: "stumbling".to_owned(),
        cases: vec![stumbling],
    };
    let rows = compare(&scenario, 1, |_| ()).unwrap();
    assert_eq!(rows[0].n, 400_000, "as many as take 40 ms");
}

/// A busy machine may let a thousand hand-overs wait for the processor one by one.
const PATIENCE: Duration = Duration::from_secs(60);

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
            let verdict = run(case, 1000, PATIENCE).err();
            assert_eq!(verdict, None, "{} in {}", case.peer, scenario.name);
        }
    }
}

fn names(plan: &Plan) -> Vec<&str> {
    let scenarios = plan.scenarios.iter().map(|scenario| scenario.name.as_str());
    let surveys = plan.surveys.iter().map(|survey| survey.question.name);
    scenarios.chain(surveys).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn a_group_is_asked_for_by_its_whole_name() {
    let plan = Plan::all().select(&Filter {
        groups: words(&["threads"]),
        ..Filter::default()
    });
    assert!(names(&plan).contains(&"threads/cap16/16to16"));
    assert!(names(&plan).iter().all(|name| name.starts_with("threads/")));
}

#[test]
fn a_load_comes_with_the_survey_that_finds_it() {
    let plan = Plan::all().select(&Filter {
        parts: words(&["tail/threads/50%"]),
        ..Filter::default()
    });
    assert_eq!(names(&plan), ["tail/threads/capacity", "tail/threads/50%"]);
}

#[test]
fn a_peer_is_asked_for_by_a_prefix_and_we_are_always_there() {
    let plan = Plan::all().select(&Filter {
        parts: words(&["threads/cap1/1to1", "memory"]),
        peers: words(&["crossfire-s"]),
        ..Filter::default()
    });
    let cases = plan.scenarios[0]
        .cases
        .iter()
        .map(|case| case.peer.as_str());
    let expected = ["towpath", "towpath unique", "crossfire-spsc"];
    assert_eq!(cases.collect::<Vec<_>>(), expected);
    let candidates = plan.surveys[0].candidates.iter().map(|c| c.peer.as_str());
    assert_eq!(candidates.collect::<Vec<_>>(), expected);
}

/// The matrix is what it is meant to be; a name that a peer misspells would be a scenario more.
#[test]
fn the_matrix_is_complete() {
    let plan = Plan::all();
    let count = |group: &str| {
        let scenarios = plan.scenarios.iter();
        scenarios
            .filter(|scenario| scenario.group() == group)
            .count()
    };
    let found = towpath_benches::scenarios::GROUPS.map(|group| (group, count(group)));
    let expected = [
        // Five capacities; one thread alone, five shapes, ping-pong; capacity 0 not alone.
        ("threads", 5 * 7 - 1),
        ("pinned", 5 * 5),
        ("tasks-mt", 4 * 5),
        ("tasks-ct", 4 * 5),
        ("tasks-smol", 4 * 5),
        ("mixed", 4 * 3),
        // On threads and two runtimes; two with many channels; one with a default.
        ("select", 4 * 2 * 3 + 2 + 1),
        ("batch", 3 * 2 * 3),
        ("payload", 7 * (2 + 2)),
        // Mutex, lock for reading and writing, semaphore, once, wait group, notify.
        ("locks", 5 + 12 + 10 + 2 + 1 + 2),
    ];
    assert_eq!(found, expected);
}

/// The peers deliver too, in groups where a peer has no other test: a lock that lets two in, or an
/// adapter that does not lock, would be the fastest.
#[test]
fn every_lock_of_the_peers_excludes() {
    let plan = Plan::all();
    let locks = plan
        .scenarios
        .iter()
        .filter(|scenario| scenario.group() == "locks");
    for scenario in locks {
        for case in &scenario.cases {
            let verdict = run(case, 2000, DEADLINE).err();
            assert_eq!(verdict, None, "{} in {}", case.peer, scenario.name);
        }
    }
}
