//! Units: how a metric's number is to be read, and what its formula must yield.

use std::fmt;

use crate::Decimal;
use crate::number::Exact;

/// A length of time that durations are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeUnit {
    /// 1 second.
    Second,
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// 86,400 seconds.
    Day,
    /// 7 days.
    Week,
    /// A twelfth of a year: 30.436875 days.
    Month,
    /// 365.2425 days, the mean Gregorian year.
    Year,
}

impl TimeUnit {
    /// All of them, shortest first.
    pub const ALL: [Self; 7] =
        [Self::Second, Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// Its length in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => 2_629_746,
            Self::Year => 31_556_952,
        }
    }

    /// The singular English name.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// The unit of a metric.
///
/// Values are kept in base units (money in currency units, durations in
/// seconds, percentages as fractions) until they are shown or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A fraction, shown times 100.
    Percent,
    /// An amount in the project's currency.
    Money,
    /// An amount in the project's currency per length of time.
    MoneyPer(TimeUnit),
    /// A duration, shown in this unit.
    Duration(TimeUnit),
    /// How many times, `2.5×`.
    Ratio,
    /// Points on a scale, e.g. −100…100.
    Points,
    /// A plain number.
    Number,
    /// So many per length of time.
    Per(TimeUnit),
}

impl Unit {
    /// Every unit's name as scripts write it, in the order of the documentation.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> =
            ["count", "percent", "money", "ratio", "points", "number"].map(String::from).into();
        names.extend(TimeUnit::ALL.map(|unit| Self::Duration(unit).to_string()));
        names.extend(TimeUnit::ALL.map(|unit| Self::MoneyPer(unit).to_string()));
        names.extend(TimeUnit::ALL.map(|unit| Self::Per(unit).to_string()));
        names
    }

    /// Reads a unit by the name that scripts write: `percent`, `days`, `money per day`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = match text {
            "count" => Self::Count,
            "percent" => Self::Percent,
            "money" => Self::Money,
            "ratio" => Self::Ratio,
            "points" => Self::Points,
            "number" => Self::Number,
            _ => {
                let time = |name: &str| TimeUnit::ALL.into_iter().find(|unit| unit.singular() == name);
                if let Some(rest) = text.strip_prefix("money per ") {
                    return time(rest).map(Self::MoneyPer);
                }
                if let Some(rest) = text.strip_prefix("per ") {
                    return time(rest).map(Self::Per);
                }
                return text.strip_suffix('s').and_then(time).map(Self::Duration);
            }
        };
        Some(plain)
    }

    /// Whether its changes are points: of a share of 2 % that becomes 3 %, and of a
    /// score that may be 0 or below, a change relative to what was misleads.
    pub const fn changes_in_points(self) -> bool {
        matches!(self, Self::Percent | Self::Points)
    }

    /// The dimension that a formula must have to be shown in this unit.
    pub fn kind(self) -> Kind {
        match self {
            Self::Money => Kind::MONEY,
            Self::MoneyPer(_) => Kind { money: 1, time: -1 },
            Self::Duration(_) => Kind::DURATION,
            _ => Kind::NUMBER,
        }
    }

    /// How many base units one of this unit is: 86,400 for days, 1 for money.
    /// For `money per day` it is the reciprocal that counts, see [`Unit::is_per`].
    pub fn seconds(self) -> Option<u64> {
        match self {
            Self::MoneyPer(unit) | Self::Duration(unit) => Some(unit.seconds()),
            _ => None,
        }
    }

    /// Whether base values are multiplied (rather than divided) by [`Unit::seconds`] to be shown.
    pub fn is_per(self) -> bool {
        matches!(self, Self::MoneyPer(_))
    }

    /// A value in base units as a number of this unit: seconds as days, an
    /// amount per second as an amount per day. Percentages stay fractions.
    ///
    /// `None` where the number is too large to be written exactly enough.
    pub fn shown(self, base: Decimal) -> Option<Decimal> {
        match self.seconds() {
            Some(seconds) if self.is_per() => base.checked_mul(Decimal::from(seconds)),
            Some(seconds) => base.checked_div(Decimal::from(seconds)),
            None => Some(base),
        }
    }

    /// A number of this unit in base units, not rounded: what a level is compared by.
    pub fn exact_base(self, shown: Decimal) -> Exact {
        let shown = Exact::from(shown);
        match self.seconds().map(Exact::from) {
            Some(seconds) if self.is_per() => shown.checked_div(&seconds).unwrap_or(shown),
            Some(seconds) => &shown * &seconds,
            None => shown,
        }
    }

    /// A number of this unit as a value in base units: the inverse of [`Unit::shown`].
    pub fn base(self, shown: Decimal) -> Option<Decimal> {
        match self.seconds() {
            Some(seconds) if self.is_per() => shown.checked_div(Decimal::from(seconds)),
            Some(seconds) => shown.checked_mul(Decimal::from(seconds)),
            None => Some(shown),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count"),
            Self::Percent => f.write_str("percent"),
            Self::Money => f.write_str("money"),
            Self::MoneyPer(unit) => write!(f, "money per {}", unit.singular()),
            Self::Duration(unit) => write!(f, "{}s", unit.singular()),
            Self::Ratio => f.write_str("ratio"),
            Self::Points => f.write_str("points"),
            Self::Number => f.write_str("number"),
            Self::Per(unit) => write!(f, "per {}", unit.singular()),
        }
    }
}

