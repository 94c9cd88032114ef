//! A semaphore among the cases of a select.

use std::future::pending;

use towpath::select_async;
use towpath::sync::Semaphore;

use crate::common::poll_noop;

/// A select with a future among its cases steps out of line at each poll and comes back at the front:
/// there it is served, if what the one that wanted more could not use is enough.
#[test]
fn a_small_request_that_returns_to_the_front_is_served() {
    let semaphore = Semaphore::new(1);
    let mut large = Box::pin(semaphore.acquire_async(5));
    assert!(poll_noop(&mut large).is_pending());
    let mut small = Box::pin(async {
        select_async! {
            wait(semaphore.acquire_async(1)) -> permit => permit.is_ok(),
            wait(pending::<()>()) -> () => false,
        }
    });
    assert!(
        poll_noop(&mut small).is_pending(),
        "it stands behind the large one"
    );
    // Back at the front it is told; the poll after that finds it.
    let served = (0..3).any(|_| poll_noop(&mut small).is_ready());
    assert!(served, "one permit is there, and it is first in line");
}
