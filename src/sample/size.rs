//! How many users to test: computed from the hypergeometric distribution, never looked up in a table.
//!
//! An attribute sample for tests of a control. With N users, of whom D deviate (D is the smallest number that is no longer below the
//! tolerable rate), n are drawn without replacement. n is the smallest size at which at most k deviations show with a probability of
//! no more than 1 - confidence. So: who finds at most k has, with that confidence, a rate below the tolerable one.
//! For large N it is the binomial size, such as 45 for 90 %, 5 % and no deviation (GAO, Financial Audit Manual, figure 450.1).

use serde::Serialize;

/// A percentage in hundredths: 95 % is 9,500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u32);

impl Percent {
    /// Reads `95`, `97.5` or `95%`: above 0 and below 100, at most two decimals.
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no percentage above 0 and below 100 with at most two decimals, such as 95 or 2.5");
        let number = text.strip_suffix('%').unwrap_or(text);
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |t: &str, most: usize| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole, 2) || !digits(part, 2) {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let hundredths: u32 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
        match whole * 100 + hundredths {
            0 => Err(wrong()),
            value => Ok(Self(value)),
        }
    }

    /// As a fraction of one.
    fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// The smallest number of `of` that is at least this share.
    fn share_of(self, of: u64) -> u64 {
        let product = u128::from(self.0) * u128::from(of);
        u64::try_from(product.div_ceil(10_000)).unwrap_or(of)
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}"),
        }
    }
}

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(f64::from(self.0) / 100.0)
    }
}

/// How large a sample is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// From these three.
    Computed {
        /// How sure the conclusion is to be.
        confidence: Percent,
        /// The deviation rate that is no longer tolerable.
        tolerable: Percent,
        /// Deviations that may show in the sample without spoiling the conclusion.
        expected: u64,
    },
    /// What the auditor decided otherwise.
    Given(u64),
}

/// The size for one population, with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Size {
    /// Users to draw, before every stratum gets at least one.
    pub n: u64,
    /// `computed`, `given`, or `all` (fewer users than asked for, or no smaller sample shows it).
    pub basis: &'static str,
    /// Confidence, per cent.
    pub confidence_percent: Option<Percent>,
    /// Tolerable deviation rate, per cent.
    pub tolerable_percent: Option<Percent>,
    /// Deviations that may be found.
    pub expected_deviations: Option<u64>,
    /// The smallest number of deviating users at which the rate is no longer tolerable.
    pub intolerable_users: Option<u64>,
}

/// The size for a population of `users`.
pub fn of(users: u64, wanted: Wanted) -> Size {
    match wanted {
        Wanted::Given(n) => Size {
            n: n.min(users),
            basis: if n >= users { "all" } else { "given" },
            confidence_percent: None,
            tolerable_percent: None,
            expected_deviations: None,
            intolerable_users: None,
        },
        Wanted::Computed { confidence, tolerable, expected } => {
            let deviating = tolerable.share_of(users);
            let n = smallest(users, deviating, expected, 1.0 - confidence.fraction());
            Size {
                n,
                basis: if n == users { "all" } else { "computed" },
                confidence_percent: Some(confidence),
                tolerable_percent: Some(tolerable),
                expected_deviations: Some(expected),
                intolerable_users: Some(deviating),
            }
        }
    }
}

/// The smallest n with P(at most `expected` of the `deviating` among n of `users`) <= `risk`; all of them where there is none.
///
/// The distribution is carried from one draw to the next, `chance[j]` being that of j deviations so far: sums of positive terms only,
/// so nothing cancels out. The last bits of a sum (a billionth of the risk) do not make the sample larger by one.
fn smallest(users: u64, deviating: u64, expected: u64, risk: f64) -> u64 {
    if expected >= deviating {
        return users;
    }
    let risk = risk * (1.0 + 1e-9);
    let mut chance = vec![1.0_f64];
    for drawn in 0..users {
        if chance.iter().sum::<f64>() <= risk {
            return drawn;
        }
        let left = (users - drawn) as f64;
        let mut next = vec![0.0; (chance.len() + 1).min(usize::try_from(expected).map_or(usize::MAX, |e| e.saturating_add(1)))];
        for (found, p) in chance.iter().enumerate() {
            let bad = deviating.saturating_sub(found as u64);
            let good = (users - drawn).saturating_sub(bad);
            if let Some(same) = next.get_mut(found) {
                *same += p * (good as f64) / left;
            }
            if let Some(more) = next.get_mut(found + 1) {
                *more += p * (bad as f64) / left;
            }
        }
        chance = next;
    }
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(users: u64, confidence: &str, tolerable: &str, expected: u64) -> u64 {
        let (confidence, tolerable) = (Percent::parse(confidence).unwrap(), Percent::parse(tolerable).unwrap());
        of(users, Wanted::Computed { confidence, tolerable, expected }).n
    }

    #[test]
    fn a_large_population_needs_what_is_published_for_it() {
        // GAO, Financial Audit Manual, figure 450.1 (90 %, 5 %); ln(1 - confidence) / ln(1 - rate) for none; binomial sums for more.
        for (confidence, tolerable, expected, n) in [
            ("90", "5", 0, 45),
            ("95", "5", 0, 59),
            ("99", "5", 0, 90),
            ("95", "10", 0, 29),
            ("90", "10", 0, 22),
            ("95", "1", 0, 299),
            ("90", "5", 1, 77),
            ("95", "5", 1, 93),
            ("95", "10", 1, 46),
        ] {
            assert_eq!(size(10_000_000, confidence, tolerable, expected), n, "{confidence} {tolerable} {expected}");
        }
    }

    /// C(n, k) exactly, for small numbers.
    fn choose(n: u64, k: u64) -> u128 {
        if k > n { 0 } else { (0..k).fold(1, |c, i| c * u128::from(n - i) / u128::from(i + 1)) }
    }

    #[test]
    fn a_small_population_needs_what_counting_all_samples_says() {
        for users in 1..=40_u64 {
            for (confidence, tolerable, expected) in [(95_u128, 5_u64, 0_u64), (90, 10, 0), (90, 10, 1), (80, 20, 2), (50, 50, 3)] {
                let deviating = (tolerable * users).div_ceil(100);
                let enough = |n: &u64| {
                    let few: u128 =
                        (0..=expected).filter(|j| j <= n).map(|j| choose(deviating, j) * choose(users - deviating, n - j)).sum();
                    few * 100 <= choose(users, *n) * (100 - confidence)
                };
                let n = if expected >= deviating { users } else { (0..=users).find(enough).unwrap() };
                let got = size(users, &confidence.to_string(), &tolerable.to_string(), expected);
                assert_eq!(got, n, "{users} users, {confidence} %, {tolerable} %, {expected}");
            }
        }
    }

    #[test]
    fn the_size_at_the_very_edge_is_not_one_too_large() {
        // One of 20 deviates: 19 miss it with a probability of exactly 5 %.
        assert_eq!(size(20, "95", "5", 0), 19);
    }

    #[test]
    fn percentages_are_read_exactly_and_nonsense_is_refused() {
        for (text, said) in [("95", "95"), ("95%", "95"), ("2.5", "2.5"), ("2.5%", "2.5"), ("0.01", "0.01"), ("99.99", "99.99")] {
            assert_eq!(Percent::parse(text).map(|p| p.to_string()), Ok(said.to_owned()));
        }
        for text in ["", "0", "0.00", "100", "-5", "5.", ".5", "5.123", "1e1", "95%%", "NaN", "５"] {
            assert!(Percent::parse(text).is_err(), "{text:?}");
        }
    }
}
