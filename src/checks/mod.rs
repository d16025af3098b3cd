//! Checks: pure functions from a snapshot and the declared scope to one decision per subject.
//!
//! A check returns `Result<Decision, Gap>`: whatever it needs and cannot have it passes on with `?`, and a gap is
//! INCOMPLETE, by construction. So the order inside a check is the rulings' precedence: NOT_APPLICABLE if proved, FAIL
//! if proved by what was read, then the reads that may be missing, then MANUAL, then PASS.
//! Wording lives in the `.toml` beside each family; a check names one of its reasons and gives the values.

mod accounts;
#[cfg(test)]
mod cases;
mod credentials;
mod evidence;
pub mod exceptions;
pub mod given;
mod inactive;
pub mod leavers;
mod logging;
mod mfa;
mod password;
mod people;
#[cfg(test)]
mod properties;
mod resilience;
pub mod reviews;
mod sessions;
#[cfg(test)]
#[allow(missing_docs)]
pub mod testkit;
pub mod texts;

use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::{Decision, Finding, Subject};
use crate::model::id::CheckId;
use crate::model::scope::{PoolScope, Scope};
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::{Client, Pool};
use chrono::NaiveDate;
use given::Given;
pub use mfa::privileged::looks_privileged;
use std::collections::BTreeMap;
use texts::Texts;

/// The one registration line: a new family is one file, one `.toml` and one entry here.
pub const FAMILIES: &[Family] = &[
    mfa::FAMILY,
    password::FAMILY,
    credentials::FAMILY,
    accounts::FAMILY,
    people::FAMILY,
    sessions::FAMILY,
    resilience::FAMILY,
    logging::FAMILY,
    evidence::FAMILY,
];

/// Checks that belong together, with their texts.
pub struct Family {
    /// The checks, in order of their ids.
    pub checks: &'static [Check],
    /// The family's `.toml`.
    pub texts: &'static str,
    /// Its file name, for errors.
    pub file: &'static str,
}

/// A check.
pub struct Check {
    /// Its id.
    pub id: &'static str,
    /// Its logic revision: raised whenever the same facts may be decided otherwise.
    pub revision: u32,
    /// The severity of a FAIL, unless the decision says otherwise.
    pub severity: Severity,
    /// What it looks at.
    pub decide: Decide,
}

/// What a check looks at, and how it decides.
pub enum Decide {
    /// Each pool.
    Pool(fn(&PoolCx) -> Result<Decision, Gap>),
    /// Each app client of each pool; a pool whose clients could not be listed gets one INCOMPLETE finding.
    Client(fn(&PoolCx, &Client) -> Result<Decision, Gap>),
    /// The run.
    Run(fn(&RunCx) -> Result<Decision, Gap>),
    /// Each pool, and the run as a whole.
    PoolAndRun(fn(&PoolCx) -> Result<Decision, Gap>, fn(&RunCx) -> Result<Decision, Gap>),
}

/// What a check of a pool may look at.
pub struct PoolCx<'a> {
    /// Everything that was read.
    pub snapshot: &'a Snapshot,
    /// What was declared.
    pub scope: &'a Scope,
    /// The pool.
    pub pool: &'a Pool,
    /// What was given besides.
    pub given: &'a Given<'a>,
    /// What was declared of it, with its place in the scope; `None` where nothing was.
    pub declared: Option<(usize, &'a PoolScope)>,
    /// The day for which verdicts are made.
    pub day: NaiveDate,
}

/// What a check of the run may look at.
pub struct RunCx<'a> {
    /// Everything that was read.
    pub snapshot: &'a Snapshot,
    /// What was declared.
    pub scope: &'a Scope,
    /// What was given besides.
    pub given: &'a Given<'a>,
    /// The day for which verdicts are made.
    pub day: NaiveDate,
}

impl PoolCx<'_> {
    /// The rule of COG-EVD-001, which every check of the population needs.
    ///
    /// # Errors
    /// The listing is not complete.
    pub fn population(&self) -> Result<Proof, Gap> {
        self.pool.population.complete(&self.pool.estimated_before, &self.pool.estimated_after)
    }
    /// What was declared of the pool.
    pub fn scope(&self) -> Option<&PoolScope> {
        self.declared.map(|(_, p)| p)
    }
    /// A pointer to a declaration of this pool, such as `audience`; to the list of pools where nothing was declared.
    pub fn declaration(&self, member: &str) -> crate::model::evidence::Evidence {
        let pointer = self.declared.map_or_else(|| "/pools".to_owned(), |(n, _)| format!("/pools/{n}/{member}"));
        crate::model::evidence::Evidence::scope(pointer)
    }
}

