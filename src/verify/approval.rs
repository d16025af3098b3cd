//! The approvals of exceptions that the scope carries (rulings 41): each must hold under its own key and be about its
//! exception, word by word; one that does not fails step 3, because the evidence calls it signed. Who approved is told only
//! for keys that the caller's trust file names for reviews. It changes no verdict: an exception never does.

use serde::Serialize;

use super::Options;
use super::attestation::standing;
use crate::model::exception::Exception;
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::{Fingerprint, approval};

/// An approval that holds, and what may be said of who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The exception's number, from 1.
    pub exception: usize,
    /// What it is about: check or control, and pool, client or user.
    pub about: String,
    /// Fingerprint of the key that signed it.
    pub fingerprint: String,
    /// Who that is, in the caller's own words; only for a key that the trust file names for reviews, valid, and not the
    /// sealer's own.
    pub who: Option<String>,
    /// Whose key it is, in a sentence.
    pub standing: String,
    /// Who approved, as the exception says. Free text.
    pub approver: String,
    /// When, by the approver's own clock.
    pub at: String,
}

/// For step 3: every approval holds. Returns them in the order of the exceptions.
pub(super) fn check(evidence: &EvidenceV1, sealer: &Fingerprint, options: &Options) -> Result<Vec<Approval>, String> {
    let all = evidence.scope.exceptions.iter().zip(1..);
    let of =
        |(e, n): (&Exception, usize)| one(e, n, sealer, options).map(|r| r.map_err(|why| format!("the approval of exception {n}: {why}")));
    all.filter_map(of).collect()
}

fn one(exception: &Exception, number: usize, sealer: &Fingerprint, options: &Options) -> Option<Result<Approval, String>> {
    let carried = exception.approval.as_ref()?;
    Some(approval::of(exception, carried.envelope.as_bytes()).and_then(|approved| {
        if (approved.fingerprint.as_str(), &approved.at) != (carried.fingerprint.as_str(), &carried.at) {
            return Err("the scope names another key or date than was signed".to_owned());
        }
        let (who, standing) = standing(options, sealer, &approved.fingerprint, &approved.at);
        Ok(Approval {
            exception: number,
            about: approved.terms.about(),
            fingerprint: approved.fingerprint.to_string(),
            who,
            standing,
            approver: approved.terms.approver,
            at: approved.at,
        })
    }))
}
