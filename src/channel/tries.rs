//! Something that is worth trying as long as it pays: each try in vain doubles how often it is passed up.

/// At most `2^7 - 1` occasions go by without a try.
const MOST_IN_VAIN: u8 = 7;

/// How the last tries went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tries {
    /// So many occasions go by without one.
    pub(super) passed_up: u8,
    /// So many were in vain, one after the other.
    pub(super) in_vain: u8,
}

impl Tries {
    pub(super) const NONE: Self = Self {
        passed_up: 0,
        in_vain: 0,
    };

    /// There is an occasion: true if it is to be tried.
    pub(super) fn is_due(&mut self) -> bool {
        let is_due = self.passed_up == 0;
        self.passed_up = self.passed_up.saturating_sub(1);
        is_due
    }

    /// Takes note of how a try went.
    pub(super) fn went(&mut self, paid: bool) {
        if paid {
            self.in_vain = 0;
            return;
        }
        self.passed_up = (1 << self.in_vain) - 1;
        self.in_vain = MOST_IN_VAIN.min(self.in_vain + 1);
    }
}

#[cfg(all(test, not(towpath_loom)))]
mod tests {
    use super::*;

    #[test]
    fn tries_in_vain_get_rare_until_one_is_not() {
        let mut tries = Tries::NONE;
        let mut passed_up = || {
            let occasions = (0..1000).take_while(|_| !tries.is_due()).count();
            tries.went(false);
            occasions
        };
        let gaps = [(); 10].map(|()| passed_up());
        assert_eq!(gaps, [0, 0, 1, 3, 7, 15, 31, 63, 127, 127]);
        tries.passed_up = 0;
        tries.went(true);
        assert!(tries.is_due());
        tries.went(false);
        assert!(tries.is_due(), "as after the first try in vain");
    }
}
