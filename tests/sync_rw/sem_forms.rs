//! Every form of acquiring, permits, errors, sizes and panics.

use crate::common::{ready, watchdog};
use static_assertions::{assert_impl_all, const_assert};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use towpath::sync::{
    AcquireError, AcquireFut, AcquireOwnedFut, AcquireTimeoutError, OwnedPermit, Permit, Semaphore,
    TryAcquireError,
};

const_assert!(size_of::<Semaphore>() <= 32);
const_assert!(size_of::<Permit<'_>>() == 2 * size_of::<usize>());
assert_impl_all!(Semaphore: Send, Sync);
assert_impl_all!(Permit<'static>: Send, Sync, Unpin);
assert_impl_all!(OwnedPermit: Send, Sync, Unpin);
assert_impl_all!(AcquireFut<'static>: Send, Sync);
assert_impl_all!(AcquireOwnedFut: Send, Sync);
assert_impl_all!(AcquireError: Error, Send, Sync);
assert_impl_all!(TryAcquireError: Error, Send, Sync);
assert_impl_all!(AcquireTimeoutError: Error, Send, Sync);

static PERMITS: Semaphore = Semaphore::new(3);

const SHORT: Duration = Duration::from_millis(2);

#[test]
fn a_static_semaphore() {
    let held = PERMITS.acquire(2).unwrap();
    assert_eq!((held.len(), PERMITS.available_permits()), (2, 1));
}

/// What every form says to a request of `n`.
fn outcomes(semaphore: &Arc<Semaphore>, n: usize) -> Vec<Result<usize, AcquireTimeoutError>> {
    let len = |permit: Permit<'_>| permit.len();
    let owned = |permit: OwnedPermit| permit.len();
    let tried = |error| match error {
        TryAcquireError::NoPermits => AcquireTimeoutError::Timeout,
        TryAcquireError::Closed => AcquireTimeoutError::Closed,
    };
    let soon = || Instant::now() + SHORT;
    vec![
        semaphore.try_acquire(n).map(len).map_err(tried),
        semaphore.acquire_timeout(n, SHORT).map(len),
        semaphore.acquire_deadline(n, soon()).map(len),
        semaphore.acquire_async(n).wait_timeout(SHORT).map(len),
        semaphore.try_acquire_owned(n).map(owned).map_err(tried),
        semaphore.acquire_owned_timeout(n, SHORT).map(owned),
        semaphore.acquire_owned_deadline(n, soon()).map(owned),
        semaphore
            .acquire_owned_async(n)
            .wait_timeout(SHORT)
            .map(owned),
    ]
}

#[test]
fn every_form_says_the_same() {
    watchdog(60, |_| {
        let semaphore = Arc::new(Semaphore::new(5));
        assert_eq!(outcomes(&semaphore, 5), [Ok(5); 8]);
        assert_eq!(outcomes(&semaphore, 0), [Ok(0); 8]);
        assert_eq!(
            outcomes(&semaphore, 6),
            [Err(AcquireTimeoutError::Timeout); 8]
        );
        let held = semaphore.acquire(5).unwrap();
        assert_eq!(outcomes(&semaphore, 0), [Ok(0); 8]);
        assert_eq!(
            outcomes(&semaphore, 1),
            [Err(AcquireTimeoutError::Timeout); 8]
        );
        drop(held);
        assert_eq!(semaphore.acquire_owned(5).map(|permit| permit.len()), Ok(5));
        assert_eq!(semaphore.available_permits(), 5);
        assert!(semaphore.close() && !semaphore.close());
        assert_eq!(
            outcomes(&semaphore, 0),
            [Err(AcquireTimeoutError::Closed); 8]
        );
        assert_eq!(
            outcomes(&semaphore, 1),
            [Err(AcquireTimeoutError::Closed); 8]
        );
        assert_eq!(semaphore.acquire(1).unwrap_err(), AcquireError);
        assert_eq!(semaphore.acquire_owned(1).unwrap_err(), AcquireError);
        assert_eq!(ready(semaphore.acquire_async(1)).unwrap_err(), AcquireError);
    });
}

#[test]
fn permits_split_merge_and_are_forgotten() {
    let semaphore = Arc::new(Semaphore::new(10));
    let mut permits = semaphore.try_acquire_owned(7).unwrap();
    let mut some = permits.split(3).unwrap();
    assert_eq!(
        (permits.len(), some.len(), semaphore.available_permits()),
        (4, 3, 3)
    );
    assert!(permits.split(5).is_none());
    assert_eq!(permits.len(), 4, "nothing was split off");
    let none = permits.split(0).unwrap();
    assert!(none.is_empty());
    drop(none);
    some.merge(permits);
    assert_eq!((some.len(), semaphore.available_permits()), (7, 3));
    drop(some.split(2));
    assert_eq!(semaphore.available_permits(), 5);
    some.forget();
    assert_eq!(
        (semaphore.available_permits(), Arc::strong_count(&semaphore)),
        (5, 1)
    );
}

#[test]
fn permits_come_and_go_for_good() {
    let semaphore = Semaphore::new(2);
    semaphore.add_permits(3);
    assert_eq!(semaphore.forget_permits(4), 4);
    assert_eq!(semaphore.forget_permits(4), 1);
    assert_eq!(semaphore.forget_permits(4), 0);
    semaphore.add_permits(0);
    assert_eq!(
        format!("{semaphore:?}"),
        "Semaphore { available_permits: 0, is_closed: false, .. }"
    );
}

#[track_caller]
fn panics(action: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).expect_err("it should panic");
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

#[test]
fn documented_panics() {
    let message = panics(|| drop(Semaphore::new(Semaphore::MAX_PERMITS + 1)));
    assert!(message.contains("MAX_PERMITS"), "{message}");
    let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    let message = panics(|| semaphore.add_permits(1));
    assert!(message.contains("MAX_PERMITS"), "{message}");
    let message = panics(|| semaphore.add_permits(usize::MAX));
    assert!(message.contains("MAX_PERMITS"), "{message}");
    assert_eq!(
        semaphore.available_permits(),
        Semaphore::MAX_PERMITS,
        "none was added"
    );
    assert_eq!(
        semaphore.try_acquire(usize::MAX).unwrap_err(),
        TryAcquireError::NoPermits
    );
    let (one, other) = (Semaphore::new(1), Semaphore::new(1));
    let message = panics(|| one.acquire(1).unwrap().merge(other.acquire(1).unwrap()));
    assert!(message.contains("different"), "{message}");
    assert_eq!((one.available_permits(), other.available_permits()), (1, 1));
}

/// Whoever has them: there are never so many that returning them could make a count run over.
#[test]
fn permits_that_are_out_count() {
    const MAX: usize = Semaphore::MAX_PERMITS;
    let semaphore = Semaphore::new(MAX);
    let mut all = semaphore.try_acquire(MAX).unwrap();
    for more in [1, MAX, usize::MAX] {
        let message = panics(|| semaphore.add_permits(more));
        assert!(message.contains("MAX_PERMITS"), "{message}");
    }
    assert_eq!(semaphore.available_permits(), 0, "none was added");
    // Those that are forgotten make room for others.
    all.split(5).unwrap().forget();
    semaphore.add_permits(5);
    assert_eq!(semaphore.forget_permits(3), 3);
    semaphore.add_permits(3);
    let message = panics(|| semaphore.add_permits(1));
    assert!(message.contains("MAX_PERMITS"), "{message}");
    all.merge(semaphore.try_acquire(5).unwrap());
    assert_eq!(all.len(), MAX);
    drop(all);
    assert_eq!(semaphore.available_permits(), MAX);
    // A handful of threads add and forget at once: the room is what it was.
    assert_eq!(semaphore.forget_permits(MAX), MAX);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    semaphore.add_permits(MAX / 8);
                    semaphore.acquire(MAX / 8).unwrap().forget();
                }
            });
        }
    });
    semaphore.add_permits(MAX);
    assert_eq!(semaphore.available_permits(), MAX);
}

#[test]
fn a_panic_returns_permits() {
    let semaphore = Semaphore::new(1);
    panics(|| {
        let _held = semaphore.acquire(1).unwrap();
        panic!("planned");
    });
    assert_eq!(semaphore.available_permits(), 1);
}
