//! The one number type of the language: 18 digits before the point, 10 after, exact; as DECIMAL(28,10) in SQL.

use std::fmt;

/// 10^10: one, in units of the last digit.
pub const ONE: i128 = 10_000_000_000;
/// The first magnitude that does not fit.
const LIMIT: i128 = 10_i128.pow(28);
/// Digits after the point.
pub const SCALE: u32 = 10;

/// An exact number, held in units of its tenth decimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i128);

impl Number {
    /// The number of so many units; `None` when it has more than 18 digits before the point.
    pub fn from_units(units: i128) -> Option<Self> {
        (units.abs() < LIMIT).then_some(Self(units))
    }

    /// The units: the number times 10^10.
    pub fn units(self) -> i128 {
        self.0
    }

    /// A whole number, which always fits when it comes from a length or a part of a date.
    pub fn whole(n: i64) -> Option<Self> {
        Self::from_units(i128::from(n).checked_mul(ONE)?)
    }

    /// `mantissa / 10^scale`; `None` when that has too many digits on either side.
    pub fn from_parts(mantissa: i128, scale: u32) -> Option<Self> {
        if scale <= SCALE {
            return Self::from_units(mantissa.checked_mul(10_i128.checked_pow(SCALE - scale)?)?);
        }
        let divisor = 10_i128.checked_pow(scale - SCALE)?;
        if mantissa % divisor == 0 { Self::from_units(mantissa / divisor) } else { None }
    }

    /// The number as a whole one, when it is one.
    pub fn as_whole(self) -> Option<i64> {
        if self.0 % ONE == 0 { i64::try_from(self.0 / ONE).ok() } else { None }
    }

    /// Sum; `None` on overflow, as for all operations.
    pub fn plus(self, other: Self) -> Option<Self> {
        Self::from_units(self.0 + other.0)
    }

    /// Difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        Self::from_units(self.0 - other.0)
    }

    /// Product, half away from zero.
    pub fn times(self, other: Self) -> Option<Self> {
        // Nearly all: up to 922 million each, so that one division of 128 bits does.
        if let (Ok(a), Ok(b)) = (i64::try_from(self.0), i64::try_from(other.0)) {
            return Self::from_units(round_div(i128::from(a) * i128::from(b), ONE));
        }
        let (high, low) = (self.0 / ONE, self.0 % ONE);
        // |high| < 10^18 and |low| < 10^10, so both products fit; their sum is the exact product over 10^10.
        let whole = high.checked_mul(other.0)?;
        let part = round_div(low.checked_mul(other.0)?, ONE);
        Self::from_units(whole.checked_add(part)?)
    }

    /// Quotient, half away from zero; `None` also for a zero divisor.
    pub fn over(self, other: Self) -> Option<Self> {
        if other.0 == 0 {
            return None;
        }
        // |self| × 10^10 < 10^38, which fits.
        Self::from_units(round_div(self.0.checked_mul(ONE)?, other.0))
    }

    /// Remainder with the sign of the left side; `None` for a zero divisor.
    pub fn modulo(self, other: Self) -> Option<Self> {
        self.0.checked_rem(other.0).map(Self)
    }

    /// Rounded to so many decimals (negative: tens, hundreds, …), half away from zero.
    pub fn round(self, decimals: i64) -> Option<Self> {
        let drop = i64::from(SCALE) - decimals;
        if drop <= 0 {
            return Some(self);
        }
        match u32::try_from(drop).ok().filter(|d| *d <= 28) {
            None => Some(Self(0)),
            Some(drop) => {
                let unit = 10_i128.pow(drop);
                Self::from_units(round_div(self.0, unit).checked_mul(unit)?)
            }
        }
    }

    /// The number without its sign.
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// With exactly so many decimals, rounded half away from zero.
    pub fn fixed(self, decimals: u32) -> String {
        let decimals = decimals.min(SCALE);
        let unit = 10_i128.pow(SCALE - decimals);
        let rounded = round_div(self.0, unit) * unit;
        let units = rounded.unsigned_abs();
        let (whole, part) = (units / ONE as u128, units % ONE as u128);
        let sign = if rounded < 0 { "-" } else { "" };
        let digits = format!("{part:010}");
        let digits = digits.get(..decimals as usize).unwrap_or_default();
        let point = if decimals == 0 { "" } else { "." };
        format!("{sign}{whole}{point}{digits}")
    }
}

impl std::ops::Neg for Number {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Number {
    /// Without trailing zeros, as in templates.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.fixed(SCALE);
        f.write_str(all.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// `a / b`, half away from zero; `b` is not zero.
fn round_div(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    // Cheaper than `%`, which divides once more.
    let rest = a - quotient * b;
    let twice = rest.unsigned_abs() * 2;
    if twice < b.unsigned_abs() {
        quotient
    } else if (a < 0) == (b < 0) {
        quotient + 1
    } else {
        quotient - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(mantissa: i128, scale: u32) -> Number {
        Number::from_parts(mantissa, scale).unwrap()
    }

    #[test]
    fn prints_without_trailing_zeros() {
        assert_eq!(n(1190, 0).to_string(), "1190");
        assert_eq!(n(-50, 2).to_string(), "-0.5");
        assert_eq!(n(0, 0).to_string(), "0");
        assert_eq!(n(-1005, 3).fixed(2), "-1.01");
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(n(25, 1).round(0), Some(n(3, 0)));
        assert_eq!(n(-25, 1).round(0), Some(n(-3, 0)));
        assert_eq!(n(1250, 0).round(-2), Some(n(1300, 0)));
        assert_eq!(n(1, 10).times(n(5, 1)), Some(n(1, 10)));
        assert_eq!(n(-1, 10).times(n(5, 1)), Some(n(-1, 10)));
        assert_eq!(n(2, 0).over(n(3, 0)).unwrap().to_string(), "0.6666666667");
        assert_eq!(n(1, 0).over(n(-3, 0)).unwrap().to_string(), "-0.3333333333");
    }

    #[test]
    fn knows_its_bounds() {
        let most = Number::from_units(LIMIT - 1).unwrap();
        assert_eq!(most.plus(Number::from_units(1).unwrap()), None);
        assert_eq!(most.times(n(2, 0)), None);
        assert_eq!(most.over(n(5, 1)), None);
        assert_eq!(Number::from_parts(1, 11), None);
    }
}
