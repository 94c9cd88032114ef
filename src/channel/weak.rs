//! Handles that do not keep a channel connected.

use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::Channel;

macro_rules! weak_handle {
    ($(#[$doc:meta])* $Weak:ident => $Strong:ident, $count:ident, $handle:ident) => {
        $(#[$doc])*
        pub struct $Weak<T> {
            channel: Channel<T>,
        }

        impl<T> $Weak<T> {
            pub(crate) fn new(channel: Channel<T>) -> Self {
                Self { channel }
            }

            /// A full handle, if there still is one: once the last one of its side is gone, `None`.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded::<i32>(1);
            #[doc = concat!("let weak = ", stringify!($handle), ".downgrade();")]
            /// assert!(weak.upgrade().is_some());
            /// drop((tx, rx));
            /// assert!(weak.upgrade().is_none());
            /// ```
            pub fn upgrade(&self) -> Option<$Strong<T>> {
                self.channel.$count.add_if_any().then(|| $Strong::first(self.channel.clone()))
            }
        }

        impl<T> Clone for $Weak<T> {
            fn clone(&self) -> Self {
                Self::new(self.channel.clone())
            }
        }

        impl<T> std::panic::UnwindSafe for $Weak<T> {}
        impl<T> std::panic::RefUnwindSafe for $Weak<T> {}

        impl<T> std::fmt::Debug for $Weak<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Weak)).finish_non_exhaustive()
            }
        }
    };
}

weak_handle! {
    /// A sender that does not keep the channel connected; see [`Sender::downgrade`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let weak = tx.downgrade();
    /// weak.upgrade().expect("there is a sender").send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.iter().count(), 1);
    /// assert!(weak.upgrade().is_none());
    /// ```
    WeakSender => Sender, senders, tx
}

weak_handle! {
    /// A receiver that does not keep the channel connected; see [`Receiver::downgrade`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = towpath::bounded(1);
    /// let weak = rx.downgrade();
    /// tx.send(1).unwrap();
    /// assert_eq!(weak.upgrade().expect("there is a receiver").recv(), Ok(1));
    /// drop(rx);
    /// assert!(weak.upgrade().is_none());
    /// ```
    WeakReceiver => Receiver, receivers, rx
}
