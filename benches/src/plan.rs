//! The list of what can be run.

use std::fmt;
use std::sync::Arc;

use crate::measure::Run;
use crate::survey::{Examine, Question, Request, Survey};
use crate::surveys::questions;

/// The rows of this library; everybody else is a peer.
pub const OURS: &str = "towpath";
/// Rows that show what the machine allows to one producer and one consumer that never sleep. They
/// do less than a channel does and are nobody's peer.
pub const FLOOR: &str = "rtrb";

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

pub fn is_floor(peer: &str) -> bool {
    peer.starts_with(FLOOR)
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
        group(&self.name)
    }

    /// Whether messages pile up when the sender is ahead: there the time for each depends on how
    /// many there are, because the channel grows with them.
    pub fn piles_up(&self) -> bool {
        self.name.contains("unbounded")
            && !self.name.ends_with("seq")
            && !self.name.ends_with("pingpong")
    }
}

/// The first part of a scenario's or a survey's name.
pub fn group(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Which part of the plan is asked for; empty lists ask for everything.
#[derive(Debug, Default)]
pub struct Filter {
    /// Parts of names.
    pub parts: Vec<String>,
    pub groups: Vec<String>,
    /// How peers' names start. We are always there.
    pub peers: Vec<String>,
}

impl Filter {
    fn asks(&self, name: &str) -> bool {
        let part = self.parts.iter().any(|part| name.contains(part.as_str()));
        let group = self.groups.iter().any(|known| known == group(name));
        part || group || (self.parts.is_empty() && self.groups.is_empty())
    }

    fn wants(&self, peer: &str) -> bool {
        let named = self
            .peers
            .iter()
            .any(|name| peer.starts_with(name.as_str()));
        named || is_ours(peer) || self.peers.is_empty()
    }
}

#[derive(Debug, Default)]
pub struct Plan {
    pub scenarios: Vec<Scenario>,
    pub surveys: Vec<Survey>,
}

impl Plan {
    /// Every scenario and every survey of every peer.
    pub fn all() -> Self {
        let mut plan = Plan {
            scenarios: Vec::new(),
            surveys: questions().into_iter().map(Survey::new).collect(),
        };
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

    /// Another way to ask a peer a survey's question.
    pub fn survey(
        &mut self,
        name: &str,
        peer: &str,
        examine: impl Fn(&Request) -> Vec<f64> + Send + Sync + 'static,
    ) {
        let known = self.surveys.iter_mut().find(|s| s.question.name == name);
        let survey = known.unwrap_or_else(|| panic!("no survey is called {name}"));
        let examine: Examine = Arc::new(examine);
        survey.add(peer, examine);
    }

    /// Keeps what the filter asks for, and the surveys that find a load for another one.
    pub fn select(mut self, filter: &Filter) -> Self {
        self.scenarios
            .retain(|scenario| filter.asks(&scenario.name));
        for scenario in &mut self.scenarios {
            scenario.cases.retain(|case| filter.wants(&case.peer));
        }
        self.scenarios.retain(|scenario| !scenario.cases.is_empty());

        let questions: Vec<Question> = self.surveys.iter().map(|s| s.question).collect();
        let is_load = |name: &str| {
            let loaded = questions
                .iter()
                .filter(|question| filter.asks(question.name));
            loaded
                .filter_map(|question| question.load)
                .any(|load| load.capacity == name)
        };
        self.surveys
            .retain(|survey| filter.asks(survey.question.name) || is_load(survey.question.name));
        for survey in &mut self.surveys {
            survey
                .candidates
                .retain(|candidate| filter.wants(&candidate.peer));
        }
        self.surveys.retain(|survey| !survey.candidates.is_empty());
        self
    }

    /// Whether a peer's name starts so.
    pub fn knows(&self, peer: &str) -> bool {
        let mut cases = self.scenarios.iter().flat_map(|scenario| &scenario.cases);
        let mut asked = self.surveys.iter().flat_map(|survey| &survey.candidates);
        cases.any(|case| case.peer.starts_with(peer))
            || asked.any(|candidate| candidate.peer.starts_with(peer))
    }

    pub fn named_survey(&self, name: &str) -> Option<&Survey> {
        self.surveys
            .iter()
            .find(|survey| survey.question.name == name)
    }

    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.name == name)
    }
}