/// Every check of the catalogue, in order of its families.
pub fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().flat_map(|f| f.checks)
}

/// Evaluates every check that the scope does not switch off. Findings come by check, then subject.
pub fn evaluate<'a>(snapshot: &Snapshot, given: impl Into<Given<'a>>, day: NaiveDate, texts: &Texts) -> Vec<Finding> {
    let given = &given.into();
    let scope = given.scope;
    let mut findings = Vec::new();
    let off = |check: &&Check| scope.checks_off.iter().any(|off| off.as_str() == check.id && !off.is_of_evidence());
    for check in all().filter(|check| !off(check)) {
        match check.decide {
            Decide::Run(run) | Decide::PoolAndRun(_, run) => {
                findings.push(texts.finding(check, Subject::Run, run(&RunCx { snapshot, scope, given, day })))
            }
            Decide::Pool(_) | Decide::Client(_) => {}
        }
        for pool in &snapshot.pools {
            let cx = PoolCx { snapshot, scope, pool, given, declared: scope.pool(&pool.id), day };
            let whole = Subject::Pool { pool: pool.id.clone() };
            match check.decide {
                Decide::Run(_) => {}
                Decide::Pool(decide) | Decide::PoolAndRun(decide, _) => findings.push(texts.finding(check, whole, decide(&cx))),
                Decide::Client(decide) => {
                    if let Err(gap) = pool.clients.all() {
                        findings.push(texts.finding(check, whole, Err(gap)));
                    }
                    for client in &pool.clients.items {
                        let subject = Subject::Client { pool: pool.id.clone(), client: client.id.clone() };
                        findings.push(texts.finding(check, subject, decide(&cx, client)));
                    }
                }
            }
        }
    }
    findings.sort_by(|a, b| (&a.check, &a.subject).cmp(&(&b.check, &b.subject)));
    findings
}

/// A gap as a decision: INCOMPLETE, pointing at where the gap is recorded.
pub fn incomplete(gap: Gap) -> Decision {
    Decision::new(Verdict::Incomplete, "gap", Proof::new(gap.at)).with("what", gap.what).with("why", gap.kind.words())
}

/// Ids of every check.
pub fn ids() -> Vec<CheckId> {
    all().map(|c| CheckId::from(c.id)).collect()
}

/// Logic revisions by check, as `evidence.json` binds them.
pub fn revisions() -> BTreeMap<&'static str, u32> {
    all().map(|c| (c.id, c.revision)).collect()
}

#[cfg(test)]
mod tests {
    use super::testkit::{Fixture, POOL};
    use crate::snapshot::state::FactorState;

    #[test]
    fn a_good_pool_folds_into_a_complete_snapshot() {
        let snapshot = Fixture::good().snapshot();
        let pool = &snapshot.pools[0];
        assert_eq!(pool.id.as_str(), POOL);
        assert_eq!(pool.population.in_state(FactorState::Enrolled), 3);
        assert!(pool.population.complete(&pool.estimated_before, &pool.estimated_after).is_ok());
        assert_eq!(pool.population.users.iter().filter(|u| u.privileged).count(), 1);
        assert!(snapshot.calls.unanswered.is_empty(), "{:?}", snapshot.calls.unanswered);
    }

    #[test]
    fn a_check_of_the_evidence_itself_is_decided_though_the_scope_switches_it_off() {
        let mut fixture = Fixture::good();
        fixture.origin = Some("http://127.0.0.1:5056".to_owned());
        fixture.scope.checks_off = ["COG-EVD-003", "COG-SES-003"].map(Into::into).to_vec();
        assert_eq!(fixture.says("COG-EVD-003"), "FAIL overridden");
        assert!(fixture.findings("COG-SES-003").is_empty());
    }

    #[test]
    fn no_secret_or_identity_reaches_the_recording() {
        let files = Fixture::good().files();
        for bytes in files.values() {
            let text = String::from_utf8(bytes.clone()).unwrap();
            for secret in ["s3cret", "@example.com", "sub-ann", "\"ann\""] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
    }
}
