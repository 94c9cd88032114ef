//! What the macros call trusts that cases stay where they are: it cannot be called without saying so.

use towpath::__select::{Arm, Awaited, Empty, FirstRound, InTurn, Now, TypedCase, With, select};

fn step<C: TypedCase>(case: &mut C) -> Option<usize> {
    select(Empty.with(case), FirstRound::select(InTurn, &[true]), Now) //~ call to unsafe function
}

fn main() {
    use towpath::__select::WaitForFuture as _;
    let mut case = Awaited(std::future::pending::<()>()).wait().case();
    step(&mut case);
    let mut moved = Box::new(case);
    step(&mut *moved);
}
