//! Verdicts and severities. Only PASS is PASS.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a check says of its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Facts that were read prove that the requirement is not met.
    Fail,
    /// Could not be decided: denied, failed, partial or never asked.
    Incomplete,
    /// A human must supply evidence.
    Manual,
    /// Facts that were read prove that the requirement is met.
    Pass,
    /// The requirement does not apply; the reason names the rule that says so.
    NotApplicable,
}

impl Verdict {
    /// All verdicts, worst first.
    pub const ALL: [Self; 5] = [Self::Fail, Self::Incomplete, Self::Manual, Self::Pass, Self::NotApplicable];

    /// The word of the report and the files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fail => "FAIL",
            Self::Incomplete => "INCOMPLETE",
            Self::Manual => "MANUAL",
            Self::Pass => "PASS",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }

    /// Its sign, so that it can be read without colour.
    pub const fn sign(self) -> char {
        match self {
            Self::Pass => '✓',
            Self::Fail => '✗',
            Self::Manual => '☐',
            Self::Incomplete => '◐',
            Self::NotApplicable => '–',
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How much a FAIL matters; `--fail-on` takes one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hygiene.
    Low,
    /// Weakens a control.
    Medium,
    /// A control is not met.
    High,
    /// A control is not met where it matters most.
    Critical,
}

impl Severity {
    /// All severities, least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word of the report, the files and `--fail-on`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl std::str::FromStr for Severity {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.word() == text).ok_or_else(|| format!("{text:?} is none of low, medium, high, critical"))
    }
}
