//! The chain of bundles in a folder: which follows which, which days they cover, where links or days are missing, and how each
//! control stood in each.
//!
//! Pure data in, pure data out: whether a bundle is whole, `verify` has said before it gets here.

mod days;
pub mod html;
mod link;
mod pictures;
mod quarters;
#[cfg(test)]
mod tests;
pub mod text;

pub use days::{Coverage, Days};
pub use quarters::{InQuarter, Quarter};

use crate::model::verdict::Verdict;
use crate::report::evidence_v1::{EvidenceV1, PoolTimeline};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The value of [`History::format`].
pub const FORMAT: &str = "poolproof-history/1";
/// The check that covers a whole period; all others show one point in time (ruling 31).
const PERIOD_CHECK: &str = "COG-LOG-005";

/// A bundle that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its file.
    pub file: String,
    /// SHA-256 of its statement's payload.
    pub statement: String,
    /// The statement that it names as the one before it.
    pub previous: Option<String>,
    /// Fingerprint of the key that sealed it.
    pub fingerprint: String,
    /// Whose key that is, where the caller trusts it.
    pub who: Option<String>,
    /// The bundle's id.
    pub bundle_id: String,
    /// The organisation.
    pub organization: String,
    /// The period's label.
    pub period: String,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// The time for which verdicts were made, RFC 3339.
    pub at: String,
    /// The day of it.
    pub day: NaiveDate,
    /// `live`, `import` or `demo`.
    pub source: String,
    /// Everything that was asked was answered.
    pub complete: bool,
    /// The pools that it read: nothing is said of any other.
    pub pools: BTreeSet<String>,
    /// The check of the whole period passes for every pool: the period counts, not the day alone.
    pub throughout: bool,
    /// Findings by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Roll-ups over all pools, by control in the catalogue's order within [`Entry::controls`]' keys.
    pub controls: BTreeMap<String, Cell>,
    /// What it shows of each pool's MFA mode, by pool: stretches whose mode is known, and windows below ON.
    pub modes: BTreeMap<String, Vec<ModeSpan>>,
}

/// The MFA mode of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// Required.
    On,
    /// For users who set it up.
    Optional,
    /// Never asked for.
    Off,
}

impl Mode {
    /// AWS's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Optional => "OPTIONAL",
            Self::Off => "OFF",
        }
    }
    /// Whether MFA is not required.
    pub const fn is_below(self) -> bool {
        !matches!(self, Self::On)
    }
    fn of(word: &str) -> Option<Self> {
        [Self::On, Self::Optional, Self::Off].into_iter().find(|m| m.word() == word)
    }
}

/// A stretch of time in one mode.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ModeSpan {
    /// The mode: what is drawn last sorts last.
    pub mode: Mode,
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end. The same as the start: only that moment is certain.
    pub to: DateTime<Utc>,
    /// The period of the bundle that shows it.
    pub period: String,
}

/// A control in one bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The roll-up; `None`: nothing that counts is mapped.
    pub verdict: Option<Verdict>,
    /// Findings that pass.
    pub pass: u64,
    /// Findings that count.
    pub of: u64,
}

/// A file that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// Something about the chain that a reader must know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Oddity {
    /// `link-missing`, `fork`, `stranger`, `copy`, `key-changed`, `backwards`, `pool-gone`, `not-live` or `cut-off`.
    pub kind: &'static str,
    /// In words, with the files.
    pub what: String,
}

/// The whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// Always [`FORMAT`].
    pub format: &'static str,
    /// What was checked of each bundle, in words.
    pub checked: String,
    /// The chain, oldest first.
    pub chain: Vec<Entry>,
    /// Bundles that are whole and not in the chain.
    pub strangers: Vec<Entry>,
    /// Files that are no bundles, not whole, or of keys that the caller does not trust.
    pub refused: Vec<Refused>,
    /// What is odd.
    pub oddities: Vec<Oddity>,
    /// The days from the chain's first period to its last, in runs of the same kind.
    pub days: Vec<Days>,
    /// The calendar quarters of those days, each with the controls of its bundles.
    pub quarters: Vec<Quarter>,
}

