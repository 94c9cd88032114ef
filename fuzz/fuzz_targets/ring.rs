#![no_main]

mod program;

use libfuzzer_sys::fuzz_target;
use program::{Step, run};
use towpath::queue::Ring;

fuzz_target!(|input: (u8, Vec<Step>)| {
    let (capacity, steps) = input;
    run(&Ring::new(1 + usize::from(capacity % 16)), &steps, false);
});
