//! What both handles tell about their channel, in the same words.

/// Implements the methods that [`Sender`](super::Sender) and [`Receiver`](super::Receiver) share.
/// The second argument is the handle's name in the examples.
macro_rules! introspection {
    ($Handle:ident, $handle:ident) => {
        impl<T> $Handle<T> {
            /// Closes the channel for everybody: sends fail from now on, receivers drain what was
            /// accepted. Everybody who waits is woken. True if this call closed it.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded(2);
            /// tx.send(1).unwrap();
            #[doc = concat!("assert!(", stringify!($handle), ".close());")]
            /// assert!(tx.send(2).is_err());
            /// assert_eq!(rx.recv(), Ok(1));
            /// assert!(rx.recv().is_err());
            /// ```
            pub fn close(&self) -> bool {
                self.channel.core().close()
            }

            /// True once the channel takes no more messages: it was closed, or the last handle of
            /// one side is gone. There may still be messages to receive.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded::<i32>(2);
            #[doc = concat!("assert!(!", stringify!($handle), ".is_disconnected());")]
            /// tx.close();
            #[doc = concat!("assert!(", stringify!($handle), ".is_disconnected());")]
            /// # drop(rx);
            /// ```
            pub fn is_disconnected(&self) -> bool {
                self.channel.core().is_closed()
            }

            /// How many messages are in the channel now. Those of senders that wait for room do not
            /// count. One that is just being sent may, though one that is sent after it is received
            /// before it (unbounded channels, if its sender is preempted). One that a cancelled receive gave
            /// back counts, even beside a full channel (capacities 0 to 2).
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded(2);
            /// tx.send(1).unwrap();
            #[doc = concat!("assert_eq!(", stringify!($handle), ".len(), 1);")]
            /// # drop(rx);
            /// ```
            pub fn len(&self) -> usize {
                self.channel.core().len()
            }

            /// True if there is no message in the channel. With capacity 0 there is none, but for
            /// one that a cancelled receive gave back.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded::<i32>(2);
            #[doc = concat!("assert!(", stringify!($handle), ".is_empty());")]
            /// # drop((tx, rx));
            /// ```
            pub fn is_empty(&self) -> bool {
                self.channel.core().is_empty()
            }

            /// True if there is no room in the channel. With capacity 0 there never is, without a
            /// bound there always is.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded(1);
            /// tx.send(1).unwrap();
            #[doc = concat!("assert!(", stringify!($handle), ".is_full());")]
            /// # drop(rx);
            /// ```
            pub fn is_full(&self) -> bool {
                self.channel.core().is_full()
            }

            /// The most messages that the channel holds; `None` if there is no bound.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded::<i32>(5);
            #[doc = concat!("assert_eq!(", stringify!($handle), ".capacity(), Some(5));")]
            /// # drop((tx, rx));
            /// ```
            pub fn capacity(&self) -> Option<usize> {
                self.channel.core().capacity()
            }

            /// How many senders the channel has.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded::<i32>(1);
            /// let another = tx.clone();
            #[doc = concat!("assert_eq!(", stringify!($handle), ".sender_count(), 2);")]
            /// # drop((tx, rx, another));
            /// ```
            pub fn sender_count(&self) -> usize {
                self.channel.senders.count()
            }

            /// How many receivers the channel has.
            ///
            /// # Examples
            ///
            /// ```
            /// let (tx, rx) = towpath::bounded::<i32>(1);
            /// let another = rx.clone();
            #[doc = concat!("assert_eq!(", stringify!($handle), ".receiver_count(), 2);")]
            /// # drop((tx, rx, another));
            /// ```
            pub fn receiver_count(&self) -> usize {
                self.channel.receivers.count()
            }
        }
    };
}