/// The physical dimension of a measure: powers of money and of time.
///
/// Adding needs equal kinds; multiplying adds the powers. It is what stops
/// an amount from being added to a number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// Power of money.
    pub money: i8,
    /// Power of time.
    pub time: i8,
}

impl Kind {
    /// A plain number.
    pub const NUMBER: Self = Self { money: 0, time: 0 };
    /// An amount of money.
    pub const MONEY: Self = Self { money: 1, time: 0 };
    /// A duration.
    pub const DURATION: Self = Self { money: 0, time: 1 };

    /// The kind of a product.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self { money: self.money.saturating_add(other.money), time: self.time.saturating_add(other.time) }
    }

    /// The kind of a quotient.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        Self { money: self.money.saturating_sub(other.money), time: self.time.saturating_sub(other.time) }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.money, self.time) {
            (0, 0) => f.write_str("a number"),
            (1, 0) => f.write_str("money"),
            (0, 1) => f.write_str("a duration"),
            (1, -1) => f.write_str("money per time"),
            (0, -1) => f.write_str("a number per time"),
            (money, time) => write!(f, "money^{money}·time^{time}"),
        }
    }
}

/// Which way a metric should move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for name in Unit::names() {
            assert_eq!(Unit::parse(&name).map(|unit| unit.to_string()), Some(name));
        }
    }

    #[test]
    fn base_values_are_shown_in_the_unit() {
        let d = |text: &str| Decimal::from_str_exact(text).expect("a number");
        // 4,475,520 s ÷ 86,400 s = 51.8 days.
        assert_eq!(Unit::Duration(TimeUnit::Day).shown(d("4475520")), Some(d("51.8")));
        // 0.25 per second × 86,400 s = 21,600 per day.
        assert_eq!(Unit::MoneyPer(TimeUnit::Day).shown(d("0.25")), Some(d("21600")));
        for unit in [Unit::Percent, Unit::Money, Unit::Count, Unit::Per(TimeUnit::Month)] {
            assert_eq!(unit.shown(d("0.6315")), Some(d("0.6315")));
        }
        assert_eq!(Unit::MoneyPer(TimeUnit::Year).shown(Decimal::MAX), None);
        assert_eq!(Unit::Duration(TimeUnit::Day).base(d("51.8")), Some(d("4475520")));
        assert_eq!(Unit::MoneyPer(TimeUnit::Day).base(d("21600")), Some(d("0.25")));
    }
}
