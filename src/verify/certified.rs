//! Step 4 for a key that is not pinned: it is trusted if its certificate leads to an authority that the caller's trust file
//! names for signing. Pinned keys and rotations come first, and need no certificate.
//!
//! It must not trust an authority because a bundle brings it.

use super::Options;
use super::authority::{Question, SEALING, Standing};
use super::manifest_signature::ManifestSigned;
use super::outcome::Outcome;
use super::rotation;
use super::signer::CheckedAt;
use super::statement::Sealed;
use super::trust::{Purpose, Trust, TrustedCa};
use crate::clock::parse_rfc3339;

/// Step 4: the outcome, and who that is in the caller's words. `signed` is what step 5 found, where it passed.
pub(super) fn signer(
    sealed: &Sealed,
    signed: Option<&ManifestSigned>,
    crls: &[Vec<u8>],
    options: &Options,
    at: CheckedAt,
) -> (Outcome, Option<String>) {
    let by_key = rotation::signer(sealed, options, at);
    let Trust::Keys(keys) = &options.trust else { return by_key };
    let pinned = keys.iter().any(|k| k.fingerprint == sealed.fingerprint);
    let signing = options.authorities.iter().any(|ca| ca.purpose == Purpose::Signing);
    if pinned || !signing || !matches!(by_key.0, Outcome::Failed(_)) {
        return by_key;
    }
    let failed = |why: String| (Outcome::Failed(why), None);
    let Some(signed) = signed else {
        return failed("sealed by a key that is not in the trust file, and without a certificate that holds (step 5)".to_owned());
    };
    let end = sealed.predicate.collection.end.as_deref().and_then(|t| parse_rfc3339(t).ok());
    if end.is_some_and(|end| end > at.time()) {
        return (Outcome::NotChecked(format!("the bundle says that it was collected until a time after {}", at.words())), None);
    }
    let mut answers = Vec::new();
    for ca in options.authorities.iter().filter(|ca| trusted_then(ca, at)) {
        let question =
            Question { leaf: &signed.certificate, authority: &ca.certificate, others: &signed.others, at: at.time(), usage: &SEALING };
        let standing = question.standing(&[crls, ca.crls.as_slice()].concat());
        answers.push((ca, standing));
    }
    let subject = signed.certificate.subject();
    if let Some((ca, _)) = answers.iter().find(|(_, standing)| *standing == Standing::Good) {
        let who = format!("{subject:?}, as {:?} certifies", ca.who);
        return (Outcome::Passed(format!("{who}; valid at {}, and not revoked then", at.words())), Some(who));
    }
    // The answer of an authority that knows the certificate; where none does, what was said of the key stands.
    match answers.into_iter().map(|(_, standing)| standing).find(|s| !matches!(s, Standing::Unknown(_))) {
        Some(known) => (weighed(known, &subject, at), None),
        None => {
            let Outcome::Failed(why) = by_key.0 else { return by_key };
            failed(format!("unknown: {why}; and its certificate {subject:?} leads to no authority that is trusted there at {}", at.words()))
        }
    }
}

/// Whether the caller trusts the authority for signing at that time: by his own dates, and by its certificate's.
fn trusted_then(ca: &TrustedCa, at: CheckedAt) -> bool {
    let (from, to) = ca.certificate.validity();
    let time = at.time();
    ca.purpose == Purpose::Signing && time >= ca.valid_from.max(from) && time <= ca.valid_to.unwrap_or(to).min(to)
}

/// What an authority's answer weighs, other than good and unknown.
fn weighed(standing: Standing, subject: &str, at: CheckedAt) -> Outcome {
    let checked = format!("checked at {}", at.words());
    match standing {
        // As with a pinned key: an old seal may be from before, and nobody has proved it.
        Standing::Expired(why) if matches!(at, CheckedAt::Now(_)) => {
            Outcome::NotChecked(format!("expired: {why}; that the seal is older is not proven; {checked}"))
        }
        Standing::Expired(why) => Outcome::Failed(format!("expired: {why}; {checked}")),
        Standing::NotYetValid(why) => Outcome::Failed(format!("not yet valid: {why}; {checked}")),
        Standing::WrongUse(why) => Outcome::Failed(format!("wrong use: {why}")),
        Standing::Revoked(why) => Outcome::Failed(format!("revoked: {why}")),
        Standing::Good | Standing::RevocationUnknown(_) | Standing::Unknown(_) => {
            let why = if let Standing::RevocationUnknown(why) | Standing::Unknown(why) = standing { why } else { String::new() };
            Outcome::NotChecked(format!(
                "{subject:?} is certified by an authority of the trust file; whether it was revoked is not shown: {why}; {checked}"
            ))
        }
    }
}
