#![no_main]

mod program;

use libfuzzer_sys::fuzz_target;
use program::{Step, run};
use towpath::queue::List;

fuzz_target!(|steps: Vec<Step>| {
    run(&List::new(), &steps, true);
});
