//! Periods by name: a year, a half, a quarter, a month. Days are UTC. The current day is an input.

use crate::model::scope::Period;
use chrono::{Datelike as _, Months, NaiveDate};

/// Reads `2026`, `2026-H1`, `2026-Q3` or `2026-07`.
///
/// # Errors
/// The text is none of these; the message says what would be.
pub fn parse(label: &str) -> Result<Period, String> {
    days(label)
        .map(|(from, to)| Period { label: label.to_owned(), from, to })
        .ok_or_else(|| format!("{label:?} is no period: write a year (2026), a half (2026-H1), a quarter (2026-Q3) or a month (2026-07)"))
}

/// The quarter that a day is in.
pub fn quarter_of(day: NaiveDate) -> Period {
    let label = format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1);
    parse(&label).unwrap_or(Period { label, from: day, to: day })
}

fn days(label: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (year, rest) = label.split_once('-').map_or((label, None), |(y, r)| (y, Some(r)));
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i32 = year.parse().ok().filter(|y| (2000..=2199).contains(y))?;
    let (month, length) = match rest.map(str::as_bytes) {
        None => (1, 12),
        Some([b'H', n @ b'1'..=b'2']) => (u32::from(n - b'1') * 6 + 1, 6),
        Some([b'Q', n @ b'1'..=b'4']) => (u32::from(n - b'1') * 3 + 1, 3),
        Some([b'0', n @ b'1'..=b'9']) => (u32::from(n - b'0'), 1),
        Some([b'1', n @ b'0'..=b'2']) => (u32::from(n - b'0') + 10, 1),
        Some(_) => return None,
    };
    let from = NaiveDate::from_ymd_opt(year, month, 1)?;
    let to = from.checked_add_months(Months::new(length))?.pred_opt()?;
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_name_days() {
        for (label, from, to) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2026-H1", "2026-01-01", "2026-06-30"),
            ("2026-H2", "2026-07-01", "2026-12-31"),
            ("2026-Q1", "2026-01-01", "2026-03-31"),
            ("2026-Q3", "2026-07-01", "2026-09-30"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2026-12", "2026-12-01", "2026-12-31"),
        ] {
            let period = parse(label).unwrap();
            assert_eq!((period.from.to_string(), period.to.to_string()), (from.to_owned(), to.to_owned()), "{label}");
        }
    }

    #[test]
    fn other_texts_are_no_periods() {
        for label in [
            "", "26", "2026-", "2026-Q5", "2026-Q0", "2026-H3", "2026-00", "2026-13", "2026-7", "2026-q3", "Q3 2026", "2026-Q33", "+026",
            "1999",
        ] {
            assert!(parse(label).is_err(), "{label}");
        }
    }

    proptest! {
        #[test]
        fn a_day_lies_in_its_quarter(days in 0u64..60_000) {
            let day = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Days::new(days);
            let quarter = quarter_of(day);
            prop_assert!(quarter.from <= day && day <= quarter.to);
            prop_assert_eq!(parse(&quarter.label).unwrap(), quarter);
        }
    }
}
