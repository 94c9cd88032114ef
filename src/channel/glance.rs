//! A look at a channel by somebody who does not know its type of messages.

use std::marker::PhantomData;

use super::core::{Core, Side};
use super::hand_off::HandOff;
use super::shared::{
    Channel, Custom, Flavor, ListChannel, RingChannel, SoleListChannel, SpscChannel,
};

/// Says whether one side of a channel looks ready: its core, and what to ask of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glance<'a> {
    core: *const (),
    ask: unsafe fn(*const ()) -> bool,
    _channel: PhantomData<&'a ()>,
}

impl<'a> Glance<'a> {
    pub(crate) fn at<T>(channel: &'a Channel<T>, side: Side) -> Self {
        match channel.flavor() {
            // SAFETY: it is that flavour.
            Flavor::HandOff => Self::with(
                unsafe { channel.behind::<HandOff<T>>() },
                ask::<T, HandOff<T>>(side),
            ),
            // SAFETY: it is that flavour.
            Flavor::Ring => Self::with(
                unsafe { channel.behind::<RingChannel<T>>() },
                ask::<T, RingChannel<T>>(side),
            ),
            // SAFETY: it is that flavour.
            Flavor::List => Self::with(
                unsafe { channel.behind::<ListChannel<T>>() },
                ask::<T, ListChannel<T>>(side),
            ),
            // SAFETY: it is that flavour.
            Flavor::Spsc => Self::with(
                unsafe { channel.behind::<SpscChannel<T>>() },
                ask::<T, SpscChannel<T>>(side),
            ),
            // SAFETY: it is that flavour.
            Flavor::SoleList => Self::with(
                unsafe { channel.behind::<SoleListChannel<T>>() },
                ask::<T, SoleListChannel<T>>(side),
            ),
            // SAFETY: it is that flavour.
            Flavor::Custom => Self::with(unsafe { channel.behind::<Custom<T>>() }, ask_custom::<T>),
        }
    }

    fn with<C>(core: &'a C, ask: unsafe fn(*const ()) -> bool) -> Self {
        Self {
            core: std::ptr::from_ref(core).cast(),
            ask,
            _channel: PhantomData,
        }
    }

    /// As [`Core::recv_looks_ready`], or the other side's.
    #[inline]
    pub(crate) fn looks_ready(self) -> bool {
        // SAFETY: made for that core, which lives as long as the borrow of the channel.
        unsafe { (self.ask)(self.core) }
    }
}

fn ask<T, C: Core<T>>(side: Side) -> unsafe fn(*const ()) -> bool {
    match side {
        Side::Send => send_looks_ready::<T, C>,
        Side::Recv => recv_looks_ready::<T, C>,
    }
}

/// # Safety
///
/// There is a `C`.
unsafe fn send_looks_ready<T, C: Core<T>>(core: *const ()) -> bool {
    // SAFETY: the caller's promise.
    unsafe { &*core.cast::<C>() }.send_looks_ready()
}

/// # Safety
///
/// There is a `C`.
unsafe fn recv_looks_ready<T, C: Core<T>>(core: *const ()) -> bool {
    // SAFETY: the caller's promise.
    unsafe { &*core.cast::<C>() }.recv_looks_ready()
}

/// Nobody sends there.
///
/// # Safety
///
/// There is a custom core.
unsafe fn ask_custom<T>(core: *const ()) -> bool {
    // SAFETY: the caller's promise.
    unsafe { &*core.cast::<Custom<T>>() }.recv_looks_ready()
}
