//! What a verification ends with: one outcome a step, what was proved and what was not, and the exit code.
//! The JSON of `verify --json` is exactly [`Report`]; its version is [`FORMAT`].
//!
//! It must not check anything.

use std::collections::BTreeMap;

use serde::Serialize;

use super::access_review::Reviewed;
use super::approval::Approval;
use super::attestation::Attested;
use super::stamp::Stamped;
use crate::sign::statement::Attempts;

/// The value of [`Report::format`].
pub const FORMAT: &str = "poolproof-verify/1";

/// How a step ended. Each says why or how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "note", rename_all = "snake_case")]
pub enum Outcome {
    /// Checked, and right; the note says what exactly was checked.
    Passed(String),
    /// Checked, and wrong.
    Failed(String),
    /// Not checked, though it should be.
    NotChecked(String),
    /// Not asked for, or the bundle says that there is nothing to check.
    NotApplicable(String),
}

/// The steps, numbered as the documentation numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum StepName {
    /// ZIP or folder, read without ambiguity and within limits.
    Container = 1,
    /// BagIt: declaration, every file listed and the same, none missing, none extra.
    Bag,
    /// The signed statement: one signature, valid, over these files, saying what they say.
    Statement,
    /// Whether the caller trusts the key.
    Signer,
    /// The CAdES signature over the manifest.
    ManifestSignature,
    /// The signature in the PDF.
    Pdf,
    /// Trusted time.
    Time,
    /// The same signature in other forms says the same.
    Wrappers,
    /// The recording's chain and digests.
    Recording,
    /// The evidence derived again from the recording.
    Reperformance,
    /// The bundle that was expected: period, challenge, previous bundle.
    Chain,
    /// The CloudTrail log files that it rests on are those that AWS signed for.
    LogFiles,
}

impl StepName {
    /// In order.
    pub const ALL: [Self; 12] = [
        Self::Container,
        Self::Bag,
        Self::Statement,
        Self::Signer,
        Self::ManifestSignature,
        Self::Pdf,
        Self::Time,
        Self::Wrappers,
        Self::Recording,
        Self::Reperformance,
        Self::Chain,
        Self::LogFiles,
    ];

    /// Its number, from 1.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Bag => "bag",
            Self::Statement => "statement",
            Self::Signer => "signer",
            Self::ManifestSignature => "manifest signature",
            Self::Pdf => "PDF signature",
            Self::Time => "time",
            Self::Wrappers => "wrappers",
            Self::Recording => "recording",
            Self::Reperformance => "re-performance",
            Self::Chain => "chain",
            Self::LogFiles => "log files",
        }
    }
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// 1 to 12.
    pub number: u8,
    /// Which.
    pub step: StepName,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What the signed statement says; only there when step 3 passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// SHA-256 of the statement's payload: its name, and what the next bundle calls `previous`.
    pub statement_sha256: String,
    /// Fingerprint of the key that signed.
    pub fingerprint: String,
    /// Who that is, in the caller's own words; only there when step 4 passed.
    pub who: Option<String>,
    /// The bundle's id.
    pub bundle_id: String,
    /// The period.
    pub period: Option<String>,
    /// The time for which verdicts were made.
    pub at: String,
    /// First recorded call, by the collector's own clock.
    pub collected_from: Option<String>,
    /// Last recorded call.
    pub collected_to: Option<String>,
    /// `live`, `import` or `demo`.
    pub source: String,
    /// `aws`, `overridden` or `none`.
    pub endpoints: String,
    /// Findings by verdict. What they say is not this program's to judge: an intact bundle may hold nothing but FAIL.
    pub verdicts: BTreeMap<String, u64>,
    /// Everything that was asked was answered and the populations are complete.
    pub complete: bool,
    /// Attempts as the sealer's journal tells them: this run's number, runs since the previous bundle, numbers missing.
    pub attempts: Attempts,
    /// The reports were made again from the evidence and came out the same.
    pub reports_derived: bool,
    /// The CloudTrail log files were read again, and what the recording says of their events is what they say.
    pub log_events_compared: bool,
    /// The catalogue in the bundle is this program's release's, and the one that the statement names.
    pub release_catalogue: bool,
    /// The challenge that it answers.
    pub challenge: Option<String>,
    /// The previous statement.
    pub previous: Option<String>,
    /// The key was made for a demo.
    pub demo_key: bool,
    /// What is not this release's, or missing though asked for: sentences, repeated under `not_proved`.
    pub not_of_this_release: Vec<String>,
    /// The approvals of exceptions that somebody signed, each of its exception's own words. None of it changes a verdict.
    pub approvals: Vec<Approval>,
    /// The reviews of access that the checks read, each signed over exactly that or by nobody. None of it changes a verdict.
    pub reviews: Vec<Reviewed>,
    /// What reviewers attested later, each whole and about this bundle. None of it changes a step or a verdict.
    pub attestations: Vec<Attested>,
    /// How many key rotations it carries, each signed by the key that it names as the old one.
    pub rotations: usize,
    /// The time stamps, each whole and over what it belongs to: this signature, the report, or challenge and scope.
    pub stamps: Vec<Stamped>,
    /// When the seal existed at the latest, by an authority of the caller's trust file.
    pub existed_by: Option<String>,
    /// Whose word that is, in the caller's own words.
    pub existed_by_whom: Option<String>,
    /// After when the recording was written, by an authority of the caller's trust file over the challenge and the scope.
    pub recorded_after: Option<String>,
    /// Whose word that is, in the caller's own words.
    pub recorded_after_whom: Option<String>,
    /// How many files later seals may have added: the statement does not name them.
    pub later_seals: usize,
    /// How many revocation lists lie beside the signature: the statement does not name them either.
    pub revocation_lists: usize,
}

