//! The error types: what they carry, say and convert to.

use std::error::Error;
use towpath::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};

/// No `Debug`: errors must not need it.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Opaque(u8);

fn speaks(error: &impl Error) {
    assert!(
        !error.to_string().trim().is_empty(),
        "{error:?} has no message"
    );
    assert!(!format!("{error:?}").is_empty());
    assert!(error.source().is_none());
}

#[test]
fn every_error_is_an_error_with_a_message_for_any_message_type() {
    speaks(&SendError(Opaque(1)));
    speaks(&TrySendError::Full(Opaque(1)));
    speaks(&TrySendError::Disconnected(Opaque(1)));
    speaks(&SendTimeoutError::Timeout(Opaque(1)));
    speaks(&SendTimeoutError::Disconnected(Opaque(1)));
    speaks(&RecvError);
    speaks(&TryRecvError::Empty);
    speaks(&TryRecvError::Disconnected);
    speaks(&RecvTimeoutError::Timeout);
    speaks(&RecvTimeoutError::Disconnected);
}

#[test]
fn the_variants_of_one_error_say_different_things() {
    let full = TrySendError::Full(()).to_string();
    assert_ne!(full, TrySendError::Disconnected(()).to_string());
    let timeout = SendTimeoutError::Timeout(()).to_string();
    assert_ne!(timeout, SendTimeoutError::Disconnected(()).to_string());
    assert_ne!(
        TryRecvError::Empty.to_string(),
        TryRecvError::Disconnected.to_string()
    );
    let timeout = RecvTimeoutError::Timeout.to_string();
    assert_ne!(timeout, RecvTimeoutError::Disconnected.to_string());
}

#[test]
fn send_errors_give_the_message_back() {
    assert_eq!(SendError(7).0, 7);
    assert_eq!(SendError(7).into_inner(), 7);
    assert_eq!(TrySendError::Full(7).into_inner(), 7);
    assert_eq!(TrySendError::Disconnected(7).into_inner(), 7);
    assert_eq!(SendTimeoutError::Timeout(7).into_inner(), 7);
    assert_eq!(SendTimeoutError::Disconnected(7).into_inner(), 7);
}

#[test]
fn predicates_name_the_variant() {
    assert!(TrySendError::Full(()).is_full() && !TrySendError::Full(()).is_disconnected());
    let disconnected = TrySendError::Disconnected(());
    assert!(disconnected.is_disconnected() && !disconnected.is_full());
    let timeout = SendTimeoutError::Timeout(());
    assert!(timeout.is_timeout() && !timeout.is_disconnected());
    let disconnected = SendTimeoutError::Disconnected(());
    assert!(disconnected.is_disconnected() && !disconnected.is_timeout());
    assert!(TryRecvError::Empty.is_empty() && !TryRecvError::Empty.is_disconnected());
    let disconnected = TryRecvError::Disconnected;
    assert!(disconnected.is_disconnected() && !disconnected.is_empty());
    let timeout = RecvTimeoutError::Timeout;
    assert!(timeout.is_timeout() && !timeout.is_disconnected());
    let disconnected = RecvTimeoutError::Disconnected;
    assert!(disconnected.is_disconnected() && !disconnected.is_timeout());
}

#[test]
fn errors_of_the_plain_operations_convert_to_the_wider_ones() {
    assert_eq!(
        TrySendError::from(SendError(3)),
        TrySendError::Disconnected(3)
    );
    assert_eq!(
        SendTimeoutError::from(SendError(3)),
        SendTimeoutError::Disconnected(3)
    );
    assert_eq!(TryRecvError::from(RecvError), TryRecvError::Disconnected);
    assert_eq!(
        RecvTimeoutError::from(RecvError),
        RecvTimeoutError::Disconnected
    );
}

#[test]
fn errors_compare_and_copy() {
    let error = TrySendError::Full(Opaque(1));
    let copy = error;
    assert!(error == copy && error != TrySendError::Full(Opaque(2)));
    assert!(SendError(Opaque(1)) == SendError(Opaque(1)));
    assert!(SendTimeoutError::Timeout(1) != SendTimeoutError::Disconnected(1));
}

/// The message of a `Debug` without `T: Debug` still names the variant.
#[test]
fn debug_names_the_variant() {
    assert!(format!("{:?}", TrySendError::Full(Opaque(1))).contains("Full"));
    assert!(format!("{:?}", SendTimeoutError::Timeout(Opaque(1))).contains("Timeout"));
    assert!(format!("{:?}", SendError(Opaque(1))).contains("SendError"));
}
