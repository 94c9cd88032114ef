//! What selects return when they select nothing.

use std::error::Error;
use std::fmt;

/// An error of one kind that says one thing.
macro_rules! plain_error {
    ($(#[$attribute:meta])* $name:ident, $message:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($message)
            }
        }

        impl Error for $name {}
    };
}

plain_error! {
    /// No operation was ready: what [`Select::try_select`](super::Select::try_select) returns.
    TrySelectError, "all operations in select would block"
}
plain_error! {
    /// No operation was ready in time: what
    /// [`Select::select_timeout`](super::Select::select_timeout) returns.
    SelectTimeoutError, "timed out waiting on select"
}
plain_error! {
    /// No operation was ready: what [`Select::try_ready`](super::Select::try_ready) returns.
    TryReadyError, "all operations in select would block"
}
plain_error! {
    /// No operation was ready in time: what
    /// [`Select::ready_timeout`](super::Select::ready_timeout) returns.
    ReadyTimeoutError, "timed out waiting on select"
}
