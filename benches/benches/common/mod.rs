//! Asks criterion about scenarios of the plan.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use towpath_benches::harness::{DEADLINE, run};
use towpath_benches::plan::Plan;

/// Short: enough to see a change of a tenth or so where nobody parks.
pub(crate) fn config() -> Criterion {
    Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
}

/// One group for each scenario, with `towpath` and those `peers` that can do the job.
pub(crate) fn ask(criterion: &mut Criterion, scenarios: &[&str], peers: &[&str]) {
    let plan = Plan::all();
    for name in scenarios {
        let scenario = plan
            .scenario(name)
            .unwrap_or_else(|| panic!("no scenario {name}"));
        let mut group = criterion.benchmark_group(*name);
        for case in &scenario.cases {
            if !case.is_ours() && !peers.iter().any(|peer| case.peer.starts_with(peer)) {
                continue;
            }
            group.bench_function(BenchmarkId::from_parameter(&case.peer), |bencher| {
                bencher.iter_custom(|n| {
                    let run = run(case, n, DEADLINE);
                    run.unwrap_or_else(|fault| panic!("{} in {name}: {fault}", case.peer))
                        .wall
                });
            });
        }
        group.finish();
    }
}
