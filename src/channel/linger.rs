//! Whether a task lingers before it falls asleep: looks for its answer a little longer, within its `poll`.

use super::core::Side;
use super::tries::Tries;
use crate::sys::Ordering;
use crate::sys::atomic::AtomicU8;

/// Less than two microseconds: enough for an answer from another processor, and less than it takes an executor to let
/// a task sleep and to run it again.
const PAUSES: u32 = if cfg!(towpath_loom) { 1 } else { 64 };

/// So many times in a row, two microseconds or so of answers: then the executor may run others.
const MOST_IN_A_ROW: u8 = 16;

/// What is known of how soon a channel answers, for tasks that wait at it. Hints.
///
/// A task that was woken by another thread than the one that polls it has a peer that runs at the same time. If
/// they go on with each other, as in a question and its answer, the next answer is there before an executor has let
/// go of the task and found it again. So the next time a task of that side waits, it lingers, and goes on doing so
/// for as long as it pays. What woke it on the same thread could not answer meanwhile: that task does not linger.
///
/// Once it was in vain, tasks of that side fall asleep at once until one is woken from elsewhere again, and each time
/// it is in vain more such wake-ups go by.
#[derive(Debug)]
pub(super) struct Linger {
    sender: Answers,
    receiver: Answers,
}

#[derive(Debug)]
struct Answers {
    /// 0 until somebody is woken from elsewhere, and after it was in vain; else one more than how often it paid since
    /// a task last fell asleep instead.
    expected: AtomicU8,
    passed_up: AtomicU8,
    in_vain: AtomicU8,
}

impl Linger {
    pub(super) fn new() -> Self {
        Self {
            sender: Answers::new(),
            receiver: Answers::new(),
        }
    }

    /// For how many pauses a task of that side should look on.
    #[inline(always)]
    pub(super) fn pauses(&self, side: Side) -> u32 {
        let expected = &self.answers(side).expected;
        // ORDERING: Relaxed, a hint.
        match expected.load(Ordering::Relaxed) {
            0 => 0,
            1..=MOST_IN_A_ROW => PAUSES,
            // An executor does not get to run others as long as it pays to linger.
            _ => {
                // ORDERING: Relaxed, a hint.
                expected.store(1, Ordering::Relaxed);
                0
            }
        }
    }

    /// A task of that side was woken by a thread that is not its own.
    pub(super) fn woken_elsewhere(&self, side: Side) {
        let answers = self.answers(side);
        // ORDERING: Relaxed, a hint.
        if answers.expected.load(Ordering::Relaxed) == 0 && answers.update(Tries::is_due) {
            // ORDERING: Relaxed, a hint.
            answers.expected.store(1, Ordering::Relaxed);
        }
    }

    /// A task of that side has lingered.
    pub(super) fn lingered(&self, side: Side, paid: bool) {
        let answers = self.answers(side);
        // ORDERING: Relaxed, a hint.
        let expected = answers.expected.load(Ordering::Relaxed);
        if expected == 0 {
            // It did for another reason, or another task was faster to say that it is in vain.
            return;
        }
        answers.update(|tries| tries.went(paid));
        let expected = if paid { expected.saturating_add(1) } else { 0 };
        // ORDERING: Relaxed, a hint.
        answers.expected.store(expected, Ordering::Relaxed);
    }

    #[inline(always)]
    fn answers(&self, side: Side) -> &Answers {
        match side {
            Side::Send => &self.sender,
            Side::Recv => &self.receiver,
        }
    }
}

impl Answers {
    fn new() -> Self {
        Self {
            expected: AtomicU8::new(0),
            passed_up: AtomicU8::new(Tries::NONE.passed_up),
            in_vain: AtomicU8::new(Tries::NONE.in_vain),
        }
    }

    /// Whoever races here lingers once more, or once less.
    fn update<R>(&self, act: impl FnOnce(&mut Tries) -> R) -> R {
        let before = Tries {
            // ORDERING: Relaxed, hints.
            passed_up: self.passed_up.load(Ordering::Relaxed),
            // ORDERING: Relaxed, a hint.
            in_vain: self.in_vain.load(Ordering::Relaxed),
        };
        let mut tries = before;
        let result = act(&mut tries);
        if tries != before {
            // ORDERING: Relaxed, hints.
            self.passed_up.store(tries.passed_up, Ordering::Relaxed);
            // ORDERING: Relaxed, a hint.
            self.in_vain.store(tries.in_vain, Ordering::Relaxed);
        }
        result
    }
}

#[cfg(all(test, not(towpath_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_side_lingers_while_it_is_woken_from_elsewhere_and_it_pays() {
        let linger = Linger::new();
        let lingers = || linger.pauses(Side::Recv) > 0;
        assert!(!lingers(), "nobody was woken");
        linger.woken_elsewhere(Side::Recv);
        assert!(lingers());
        assert_eq!(linger.pauses(Side::Send), 0, "that is the other side");
        linger.lingered(Side::Recv, true);
        assert!(lingers());
        linger.lingered(Side::Recv, false);
        assert!(!lingers(), "in vain, and nobody was woken since");
    }

    #[test]
    fn others_get_their_turn_though_it_pays() {
        let linger = Linger::new();
        linger.woken_elsewhere(Side::Recv);
        let mut slept = Vec::new();
        for wait in 0..40 {
            if linger.pauses(Side::Recv) > 0 {
                linger.lingered(Side::Recv, true);
            } else {
                slept.push(wait);
            }
        }
        assert_eq!(slept, [16, 33]);
    }

    #[test]
    fn lingering_in_vain_gets_rare() {
        let linger = Linger::new();
        let mut lingered = 0;
        for _ in 0..1000 {
            linger.woken_elsewhere(Side::Send);
            if linger.pauses(Side::Send) > 0 {
                lingered += 1;
                linger.lingered(Side::Send, false);
            }
        }
        assert_eq!(
            lingered, 14,
            "7 while it gets rare, and one in 128 from then on"
        );
    }
}
