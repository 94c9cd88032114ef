//! In which order a select looks at its cases.

use crate::sys::random::Draws;

/// Says at which case to look next.
pub trait Order {
    /// What a round of looks needs to know.
    type Round: Default;

    /// The case to look at in this turn, of `count`. A round asks for the turns from 0 on, and may end
    /// before the last.
    fn pick(&mut self, round: &mut Self::Round, turn: usize, count: usize) -> usize;

    /// True if the first of those that are ready must win: none may be passed over because it merely does
    /// not look ready, or because a peer is at work there.
    fn is_biased(&self) -> bool;
}

/// In theirs: the first ready one is chosen.
#[derive(Debug)]
pub struct InTurn;

/// In random order: any ready one is chosen.
#[derive(Debug)]
pub struct AtRandom<const N: usize> {
    order: [u8; N],
    /// Nothing was drawn yet: each number is at its place.
    is_sorted: bool,
}

impl<const N: usize> AtRandom<N> {
    /// `numbers` are those from 0 on.
    #[inline(always)]
    pub fn of(numbers: [u8; N]) -> Self {
        Self {
            order: numbers,
            is_sorted: true,
        }
    }
}

/// Random choices for one round.
#[derive(Debug, Default)]
pub struct Chance(Draws);

impl Order for InTurn {
    type Round = ();

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pick(&mut self, (): &mut (), turn: usize, _: usize) -> usize {
        turn
    }

    #[inline(always)]
    fn is_biased(&self) -> bool {
        true
    }
}

impl<const N: usize> Order for AtRandom<N> {
    type Round = Chance;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pick(&mut self, chance: &mut Chance, turn: usize, count: usize) -> usize {
        if !std::mem::take(&mut self.is_sorted) {
            return chance.draw(&mut self.order, turn, count).into();
        }
        // As `draw` would, but nobody waits for the order in memory.
        let number = chance.0.below(count);
        self.order.swap(0, number);
        number
    }

    #[inline(always)]
    fn is_biased(&self) -> bool {
        false
    }
}

/// For a dynamic select, which is told at run time whether it is fair.
impl Order for Option<&mut [u16]> {
    type Round = Chance;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pick(&mut self, chance: &mut Chance, turn: usize, count: usize) -> usize {
        match self {
            Some(order) => chance.draw(order, turn, count).into(),
            None => turn,
        }
    }

    #[inline(always)]
    fn is_biased(&self) -> bool {
        self.is_none()
    }
}

impl Chance {
    /// The next of `order`, from those that were not drawn yet. It is shuffled as far as it is looked at,
    /// and starts from where the last round left it: a shuffle of any permutation gives all alike.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn draw<I: Copy>(&mut self, order: &mut [I], turn: usize, count: usize) -> I {
        let left = count - turn;
        // The last one is drawn without a draw.
        if left > 1 {
            order.swap(turn, turn + self.0.below(left));
        }
        order[turn]
    }
}
