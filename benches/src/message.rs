//! What travels. The id proves on arrival that the message is the one that was sent.

use std::hint::black_box;
use std::sync::Arc;

pub trait Message: Send + Unpin + 'static {
    /// How scenarios call it.
    const NAME: &'static str;
    fn new(id: u64) -> Self;
    fn id(&self) -> u64;
}

impl Message for u64 {
    const NAME: &'static str = "8B";

    fn new(id: u64) -> Self {
        id
    }

    fn id(&self) -> u64 {
        *self
    }
}

/// A message of that many words, moved with every hand-over.
#[derive(Debug)]
pub struct Wide<const WORDS: usize>([u64; WORDS]);

pub type Wide64 = Wide<8>;
pub type Wide256 = Wide<32>;
pub type Wide4096 = Wide<512>;

/// Messages of more words are made by a function of their own. It writes them where the send wants its
/// argument; inlined, it fills an array beside it, and one copy more is part of what is measured. (What that
/// takes hangs on how the two lie to each other: `rep movsb` takes 45 or 1150 ns for 4096 bytes.)
const INLINED: usize = 64;

#[inline(never)]
fn filled<const WORDS: usize>(id: u64) -> [u64; WORDS] {
    [id; WORDS]
}

impl<const WORDS: usize> Message for Wide<WORDS> {
    const NAME: &'static str = match WORDS {
        8 => "64B",
        32 => "256B",
        512 => "4096B",
        _ => "wide",
    };

    fn new(id: u64) -> Self {
        Wide(if WORDS > INLINED {
            filled(id)
        } else {
            [id; WORDS]
        })
    }

    /// Reads both ends: a torn message has an id that was never sent. All of it has to be there: where a receive is
    /// inlined, the compiler would leave in the queue what nobody looks at.
    fn id(&self) -> u64 {
        let words = black_box(&self.0);
        words[0] / 2 + words[WORDS - 1].div_ceil(2)
    }
}

/// Allocated by the sender, freed by the receiver.
impl Message for Box<u64> {
    const NAME: &'static str = "box";

    fn new(id: u64) -> Self {
        Box::new(id)
    }

    fn id(&self) -> u64 {
        **self
    }
}

/// Allocated by the sender, freed by the receiver.
impl Message for Arc<u64> {
    const NAME: &'static str = "arc";

    fn new(id: u64) -> Self {
        Arc::new(id)
    }

    fn id(&self) -> u64 {
        **self
    }
}

/// Three words, and eight bytes on the heap: the id in septets, which are ASCII.
impl Message for String {
    const NAME: &'static str = "string";

    fn new(id: u64) -> Self {
        let septets: [u8; 8] = std::array::from_fn(|i| (id >> (7 * i)) as u8 & 0x7f);
        std::str::from_utf8(&septets).expect("ASCII").to_owned()
    }

    fn id(&self) -> u64 {
        let bits = self.bytes().enumerate();
        bits.fold(0, |id, (i, septet)| id | u64::from(septet) << (7 * i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_carries_its_id() {
        fn check<T: Message>() {
            for id in [0, 1, 127, 128, 8_000_001, 1 << 40] {
                assert_eq!(T::new(id).id(), id, "{}", T::NAME);
            }
        }
        check::<u64>();
        check::<Wide64>();
        check::<Wide256>();
        check::<Wide4096>();
        check::<Box<u64>>();
        check::<Arc<u64>>();
        check::<String>();
    }
}
