//! Which days the chain tells of: throughout, at one point only, or not at all. A declared period proves nothing by itself.

use super::Entry;
use chrono::{Days as Count, NaiveDate};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most days that are looked at: 40 years.
const MOST_DAYS: i64 = 14_610;

/// What is known of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// The check of the whole period passes in a bundle whose period it lies in.
    Throughout,
    /// Facts were read on this day.
    Point,
    /// In a bundle's period, but nothing shows how it was on this day.
    Declared,
    /// In no bundle's period.
    Nothing,
}

impl Coverage {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Throughout => "covered throughout",
            Self::Point => "read on this day",
            Self::Declared => "in a period, but not shown",
            Self::Nothing => "NOT COVERED",
        }
    }
}

/// Days in a row of the same kind, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Days {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
    /// How many.
    pub days: i64,
    /// What is known.
    pub coverage: Coverage,
}

/// The days of a chain, from its first period's first day to the last day that could have been read.
pub(super) fn of(chain: &[Entry]) -> Vec<Days> {
    let begins = chain.iter().map(|e| e.from.min(e.day)).min();
    let ends = chain.iter().map(|e| e.to.min(e.day).max(e.day)).max();
    let (Some(begins), Some(ends)) = (begins, ends) else { return Vec::new() };
    // A hostile period of thousands of years must not take thousands of years to draw.
    let begins = begins.max(ends.checked_sub_days(Count::new(MOST_DAYS.unsigned_abs())).unwrap_or(begins));
    let mut known: BTreeMap<NaiveDate, Coverage> = BTreeMap::new();
    for day in begins.iter_days().take_while(|d| *d <= ends) {
        let best = chain.iter().filter_map(|e| of_day(e, day)).min();
        known.insert(day, best.unwrap_or(Coverage::Nothing));
    }
    let mut out: Vec<Days> = Vec::new();
    for (day, coverage) in known {
        match out.last_mut() {
            Some(last) if last.coverage == coverage => {
                last.to = day;
                last.days += 1;
            }
            _ => out.push(Days { from: day, to: day, days: 1, coverage }),
        }
    }
    out
}

/// What one bundle says of a day; nothing of days after it was made.
fn of_day(entry: &Entry, day: NaiveDate) -> Option<Coverage> {
    if entry.throughout && entry.from <= day && day <= entry.to && day <= entry.day {
        Some(Coverage::Throughout)
    } else if day == entry.day {
        Some(Coverage::Point)
    } else if entry.from <= day && day <= entry.to && day <= entry.day {
        Some(Coverage::Declared)
    } else {
        None
    }
}
