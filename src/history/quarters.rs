//! Each control in each calendar quarter: the worst of the quarter's bundles beside the last, and how many of its days are
//! shown. A quarter without a bundle stays a column of its own, so that it is seen to be missing.

use super::{Cell, Coverage, Days, Entry};
use crate::model::verdict::Verdict;
use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most quarters, the latest.
const MOST: usize = 40;

/// A calendar quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarter {
    /// Such as `2026-Q3`.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Bundles of the chain with days of it in their period that they can tell of.
    pub bundles: u64,
    /// Days of it, by what is known of them; days outside the chain's are not counted.
    pub days: BTreeMap<Coverage, i64>,
    /// The controls that its bundles hold.
    pub controls: BTreeMap<String, InQuarter>,
}

/// A control in one quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InQuarter {
    /// The worst roll-up of the quarter's bundles; `None`: nothing that counts is mapped in any.
    pub worst: Option<Verdict>,
    /// As the last of them has it.
    pub last: Cell,
    /// How many hold it.
    pub bundles: u64,
}

/// The quarters from the chain's first day to the last that its periods reach, oldest first.
pub(super) fn of(chain: &[Entry], days: &[Days]) -> Vec<Quarter> {
    // The day on which the last bundle was made may lie in a quarter that no period has begun: that one is not missing yet.
    let last = chain.iter().map(|e| e.to.min(e.day)).max();
    let (Some(first), Some(last)) = (days.first().map(|d| d.from), last) else { return Vec::new() };
    let mut out = Vec::new();
    let mut begins = first_day(first);
    while let Some(from) = begins.filter(|from| *from <= last) {
        begins = from.checked_add_months(Months::new(3));
        let Some(to) = begins.and_then(|next| next.pred_opt()) else { break };
        out.push(quarter(from, to, chain, days));
    }
    out.drain(..out.len().saturating_sub(MOST));
    out
}

/// The first day of a day's quarter.
fn first_day(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1)
}

fn quarter(from: NaiveDate, to: NaiveDate, chain: &[Entry], days: &[Days]) -> Quarter {
    // A bundle tells nothing of days after it was made, whatever period it declares.
    let own: Vec<&Entry> = chain.iter().filter(|e| e.from <= to && from <= e.to.min(e.day)).collect();
    let mut known: BTreeMap<Coverage, i64> = BTreeMap::new();
    for stretch in days {
        let both = (stretch.to.min(to) - stretch.from.max(from)).num_days() + 1;
        if both > 0 {
            *known.entry(stretch.coverage).or_default() += both;
        }
    }
    let mut controls: BTreeMap<String, InQuarter> = BTreeMap::new();
    for (id, cell) in own.iter().flat_map(|e| &e.controls) {
        let found = controls.entry(id.clone()).or_insert_with(|| InQuarter { worst: None, last: cell.clone(), bundles: 0 });
        found.worst = found.worst.into_iter().chain(cell.verdict).min();
        found.last = cell.clone();
        found.bundles += 1;
    }
    let label = format!("{:04}-Q{}", from.year(), from.month0() / 3 + 1);
    Quarter { label, from, to, bundles: own.len() as u64, days: known, controls }
}

impl Quarter {
    /// A control in a few signs: the worst of the quarter, then the last bundle's findings. Never a bare PASS (ruling 44).
    pub(super) fn cell(&self, control: &str) -> String {
        let Some(found) = self.controls.get(control) else { return "·".to_owned() };
        let Cell { pass, of, .. } = found.last;
        match found.worst {
            None => "–".to_owned(),
            Some(worst) if found.last.verdict == Some(worst) => format!("{} {pass}/{of}", worst.sign()),
            // It was worse earlier in the quarter: both are said.
            Some(worst) => format!("{}→{} {pass}/{of}", worst.sign(), found.last.verdict.map_or('–', Verdict::sign)),
        }
    }

    /// Its days in a few words.
    pub(super) fn told(&self) -> String {
        let of = |coverage| self.days.get(&coverage).copied().unwrap_or(0);
        let whole = (self.to - self.from).num_days() + 1;
        format!("{} of {whole} days throughout", of(Coverage::Throughout))
    }
}
