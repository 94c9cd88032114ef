//! One select for both worlds.

/// Selects the way one does at an actor's place: a thread blocks, a task awaits. The arms are
/// written once, and must not await.
macro_rules! select_at {
    ($me:expr; $($arms:tt)*) => {
        if $me.blocks() {
            towpath::select! { $($arms)* }
        } else {
            towpath::select_async! { $($arms)* }
        }
    };
}
