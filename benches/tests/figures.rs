//! From runs to ratios, marks, gates and plots.
#![allow(missing_docs)]

use std::time::Duration;

use towpath_benches::measure::{Run, Tally, Usage};
use towpath_benches::report;
use towpath_benches::stats::{Fault, Row, Table, geometric_mean, quantile};
use towpath_benches::survey::{Answer, Sheet, Survey, largest, median};
use towpath_benches::surveys::idle;
use towpath_benches::surveys::tail::percentile;
use towpath_benches::wire::Results;

fn row(peer: &str, ns: u64, fault: Option<Fault>) -> Row {
    let wall = Duration::from_nanos(ns);
    let run = Run {
        wall,
        usage: Usage {
            cpu: wall * 2,
            ..Usage::default()
        },
        received: Tally::default(),
    };
    Row::new(peer, 1, &[run], fault)
}

fn table(name: &str, rows: Vec<Row>) -> Table {
    let group = towpath_benches::plan::group(name).to_owned();
    Table::new(name.to_owned(), group, rows)
}

const LOST: Fault = Fault::Lost {
    sent: 2,
    received: 1,
};

#[test]
fn quantiles_interpolate() {
    let values = vec![4.0, 1.0, 3.0, 2.0];
    assert_eq!(quantile(values.clone(), 0.0), 1.0);
    assert_eq!(quantile(values.clone(), 0.5), 2.5);
    assert_eq!(quantile(values, 1.0), 4.0);
    assert!(quantile(Vec::new(), 0.5).is_nan());
}

#[test]
fn percentiles_are_values_that_occurred() {
    let hundred: Vec<u32> = (1..=100).collect();
    assert_eq!(percentile(&hundred, 0.5), 50.0);
    assert_eq!(percentile(&hundred, 0.99), 99.0);
    assert_eq!(percentile(&hundred, 0.999), 100.0);
    assert_eq!(percentile(&hundred, 1.0), 100.0);
    assert_eq!(percentile(&[7], 0.5), 7.0);
    assert!(percentile(&[], 0.5).is_nan());
}

#[test]
fn geometric_mean_of_a_double_and_a_half_is_one() {
    assert_eq!(geometric_mean(&[2.0, 0.5]), Some(1.0));
    assert_eq!(geometric_mean(&[]), None);
}

#[test]
fn a_peer_that_loses_messages_does_not_count_as_the_best() {
    let table = table(
        "a/b",
        vec![
            row("lossy", 10, Some(LOST)),
            row("slow", 60, None),
            row("sound", 40, None),
            row("towpath", 20, None),
        ],
    );
    let best = table.peers().next().map(|best| best.peer.as_str());
    assert_eq!(best, Some("sound"));
    assert_eq!(table.our_ratio(), Some(2.0));
    assert_eq!(table.our_cpu_ratio(), Some(0.5));
}

#[test]
fn the_floor_is_shown_and_is_nobodys_peer() {
    let rows = vec![
        row("rtrb", 5, None),
        row("flume", 40, None),
        row("towpath", 20, None),
    ];
    let table = table("threads/cap1/1to1", rows);
    assert_eq!(table.floor().map(|row| row.median), Some(5.0));
    assert_eq!(table.our_ratio(), Some(2.0));
}

#[test]
fn our_fastest_way_counts() {
    let rows = vec![
        row("towpath", 80, None),
        row("towpath recv_many", 20, None),
        row("flume", 40, None),
    ];
    assert_eq!(table("batch/x", rows).our_ratio(), Some(2.0));
}

#[test]
fn the_gate_names_the_scenarios_below_it() {
    let even = table(
        "a/even",
        vec![row("towpath", 40, None), row("flume", 40, None)],
    );
    let behind = table(
        "a/behind",
        vec![row("towpath", 50, None), row("flume", 40, None)],
    );
    let alone = table("a/alone", vec![row("towpath", 50, None)]);
    let absent = table("a/absent", vec![row("flume", 50, None)]);
    let broken = table(
        "a/broken",
        vec![row("towpath", 50, Some(LOST)), row("flume", 40, None)],
    );
    let tables = [even, behind, alone, absent, broken];
    let expected = [
        "a/behind: 0.80 of flume",
        "a/broken: no figure beside flume",
    ];
    assert_eq!(report::below(&tables, 0.9), expected);
    assert_eq!(report::below(&tables, 0.8), expected[1..]);
}

