//! The list of what can be run.

use std::fmt;
use std::sync::Arc;

use crate::measure::Run;

/// The rows of this library; everybody else is a peer.
pub const OURS: &str = "towpath";

pub type Job = Arc<dyn Fn(u64) -> Run + Send + Sync>;

/// One peer in one scenario.
#[derive(Clone)]
pub struct Case {
    /// The library, and where it has several ways to do the job, which one.
    pub peer: String,
    /// Moves that many messages.
    pub run: Job,
}

impl Case {
    pub fn is_ours(&self) -> bool {
        is_ours(&self.peer)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.peer).finish()
    }
}

pub fn is_ours(peer: &str) -> bool {
    peer.starts_with(OURS)
}

/// The same job for several peers.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    pub cases: Vec<Case>,
}

impl Scenario {
    /// The first part of the name: which table the scenario belongs to.
    pub fn group(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }
}

#[derive(Debug, Default)]
pub struct Plan {
    pub scenarios: Vec<Scenario>,
}

impl Plan {
    /// Every scenario of every peer.
    pub fn all() -> Self {
        let mut plan = Plan::default();
        crate::peers::register(&mut plan);
        plan.scenarios
            .sort_by_key(|scenario| crate::scenarios::position(scenario.group()));
        plan
    }

    pub fn add(
        &mut self,
        scenario: String,
        peer: &str,
        run: impl Fn(u64) -> Run + Send + Sync + 'static,
    ) {
        let case = Case {
            peer: peer.to_owned(),
            run: Arc::new(run),
        };
        match self
            .scenarios
            .iter_mut()
            .find(|known| known.name == scenario)
        {
            Some(known) => known.cases.push(case),
            None => self.scenarios.push(Scenario {
                name: scenario,
                cases: vec![case],
            }),
        }
    }

    /// Keeps the scenarios whose name contains one of `filters`, and the peers whose name starts
    /// with one of `peers` (and ourselves). Empty lists keep everything.
    pub fn select(mut self, filters: &[String], peers: &[String]) -> Self {
        let wanted = |peer: &str| peers.iter().any(|name| peer.starts_with(name.as_str()));
        self.scenarios.retain(|scenario| {
            filters.is_empty()
                || filters
                    .iter()
                    .any(|part| scenario.name.contains(part.as_str()))
        });
        for scenario in &mut self.scenarios {
            scenario
                .cases
                .retain(|case| peers.is_empty() || case.is_ours() || wanted(&case.peer));
        }
        self.scenarios.retain(|scenario| !scenario.cases.is_empty());
        self
    }

    /// Whether a peer's name starts so.
    pub fn knows(&self, peer: &str) -> bool {
        let mut cases = self.scenarios.iter().flat_map(|scenario| &scenario.cases);
        cases.any(|case| case.peer.starts_with(peer))
    }

    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.name == name)
    }
}