/// The whole result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Always [`FORMAT`].
    pub format: &'static str,
    /// The bundle as it was named.
    pub bundle: String,
    /// `passed`, `not_checked` or `failed`.
    pub result: &'static str,
    /// The exit code: 0, 3 or 4.
    pub exit: u8,
    /// Against which time the key's validity was checked, and where that time comes from.
    pub checked_at: String,
    /// All twelve steps, in order.
    pub steps: Vec<Step>,
    /// What the statement says.
    pub facts: Option<Facts>,
    /// What this run of the verifier has proved, in sentences.
    pub proved: Vec<String>,
    /// What it has not proved, in sentences.
    pub not_proved: Vec<String>,
}

/// The exit code: 4 with any step failed, else 3 with any not checked, else 0.
pub fn exit(steps: &[Step]) -> u8 {
    let any = |wanted: fn(&Outcome) -> bool| steps.iter().any(|s| wanted(&s.outcome));
    if any(|o| matches!(o, Outcome::Failed(_))) {
        4
    } else if any(|o| matches!(o, Outcome::NotChecked(_))) || steps.len() != StepName::ALL.len() {
        3
    } else {
        0
    }
}

impl Report {
    /// How a step ended.
    pub fn outcome(&self, step: StepName) -> Option<&Outcome> {
        self.steps.iter().find(|s| s.step == step).map(|s| &s.outcome)
    }

    /// Whether a step passed.
    pub fn passed(&self, step: StepName) -> bool {
        matches!(self.outcome(step), Some(Outcome::Passed(_)))
    }

    /// The steps that failed.
    pub fn failed(&self) -> Vec<StepName> {
        self.steps.iter().filter(|s| matches!(s.outcome, Outcome::Failed(_))).map(|s| s.step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(outcomes: impl Fn(StepName) -> Outcome) -> Vec<Step> {
        StepName::ALL.map(|step| Step { number: step.number(), step, outcome: outcomes(step) }).to_vec()
    }

    #[test]
    fn the_worst_step_decides_and_a_missing_step_is_never_zero() {
        let word = String::new;
        let all = steps(|_| Outcome::Passed(word()));
        assert_eq!(exit(&all), 0);
        assert_eq!(exit(&all[1..]), 3);
        let with = |outcome: Outcome| steps(|s| if s == StepName::Time { outcome.clone() } else { Outcome::Passed(word()) });
        assert_eq!(exit(&with(Outcome::NotApplicable(word()))), 0);
        assert_eq!(exit(&with(Outcome::NotChecked(word()))), 3);
        let mut both = with(Outcome::NotChecked(word()));
        both[10].outcome = Outcome::Failed(word());
        assert_eq!(exit(&both), 4);
    }

    #[test]
    fn numbers_are_those_of_the_documentation() {
        assert_eq!(StepName::ALL.map(StepName::number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }
}
