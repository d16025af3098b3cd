//! Exit codes: what each means, and the one place where errors become one.

use crate::model::verdict::{Severity, Verdict};
use crate::report::evidence_v1::EvidenceV1;
use std::fmt;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done, and nothing at or above `--fail-on` failed; for `verify`: every step passed.
    Done = 0,
    /// Done, with at least one FAIL at or above `--fail-on`.
    Failed = 1,
    /// Wrong usage or configuration; nothing was written.
    Usage = 2,
    /// Done, no such FAIL, but something is INCOMPLETE; for `verify`: a step could not be checked.
    Incomplete = 3,
    /// `verify`: altered, forged, or not signed by a trusted key.
    Untrusted = 4,
    /// An operational error; no bundle was written.
    Operational = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table that `--help` ends with.
pub const TABLE: &str = "\
Exit codes:
  0  done; nothing at or above --fail-on (default: high) failed
     verify: every step passed
  1  done, bundle written; at least one FAIL at or above --fail-on
  2  wrong usage or configuration; nothing was written
  3  done, bundle written, no such FAIL, but something is INCOMPLETE
     verify: intact, but a step could not be checked
  4  verify: altered, forged, or not signed by a trusted key
  5  an operational error; no bundle was written, what was collected is kept";

/// The part of it that concerns `verify`.
pub const VERIFY_TABLE: &str = "\
Exit codes:
  0  every step that applies passed
  2  wrong usage
  3  intact, but a step could not be checked (no trust given, time not proven ...)
  4  altered, forged, or not signed by a trusted key";

/// An error on its way to the user: what happened, on what, what to do next; and the exit code.
#[derive(Debug)]
pub struct CliError {
    /// How the program ends.
    pub exit: Exit,
    text: String,
}

impl CliError {
    /// Wrong usage or configuration.
    pub fn usage(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, text: why.to_string() }
    }
    /// A bundle that is not whole, or not sealed by whom the caller trusts.
    pub fn untrusted(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Untrusted, text: why.to_string() }
    }
    /// An operational error.
    pub fn operational(why: impl fmt::Display) -> Self {
        Self { exit: Exit::Operational, text: why.to_string() }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The exit code of an assessment: FAIL at or above the limit, then INCOMPLETE, then done. Nothing found is never done.
pub fn of(evidence: &EvidenceV1, fail_on: Severity) -> Exit {
    let verdicts = || evidence.findings.iter().map(|f| (f.finding.verdict, f.finding.severity));
    if verdicts().any(|(v, s)| v == Verdict::Fail && s >= fail_on) {
        return Exit::Failed;
    }
    let incomplete = !evidence.completeness.complete || evidence.findings.is_empty() || verdicts().any(|(v, _)| v == Verdict::Incomplete);
    if incomplete { Exit::Incomplete } else { Exit::Done }
}
