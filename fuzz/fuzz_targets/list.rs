#![no_main]

mod program;

use libfuzzer_sys::fuzz_target;
use program::{Step, run};
use towpath::queue::{List, SoleList};

fuzz_target!(|steps: Vec<Step>| {
    run(&List::new(), &steps, true);
    // SAFETY: one thread does it all.
    run(&unsafe { SoleList::new() }, &steps, true);
});