impl Entry {
    /// Of a bundle's evidence. `None`: its time is none.
    pub fn of(file: &str, evidence: &EvidenceV1, statement: &str, fingerprint: &str, who: Option<&str>) -> Option<Self> {
        let period: Vec<_> = evidence.findings.iter().filter(|f| f.finding.check.as_str() == PERIOD_CHECK).collect();
        let whole = |p: &crate::report::evidence_v1::PoolPopulation| {
            let mut of_pool = period.iter().filter(|f| f.finding.subject.pool() == Some(&p.pool)).peekable();
            of_pool.peek().is_some() && of_pool.all(|f| f.finding.verdict == Verdict::Pass)
        };
        let passes = period.iter().all(|f| f.finding.verdict == Verdict::Pass);
        let controls = evidence.controls.iter().flat_map(|f| &f.controls).filter(|c| !c.proposed);
        Some(Self {
            file: file.to_owned(),
            statement: statement.to_owned(),
            previous: evidence.run.previous.clone(),
            fingerprint: fingerprint.to_owned(),
            who: who.map(str::to_owned),
            bundle_id: evidence.bundle_id.clone(),
            organization: evidence.scope.organization.name.clone(),
            period: evidence.scope.period.label.clone(),
            from: evidence.scope.period.from,
            to: evidence.scope.period.to,
            at: evidence.run.at.clone(),
            day: crate::clock::parse_rfc3339(&evidence.run.at).ok()?.date_naive(),
            source: evidence.run.source.clone(),
            complete: evidence.completeness.complete,
            pools: evidence.population.iter().map(|p| p.pool.to_string()).collect(),
            throughout: passes && !evidence.population.is_empty() && evidence.population.iter().all(whole),
            verdicts: evidence.verdict_counts().into_iter().map(|(v, n)| (v.word().to_owned(), n)).collect(),
            controls: controls
                .map(|c| (c.id.to_string(), Cell { verdict: c.overall.verdict, pass: c.overall.pass, of: c.overall.of }))
                .collect(),
            modes: evidence.timeline.iter().map(|line| (line.pool.to_string(), modes(line, &evidence.scope.period.label))).collect(),
        })
    }
}

impl History {
    /// Links the bundles. `checked` says what was checked of each.
    pub fn of(entries: Vec<Entry>, mut refused: Vec<Refused>, checked: &str) -> Self {
        refused.sort_by(|a, b| a.file.cmp(&b.file));
        let link::Linked { chain, strangers, oddities } = link::link(entries);
        let days = days::of(&chain);
        let quarters = quarters::of(&chain, &days);
        Self { format: FORMAT, checked: checked.to_owned(), chain, strangers, refused, oddities, days, quarters }
    }

    /// Every control of the chain.
    pub fn controls(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.chain.iter().flat_map(|e| e.controls.keys().map(String::as_str)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What the chain shows of each pool's mode; what is below ON comes last.
    pub fn modes(&self) -> BTreeMap<&str, Vec<&ModeSpan>> {
        let mut all: BTreeMap<&str, Vec<&ModeSpan>> = BTreeMap::new();
        for (pool, spans) in self.chain.iter().flat_map(|e| &e.modes) {
            all.entry(pool).or_default().extend(spans);
        }
        all.values_mut().for_each(|spans| spans.sort());
        all
    }

    /// Runs of days of which no bundle tells.
    pub fn gaps(&self) -> impl Iterator<Item = &Days> {
        self.days.iter().filter(|d| d.coverage == Coverage::Nothing)
    }
}

/// The stretches of a timeline whose mode is known, and each window below ON.
fn modes(line: &PoolTimeline, period: &str) -> Vec<ModeSpan> {
    let span = |mode: &str, from: &str, to: &str| {
        let (from, to) = (crate::clock::parse_rfc3339(from).ok()?, crate::clock::parse_rfc3339(to).ok()?);
        Some(ModeSpan { mode: Mode::of(mode)?, from, to: to.max(from), period: period.to_owned() })
    };
    let known = line.spans.iter().filter_map(|s| span(&s.state, &s.from, &s.to));
    // A window of which only one moment is certain is no span.
    let windows = line.windows.iter().filter_map(|w| span(&w.mode, &w.from, &w.proved_until));
    let mut all: Vec<ModeSpan> = known.chain(windows).collect();
    all.sort();
    all.dedup();
    all
}
