//! What is not a time per message: a table of its own, a row for each peer, a process for each row.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::plan::is_ours;
use crate::stats::{Fault, quantile};

/// How the figures of several rounds become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Median,
    Largest,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub fold: Fold,
}

pub const fn median(name: &'static str) -> Column {
    Column {
        name,
        fold: Fold::Median,
    }
}

pub const fn largest(name: &'static str) -> Column {
    Column {
        name,
        fold: Fold::Largest,
    }
}

/// What an examiner is told.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// How long to look, where the figures do not depend on it.
    pub time: Duration,
    /// Messages per second to offer, where the survey has a load.
    pub rate: f64,
}

/// One figure for each column; NaN where the peer has none.
pub type Examine = Arc<dyn Fn(&Request) -> Vec<f64> + Send + Sync>;

#[derive(Clone)]
pub struct Candidate {
    pub peer: String,
    /// Each fills some columns: a peer may have a type for each world and for each capacity.
    examiners: Vec<Examine>,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Candidate").field(&self.peer).finish()
    }
}

impl Candidate {
    /// All figures; the first examiner that has one fills a column.
    pub fn examine(&self, request: &Request) -> Vec<f64> {
        let mut figures: Vec<f64> = Vec::new();
        for examine in &self.examiners {
            let found = examine(request);
            figures.resize(found.len(), f64::NAN);
            for (known, new) in figures.iter_mut().zip(found) {
                if known.is_nan() {
                    *known = new;
                }
            }
        }
        figures
    }
}

/// A load that is a share of what the slowest peer can take, found in another survey's first
/// column, messages per second. One rate for all: latencies compare at the same load only.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub capacity: &'static str,
    pub share: f64,
}

/// What a survey asks, without whom.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub name: &'static str,
    pub title: &'static str,
    pub columns: &'static [Column],
    pub load: Option<Load>,
    /// How long one look takes, in a full run.
    pub time: Duration,
    pub rounds: usize,
    /// All peers at the same time: for figures that the others cannot disturb.
    pub at_once: bool,
}

#[derive(Clone, Debug)]
pub struct Survey {
    pub question: Question,
    pub candidates: Vec<Candidate>,
}

impl Survey {
    pub fn new(question: Question) -> Self {
        Survey {
            question,
            candidates: Vec::new(),
        }
    }

    pub fn add(&mut self, peer: &str, examine: Examine) {
        match self.candidates.iter_mut().find(|known| known.peer == peer) {
            Some(known) => known.examiners.push(examine),
            None => self.candidates.push(Candidate {
                peer: peer.to_owned(),
                examiners: vec![examine],
            }),
        }
    }
}

/// The answers of one peer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub peer: String,
    pub figures: Vec<f64>,
    pub fault: Option<Fault>,
}

impl Answer {
    pub fn is_ours(&self) -> bool {
        is_ours(&self.peer)
    }

    /// Of several rounds, one answer.
    pub fn fold(peer: &str, columns: &[Column], rounds: &[Vec<f64>], fault: Option<Fault>) -> Self {
        let figures = columns
            .iter()
            .enumerate()
            .map(|(column, Column { fold, .. })| {
                let figures = rounds.iter().filter_map(|figures| figures.get(column));
                match fold {
                    Fold::Median => quantile(figures.copied().collect(), 0.5),
                    Fold::Largest => figures.copied().fold(f64::NAN, f64::max),
                }
            });
        Answer {
            peer: peer.to_owned(),
            figures: figures.collect(),
            fault,
        }
    }
}

/// A survey's answers.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: String,
    pub title: String,
    pub columns: Vec<String>,
    /// What was offered, in messages per second; 0 if the survey has no load.
    pub rate: f64,
    pub answers: Vec<Answer>,
}
