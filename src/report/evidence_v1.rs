//! The wire types of `evidence.json`, format 1. Frozen: a change here is a new format version and a new schema.
//! Every renderer reads only this, so no two formats can disagree.

pub use super::exceptions::SingleUsers;
pub use super::reviews::{AccessReview, ReviewedPool};
pub use super::roster::{PoolRoster, RosterSection};
pub use super::timeline::{PoolTimeline, TimelineEvent, TimelineGap, TimelineReading, TimelineSpan, TimelineWindow};
pub use super::told::TimelineTold;
use crate::diff::Diff;
use crate::model::finding::Finding;
use crate::model::id::{AccountId, ControlId, PoolId, Region, UserId};
use crate::model::scope::Scope;
use crate::model::verdict::Verdict;
pub use crate::recording::header::{Attempts, Tool};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`EvidenceV1::format`].
pub const FORMAT: &str = "poolproof-evidence/1";

/// `evidence.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceV1 {
    /// Always [`FORMAT`].
    pub format: String,
    /// Base32, 16 characters; binds recording, scope, catalogue and assessment time.
    pub bundle_id: String,
    /// Who, when, from where, with what.
    pub run: Run,
    /// What was declared, defaults filled in.
    pub scope: Scope,
    /// How complete the facts are.
    pub completeness: Completeness,
    /// Users in figures, by pool.
    pub population: Vec<PoolPopulation>,
    /// Where each pool stands on the way to required MFA.
    pub rollout: Vec<PoolRollout>,
    /// The MFA mode over the period, by pool.
    pub timeline: Vec<PoolTimeline>,
    /// Every finding, PASS too: by check, then subject.
    pub findings: Vec<MappedFinding>,
    /// The roll-up per control.
    pub controls: Vec<FrameworkResult>,
    /// The controls that the organisation's policy names, with the truth beside each.
    pub named_by_policy: Vec<NamedControl>,
    /// Exceptions declared; they change no verdict.
    pub exceptions: Vec<Exception>,
    /// What is left out, one entry each, counted on the summary page.
    pub left_out: Vec<LeftOut>,
    /// What this evidence does not show, in plain sentences.
    pub limits: Vec<String>,
    /// The roster and the pools that it was held against, where one was supplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<RosterSection>,
    /// The reviews of access, where some were supplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<Vec<AccessReview>>,
    /// What changed since the bundle before this one, where one was given (`data/inputs/previous.json` holds its summary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_previous: Option<Diff>,
}

/// Who, when, from where, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The run's id, also in the User-Agent of its calls.
    pub id: String,
    /// `live`, `import` or `demo`.
    pub source: String,
    /// The time for which verdicts were made, RFC 3339.
    pub at: String,
    /// When the collection began, RFC 3339.
    pub started: String,
    /// Time of the first recorded call; `None` where none was made.
    pub first_call: Option<String>,
    /// Time of the last recorded call.
    pub last_call: Option<String>,
    /// Largest difference between the collector's clock and AWS's `Date` header, seconds; `None` where unknown.
    pub clock_skew_seconds: Option<i64>,
    /// `auditee`, `auditor` or `witnessed`.
    pub collected_by: String,
    /// Who called, as STS answered, one per account.
    pub callers: Vec<Caller>,
    /// `aws`, `overridden` or `none` (nothing was called by the collector itself).
    pub endpoint_kind: String,
    /// The hosts that answered, with the kind of each.
    pub endpoints: Vec<Endpoint>,
    /// Settings that divert traffic (endpoint, proxy, CA), by name only.
    pub overrides: Vec<String>,
    /// SHA-256 that closes the recording.
    pub head_digest: String,
    /// SHA-256 of `data/inputs/scope.json`.
    pub scope_digest: String,
    /// The tool.
    pub tool: Tool,
    /// The catalogue used.
    pub catalogue: CatalogueRef,
    /// The auditor's challenge, if any.
    pub challenge: Option<String>,
    /// SHA-256 of the previous bundle's statement payload.
    pub previous: Option<String>,
    /// The attempts as the journal tells them.
    pub attempts: Attempts,
    /// Statements that belong on the cover whatever the template says (imported, overridden, demo …).
    pub statements: Vec<String>,
}

