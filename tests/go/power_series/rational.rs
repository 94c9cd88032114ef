//! Exact fractions, just enough of them.

use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// In lowest terms, with a positive denominator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rational {
    numerator: i128,
    denominator: i128,
}

pub(crate) const ZERO: Rational = whole(0);
pub(crate) const ONE: Rational = whole(1);

pub(crate) const fn whole(numerator: i128) -> Rational {
    Rational {
        numerator,
        denominator: 1,
    }
}

pub(crate) fn fraction(numerator: i128, denominator: i128) -> Rational {
    assert!(denominator != 0, "{numerator} over zero");
    let divisor = common_divisor(numerator.abs(), denominator.abs()) * denominator.signum();
    Rational {
        numerator: numerator / divisor,
        denominator: denominator / divisor,
    }
}

fn common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl Add for Rational {
    type Output = Rational;

    fn add(self, other: Rational) -> Rational {
        fraction(
            self.numerator * other.denominator + other.numerator * self.denominator,
            self.denominator * other.denominator,
        )
    }
}

impl Neg for Rational {
    type Output = Rational;

    fn neg(self) -> Rational {
        fraction(-self.numerator, self.denominator)
    }
}

impl Sub for Rational {
    type Output = Rational;

    fn sub(self, other: Rational) -> Rational {
        self + -other
    }
}

impl Mul for Rational {
    type Output = Rational;

    fn mul(self, other: Rational) -> Rational {
        fraction(
            self.numerator * other.numerator,
            self.denominator * other.denominator,
        )
    }
}

impl Div for Rational {
    type Output = Rational;

    fn div(self, other: Rational) -> Rational {
        fraction(
            self.numerator * other.denominator,
            self.denominator * other.numerator,
        )
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            _ => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}