#[test]
fn rounds_fold_to_medians_and_largest() {
    let columns = [median("p50"), largest("max"), median("absent")];
    let rounds = [
        vec![1.0, 9.0, f64::NAN],
        vec![3.0, 70.0, f64::NAN],
        vec![2.0, 8.0, f64::NAN],
    ];
    let answer = Answer::fold("towpath", &columns, &rounds, None);
    assert_eq!(answer.figures[..2], [2.0, 70.0]);
    assert!(answer.figures[2].is_nan());
}

#[test]
fn examiners_fill_each_others_gaps() {
    let mut survey = Survey::new(idle::QUESTION);
    for figures in [[1.0, f64::NAN], [5.0, 2.0]] {
        survey.add("flume", std::sync::Arc::new(move |_| figures.to_vec()));
    }
    let request = towpath_benches::survey::Request {
        time: Duration::ZERO,
        rate: 0.0,
    };
    assert_eq!(survey.candidates[0].examine(&request), [1.0, 2.0]);
}

/// Results with all that a plot may stumble over: faults, gaps, a floor, a name with a `<`.
fn results() -> Results {
    let rows = |ours: u64| {
        vec![
            row("towpath", ours, None),
            row("Arc<AtomicBool> & \"more\"", 40, None),
            row("rtrb", 3, None),
            row("kanal", 1, Some(LOST)),
        ]
    };
    let answer = |peer: &str, p50: f64| Answer {
        peer: peer.to_owned(),
        figures: vec![p50, 9000.0, f64::NAN],
        fault: None,
    };
    let sheet = |load: &str| Sheet {
        name: format!("tail/threads/{load}"),
        title: "Latency".to_owned(),
        columns: vec!["p50, µs".to_owned(), "max, µs".to_owned(), "CPU".to_owned()],
        rate: 1000.0,
        answers: vec![answer("towpath", 0.25), answer("flume", 30.0)],
    };
    Results {
        rounds: 3,
        tables: vec![
            table("threads/cap1/1to1", rows(20)),
            table("threads/cap1/4to4", rows(80)),
            table("select/threads/cap1/rx", vec![row("crossbeam", 7, None)]),
        ],
        sheets: vec![sheet("10%"), sheet("90%")],
    }
}

#[test]
fn plots_are_well_formed_and_follow_the_theme() {
    let plots = report::plots(&results());
    let files: Vec<&str> = plots.iter().map(|plot| plot.file.as_str()).collect();
    assert_eq!(
        files,
        ["all.svg", "threads.svg", "select.svg", "tail-threads.svg"]
    );
    for plot in &plots {
        let document = roxmltree::Document::parse(&plot.svg)
            .unwrap_or_else(|error| panic!("{}: {error}", plot.file));
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "svg");
        assert!(
            plot.svg.contains("prefers-color-scheme: dark"),
            "{}",
            plot.file
        );
        for number in ["cx", "cy", "x", "y", "x1", "x2", "y1", "y2"] {
            let places = root.descendants().filter_map(|node| node.attribute(number));
            for place in places {
                assert!(
                    place.parse::<f64>().is_ok_and(f64::is_finite),
                    "{number}={place}"
                );
            }
        }
    }
    let dots = |class: &str| {
        plots[1]
            .svg
            .matches(&format!("<circle class=\"{class}\""))
            .count()
    };
    // One each in the legend; a fault has no dot.
    assert_eq!(
        [dots("ours"), dots("best"), dots("floor"), dots("other")],
        [3, 3, 3, 1]
    );
}

#[test]
fn the_page_links_its_plots_and_marks_what_is_behind() {
    let results = results();
    let plots = report::plots(&results);
    let page = report::markdown(&results, &plots, "the command");
    for plot in &plots {
        assert!(
            page.contains(&format!("(plots/{})", plot.file)),
            "{}",
            plot.file
        );
    }
    assert!(page.contains("* threads/cap1/4to4: 0.50 of"));
    assert!(page.contains("**0.50** ▼"));
    assert!(page.contains("kanal in threads/cap1/1to1: 1 of 2 messages arrived"));
}
