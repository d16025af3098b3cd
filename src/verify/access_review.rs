//! The reviews of access that the checks read (rulings 41): each signature must hold under its own key and be over exactly that
//! review; one that does not fails step 3, because the evidence calls it signed. Who reviewed is told only for keys that the
//! caller's trust file names for reviews. None of it changes a verdict: a review never makes anything pass.

use serde::Serialize;

use super::Options;
use super::attestation::standing;
use crate::bundle::Bag;
use crate::bundle::layout::{LARGEST_DOCUMENT, REVIEWS};
use crate::bundle::read::Refused;
use crate::model::review::{PoolReview, Review, Reviews};
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::{Fingerprint, access_review};

/// A review of access, and what may be said of who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reviewed {
    /// Its number, from 1.
    pub review: usize,
    /// Fingerprint of the key that signed it; `None` where nobody did.
    pub fingerprint: Option<String>,
    /// Who that is, in the caller's own words; only for a key that the trust file names for reviews, valid, and not the
    /// sealer's own.
    pub who: Option<String>,
    /// Whose key it is, in a sentence; or that nobody signed.
    pub standing: String,
    /// Who reviewed, as the review says. Free text.
    pub reviewer: String,
    /// As what, as the review says. Free text.
    pub role: String,
    /// The day of the decisions, as the review says.
    pub on: String,
    /// When it was signed, by the reviewer's own clock.
    pub at: Option<String>,
    /// Decisions to keep, over all its pools.
    pub keep: usize,
    /// Decisions to remove.
    pub remove: usize,
}

/// For step 3: every signature holds, and the evidence says of each review who signed it. Returns the reviews in their order.
/// A file that is not the one that the scope names is not looked at: step 2 or 9 fails for it.
pub(super) fn check(bag: &Bag, evidence: &EvidenceV1, sealer: &Fingerprint, options: &Options) -> Result<Vec<Reviewed>, String> {
    let said: Vec<_> = evidence.reviews.iter().flatten().map(|r| (r.signed_with.as_deref(), r.signed_at.as_deref())).collect();
    let named = evidence.scope.inputs.reviews.as_ref();
    if named.is_none() && !said.is_empty() {
        return Err("the evidence lists reviews of access, and the scope names none".to_owned());
    }
    if named.is_none() || bag.files().get(REVIEWS).map(|stored| &stored.sha256) != named {
        return Ok(Vec::new());
    }
    let bytes = bag.read(REVIEWS, LARGEST_DOCUMENT).map_err(|Refused(why)| why)?;
    let all = Reviews::read(&bytes).map_err(|why| format!("{REVIEWS}: {why}"))?.reviews;
    let signatures: Vec<_> =
        all.iter().map(|r| (r.signature.as_ref().map(|s| s.fingerprint.as_str()), r.signature.as_ref().map(|s| s.at.as_str()))).collect();
    if said != signatures {
        return Err(format!("the evidence says otherwise than {REVIEWS} who signed which review of access, and when"));
    }
    let of = |(review, n): (&Review, usize)| one(review, n, sealer, options).map_err(|why| format!("the signature of review {n}: {why}"));
    all.iter().zip(1..).map(of).collect()
}

fn one(review: &Review, number: usize, sealer: &Fingerprint, options: &Options) -> Result<Reviewed, String> {
    let key = access_review::key(review)?;
    let at = review.signature.as_ref().map(|s| s.at.clone());
    let (who, standing) = match (&key, &at) {
        (Some(key), Some(at)) => standing(options, sealer, key, at),
        _ => (None, "by nobody: whatever name stands in it is free text".to_owned()),
    };
    let count = |users: fn(&PoolReview) -> usize| review.pools.iter().map(users).sum();
    Ok(Reviewed {
        review: number,
        fingerprint: key.map(|key| key.to_string()),
        who,
        standing,
        reviewer: review.reviewer.clone(),
        role: review.role.clone(),
        on: review.on.to_string(),
        at,
        keep: count(|p| p.keep.len()),
        remove: count(|p| p.remove.len()),
    })
}
