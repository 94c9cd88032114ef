//! The tables beside the times: each file asks its questions of one peer's openings.

pub mod idle;
pub mod memory;
pub mod tail;
pub mod wakes;

use crate::survey::Question;

/// All questions, in the order of the tables.
pub fn questions() -> Vec<Question> {
    let mut all = vec![idle::QUESTION, wakes::QUESTION, memory::QUESTION];
    all.extend(tail::questions());
    all
}
