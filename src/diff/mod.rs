//! What changed from one bundle to the next: verdicts, settings, people by pseudonym, declarations, and what it was made with.
//!
//! Pure data in, pure data out. It must not read a bundle, and must not say that either side is genuine: `verify` does both.

mod compare;
mod people;
pub mod schema;
pub mod summary;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;

pub use compare::compare;

use crate::model::verdict::Severity;
use serde::{Deserialize, Serialize};

/// The value of [`Diff::format`].
pub const FORMAT: &str = "poolproof-diff/1";

/// Most users named in one list; the count beside it is always whole.
pub const MOST_NAMED: usize = 50;

/// Two bundles, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diff {
    /// Always [`FORMAT`].
    pub format: String,
    /// The earlier one.
    pub old: Side,
    /// The later one.
    pub new: Side,
    /// What could not be compared, and what is odd about comparing these two: plain sentences.
    pub notes: Vec<String>,
    /// Findings whose verdict is another, or that only one side has.
    pub verdicts: Vec<VerdictChange>,
    /// Roll-ups of controls that are another.
    pub controls: Vec<Change>,
    /// Settings of pools and app clients, as both recordings show them.
    pub settings: Vec<Change>,
    /// The scope file: thresholds, pools, privacy, formats, checks switched off.
    pub declared: Vec<Change>,
    /// Program, catalogue and revisions of checks.
    pub made_with: Vec<Change>,
    /// Users, a pool each.
    pub population: Vec<PoolChange>,
}

/// One of the two bundles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// SHA-256 of the statement's payload; `None` for a bare `evidence.json`, which nobody sealed.
    pub statement: Option<String>,
    /// The bundle's id.
    pub bundle_id: String,
    /// The period's label.
    pub period: String,
    /// The time for which verdicts were made, RFC 3339.
    pub at: String,
    /// `live`, `import` or `demo`.
    pub source: String,
    /// What was checked of the seal before comparing, in words.
    pub seal: String,
}

/// A verdict that is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictChange {
    /// `worse`, `better` or `other`: see [`compare`].
    pub direction: Direction,
    /// The check.
    pub check: String,
    /// What it is about.
    pub subject: String,
    /// The severity of a FAIL, as the later side (else the earlier) has it.
    pub severity: Severity,
    /// Verdict then; `None`: no such finding.
    pub old: Option<String>,
    /// Verdict now; `None`: no such finding.
    pub new: Option<String>,
}

/// Which way a verdict went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Now FAIL, or no longer PASS.
    Worse,
    /// Now PASS.
    Better,
    /// Anything else: FAIL that became INCOMPLETE is not better.
    Other,
}

impl Direction {
    /// The word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Other => "other",
        }
    }
}

/// A value that is another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The pool, client, control or section.
    pub subject: String,
    /// Which of its values.
    pub what: String,
    /// Then; `None`: it was not set, or there was no such subject.
    pub old: Option<String>,
    /// Now.
    pub new: Option<String>,
    /// Both sides were read: otherwise nothing is known of a change.
    pub comparable: bool,
}

/// The users of a pool, then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolChange {
    /// The pool.
    pub pool: String,
    /// Users listed then; `None`: the pool was not read.
    pub listed_old: Option<u64>,
    /// Users listed now.
    pub listed_new: Option<u64>,
    /// Why users were not compared one by one; `None`: they were.
    pub not_joined: Option<String>,
    /// In the later listing only.
    pub joined: Users,
    /// In the earlier listing only.
    pub left: Users,
    /// Enrolled now and not then.
    pub gained_factor: Users,
    /// Enrolled then and known not to be now: not enrolled, or challenged without a listed factor.
    pub lost_factor: Users,
    /// Enrolled then, and what is now cannot be told (not read, not asked, or the API is silent).
    pub factor_unknown: Users,
    /// Privileged now and not then.
    pub became_privileged: Users,
    /// Privileged then and not now.
    pub no_longer_privileged: Users,
}

/// Some users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// How many.
    pub count: u64,
    /// The first [`MOST_NAMED`], sorted; none where pseudonyms are masked.
    pub named: Vec<String>,
}

impl Diff {
    /// Nothing differs that could be compared.
    pub fn is_same(&self) -> bool {
        let quiet = |p: &PoolChange| p.lists().iter().all(|(_, users)| users.count == 0) && p.listed_old == p.listed_new;
        self.verdicts.is_empty()
            && [&self.controls, &self.settings, &self.declared, &self.made_with].iter().all(|c| c.is_empty())
            && self.population.iter().all(quiet)
    }
}

impl PoolChange {
    /// Its lists, each with what it means in words.
    pub fn lists(&self) -> [(&'static str, &Users); 7] {
        [
            ("joined", &self.joined),
            ("left", &self.left),
            ("gained a factor", &self.gained_factor),
            ("lost the factor", &self.lost_factor),
            ("had a factor, now unknown", &self.factor_unknown),
            ("became privileged", &self.became_privileged),
            ("no longer privileged", &self.no_longer_privileged),
        ]
    }
}
