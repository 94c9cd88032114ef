//! What the macros are made of is no way around that: it asks for the keyword.

use towpath::__select::{Arm, Awaited, Block, Empty, FirstRound, Handle, InTurn, With};
use towpath::sync::RwMutex;
use towpath::sync::rw_mutex::Guard;

async fn wait(rx: &towpath::Receiver<i32>) {
    let mut case = (*Handle::of(rx)).recv().case();
    let first = FirstRound::select_async(InTurn, &[false]);
    let cases = Empty.with(&mut case);
    let mode = Block;
    let _ = towpath::__select_run!(async select_async cases first mode); //~ call to unsafe function
}

fn upgrade_twice(lock: &RwMutex<i32>) {
    let arm = Awaited(Guard::upgrade_async(lock.upgradable_read())).wait();
    let mut first = FirstRound::select(InTurn, &[false]);
    drop(first.look_at_arm(&arm)); //~ call to unsafe function
    drop(first.look_at_arm(&arm)); //~ call to unsafe function
}

fn main() {
    let (_tx, rx) = towpath::bounded(0);
    drop(wait(&rx));
    upgrade_twice(&RwMutex::new(1));
}
