//! Opening a bundle to use what it says (`diff`, `history`, `sample`, `--previous`): nothing comes out of here of which a step of
//! `verify` fails, and with it comes, in words, which steps passed and whether the key is trusted.
//!
//! It must not say more than those steps: re-performance is not among them.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::outcome::{Facts, Outcome, StepName};
use super::recording::InBag;
use super::trust::Trust;
use super::{Options, statement, verify};
use crate::bundle::Bag;
use crate::bundle::layout::{CHANGES, EVIDENCE, LARGEST_DOCUMENT, POPULATION, SCOPE};
use crate::diff::summary::{SealedBy, Summary};
use crate::digest::sha256_hex;
use crate::model::json;
use crate::model::scope::Scope;
use crate::recording::changes::{self, Changes};
use crate::recording::read::Recording;
use crate::report::evidence_v1::{self, EvidenceV1};
use crate::report::summarise;
use crate::sign::statement::digest;
use crate::snapshot::Snapshot;

/// A bundle of which no step fails.
pub struct Intact {
    /// What its `evidence.json` says.
    pub evidence: EvidenceV1,
    /// The facts of its recording.
    pub snapshot: Snapshot,
    /// The statement's digest and the key's fingerprint.
    pub sealed: SealedBy,
    /// What was checked, in words.
    pub seal: String,
    /// Whom the caller's list names, where the key is trusted.
    pub who: Option<String>,
    /// SHA-256 of its `population.csv`, where it has one.
    pub population: Option<String>,
}

impl Intact {
    /// The bundle in short.
    pub fn summary(&self) -> Summary {
        let population_csv = self.population.clone();
        Summary { population_csv, ..summarise::of(&self.evidence, Some(&self.snapshot), Some(self.sealed.clone())) }
    }
}

/// Opens a bundle. `now` is the time against which a trusted key's validity is held.
///
/// # Errors
/// A step of its verification fails, or one of 1, 2, 3 and 9 did not pass; the sentence names it.
pub fn open(path: &Path, trust: &Trust, now: DateTime<Utc>) -> Result<Intact, String> {
    let report = verify(path, &Options::trusting(trust.clone(), now));
    for step in &report.steps {
        let needed = matches!(step.step, StepName::Container | StepName::Bag | StepName::Statement | StepName::Recording);
        match &step.outcome {
            Outcome::Passed(_) => {}
            Outcome::NotChecked(_) | Outcome::NotApplicable(_) if !needed => {}
            Outcome::Failed(why) | Outcome::NotChecked(why) | Outcome::NotApplicable(why) => {
                return Err(format!("it does not verify (step {}, {}): {why}", step.number, step.step.title()));
            }
        }
    }
    let trusted = match report.outcome(StepName::Signer) {
        Some(Outcome::Passed(note)) => format!("the key is trusted: {note}"),
        Some(Outcome::NotChecked(why) | Outcome::NotApplicable(why) | Outcome::Failed(why)) => format!("trust was not checked: {why}"),
        None => "trust was not checked".to_owned(),
    };
    let passed: Vec<String> =
        report.steps.iter().filter(|s| matches!(s.outcome, Outcome::Passed(_))).map(|s| s.number.to_string()).collect();
    let facts = report.facts.ok_or("it says nothing of itself")?;
    // The files again, to read from: they must still be those that were verified.
    let bag = Bag::open(path).map_err(|e| e.to_string())?;
    let sealed = statement::check(&bag)?;
    if digest(&sealed.envelope) != facts.statement_sha256 {
        return Err("it was changed while it was being read".to_owned());
    }
    let scope_json = bag.read(SCOPE, LARGEST_DOCUMENT).map_err(|e| e.to_string())?;
    let scope: Scope = json::strict(&scope_json).map_err(|why| format!("{SCOPE}: {why}"))?;
    let mut snapshot = Snapshot::build(&Recording::new(InBag(&bag)).map_err(|e| e.to_string())?, &scope).map_err(|e| e.to_string())?;
    if let Some(named) = &snapshot.header.changes {
        let journal = bag.read(CHANGES, changes::LARGEST).map_err(|e| e.to_string())?;
        if sha256_hex(&journal) != *named {
            return Err("it was changed while it was being read".to_owned());
        }
        snapshot.changes = Changes::of(&journal);
    }
    if snapshot.head_digest != sealed.evidence.run.head_digest || sha256_hex(&scope_json) != sealed.evidence.run.scope_digest {
        return Err("it was changed while it was being read".to_owned());
    }
    Ok(Intact {
        sealed: SealedBy { statement: facts.statement_sha256, fingerprint: facts.fingerprint },
        seal: format!("no step of verify fails, and {} passed; {trusted}", passed.join(", ")),
        evidence: sealed.evidence,
        snapshot,
        who: facts.who,
        population: bag.files().get(POPULATION).map(|stored| stored.sha256.clone()),
    })
}

/// What a bundle says to which a later seal may be added, a time stamp or an attestation: no step fails for a caller who trusts
/// nobody. One rule for both: what is wrong anywhere is not sealed once more.
///
/// # Errors
/// A step fails; the sentence names it.
pub fn for_a_later_seal(path: &Path, now: DateTime<Utc>) -> Result<Facts, String> {
    let report = verify(path, &Options::trusting(Trust::Nobody, now));
    let failed = report.steps.iter().find_map(|step| match &step.outcome {
        Outcome::Failed(why) => Some(format!("it does not verify (step {}, {}): {why}", step.number, step.step.title())),
        _ => None,
    });
    match (failed, report.facts) {
        (Some(why), _) => Err(why),
        (None, Some(facts)) => Ok(facts),
        (None, None) => Err("it says nothing of itself".to_owned()),
    }
}

/// A bare `evidence.json`, which nothing seals.
///
/// # Errors
/// It is none of this format.
pub fn bare(bytes: &[u8]) -> Result<EvidenceV1, String> {
    if bytes.len() as u64 > LARGEST_DOCUMENT {
        return Err(format!("it is larger than {EVIDENCE} may be"));
    }
    let evidence: EvidenceV1 = json::strict(bytes)?;
    match evidence.format.as_str() {
        evidence_v1::FORMAT => Ok(evidence),
        other => Err(format!("its format is {other:?}; this program reads {:?}", evidence_v1::FORMAT)),
    }
}