/// Who called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The ARN that STS answered; `None` where it was denied or not asked.
    pub arn: Option<String>,
}

/// A host that answered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Service id, such as `cognito-idp`.
    pub service: String,
    /// Region.
    pub region: Region,
    /// Scheme, host and port.
    pub origin: String,
    /// `aws` or `overridden`.
    pub kind: String,
}

/// The catalogue used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueRef {
    /// Its version.
    pub version: String,
    /// SHA-256 over its files.
    pub digest: String,
}

/// How complete the facts are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// One plain sentence.
    pub sentence: String,
    /// Everything that was asked was answered and the populations are complete.
    pub complete: bool,
    /// Call attempts by outcome: `answered`, `denied`, `throttled`, `failed`.
    pub calls: BTreeMap<String, u64>,
    /// Regions asked, with the number of pools found (0 is a finding of its own).
    pub regions: Vec<RegionSeen>,
    /// What could not be read.
    pub gaps: Vec<GapNote>,
}

/// A region asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSeen {
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Region,
    /// Pools that ListUserPools showed; `None` where it was denied, failed or not asked.
    pub pools: Option<u64>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapNote {
    /// The operation.
    pub operation: String,
    /// What it concerned: a pool, client or region.
    pub subject: String,
    /// Why, in words.
    pub why: String,
    /// The call, or `header`.
    pub call: String,
}

/// Users of a pool in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolPopulation {
    /// The pool.
    pub pool: PoolId,
    /// Its name.
    pub name: Option<String>,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Region,
    /// When it was created, as AWS says.
    pub created: Option<String>,
    /// Its domain and custom domain.
    pub domains: Vec<String>,
    /// Number of app clients listed.
    pub clients: Option<u64>,
    /// MfaConfiguration as read.
    pub mfa: Option<String>,
    /// Listing and its checks.
    pub listing: Listing,
    /// By UserStatus.
    pub by_status: BTreeMap<String, u64>,
    /// By factor state: `enrolled`, `derived`, `not-enrolled`, `indeterminate`, `not-asked`, `unread`, `pending`,
    /// `federated`, `disabled`, `unconfirmed`.
    pub by_state: BTreeMap<String, u64>,
    /// Users by listed factor (a user may have several).
    pub by_factor: BTreeMap<String, u64>,
    /// Privileged users by factor state; empty where nothing was declared.
    pub privileged: BTreeMap<String, u64>,
    /// Linked users (both ways in).
    pub linked: u64,
    /// Users disabled or modified in the 30 days before the run.
    pub recently_modified: u64,
    /// A bounded list of users that somebody must look at, worst first.
    pub attention: Vec<Attention>,
    /// How many more there are beyond that list.
    pub attention_more: u64,
}

/// A pool on the way from optional to required MFA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolRollout {
    /// The pool.
    pub pool: PoolId,
    /// The phase that it is in.
    pub phase: RolloutPhase,
    /// What stands before the next phase, in words; what would trouble users too.
    pub blockers: Vec<String>,
    /// Its administrators: named ones and members of privileged groups.
    pub admins: RolloutAdmins,
    /// Who would be led to setting up a factor if MFA were required.
    pub set_up: RolloutSetUp,
    /// Whether codes by SMS arrive; `None` where the pool sends none.
    pub sms: Option<RolloutSms>,
    /// What the deployment declared against what is.
    pub intent: RolloutIntent,
    /// AWS CLI commands for the next step, a line each; empty where there is none.
    pub commands: Vec<String>,
}

/// The phases of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutPhase {
    /// The mode was not read.
    NotKnown,
    /// Before the first phase: MFA is off.
    Off,
    /// 1: OPTIONAL, and no administrator has TOTP or a user-verified passkey.
    Optional,
    /// 2: OPTIONAL, and some administrators have.
    AdminsEnrolling,
    /// 3: OPTIONAL, and every administrator has.
    ReadyToEnforce,
    /// 4: ON.
    Required,
}

impl RolloutPhase {
    /// Number and words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotKnown => "not known",
            Self::Off => "0 of 4: off",
            Self::Optional => "1 of 4: optional, no administrator enrolled",
            Self::AdminsEnrolling => "2 of 4: administrators enrolling",
            Self::ReadyToEnforce => "3 of 4: ready to enforce",
            Self::Required => "4 of 4: required",
        }
    }
}

