//! Black-box tests of time. Most of them drive the crate's clock, so they take no time of their own.

#[allow(dead_code, unused_imports)] // each binary uses a part
#[path = "../common/mod.rs"]
mod common;

mod receivers;
