//! In which order a select looks at its cases.

use crate::sys::random;

/// Says at which case to look next.
pub trait Order {
    /// The case to look at in this turn, of `count`. A round asks for the turns from 0 on, and may end
    /// before the last.
    fn pick(&mut self, turn: usize, count: usize) -> usize;
}

/// In theirs: the first ready one is chosen.
#[derive(Debug)]
pub struct InTurn;

/// In random order: any ready one is chosen. It is drawn as far as it is looked at, and from the order
/// before: a shuffle of any permutation gives all of them alike.
#[derive(Debug)]
pub struct AtRandom<const N: usize>(pub [u8; N]);

impl Order for InTurn {
    #[inline]
    fn pick(&mut self, turn: usize, _: usize) -> usize {
        turn
    }
}

impl<const N: usize> Order for AtRandom<N> {
    #[inline]
    fn pick(&mut self, turn: usize, count: usize) -> usize {
        draw(&mut self.0, turn, count).into()
    }
}

/// For a dynamic select, which is told at run time whether it is fair.
impl Order for Option<&mut [u16]> {
    #[inline]
    fn pick(&mut self, turn: usize, count: usize) -> usize {
        self.as_deref_mut()
            .map_or(turn, |order| draw(order, turn, count).into())
    }
}

/// The next of `order`, from those that were not drawn yet.
#[inline]
fn draw<I: Copy>(order: &mut [I], turn: usize, count: usize) -> I {
    let left = count - turn;
    // The last one is drawn without a draw.
    if left > 1 {
        order.swap(turn, turn + random::below(left));
    }
    order[turn]
}