/// The administrators of a pool, by what they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutAdmins {
    /// Somebody was declared.
    pub declared: bool,
    /// With TOTP or a user-verified passkey.
    pub with_totp_or_passkey: u64,
    /// Without.
    pub without: u64,
    /// Whose factors were not read.
    pub not_known: u64,
    /// Named, and not in the listing.
    pub not_listed: u64,
    /// Pseudonyms of those without, at most 25.
    pub users_without: Vec<String>,
}

/// Who would have to set up a factor if MFA were required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutSetUp {
    /// Users who have signed in before, have no factor, and could not be reached by SMS or e-mail.
    pub without_factor: u64,
    /// Users who have not signed in yet: they set one up then.
    pub first_sign_in: u64,
    /// Users whose factors were not read, or say neither.
    pub not_known: u64,
    /// Pseudonyms of those without a factor, at most 25.
    pub users: Vec<String>,
}

/// Whether codes by SMS arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutSms {
    /// The region of SNS that sends; `None` where that is not certain.
    pub region: Option<Region>,
    /// SNS is in the sandbox there: only verified numbers receive anything.
    pub in_sandbox: Option<bool>,
    /// `MonthlySpendLimit`, USD; `None` where it was not set or not read.
    pub monthly_spend_limit_usd: Option<String>,
    /// Countries of the origination numbers; `None` where they were not read. The United States need one.
    pub origination_countries: Option<Vec<String>>,
    /// Enabled local users without a number.
    pub without_number: u64,
    /// With a number that is not in E.164 form.
    pub not_e164: u64,
    /// With a number that is not verified.
    pub unverified: u64,
    /// With a number that opted out; `None` where that was not read.
    pub opted_out: Option<u64>,
    /// With a number of country code 1 (United States, Canada and others).
    pub us_numbers: u64,
}

/// Declared intent against actual configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutIntent {
    /// `mfa_method` as declared.
    pub declared: Option<String>,
    /// What the pool offers: `totp`, `sms`, `email`, `passkey`.
    pub offered: Vec<String>,
    /// How the two differ, in words.
    pub differs: Option<String>,
}

/// How the listing went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Distinct users listed.
    pub listed: u64,
    /// Users that were listed more than once in a pass.
    pub duplicates: u64,
    /// Pages read.
    pub pages: u64,
    /// Passes over the whole listing.
    pub passes: u64,
    /// EstimatedNumberOfUsers before.
    pub estimated_before: Option<u64>,
    /// EstimatedNumberOfUsers after.
    pub estimated_after: Option<u64>,
    /// First and last listing call, RFC 3339.
    pub from: Option<String>,
    /// Last listing call.
    pub to: Option<String>,
    /// COG-EVD-001 passes for this pool.
    pub complete: bool,
}

/// A user somebody must look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Pseudonym.
    pub user: UserId,
    /// UserStatus.
    pub status: String,
    /// Factor state.
    pub state: String,
    /// Listed factors.
    pub factors: Vec<String>,
    /// In a group declared privileged, or a named admin.
    pub privileged: bool,
}

/// A finding with its controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "OpenFinding")]
pub struct MappedFinding {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The controls it bears on.
    pub controls: Vec<MappedControl>,
    /// Numbers of the exceptions that ride on it; they change nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<u64>,
    /// Where all of them are for single users: whom they leave uncovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions_cover: Option<SingleUsers>,
}

/// How [`MappedFinding`] is read: a flattened struct would let unknown members pass in silence, so the finding is read from
/// what is left beside the members named here.
#[derive(Deserialize)]
struct OpenFinding {
    controls: Vec<MappedControl>,
    #[serde(default)]
    exceptions: Vec<u64>,
    #[serde(default)]
    exceptions_cover: Option<SingleUsers>,
    #[serde(flatten)]
    finding: serde_json::Map<String, serde_json::Value>,
}

impl TryFrom<OpenFinding> for MappedFinding {
    type Error = serde_json::Error;
    fn try_from(open: OpenFinding) -> Result<Self, Self::Error> {
        Ok(Self {
            finding: Finding::deserialize(serde_json::Value::Object(open.finding))?,
            controls: open.controls,
            exceptions: open.exceptions,
            exceptions_cover: open.exceptions_cover,
        })
    }
}

/// A control that a finding bears on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappedControl {
    /// The framework's id.
    pub framework: String,
    /// The control's id within it.
    pub id: String,
    /// `direct`, `supporting` or `context`.
    pub strength: String,
}

/// A framework's controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameworkResult {
    /// The framework's id, such as `soc2`.
    pub framework: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Controls, in the catalogue's order.
    pub controls: Vec<ControlResult>,
    /// What this evidence does not cover of it.
    pub not_covered: Vec<String>,
    /// Whether it is a framework of the sealer's own, beside those of the release.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
}

/// A control's roll-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlResult {
    /// The control.
    pub id: ControlId,
    /// Our own short title.
    pub title: String,
    /// Over all pools.
    pub overall: RollUp,
    /// By pool.
    pub pools: BTreeMap<PoolId, RollUp>,
    /// Shown but never scored (a proposed rule).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proposed: bool,
}

/// What the findings say of a control. Never printed as the control's own PASS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollUp {
    /// The worst finding that counts (or MANUAL where a declaration is missing or takes the pool out of the framework's
    /// scope); `None` where only context is mapped or the control is only proposed.
    pub verdict: Option<Verdict>,
    /// `direct`, `supporting`, `mixed` (a group with either) or `none`.
    pub basis: String,
    /// In words: "2 of 3 direct findings pass; covers only …".
    pub sentence: String,
    /// Findings that pass.
    pub pass: u64,
    /// Findings that count.
    pub of: u64,
    /// Checks by verdict; also `DECLARED_OUT` and `NOT_EVALUATED`. NOT_APPLICABLE ones do not count.
    pub checks: BTreeMap<String, Vec<String>>,
}

/// A control named by the organisation's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedControl {
    /// As the policy names it.
    pub named: String,
    /// The truth beside it.
    pub truth: String,
    /// The controls of the catalogue that stand for it, with their roll-up.
    pub controls: Vec<(ControlId, RollUp)>,
}

/// A declared exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its number, from 1, in the order of the scope file.
    pub number: u64,
    /// The check or control; empty where it names none.
    pub on: String,
    /// The subject, in words.
    pub subject: String,
    /// The reason; empty where it gives none.
    pub reason: String,
    /// What stands in the rule's place.
    pub compensating_control: Option<String>,
    /// Who asked for it.
    pub requester: Option<String>,
    /// Who approved it, as the owner says.
    pub approver: Option<String>,
    /// Fingerprint of the key that signed the approval; `None`: nobody signed it. Whose key that is, only a trust file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_with: Option<String>,
    /// When, by the clock of whoever signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<String>,
    /// Where that is recorded.
    pub ticket: Option<String>,
    /// First day.
    pub start: Option<NaiveDate>,
    /// Last day.
    pub expiry: Option<NaiveDate>,
    /// On the day of the verdicts: `in-force`, `not-yet`, `expired`, or `ill-formed`.
    pub state: String,
    /// The bundle before this one has what it covers, without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// What is ill-formed about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<String>,
    /// It is for one user: each of `covers` says how many others its finding is about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_user: bool,
    /// The findings that it rides on: all of them FAIL, and they stay so.
    pub covers: Vec<String>,
}

/// Something left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// What kind: `pool-not-in-scope`, `check-off`, `threshold-changed`, `declared-out`, `users-not-asked`,
    /// `users-excluded`, `undeclared-group`, `originals-not-kept`, `journal-new` …
    pub kind: String,
    /// Which.
    pub what: String,
    /// In words.
    pub why: String,
}

impl EvidenceV1 {
    /// The bytes of `evidence.json`: pretty, sorted where maps are concerned, with a final newline.
    ///
    /// # Errors
    /// Serialization fails.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
    /// Verdict counts over all findings.
    pub fn verdict_counts(&self) -> BTreeMap<Verdict, u64> {
        let mut counts: BTreeMap<Verdict, u64> = Verdict::ALL.into_iter().map(|v| (v, 0)).collect();
        for found in &self.findings {
            *counts.entry(found.finding.verdict).or_default() += 1;
        }
        counts
    }
}
